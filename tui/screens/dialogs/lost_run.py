"""The question about a creation whose answer was lost: only a person can decide whether it is sent once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

from tui.screens.dialogs.question import Ask, Option

if TYPE_CHECKING:
    from textual.app import App


async def ask_about_lost(app: App[Any], which: str = "", known: str = "") -> Literal["look", "send", "drop"] | None:
    """What is to become of it; None when that is left open. `which` names the run, `known` says what is known of it."""
    known = known or "Replicate may be running it, or may never have got it."
    answer = await app.push_screen_wait(
        Ask(
            "The answer to this run was lost",
            f"{which}{known} Sending it again may pay twice.",
            [
                Option("send", "s", "Send it again"),
                Option("drop", "d", "Drop it; what you wrote is kept"),
                Option("look", "l", "Look for it once more"),
            ],
        )
    )
    return cast(Any, answer)
