"""What becomes of that which runs: on a quit, and when all of it is to be stopped at once."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

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


async def may_quit(app: App[Any], services: Services, *, sandbox: bool, read_only: bool) -> bool:
    """Whether the console may end; asks what becomes of what it started."""
    running = started_here(services)
    going = [*running, *in_the_making(services)]
    if not going:
        return True
    many = f"{_counted(going)} that you started {'are' if len(going) > 1 else 'is'}"
    what = (
        "The sandbox ends with its last console, and they with it."
        if sandbox
        else "Left alone they go on at Replicate, are billed, and are found again under Predictions; their outputs are "
        "deleted there an hour after they end."
    )
    options = [Option("leave", "l", "Leave them and quit"), Option("stay", "s", "Stay")]
    if not read_only:
        options.insert(1, Option("cancel", "c", "Cancel them and quit"))
    answer = await app.push_screen_wait(Ask("Quit?", f"{many} still running. {what}", options))
    if answer == "cancel":
        return not (await cancel_all(app, services, started_here(services)))
    return answer == "leave"


async def cancel_everything(app: App[Any], services: Services, live: list[tuple[str, Kind]], account: str) -> None:
    """Ask once, cancel all that is live, and say what became of it."""
    if not live:
        app.notify(f"Nothing of {account} is running.", markup=False)
        return
    what = _counted(live)
    answer = await app.push_screen_wait(
        Ask(
            f"Cancel all {what}?" if len(live) > 1 else f"Cancel {what}?",
            f"That is all that is live of {account}, wherever it was started. What ran until now is billed. "
            "What came out of it stays.",
            [Option("cancel", "c", f"Cancel {what}"), Option("keep", "k", "Let them run")],
        )
    )
    if answer == "cancel":
        await cancel_all(app, services, live)


async def cancel_all(app: App[Any], services: Services, live: list[tuple[str, Kind]]) -> list[str]:
    """Cancel them and say how each kind of outcome counts. Returns the ids that could not be canceled."""
    canceled, ended = 0, 0
    failed: dict[str, str] = {}
    async with aclosing(services.runs.cancel_many(live)) as outcomes:
        async for id_, outcome in outcomes:
            if isinstance(outcome, Exception):
                failed[id_] = str(outcome)
            elif outcome.prediction.status in ("succeeded", "failed"):
                ended += 1
            else:
                canceled += 1
    words = [f"{canceled} canceled"] if canceled or not ended else []
    if ended:
        words.append(f"{ended} had ended before")
    if failed:
        words.append(f"{len(failed)} NOT canceled: " + "; ".join(f"{id_[:8]}: {why}" for id_, why in failed.items()))
    severity = "error" if failed else "information"
    app.notify(", ".join(words)[:400], title="Cancel", severity=severity, markup=False, timeout=8 if failed else 4)
    return list(failed)


def _counted(live: list[tuple[str, Kind]]) -> str:
    """`1 prediction`, `37 predictions and 1 training`."""
    parts: list[str] = []
    for kind in ("prediction", "training"):
        count = sum(one == kind for _, one in live)
        if count:
            parts.append(f"{count} {kind}{'s' * (count > 1)}")
    return " and ".join(parts)
