"""What one does with a batch: pause it, go on, run again what failed, cancel, resolve, export, forget."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tui.screens.base import ConsoleScreen
from tui.screens.batches.batch_words import rows_are
from tui.screens.dialogs.prompt import Prompt
from tui.screens.dialogs.question import Ask, Option
from tui.screens.records.record_commands import folder_of

if TYPE_CHECKING:
    from tui.screens.batches.batch_words import Shown
    from tui.services.services import Services

_NONE = "There is no batch under the cursor."
_ELSEWHERE = "Another console or command works on it."


class BatchCommands:
    """The commands about the batch under a screen's cursor."""

    def __init__(
        self, screen: ConsoleScreen, selected: Callable[[], Shown | None], look: Callable[[], Awaitable[None]]
    ) -> None:
        """`look` reads the list anew."""
        self._screen = screen
        self._selected = selected
        self._look = look

    def _here(self, shown: Shown) -> bool:
        services = self._screen.services
        return services is not None and shown.id in services.batch_desk.at_work

    # ---- pause and go on

    def why_not_pause_batch(self) -> str | None:
        """Only what is not over, and is not another process's."""
        shown = self._selected()
        if shown is None:
            return _NONE
        if shown.state in ("done", "canceled"):
            return f"The batch has ended: it is {shown.state}."
        if shown.state in ("running", "canceling") and not self._here(shown):
            return f"{_ELSEWHERE} It can be paused there."
        return "It was not read to its end: D deletes it." if shown.batch.state == "planning" else None

    async def do_pause_batch(self) -> None:
        """Pause it here, or go on."""
        shown, services = self._selected(), self._screen.services
        if shown is None or services is None:
            return
        if self._here(shown):
            services.batch_desk.pause(shown.id)
        else:
            services.batch_desk.go_on(shown.id)
        await self._look()

    # ---- again

    def why_not_retry_batch(self) -> str | None:
        """Where something failed, and nobody is at it."""
        shown = self._selected()
        if shown is None:
            return _NONE
        if shown.state in ("running", "pausing", "canceling"):
            return "It is running: what failed can be run again once it has ended or is paused."
        return None if shown.count("failed", "canceled") else "Nothing failed or was canceled in it."

    async def do_retry_batch(self) -> None:
        """Run again what failed."""
        shown, services = self._selected(), self._screen.services
        if shown is None or services is None:
            return
        many = shown.count("failed", "canceled")
        text = f"{many:,} of {shown.total:,} rows are run again, and billed again. What was only not saved is saved."
        if await self._agreed("Retry what failed?", text, Option("retry", "r", "Run them again")):
            await services.batches.retry(shown.id)
            services.batch_desk.go_on(shown.id)
            await self._look()

    def why_not_resolve_batch(self) -> str | None:
        """Where a row's answer was lost."""
        shown = self._selected()
        if shown is None:
            return _NONE
        if self._here(shown):
            return "It is being worked on: pause it first."
        if shown.state == "running":
            return _ELSEWHERE
        return None if shown.count("unknown") else "No row of it is undecided."

    async def do_resolve_batch(self) -> None:
        """Look for the lost rows again, or send them once more."""
        shown, services = self._selected(), self._screen.services
        if shown is None or services is None:
            return
        text = (
            f"Answers that were lost: {shown.count('unknown'):,}, and nothing is surely theirs. Sent once more, "
            "what was created of them all the same, and is not found now, is paid twice."
        )
        options = [
            Option("send", "s", "Look for them, and send what is not found once more"),
            Option("look", "l", "Look for them again"),
            Option("stay", "esc", "Leave them as they are"),
        ]
        answer = await self._screen.host.push_screen_wait(Ask("Undecided rows", text, options))
        if answer in ("send", "look"):
            services.batch_desk.go_on(shown.id, send_unknown=answer == "send")
            await self._look()

    # ---- end and forget

    def why_not_cancel_batch(self) -> str | None:
        """Only what has not ended."""
        shown = self._selected()
        if shown is None:
            return _NONE
        ended = shown.batch.state not in ("open", "canceling")
        return f"The batch has ended: it is {shown.state}." if ended else None

    async def do_cancel_batch(self) -> None:
        """End it."""
        shown, services = self._selected(), self._screen.services
        if shown is None or services is None:
            return
        text = (
            f"{rows_are(shown.count('left'))} not sent any more, and {shown.count('live'):,} that run are canceled. "
            "What ran until now is billed; what came of it stays."
        )
        if await self._agreed("Cancel the batch?", text, Option("cancel", "c", "Cancel it")):
            await services.batch_desk.cancel(shown.id)
            await self._look()

    def why_not_delete_batch(self) -> str | None:
        """Not while somebody works on it."""
        shown = self._selected()
        if shown is None:
            return _NONE
        busy = shown.state in ("running", "pausing", "canceling", "planning")
        return "It is running: cancel it or pause it first." if busy else None

    async def do_delete_batch(self) -> None:
        """Forget it."""
        shown, services = self._selected(), self._screen.services
        if shown is None or services is None:
            return
        text = f"{rows_are(shown.total)} forgotten. Their predictions and files stay."
        if await self._agreed("Delete the batch?", text, Option("delete", "d", "Delete it")):
            await services.batches.delete(shown.id)
            await self._look()

    async def _agreed(self, title: str, text: str, option: Option) -> bool:
        answer = await self._screen.host.push_screen_wait(Ask(title, text, [option, Option("stay", "s", "Leave it")]))
        return answer == option.value

    # ---- the table

    def why_not_export_batch(self) -> str | None:
        """Only where there is one."""
        return _NONE if self._selected() is None else None

    async def do_export_batch(self) -> None:
        """Write its table."""
        shown, services = self._selected(), self._screen.services
        if shown is None or services is None:
            return
        answer = await self._screen.host.push_screen_wait(
            Prompt(
                "Export the batch",
                "Into which file? A line for each row, as .jsonl or .csv.",
                str(Path.cwd() / f"batch-{shown.id}.jsonl"),
            )
        )
        if answer:
            await self._export(services, shown, folder_of(answer))

    async def _export(self, services: Services, shown: Shown, path: Path) -> None:
        say = self._screen.console.say
        if path.suffix.lower() not in (".jsonl", ".csv"):
            say(f"The file must end in .jsonl or .csv: {path.name[:80]}", severity="error")
            return
        try:
            count = await services.batches.export(shown.id, path)
        except OSError as error:
            say(f"{path} cannot be written: {error.strerror or error}.", severity="error")
        else:
            say(f"{rows_are(count)} in {path}.")

    # ---- ids

    def why_not_copy_id(self) -> str | None:
        """Only where there is one."""
        return _NONE if self._selected() is None else None

    def do_copy_id(self) -> None:
        """The batch's id."""
        if (shown := self._selected()) is not None:
            self._screen.console.copy_text(shown.id, "Id")

    why_not_copy = why_not_copy_id
    do_copy = do_copy_id
