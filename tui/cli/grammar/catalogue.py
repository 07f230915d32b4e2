"""What may be typed to look at models, to change one's own, and to ask what Replicate offers."""

from __future__ import annotations

import argparse

from .parsing import Command, count, field, limit, link, nothing, words, yes

_MODELS_EPILOG = """\
  replicate-tui models create OWNER/NAME --hardware SKU
  replicate-tui models update OWNER/NAME --description TEXT --readme @README.md
  replicate-tui models delete OWNER/NAME
  replicate-tui models sync

A search for one of these four words begins with --: replicate-tui models -- create"""
_TEXT_OR_FILE = "@FILE is read, @- is stdin"


_SPOKEN = {
    "github_url": "code",
    "paper_url": "paper",
    "license_url": "license",
    "cover_image_url": "cover image",
    "weights_url": "weights",
}


def _models(models: argparse.ArgumentParser) -> None:
    models.add_argument("words", metavar="QUERY", nargs="*", help="words to search for")
    limit(models)
    by = ("model_created_at", "latest_version_created_at")
    field(models, "sort_by", f"{by[0]} or {by[1]}; not for a search", choices=by, metavar="FIELD")
    field(models, "sort_direction", "asc or desc; not for a search", choices=("asc", "desc"), metavar="DIRECTION")


def _versions(versions: argparse.ArgumentParser) -> None:
    versions.add_argument("words", metavar="OWNER/NAME[:VERSION]", nargs=1)
    limit(versions)


def _examples(examples: argparse.ArgumentParser) -> None:
    examples.add_argument("words", metavar="OWNER/NAME", nargs=1)
    limit(examples)


def _collections(collections: argparse.ArgumentParser) -> None:
    collections.add_argument("words", metavar="SLUG", nargs="?")
    limit(collections)


def _search(search: argparse.ArgumentParser) -> None:
    search.add_argument("words", metavar="QUERY", nargs="+")
    search.add_argument("--limit", metavar="N", type=count, default=20, help="how many models, 1 to 50 (20)")


def _create(create: argparse.ArgumentParser) -> None:
    create.add_argument("words", metavar="OWNER/NAME", nargs=1)
    field(create, "hardware", "what it runs on: replicate-tui hardware lists it", metavar="SKU", required=True)
    visibility = ("public", "private")
    field(create, "visibility", "public or private (private)", choices=visibility, default="private")
    field(create, "description", "what it does", metavar="TEXT")
    for name in ("github_url", "paper_url", "license_url", "cover_image_url"):
        field(create, name, f"the address of its {_SPOKEN[name]}", metavar="URL", type=link)


def _update(update: argparse.ArgumentParser) -> None:
    update.add_argument("words", metavar="OWNER/NAME", nargs=1)
    field(update, "description", "what it does", metavar="TEXT")
    field(update, "readme", f"its README in Markdown; {_TEXT_OR_FILE}", metavar="TEXT")
    for name in ("github_url", "paper_url", "license_url", "weights_url"):
        field(update, name, f"the address of its {_SPOKEN[name]}", metavar="URL", type=link)


def _delete(delete: argparse.ArgumentParser) -> None:
    delete.add_argument("words", metavar="OWNER/NAME", nargs=1)
    yes(delete)


def _delete_version(delete: argparse.ArgumentParser) -> None:
    delete.add_argument("words", metavar="OWNER/NAME:VERSION", nargs=1)
    yes(delete)


COMMANDS = {
    "models": Command("The models, or those that a search finds.", _models, _MODELS_EPILOG),
    "model": Command("One model, or one version of it.", words("OWNER/NAME[:VERSION]")),
    "versions": Command(
        "The versions of a model, newest first, or one of them.",
        _versions,
        "  replicate-tui versions delete OWNER/NAME:VERSION",
    ),
    "examples": Command("The predictions that a model's owner chose to show.", _examples),
    "readme": Command(
        "A model's README, in Markdown. With --json it is a JSON text, null where there is none.", words("OWNER/NAME")
    ),
    "collections": Command("The collections, or one with its models.", _collections),
    "search": Command("Models, collections and pages of the documentation.", _search),
    "account": Command("Who the token belongs to.", nothing),
    "hardware": Command("What models can run on.", nothing),
    "models sync": Command(
        "Copy all public models into this machine's list, for the search: only those that are new or changed, "
        "once all are here. ctrl-c stops it, the same command goes on.",
        nothing,
    ),
    "models create": Command("Make an empty model, to be trained or pushed to.", _create),
    "models update": Command(
        'Change what is said of a model; "" empties a field. Its visibility and hardware cannot be changed here.',
        _update,
    ),
    "models delete": Command("Delete a private model of yours that has no versions.", _delete),
    "versions delete": Command(
        "Delete a version of a private model of yours, with its predictions and their files. Replicate takes some\n"
        "minutes for it, and refuses it for a version that others ran, a training is based on, or a deployment runs.",
        _delete_version,
    ),
}
