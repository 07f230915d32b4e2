"""The question before anything is canceled, and the canceling of many with a word about each kind of outcome."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from tui.screens.dialogs.question import Ask, Option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import App

    from tui.services.services import Services
    from tui.store.records import Kind


async def ask_to_cancel(app: App[Any], what: str, *, count: int, more: str = "") -> bool:
    """Whether `what`, that many, is to be canceled; only the answer that says so means it. `more` is said besides."""
    them = count > 1
    answer = await app.push_screen_wait(
        Ask(
            f"Cancel {what}?",
            " ".join(filter(None, ("What ran until now is billed. What came out of it stays here.", more))),
            [
                Option("cancel", "c", "Cancel them" if them else "Cancel it"),
                Option("keep", "k", "Let them run" if them else "Let it run"),
            ],
        )
    )
    return answer == "cancel"


async def cancel_everything(app: App[Any], services: Services, live: Sequence[tuple[str, Kind]], account: str) -> None:
    """Ask once, cancel all that is live, and say what became of it."""
    if not live:
        app.notify(f"Nothing of {account} is running.", markup=False)
        return
    what = f"all {counted(live)}" if len(live) > 1 else counted(live)
    more = f"That is all that is live of {account}, wherever it was started."
    if await ask_to_cancel(app, what, count=len(live), more=more):
        await cancel_all(app, services, live)


async def cancel_all(app: App[Any], services: Services, live: Sequence[tuple[str, Kind]]) -> list[str]:
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


def counted(live: Sequence[tuple[str, Kind]]) -> str:
    """`1 prediction`, `37 predictions and 1 training`."""
    parts: list[str] = []
    for kind in ("prediction", "training"):
        count = sum(one == kind for _, one in live)
        if count:
            parts.append(f"{count} {kind}{'s' * (count > 1)}")
    return " and ".join(parts)
