"""What one does with a conversation and what is said in it, the same wherever it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from tui import commands as cmd
from tui.screens.chat.answer_facts import title_words
from tui.screens.dialogs.prompt import Prompt
from tui.screens.dialogs.question import Ask, Option

if TYPE_CHECKING:
    from tui.screens.base import ConsoleScreen
    from tui.screens.chat.conversation_view import ConversationView
    from tui.store.conversation import Turn
    from tui.widgets.chat.transcript import Transcript

NOTHING = "There is no conversation here yet."
NO_ANSWER = "There is no answer here yet."
BINDINGS = cmd.bindings(
    cmd.Copy,
    cmd.CopyId,
    cmd.SaveCode,
    cmd.OpenInEditor,
    cmd.OpenInPager,
    cmd.RenameChat,
    cmd.DeleteChat,
    cmd.ForkChat,
    cmd.ExportChat,
    cmd.ShowPrediction,
    cmd.ResolveRun,
)
"""The keys of these commands."""


class ConversationCommands:
    """The commands about the conversation that a screen shows."""

    def __init__(
        self,
        screen: ConsoleScreen,
        shown: Callable[[], ConversationView],
        *,
        argument: Callable[[], str],
        write: Callable[[str], None],
        opened: Callable[[str], None] | None = None,
        deleted: Callable[[str], None] | None = None,
    ) -> None:
        """`shown` gives the conversation, `argument` what was typed after a command's name.

        `write` puts a text into the composer; `opened` and `deleted` are told the id of a new conversation that is to
        be shown, and of one that is gone.
        """
        self._screen = screen
        self._shown = shown
        self._argument = argument
        self._write = write
        self._opened = opened
        self._deleted = deleted

    @property
    def _transcript(self) -> Transcript:
        return self._shown().transcript

    def _answer(self) -> Turn | None:
        """The answer under the cursor, or the one to the question under it, or the last one."""
        view = self._shown()
        return view.talk.answer_at(view.cursor)

    def _need_conversation(self) -> str | None:
        return None if self._shown().talk.record is not None else NOTHING

    def _need_turns(self) -> str | None:
        return None if self._shown().talk.turns else "Nothing was said here yet."

    # ---- copy, save, open

    why_not_copy = _need_turns

    def do_copy(self) -> None:
        """The code block or the message under the cursor."""
        transcript = self._transcript
        code, message = transcript.current_code, transcript.current
        if code is not None:
            self._screen.console.copy_text(code.text, "Code")
        elif message is not None:
            self._screen.console.copy_text(transcript.current_text, "Question" if message.question else "Answer")

    def why_not_copy_id(self) -> str | None:
        """Only an answer has one."""
        answer = self._answer()
        return None if answer is not None and answer.prediction_id else "This has no prediction yet."

    def do_copy_id(self) -> None:
        """The id of the answer's prediction."""
        answer = self._answer()
        if answer is not None and answer.prediction_id:
            self._screen.console.copy_text(answer.prediction_id, "Id")

    why_not_show_prediction = why_not_copy_id

    def do_show_prediction(self) -> None:
        """Go to it."""
        from tui.navigation import Place

        answer = self._answer()
        if answer is not None and answer.prediction_id:
            self._screen.console.visit(Place("predictions", answer.prediction_id))

    def _found(self) -> tuple[str, str]:
        """The text under the cursor, and the ending of a file for it."""
        code = self._transcript.current_code
        return (code.text, ending_of(code.language)) if code is not None else (self._transcript.current_text, ".md")

    def why_not_save_code(self) -> str | None:
        """Only where there is some."""
        transcript = self._transcript
        if transcript.current_code is not None:
            return None
        message = transcript.current
        codes = transcript.codes_of(message.id) if message is not None else []
        if len(codes) > 1:
            return "There are several code blocks: ] and [ go to one of them."
        return None if codes else "There is no code under the cursor."

    async def do_save_code(self) -> None:
        """Ask for the file."""
        transcript = self._transcript
        message = transcript.current
        code = transcript.current_code or (transcript.codes_of(message.id)[0] if message else None)
        if code is not None:
            name = self._argument() or f"snippet{ending_of(code.language)}"
            await self._save("Save the code", str(Path.cwd() / name), code.text)

    async def _save(self, title: str, path: str, text: str) -> None:
        given = await self._screen.host.push_screen_wait(Prompt(title, "Into which file?", path))
        if not given:
            return
        file = _expanded(given)
        if await asyncio.to_thread(file.exists):
            answer = await self._screen.host.push_screen_wait(
                Ask(
                    f"{file.name} exists",
                    f"{file}\n\nWhat is in it would be lost.",
                    [Option("over", "o", "Write over it"), Option("keep", "k", "Keep it")],
                )
            )
            if answer != "over":
                return
        try:
            await asyncio.to_thread(file.write_text, text, encoding="utf-8", errors="replace")
        except OSError as error:
            self._screen.console.say(f"{file}: {error.strerror or error}", severity="error", title=title)
            return
        self._screen.console.say(f"Saved {file}")

    why_not_open_in_editor = _need_turns
    why_not_open_in_pager = _need_turns

    async def do_open_in_editor(self) -> None:
        """What is changed there goes into the composer."""
        from tui.terminal.editor import edit_text

        text, ending = self._found()
        edited = await edit_text(self._screen.host, text, "answer", ending)
        if edited is not None:
            self._write(edited)

    async def do_open_in_pager(self) -> None:
        """Read it there."""
        from tui.terminal.editor import read_in_pager

        text, ending = self._found()
        await read_in_pager(self._screen.host, text, "answer", ending)

    # ---- the conversation

    why_not_rename_chat = _need_conversation
    why_not_delete_chat = _need_conversation
    why_not_fork_chat = _need_turns
    why_not_export_chat = _need_turns

    async def do_rename_chat(self) -> None:
        """Ask for the title; an empty one makes it the first question's again."""
        conversation, services = self._shown().talk.record, self._screen.services
        if conversation is None or services is None:
            return
        title = self._argument() or await self._screen.host.push_screen_wait(
            Prompt("Rename the conversation", "Its title:", title_words(conversation))
        )
        if title:
            await services.chats.rename(conversation.id, title)

    async def do_delete_chat(self) -> None:
        """Ask first."""
        talk, services = self._shown().talk, self._screen.services
        conversation = talk.record
        if conversation is None or services is None:
            return
        live = "\nThe answer that still comes is stopped." if talk.live_turn else ""
        answer = await self._screen.host.push_screen_wait(
            Ask(
                f"Delete “{title_words(conversation)}”?",
                f"{conversation.turns} turns are deleted here. The predictions stay among the predictions.{live}",
                [Option("delete", "d", "Delete it"), Option("keep", "k", "Keep it")],
            )
        )
        if answer == "delete":
            await services.chats.delete(conversation.id)
            if self._deleted is not None:
                self._deleted(conversation.id)

    async def do_fork_chat(self) -> None:
        """Up to and with the turn under the cursor."""
        view, services = self._shown(), self._screen.services
        conversation, turn = view.talk.record, view.talk.turn(view.cursor)
        if conversation is None or services is None or turn is None:
            return
        made = await services.chats.fork(conversation.id, turn.id)
        self._screen.console.say(f"Forked: {title_words(made)}")
        if self._opened is not None:
            self._opened(made.id)

    async def do_export_chat(self) -> None:
        """Ask for the file; its ending says as what."""
        conversation, services = self._shown().talk.record, self._screen.services
        if conversation is None or services is None:
            return
        path = self._argument()
        if not path:
            answer = await self._screen.host.push_screen_wait(
                Ask(
                    "Export the conversation",
                    "Markdown has the branch that is shown, JSON everything.",
                    [Option("markdown", "m", "Markdown"), Option("json", "j", "JSON")],
                    start=0,
                )
            )
            if answer is None:
                return
            safe = "".join(c if c.isalnum() or c in "-_ " else "" for c in title_words(conversation)).strip()[:60]
            path = f"{safe or 'chat'}.{'md' if answer == 'markdown' else 'json'}"
        form: Literal["markdown", "json"] = "json" if path.endswith(".json") else "markdown"
        text = await services.chats.export(conversation.id, form)
        await self._save("Export the conversation", str(Path.cwd() / path), text)

    # ---- an answer whose request was lost

    def why_not_resolve_run(self) -> str | None:
        """Only an answer whose request was lost needs a decision."""
        live = self._shown().talk.live_turn
        return None if live is not None and live.state == "unknown" else "There is no answer whose request was lost."

    async def do_resolve_run(self) -> None:
        """Decide about it."""
        from tui.screens.dialogs.lost_run import decide_about_lost

        live, services = self._shown().talk.live_turn, self._screen.services
        if live is None or services is None:
            return
        await decide_about_lost(self._screen, services, live.id, services.chats.resolve)


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:
        # There is no such user: the name stands for itself.
        return Path(path)


def ending_of(language: str) -> str:
    """`.py` for python; `.txt` where the language is not known."""
    if not language:
        return ".txt"
    from pygments import lexers
    from pygments.util import ClassNotFound

    try:
        names: list[str] = list(cast(Any, lexers).get_lexer_by_name(language).filenames)
    except ClassNotFound:
        return ".txt"
    found = next((name[1:] for name in names if name.startswith("*.") and name[2:].isalnum()), "")
    return found or ".txt"
