"""The question about a creation whose answer was lost: only a person can decide which it is, or send it once more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from tui import wording
from tui.screens.dialogs.question import Ask, Option

if TYPE_CHECKING:
    from tui.api.creation import Candidate
    from tui.screens.base import ConsoleScreen
    from tui.services.runs.runs import Decision
    from tui.services.services import Services

OFFERED = 9
"""Predictions that are offered at most: each has a digit as its key."""
_IS_IT = "is:"


async def decide_about_lost(
    screen: ConsoleScreen,
    services: Services,
    run_id: str,
    resolve: Callable[[str, Decision], Awaitable[object]],
    which: str = "",
) -> None:
    """Ask what is to become of a run, and have it carried out; `which` names it for the person.

    Raises what `resolve` and `Runs.adopt` raise, but for a run that is not unknown any more: that is said.
    """
    run = services.runs.get(run_id)
    known = (run.error if run is not None else "") or "Replicate may be running it, or may never have got it."
    offered = _offered(run.candidates if run is not None else (), services.now())
    answer = await screen.host.push_screen_wait(
        Ask(
            "The answer to this run was lost",
            f"{which}{known} Sending it again may pay twice.",
            [
                *offered,
                Option("send", "s", "Send it again"),
                Option("drop", "d", "Drop it; what you wrote is kept"),
                Option("look", "l", "Look for it once more"),
            ],
        )
    )
    try:
        if answer is not None and answer.startswith(_IS_IT):
            await services.runs.adopt(run_id, answer.removeprefix(_IS_IT))
        elif answer is not None:
            await resolve(run_id, cast("Decision", answer))
    except KeyError:
        screen.console.say("Its answer was found, or it was decided about, meanwhile: nothing was done now.")


def _offered(candidates: Sequence[Candidate], now: datetime) -> list[Option]:
    """An answer for each prediction that may be it, with what tells it from the others."""
    return [
        Option(f"{_IS_IT}{one.prediction.id}", str(number), _words(one, now))
        for number, one in enumerate(candidates[:OFFERED], 1)
    ]


def _words(candidate: Candidate, now: datetime) -> str:
    prediction = candidate.prediction
    symbol, word, _ = wording.mark(prediction.status)
    at, ago = candidate.created_at.astimezone().strftime("%H:%M:%S"), wording.age(candidate.created_at, now)
    when = f"{at}, {ago} ago" if ago != "now" else f"{at}, now"
    return f"It is {prediction.id[:8]} · {when} · {symbol} {word}"
