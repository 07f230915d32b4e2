"""models, model, versions, examples, readme, and the changes of one's own models."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, cast

from tui.api.types import Model, Prediction, Version
from tui.cli.api_command import Asker, parse_target
from tui.cli.exit_codes import EXIT_DONE, EXIT_USAGE
from tui.wording import age, count, one_line


async def models(asker: Asker) -> int:
    """models [QUERY]"""
    query = " ".join(asker.call.words)
    if query:
        return await asker.list(asker.client.search_models(query), _model_row)
    by = cast("Literal['model_created_at', 'latest_version_created_at'] | None", asker.call.text("sort_by"))
    direction = cast("Literal['asc', 'desc'] | None", asker.call.text("sort_direction"))
    return await asker.list(asker.client.models(by, direction), _model_row)


async def model(asker: Asker) -> int:
    """model OWNER/NAME[:VERSION]"""
    target = parse_target(asker.word)
    if target.version:
        return asker.one(await asker.client.version(target.owner, target.name, target.version))
    return asker.one(await asker.client.model(target.owner, target.name))


async def versions(asker: Asker) -> int:
    """versions OWNER/NAME[:VERSION]"""
    target = parse_target(asker.word)
    if target.version:
        found = await asker.client.version(target.owner, target.name, target.version)
        return asker.one(found) if asker.as_json else asker.table([_version_row(found)])
    pages = asker.client.versions(target.owner, target.name)
    return await asker.list(
        pages, _version_row, f"{target.ref} has no versions, or, as official models do, hides them."
    )


async def examples(asker: Asker) -> int:
    """examples OWNER/NAME"""
    target = asker.model()
    pages = asker.client.examples(target.owner, target.name)
    return await asker.list(pages, _example_row, f"{target.ref} shows no examples.")


async def readme(asker: Asker) -> int:
    """readme OWNER/NAME"""
    target = asker.model()
    text = await asker.client.readme(target.owner, target.name)
    if asker.as_json:
        asker.speaker.object(text)
    elif text is None:
        asker.speaker.say(f"{target.ref} has no README.")
    else:
        asker.speaker.write(text if text.endswith("\n") else f"{text}\n")
    return EXIT_DONE


async def sync(asker: Asker) -> int:
    """models sync"""
    from tui.cli.open_services import services_for
    from tui.services.models.catalogue_copy import Copied

    far = Copied()

    def told(copied: Copied) -> None:
        nonlocal far
        far = copied
        asker.speaker.status(f"{copied.models:,} models, page {copied.pages:,}")

    try:
        async with services_for(asker.settings, asker.connection) as services:
            services.client.on_wait = lambda seconds, reason: asker.speaker.status(f"{reason}: waiting {seconds:.0f} s")
            done = await services.copying.run(told)
    except asyncio.CancelledError:
        asker.speaker.clear()
        asker.speaker.error(f"Stopped after {far.models:,} models; the same command goes on from there.")
        raise
    asker.speaker.clear()
    if asker.as_json:
        asker.speaker.object({"models": done.models, "pages": done.pages, "whole": done.whole})
    else:
        what = "models copied" if done.whole else "models looked at for what is new or changed"
        asker.speaker.say(f"{done.models:,} {what}.")
    return EXIT_DONE


# ---- changes


async def create(asker: Asker) -> int:
    """models create OWNER/NAME"""
    target, call = asker.model(), asker.call
    made = await asker.client.create_model(
        target.owner,
        target.name,
        hardware=call.text("hardware") or "",
        visibility="public" if call.text("visibility") == "public" else "private",
        description=call.text("description"),
        github_url=call.text("github_url"),
        paper_url=call.text("paper_url"),
        license_url=call.text("license_url"),
        cover_image_url=call.text("cover_image_url"),
    )
    return _show(asker, made)


async def update(asker: Asker) -> int:
    """models update OWNER/NAME"""
    target, call = asker.model(), asker.call
    if not call.fields:
        asker.speaker.error("Nothing to change was given; see: replicate-tui models update --help")
        return EXIT_USAGE
    changed = await asker.client.update_model(
        target.owner,
        target.name,
        description=call.text("description"),
        readme=asker.text("readme"),
        github_url=call.text("github_url"),
        paper_url=call.text("paper_url"),
        license_url=call.text("license_url"),
        weights_url=call.text("weights_url"),
    )
    return _show(asker, changed)


async def delete(asker: Asker) -> int:
    """models delete OWNER/NAME"""
    target = asker.model()
    refused = asker.agreed(f"Delete the model {target.ref}? It cannot be brought back.")
    if refused is not None:
        return refused
    await asker.client.delete_model(target.owner, target.name)
    return asker.done(f"{target.ref} is deleted.", deleted=target.ref)


async def delete_version(asker: Asker) -> int:
    """versions delete OWNER/NAME:VERSION"""
    target = asker.model(version=True)
    refused = asker.agreed(f"Delete {target}, with its predictions and their files? They cannot be brought back.")
    if refused is not None:
        return refused
    await asker.client.delete_version(target.owner, target.name, target.version or "")
    return asker.done(f"{target} is being deleted: that takes Replicate some minutes.", deleted=str(target))


COMMANDS: dict[str, Callable[[Asker], Awaitable[int]]] = {
    "models": models,
    "model": model,
    "versions": versions,
    "examples": examples,
    "readme": readme,
    "models sync": sync,
    "models create": create,
    "models update": update,
    "models delete": delete,
    "versions delete": delete_version,
}


def _show(asker: Asker, model: Model) -> int:
    if asker.as_json:
        return asker.one(model)
    return asker.facts(
        [
            ("model", model.ref),
            ("visibility", model.visibility),
            ("description", one_line(model.description)),
            ("code", model.github_url),
            ("paper", model.paper_url),
            ("license", model.license_url),
            ("cover", model.cover_image_url),
            ("web", model.url),
        ]
    )


def _model_row(model: Model) -> tuple[str, ...]:
    return model.ref, count(model.run_count), one_line(model.description, 100)


def _version_row(version: Version) -> tuple[str, ...]:
    cog = f"Cog {version.cog_version}" if version.cog_version else ""
    return version.id[:64], age(version.created_at), cog


def _example_row(example: Prediction) -> tuple[str, ...]:
    said = "  ".join(f"{name}={value}" for name, value in example.input.items())
    return example.id, example.status, one_line(said, 100)
