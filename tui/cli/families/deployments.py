"""deployments: listed, read, made, changed, deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from tui.api.errors import InvalidInput
from tui.api.types import Configuration, Deployment, Target
from tui.cli.api_command import Asker, BadWord, parse_target
from tui.cli.exit_codes import EXIT_API, EXIT_DISK, EXIT_USAGE
from tui.cli.open_services import services_for
from tui.services.deployments.change_outcome import Outcome, said
from tui.services.deployments.monthly_cost import costs
from tui.services.deployments.setup import Setup
from tui.services.deployments.setup_changes import changes, effects
from tui.services.outcome import Applied, Refused
from tui.services.services import Services
from tui.store.database import StoreError
from tui.wording import age, exact


async def deployments(asker: Asker) -> int:
    """deployments [OWNER/NAME]"""
    if not asker.call.words:
        empty = "No deployments. One is made with: replicate-tui deployments create --help"
        return await asker.list(asker.client.deployments(), _row, empty)
    target = _named(asker)
    return _show(asker, await asker.client.deployment(target.owner, target.name))


async def create(asker: Asker) -> int:
    """deployments create NAME"""
    call = asker.call
    name = await _new_name(asker)
    target = parse_target(call.text("model") or "")
    least, most = call.number("min_instances") or 0, call.number("max_instances")
    given = call.text("version")
    if given and target.version and given != target.version:
        raise BadWord(f"--version {given} and --model {target} name two versions: give one of them.")
    version = target.version or (given if given and given != "latest" else await _latest(asker, target.ref))
    most = max(1, least) if most is None else most
    setup = Setup(target.ref, version, call.text("hardware") or "", least, most)

    async def change(services: Services) -> Outcome | Deployment | int:
        refused = await _agreed(asker, name, None, setup, services) if least else None
        return await services.deployments.create(name, setup) if refused is None else refused

    return await _changed(asker, change)


async def update(asker: Asker) -> int:
    """deployments update OWNER/NAME"""
    call, ref = asker.call, _named(asker).ref
    if not call.fields:
        asker.speaker.error("Nothing to change was given; see: replicate-tui deployments update --help")
        return EXIT_USAGE

    async def change(services: Services) -> Outcome | Deployment | int:
        now = await services.deployments.get(ref)
        before = Setup.of(now.current_release)
        after = await _wanted(asker, before)
        if not before.differing(after):
            asker.speaker.say(f"Nothing changes: this is what {ref} runs already.")
            return now
        refused = None
        if _stands_more(before, after) or (after.off and not before.off):
            refused = await _agreed(asker, ref, before, after, services)
        if refused is not None:
            return refused
        return await services.deployments.update(ref, now.current_release, after)

    return await _changed(asker, change)


async def delete(asker: Asker) -> int:
    """deployments delete OWNER/NAME"""
    ref = _named(asker).ref

    async def change(services: Services) -> Outcome | Deployment | int:
        found = await services.deployments.get(ref)
        refused = asker.agreed(f"Delete the deployment {ref}? Its address goes with it.")
        if refused is not None:
            return refused
        refusal = await services.deployments.delete(found)
        if refusal is not None and isinstance(refusal.error, InvalidInput):
            raise InvalidInput(" ".join(refusal.words.split()), status=refusal.error.status)
        return refusal or asker.done(f"{ref} is deleted.", deleted=ref)

    return await _changed(asker, change)


async def _changed(asker: Asker, change: Callable[[Services], Awaitable[Outcome | Deployment | int]]) -> int:
    """Make a change and show what came of it; the exit code. Raises the ApiError of a refusal."""
    try:
        async with services_for(asker.settings, asker.connection) as services:
            found = await change(services)
    except StoreError as error:
        asker.speaker.error(str(error))
        return EXIT_DISK
    match found:
        case int():
            return found
        case Deployment():
            return _show(asker, found)
        case Applied(what=deployment, warning=warning):
            if warning:
                asker.speaker.say(warning)
            return _show(asker, deployment)
        case Refused(error=error):
            raise error
        case _:
            asker.speaker.error(said(found))
            asker.speaker.say("  look:  replicate-tui deployments")
            return EXIT_API


async def _wanted(asker: Asker, before: Setup) -> Setup:
    """The setup with what was given changed. Raises BadWord where the numbers do not fit those that are there."""
    call = asker.call
    least, most = call.number("min_instances"), call.number("max_instances")
    version = call.text("version") or before.version
    if version == "latest":
        version = await _latest(asker, before.model)
    after = Setup(
        before.model,
        version,
        call.text("hardware") or before.hardware,
        before.min_instances if least is None else least,
        before.max_instances if most is None else most,
    )
    if after.min_instances > after.max_instances:
        option = "--min-instances" if least is None else "--max-instances"
        raise BadWord(
            f"min_instances must be at most max_instances, and would be {after.min_instances} "
            f"of {after.max_instances}: give {option} too."
        )
    return after


COMMANDS: dict[str, Callable[[Asker], Awaitable[int]]] = {
    "deployments": deployments,
    "deployments create": create,
    "deployments update": update,
    "deployments delete": delete,
}


async def _new_name(asker: Asker) -> str:
    """NAME, or OWNER/NAME where the owner is the account: the API takes the name alone. Raises BadWord."""
    owner, slash, name = asker.word.rpartition("/")
    if not slash:
        return name
    account = await asker.client.account()
    if owner.lower() != account.username.lower():
        raise BadWord(f"{asker.word[:100]!r}: the owner must be {account.username}, the account of this token")
    return name


def _named(asker: Asker) -> Target:
    """The deployment that the first word names. Raises BadWord."""
    word = asker.word.removeprefix("https://replicate.com/deployments/").rstrip("/")
    try:
        target = Target.parse(word)
    except ValueError:
        raise BadWord(f"{asker.word[:100]!r} names no deployment: write OWNER/NAME.") from None
    if target.version:
        raise BadWord(f"{asker.word[:100]!r} names a version: write {target.ref} alone.")
    return msgspec.structs.replace(target, deployment=True)


async def _latest(asker: Asker, ref: str) -> str:
    """The model's latest version. Raises InvalidInput, ApiError."""
    target = parse_target(ref)
    model = await asker.client.model(target.owner, target.name)
    if model.latest_version is None or not model.latest_version.id:
        raise InvalidInput(f"{ref} has no version that could be deployed.")
    return model.latest_version.id


