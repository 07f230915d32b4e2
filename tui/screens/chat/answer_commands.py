"""What one does with answers while and after they come: stop one, have one anew, walk through the alternatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.chat.conversation_commands import NO_ANSWER

if TYPE_CHECKING:
    from tui.screens.chat.conversation_pane import ConversationPane

NONE_LIVE = "No answer is coming; there is nothing to stop. ctrl+q leaves the console."


class AnswerCommands:
    """The commands about the answers of the conversation that is open."""

    def __init__(self, pane: ConversationPane) -> None:
        self._pane = pane

    def why_not_stop_answer(self) -> str | None:
        """Only while one comes."""
        live = self._pane.talk.live_turn
        return None if live is not None and live.state != "unknown" else NONE_LIVE

    async def do_stop_answer(self) -> None:
        """Cancel its prediction."""
        from tui.services.chat.chats import ChatError

        talk = self._pane.talk
        live = talk.live_turn
        if live is not None and talk.connected:
            try:
                await talk.chats.stop(live.id)
            except ChatError as error:
                self._pane.section.console.say(str(error), severity="warning")

    def why_not_regenerate_answer(self) -> str | None:
        """Only what was answered, and not while an answer comes."""
        talk = self._pane.talk
        if talk.live_turn is not None:
            return "The answer still comes: esc stops it."
        return None if talk.turns else NO_ANSWER

    async def do_regenerate_answer(self) -> None:
        """Beside the answer that there is."""
        from tui.services.chat.chats import ChatError

        pane, talk = self._pane, self._pane.talk
        turn = talk.answer_at(pane.view.cursor) or talk.turn(pane.view.cursor)
        if turn is None or not talk.connected:
            return
        try:
            await talk.chats.regenerate(turn.id)
        except ChatError as error:
            pane.section.console.say(str(error), severity="warning")
            return
        pane.transcript.follow()

    def _alternatives(self) -> str | None:
        turn = self._pane.talk.turn(self._pane.view.cursor)
        if turn is None:
            return NO_ANSWER
        if self._pane.talk.places.get(turn.id, (1, 1))[1] < 2:
            return "This message has no alternatives: r answers anew, e asks again in other words."
        return None

    why_not_previous_branch = _alternatives
    why_not_next_branch = _alternatives

    async def do_previous_branch(self) -> None:
        """The alternative before."""
        await self._walk(-1)

    async def do_next_branch(self) -> None:
        """The alternative after."""
        await self._walk(1)

    async def _walk(self, by: int) -> None:
        pane = self._pane
        turn = pane.talk.turn(pane.view.cursor)
        if turn is None or not pane.talk.connected:
            return
        chosen = await pane.talk.choose_branch(turn.id, by)
        pane.draw()
        pane.transcript.move_to(chosen)
