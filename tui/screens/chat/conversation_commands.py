"""What one does with a conversation and what is said in it, the same wherever it is shown."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.screens.chat.answer_facts import title_words
from tui.screens.dialogs.prompt import Prompt
from tui.screens.dialogs.question import Ask, Option

if TYPE_CHECKING:
    from tui.store.conversation import Conversation, Turn
    from tui.widgets.chat.transcript import Transcript

NOTHING = "There is no conversation here yet."
NO_ANSWER = "There is no answer here yet."

SLASHES: dict[str, type[cmd.Command]] = {
    "new": cmd.NewChat,
    "model": cmd.ChooseModel,
    "parameters": cmd.ShowParameters,
    "attach": cmd.AttachFile,
    "stop": cmd.StopAnswer,
    "regenerate": cmd.RegenerateAnswer,
    "edit": cmd.EditQuestion,
    "editor": cmd.EditInEditor,
    "copy": cmd.Copy,
    "code": cmd.SaveCode,
    "pager": cmd.OpenInPager,
    "rename": cmd.RenameChat,
    "delete": cmd.DeleteChat,
    "fork": cmd.ForkChat,
    "export": cmd.ExportChat,
    "compare": cmd.CompareModels,
    "prediction": cmd.ShowPrediction,
    "search": cmd.Filter,
}
"""The commands that can be typed after a slash."""


class ChatActing(ConsoleScreen):
    """The commands about a conversation. `argument` is what was typed after the name of a command."""

    BINDINGS: ClassVar[Any] = cmd.bindings(
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

    def __init__(self) -> None:
        super().__init__()
        self.conversation: Conversation | None = None
        """The one that is shown; None for a new one of which nothing is written yet."""
        self.turns: list[Turn] = []
        """The branch that is shown."""
        self._argument = ""

    @property
    def transcript(self) -> Transcript:
        """Where it is shown."""
        raise NotImplementedError

    def write(self, text: str) -> None:
        """Put a text into the composer, where nothing is written yet; else it is copied."""
        raise NotImplementedError

    def argument(self) -> str:
        """What was typed after the command's name, once."""
        words, self._argument = self._argument, ""
        return words

    def turn(self) -> Turn | None:
        """The turn under the cursor, or the last one."""
        message = self.transcript.current
        return next((turn for turn in self.turns if message is not None and turn.id == message.id), None)

    def answered(self) -> Turn | None:
        """The answer under the cursor, or the one to the question under it, or the last one."""
        turn = self.turn()
        if turn is None or turn.role == "assistant":
            return turn
        at = self.turns.index(turn) + 1
        return self.turns[at] if at < len(self.turns) else None

    def live_turn(self) -> Turn | None:
        """The answer that still comes."""
        return next((turn for turn in reversed(self.turns) if turn.live), None)

    def _need_conversation(self) -> str | None:
        return None if self.conversation is not None else NOTHING

    def _need_turns(self) -> str | None:
        return None if self.turns else "Nothing was said here yet."

    def _need_answer(self) -> str | None:
        return None if self.answered() is not None else NO_ANSWER

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The key bar offers to stop only what can be stopped."""
        if parameters == (cmd.StopAnswer.id,) and self.why_not(cmd.StopAnswer) is not None:
            return False
        return super().check_action(action, parameters)

    # ---- copy, save, open

    why_not_copy = _need_turns

    def do_copy(self) -> None:
        """The code block or the message under the cursor."""
        code = self.transcript.current_code
        message = self.transcript.current
        if code is not None:
            self.console.copy_text(code.text, "Code")
        elif message is not None:
            self.console.copy_text(self.transcript.current_text, "Question" if message.question else "Answer")

    def why_not_copy_id(self) -> str | None:
        """Only an answer has one."""
        answer = self.answered()
        return None if answer is not None and answer.prediction_id else "This has no prediction yet."

    def do_copy_id(self) -> None:
        """The id of the answer's prediction."""
        answer = self.answered()
        if answer is not None and answer.prediction_id:
            self.console.copy_text(answer.prediction_id, "Id")

    why_not_show_prediction = why_not_copy_id

    def do_show_prediction(self) -> None:
        """Go to it."""
        from tui.navigation import Place

        answer = self.answered()
        if answer is not None and answer.prediction_id:
            self.console.visit(Place("predictions", answer.prediction_id))

    def _found(self) -> tuple[str, str]:
        """The text under the cursor, and the ending of a file for it."""
        code = self.transcript.current_code
        return (code.text, ending_of(code.language)) if code is not None else (self.transcript.current_text, ".md")

    def why_not_save_code(self) -> str | None:
        """Only where there is some."""
        if self.transcript.current_code is not None:
            return None
        message = self.transcript.current
        codes = self.transcript.codes_of(message.id) if message is not None else []
        if len(codes) > 1:
            return "There are several code blocks: ] and [ go to one of them."
        return None if codes else "There is no code under the cursor."

    async def do_save_code(self) -> None:
        """Ask for the file."""
        message = self.transcript.current
        code = self.transcript.current_code or (self.transcript.codes_of(message.id)[0] if message else None)
        if code is not None:
            name = self.argument() or f"snippet{ending_of(code.language)}"
            await self._save("Save the code", str(Path.cwd() / name), code.text)

    async def _save(self, title: str, path: str, text: str) -> None:
        given = await self.host.push_screen_wait(Prompt(title, "Into which file?", path))
        if not given:
            return
        file = _expanded(given)
        if await asyncio.to_thread(file.exists):
            answer = await self.host.push_screen_wait(
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
            self.console.say(f"{file}: {error.strerror or error}", severity="error", title=title)
            return
        self.console.say(f"Saved {file}")

    why_not_open_in_editor = _need_turns
    why_not_open_in_pager = _need_turns

    async def do_open_in_editor(self) -> None:
        """What is changed there goes into the composer."""
        from tui.terminal.editor import edit_text

        text, ending = self._found()
        edited = await edit_text(self.host, text, "answer", ending)
        if edited is not None:
            self.write(edited)

    async def do_open_in_pager(self) -> None:
        """Read it there."""
        from tui.terminal.editor import read_in_pager

        text, ending = self._found()
        await read_in_pager(self.host, text, "answer", ending)

    # ---- the conversation

    why_not_rename_chat = _need_conversation
    why_not_delete_chat = _need_conversation
    why_not_fork_chat = _need_turns
    why_not_export_chat = _need_turns

    async def do_rename_chat(self) -> None:
        """Ask for the title; an empty one makes it the first question's again."""
        conversation, services = self.conversation, self.services
        if conversation is None or services is None:
            return
        title = self.argument() or await self.host.push_screen_wait(
            Prompt("Rename the conversation", "Its title:", title_words(conversation))
        )
        if title:
            await services.chats.rename(conversation.id, title)

    async def do_delete_chat(self) -> None:
        """Ask first."""
        conversation, services = self.conversation, self.services
        if conversation is None or services is None:
            return
        live = "\nThe answer that still comes is stopped." if self.live_turn() else ""
        answer = await self.host.push_screen_wait(
            Ask(
                f"Delete “{title_words(conversation)}”?",
                f"{conversation.turns} turns are deleted here. The predictions stay among the predictions.{live}",
                [Option("delete", "d", "Delete it"), Option("keep", "k", "Keep it")],
            )
        )
        if answer == "delete":
            await services.chats.delete(conversation.id)
            self.deleted(conversation.id)

    def deleted(self, conversation_id: str) -> None:
        """The conversation is gone."""

    async def do_fork_chat(self) -> None:
        """Up to and with the turn under the cursor."""
        conversation, services, turn = self.conversation, self.services, self.turn()
        if conversation is None or services is None or turn is None:
            return
        made = await services.chats.fork(conversation.id, turn.id)
        self.console.say(f"Forked: {title_words(made)}")
        self.open(made.id)

    def open(self, conversation_id: str) -> None:
        """Show another conversation."""

    async def do_export_chat(self) -> None:
        """Ask for the file; its ending says as what."""
        conversation, services = self.conversation, self.services
        if conversation is None or services is None:
            return
        path = self.argument()
        if not path:
            answer = await self.host.push_screen_wait(
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

    # ---- a lost answer

    def why_not_resolve_run(self) -> str | None:
        """Only a lost answer needs a decision."""
        live = self.live_turn()
        return None if live is not None and live.state == "unknown" else "There is no answer whose request was lost."

    async def do_resolve_run(self) -> None:
        """Decide about a lost answer."""
        from tui.screens.records.record_commands import ask_about_lost

        live, services = self.live_turn(), self.services
        if live is None or services is None:
            return
        answer = await ask_about_lost(self.host)
        if answer is not None:
            await services.chats.resolve(live.id, answer)


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