def _stands_more(before: Setup, after: Setup) -> bool:
    """Whether more is billed than before while nobody uses it."""
    dearer = after.hardware != before.hardware
    return after.min_instances > before.min_instances or (dearer and after.min_instances > 0)


async def _agreed(asker: Asker, name: str, before: Setup | None, after: Setup, services: Services) -> int | None:
    """None when the user agrees to what the change means and costs; else the exit code."""
    lines = [f"{name}:", *changes(before, after), *effects(before, after)]
    if not after.off:
        now = before.configuration if before is not None else None
        lines += costs(before, after, services.prices)
        lines += await services.budget.passed_by_standing(services.prices, now, after.configuration)
    return asker.agreed("\n  ".join(lines) + "\nGo on?")


def _show(asker: Asker, deployment: Deployment) -> int:
    if asker.as_json:
        return asker.one(deployment)
    release = deployment.current_release
    if release is None:
        return asker.facts([("deployment", deployment.ref)])
    return asker.facts(
        [
            ("deployment", deployment.ref),
            ("release", f"{release.number}, {exact(release.created_at)}"),
            ("by", release.created_by.username if release.created_by else None),
            ("model", release.model),
            ("version", release.version),
            ("hardware", release.configuration.hardware),
            ("instances", _instances(release.configuration)),
        ]
    )


def _row(deployment: Deployment) -> tuple[str, ...]:
    release = deployment.current_release
    if release is None:
        return deployment.ref, "", "", "", ""
    setup = release.configuration
    return deployment.ref, setup.hardware, _instances(setup), age(release.created_at), release.model


def _instances(setup: Configuration) -> str:
    if setup.max_instances == 0:
        return "disabled"
    return f"{setup.min_instances} to {setup.max_instances}"
