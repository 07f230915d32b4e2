"""The question on quit: what becomes of the runs that this console started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.screens.dialogs.cancel import cancel_all, counted
from tui.screens.dialogs.question import Ask, Option

if TYPE_CHECKING:
    from textual.app import App

    from tui.services.services import Services
    from tui.store.records import Kind


def started_here(services: Services) -> list[tuple[str, Kind]]:
    """The ids of what this console started and what still runs."""
    return [
        (run.record.prediction.id, run.kind)
        for run in services.runs.active.values()
        if run.state == "following" and run.record is not None
    ]


def in_the_making(services: Services) -> list[tuple[str, Kind]]:
    """What is being sent at this moment: it has no id yet."""
    return [("", run.kind) for run in services.runs.active.values() if run.state == "creating"]


async def may_quit(
    app: App[Any], services: Services, *, sandbox: bool, read_only: bool, here: int = 0, doing: str = "quit"
) -> bool:
    """Whether the console may end; asks what becomes of what it started. `doing` is the word for why it ends.

    `here`: how many models of this machine run, which end with the console.
    """
    running = started_here(services)
    going = [*running, *in_the_making(services)]
    batches, uploads = services.batches_at_work, services.uploads_at_work
    if not going and not batches and not uploads and not here:
        return True
    one = len(going) == 1
    many = f"{counted(going)} that you started {'is' if one else 'are'} still running. " if going else ""
    what = _left_alone(one, sandbox) if going else ""
    them = "it" if len(going) + batches + uploads + here == 1 else "them"
    options = [Option("leave", "l", f"Leave {them} and {doing}"), Option("stay", "s", "Stay")]
    if not read_only and (going or batches):
        options.insert(1, Option("cancel", "c", f"Cancel {them} and {doing}"))
    answer = await app.push_screen_wait(
        Ask(
            f"{doing.capitalize()}?",
            f"{many}{_of_batches(batches)}{_of_uploads(uploads)}{_of_local(here)}{what}",
            options,
        )
    )
    if answer == "cancel":
        return not (await cancel_all(app, services, started_here(services)))
    return answer == "leave"


def _left_alone(one: bool, sandbox: bool) -> str:
    if sandbox:
        return f"The sandbox ends with its last console, and {'it' if one else 'they'} with it."
    if one:
        return (
            "Left alone it goes on at Replicate, is billed, and is found again under Predictions; its outputs are "
            "deleted there an hour after it ends."
        )
    return (
        "Left alone they go on at Replicate, are billed, and are found again under Predictions; their outputs are "
        "deleted there an hour after they end."
    )


def _of_batches(count: int) -> str:
    if not count:
        return ""
    them = "They stop" if count > 1 else "It stops"
    many = f"{count} batches are" if count > 1 else "A batch is"
    return f"{many} being sent. {them} where {'they are' if count > 1 else 'it is'}, and p in Batches goes on later. "


def _of_uploads(count: int) -> str:
    if not count:
        return ""
    many = f"{count} files are" if count > 1 else "A file is"
    return f"{many} being uploaded, and {'do not' if count > 1 else 'does not'} arrive at Replicate. "


def _of_local(count: int) -> str:
    if not count:
        return ""
    many = f"{count} models of this machine run, and end" if count > 1 else "A model of this machine runs, and ends"
    return f"{many} with the console. "
