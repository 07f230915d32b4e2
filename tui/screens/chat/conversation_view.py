"""Keeps a transcript in step with the conversation that is open in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.screens.chat.answer_facts import message_of, notes
from tui.screens.chat.open_conversation import Heard, OpenConversation
from tui.services.bus import OutputText

if TYPE_CHECKING:
    from tui.services.bus import ChatChanged
    from tui.services.usage.prices import Prices
    from tui.widgets.chat.transcript import Transcript


class ConversationView:
    """Shows `talk` in `transcript`; `prices` gives what is known of prices by now."""

    def __init__(self, talk: OpenConversation, transcript: Transcript, prices: Callable[[], Prices | None]) -> None:
        self.talk = talk
        self.transcript = transcript
        self._prices = prices

    def draw(self, place: tuple[str, int] | None = None) -> None:
        """Show all turns; `place` is where to begin in a conversation that was not shown before."""
        turns, places, prices = self.talk.turns, self.talk.places, self._prices()
        self.transcript.set_messages(
            [message_of(turn, places.get(turn.id, (1, 1)), prices) for turn in turns], place=place
        )

    def hear(self, event: OutputText | ChatChanged) -> Heard:
        """Take in an event. A text is shown at once; the rest is the caller's to bring up to date."""
        heard = self.talk.hear(event)
        if heard is Heard.TEXT and isinstance(event, OutputText):
            self.transcript.stream(event.run_id or "", event.text)
        return heard

    def tick(self) -> None:
        """Let the seconds below an answer that still comes go on."""
        if (live := self.talk.live_turn) is not None:
            self.transcript.set_notes(live.id, notes(live, None))

    @property
    def cursor(self) -> str | None:
        """The turn under the cursor, or the last one."""
        message = self.transcript.current
        return message.id if message is not None else None
