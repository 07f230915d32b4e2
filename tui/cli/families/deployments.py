"""deployments: listed, read, made, changed, deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from tui.api.errors import ApiError, BadAnswer, ChangeUnknown, InvalidInput, NetworkError, ServerError
from tui.api.types import Configuration, Deployment, Target
from tui.cli import EXIT_USAGE
from tui.cli.asker import Asker, BadWord, parse_target
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
    least = call.number("min_instances") or 0
    most = call.number("max_instances")
    most = max(1, least) if most is None else most
    refused = _agreed_to_stand(asker, name, least, call.text("hardware") or "")
    if refused is not None:
        return refused
    version = target.version or await _latest(asker, target)
    try:
        made = await asker.client.create_deployment(
            name,
            model=target.ref,
            version=version,
            hardware=call.text("hardware") or "",
            min_instances=least,
            max_instances=most,
        )
    except ApiError as error:
        raise _unknown(error, f"the deployment {name}") from None
    return _show(asker, made)


async def update(asker: Asker) -> int:
    """deployments update OWNER/NAME"""
    call, target = asker.call, _named(asker)
    if not call.fields:
        asker.speaker.error("Nothing to change was given; see: replicate-tui deployments update --help")
        return EXIT_USAGE
    now = await asker.client.deployment(target.owner, target.name)
    release = now.current_release
    before = release.configuration if release else Configuration()
    least, most = call.number("min_instances"), call.number("max_instances")
    wanted_least = before.min_instances or 0 if least is None else least
    wanted_most = before.max_instances or 0 if most is None else most
    if wanted_least > wanted_most:
        raise BadWord(
            f"min_instances must be at most max_instances: that would be {wanted_least} and {wanted_most}. "
            f"Give {'--min-instances' if least is None else '--max-instances'} too."
        )
    version = call.text("version")
    if version == "latest":
        version = await _latest(asker, parse_target(release.model if release else target.ref))
    hardware = call.text("hardware")
    if wanted_most == 0 and before.max_instances:
        refused = asker.agreed(f"Disable {target.ref}? What it runs now is canceled.")
    elif wanted_least and (wanted_least > (before.min_instances or 0) or (hardware or "") != before.hardware):
        refused = _agreed_to_stand(asker, target.ref, wanted_least, hardware or before.hardware)
    else:
        refused = None
    if refused is not None:
        return refused
    try:
        changed = await asker.client.update_deployment(
            target.owner, target.name, version=version, hardware=hardware, min_instances=least, max_instances=most
        )
    except ApiError as error:
        raise _unknown(error, f"the change of {target.ref}") from None
    return _show(asker, changed)


async def delete(asker: Asker) -> int:
    """deployments delete OWNER/NAME"""
    target = _named(asker)
    refused = asker.agreed(f"Delete the deployment {target.ref}? Its address goes with it.")
    if refused is not None:
        return refused
    await asker.client.delete_deployment(target.owner, target.name)
    return asker.done(f"{target.ref} is deleted.", deleted=target.ref)


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


async def _latest(asker: Asker, target: Target) -> str:
    model = await asker.client.model(target.owner, target.name)
    if model.latest_version is None or not model.latest_version.id:
        raise InvalidInput(f"{target.ref} has no version that could be deployed.")
    return model.latest_version.id


def _agreed_to_stand(asker: Asker, name: str, least: int, hardware: str) -> int | None:
    """None where nothing stands unused, or the user agrees to it; else the exit code."""
    if not least:
        return None
    stand = "1 instance stands" if least == 1 else f"{least} instances stand"
    return asker.agreed(f"{name}: {stand} on {hardware} while nobody uses it, and is billed by the second. Go on?")


def _unknown(error: ApiError, what: str) -> ApiError:
    """The error, or what it means where the answer to a change was lost."""
    if isinstance(error, ServerError | BadAnswer) or (isinstance(error, NetworkError) and error.sent):
        return ChangeUnknown(
            f"The answer to {what} was lost, and what is there does not show it: it may come to be all the same. "
            f"({error})",
            what=what,
            status=error.status,
        )
    return error


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
