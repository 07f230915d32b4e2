"""What one does while a question is written: edit one that was asked, attach files, use another editor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.chat.conversation_pane import ConversationPane


class QuestionCommands:
    """The commands about the question that is being written. `argument` is what was typed after a command's name."""

    def __init__(self, pane: ConversationPane, *, argument: Callable[[], str]) -> None:
        self._pane = pane
        self._argument = argument

    def do_write_question(self) -> None:
        """To the composer."""
        self._pane.focus_composer()

    def why_not_edit_question(self) -> str | None:
        """Only a question."""
        pane = self._pane
        return None if pane.talk.question_at(pane.view.cursor) is not None else "There is no question here yet."

    def do_edit_question(self) -> None:
        """In the composer; what was being written comes back afterwards."""
        pane = self._pane
        turn = pane.talk.question_at(pane.view.cursor)
        if turn is None:
            return
        pane.draft.edit(turn)
        pane.composer.set_text(turn.text, turn.attachments)
        pane.draw()
        pane.focus_composer()

    async def do_edit_in_editor(self) -> None:
        """What is being written."""
        from tui.terminal.editor import edit_text

        text = await edit_text(self._pane.section.host, self._pane.composer.text, "question")
        if text is not None:
            self._pane.replace_text(text)

    def why_not_attach_file(self) -> str | None:
        """Only where the schema takes one."""
        fit, model = self._pane.talk.fit, self._pane.talk.model
        if fit is None or fit.images or fit.files:
            return None
        return f"{model or 'This model'} takes no files: its schema has no input for one."

    async def do_attach_file(self) -> None:
        """Look for a file."""
        from tui.widgets.form.file_field import FilePicker

        path = self._argument()
        if not path:
            row = await self._pane.section.host.push_screen_wait(FilePicker("Attach a file", Path.cwd()))
            path = row.value if row is not None and row.value else ""
        if path:
            self._pane.composer.attach(path)
            self._pane.focus_composer()
