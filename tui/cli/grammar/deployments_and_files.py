"""What may be typed of what one keeps at Replicate: deployments, files."""

from __future__ import annotations

import argparse
from pathlib import Path

from tui.cli.grammar.parsing import FIELD, Command, field, instances, limit, metadata, yes

MOST_MIN, MOST_MAX = 5, 20
"""The most that min_instances and max_instances may be (docs/replicate.md, Operations)."""
_DEPLOYMENTS_EPILOG = """\
  replicate-tui deployments create NAME --model OWNER/NAME --hardware SKU --max-instances 2
  replicate-tui deployments update OWNER/NAME --min-instances 1
  replicate-tui deployments delete OWNER/NAME
  replicate-tui run --deployment OWNER/NAME -i NAME=VALUE..."""
_FILES_EPILOG = """\
  replicate-tui files upload FILE...
  replicate-tui files download LINK
  replicate-tui files delete ID..."""
_STANDING = "do not ask whether instances may stand, and cost, while nobody uses them"
_ASKS = """\
It asks first where instances will stand while nobody uses them (--min-instances above 0): they are billed by the
second."""


def _deployments(deployments: argparse.ArgumentParser) -> None:
    deployments.add_argument("words", metavar="OWNER/NAME", nargs="?")
    limit(deployments)


def _create(create: argparse.ArgumentParser) -> None:
    create.add_argument("words", metavar="NAME", nargs=1)
    field(create, "model", "what it runs; its latest version if none", metavar="OWNER/NAME[:VERSION]", required=True)
    _version(create, "the version to run (the latest)")
    field(create, "hardware", "what it runs on: replicate-tui hardware lists it", metavar="SKU", required=True)
    least, most = instances(MOST_MIN), instances(MOST_MAX)
    field(create, "min_instances", "how many stand at least, 0 to 5 (0)", metavar="N", type=least, default=0)
    field(create, "max_instances", "how many at most, 0 to 20 (1, or the least)", metavar="N", type=most)
    yes(create, _STANDING)


def _update(update: argparse.ArgumentParser) -> None:
    update.add_argument("words", metavar="OWNER/NAME", nargs=1)
    _version(update, "the version to run, or latest")
    field(update, "hardware", "what it runs on", metavar="SKU")
    field(update, "min_instances", "how many stand at least, 0 to 5", metavar="N", type=instances(MOST_MIN))
    most = "how many at most, 0 to 20; both 0 disable it, and cancel what it runs"
    field(update, "max_instances", most, metavar="N", type=instances(MOST_MAX))
    yes(update, f"{_STANDING}, nor whether to disable it")


def _version(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument("--version", "--model-version", dest=f"{FIELD}version", metavar="VERSION", help=help)


def _delete(delete: argparse.ArgumentParser) -> None:
    delete.add_argument("words", metavar="OWNER/NAME", nargs=1)
    yes(delete)


def _files(files: argparse.ArgumentParser) -> None:
    files.add_argument("words", metavar="ID", nargs="?")
    limit(files)


def _upload(upload: argparse.ArgumentParser) -> None:
    upload.add_argument("words", metavar="FILE", nargs="+")
    field(upload, "filename", "the name to keep it under (its own)", metavar="NAME")
    field(upload, "type", "its media type (by its name)", metavar="TYPE/SUBTYPE")
    help = "what to keep with it (may be repeated)"
    field(upload, "metadata", help, metavar="NAME=VALUE", action="append", type=metadata)


def _delete_files(delete: argparse.ArgumentParser) -> None:
    delete.add_argument("words", metavar="ID", nargs="+")
    yes(delete)


def _download(download: argparse.ArgumentParser) -> None:
    download.add_argument("words", metavar="LINK|ID", nargs=1)
    field(download, "owner", "of a signed link: whose file it is", metavar="NAME")
    field(download, "expiry", "of a signed link: until when, in seconds since 1970", metavar="SECONDS")
    field(download, "signature", "of a signed link: its signature", metavar="TEXT")
    download.add_argument("--output", "-o", metavar="PATH", type=Path, help="the file or the folder to save it in (.)")


COMMANDS = {
    "deployments": Command("Your deployments, or one.", _deployments, _DEPLOYMENTS_EPILOG),
    "deployments create": Command("Put a model at an address of your own.", _create, _ASKS, has_version=True),
    "deployments update": Command(
        "Change a deployment: each change makes a release.", _update, _ASKS, has_version=True
    ),
    "deployments delete": Command("Delete a deployment that has been offline and unused for 15 minutes.", _delete),
    "files": Command("Your files at the Files API, or what is known of one.", _files, _FILES_EPILOG),
    "files upload": Command("Upload files, of 100 MB at most. Replicate keeps them for 24 hours.", _upload),
    "files delete": Command("Delete files.", _delete_files),
    "files download": Command(
        "Download a file by its signed link, or by its id and what the link is signed with. The API gives no file's\n"
        "content for a token alone: who has the signing secret of the Files API makes the links.",
        _download,
    ),
}
