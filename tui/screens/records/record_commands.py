"""The commands about one record, the same wherever it is shown: cancel, copy, open, save, decide."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.api.types import is_hidden
from tui.screens.base import ConsoleScreen
from tui.screens.command_host import NOT_CONNECTED

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.services.runs.run import Run
    from tui.store.records import Record, SavedOutput
    from tui.widgets.result.result_view import ResultView


class RecordCommands:
    """Answers for the screen that shows a record: give it to the screen's `command_objects`."""

    def __init__(
        self, screen: ConsoleScreen, record: Callable[[], Record | None], view: Callable[[], ResultView]
    ) -> None:
        """`record` gives the record that is shown, `view` what shows it."""
        self._screen = screen
        self._record = record
        self._view = view

    def _prediction(self) -> Prediction | None:
        record = self._record()
        return record.prediction if record is not None else None

    def need_record(self) -> str | None:
        """Why there is nothing to do anything with, or None."""
        return None if self._record() is not None else "There is nothing here yet."

    def selected_facts(self) -> dict[str, str]:
        """What the user's own commands are told of the record."""
        if (record := self._record()) is None:
            return {}
        one, file, web = record.prediction, self._view().current_file(), record.prediction.urls.web or ""
        return {
            "kind": record.kind,
            "id": one.id,
            "model": one.model or "",
            "version": "" if is_hidden(one.version) else one.version or "",
            "deployment": one.deployment or "",
            "status": one.status,
            "url": web if web.startswith(("https://", "http://")) else "",
            "file": "" if file is None else str(file),
        }

    # ---- cancel

    def why_not_cancel_prediction(self) -> str | None:
        """Only what runs can be canceled."""
        record = self._record()
        if record is None:
            return "There is nothing to cancel here."
        if self._screen.services is None:
            return NOT_CONNECTED
        if record.prediction.is_terminal:
            return f"This {record.kind} has ended already: {record.prediction.status}."
        return None if record.live else f"Replicate does not know this {record.kind} any more."

    async def do_cancel_prediction(self) -> None:
        """Ask, then cancel."""
        from tui.screens.dialogs.cancel import ask_to_cancel

        record, services = self._record(), self._screen.services
        if record is None or services is None:
            return
        what = f"{record.row.model or record.kind} {record.id[:8]}"
        if await ask_to_cancel(self._screen.host, what, count=1):
            await services.runs.cancel(record.id, record.kind)

    # ---- copy and open

    why_not_copy_id = need_record

    def do_copy_id(self) -> None:
        """Copy the id."""
        if record := self._record():
            self._screen.console.copy_text(record.id, "Id")

    def why_not_copy(self) -> str | None:
        """Nothing to copy."""
        return None if self._view().copyable() else "There is nothing to copy here yet."

    def do_copy(self) -> None:
        """Copy what the open tab shows."""
        if found := self._view().copyable():
            text, what = found
            if not text:
                self._screen.console.say(f"{what}: empty, nothing was copied.", severity="warning")
                return
            self._screen.console.copy_text(text, what)

    def why_not_open_in_browser(self) -> str | None:
        """Only what has a page on the web."""
        record = self._record()
        if record is None:
            return self.need_record()
        web = record.prediction.urls.web or ""
        return None if web.startswith(("https://", "http://")) else f"This {record.kind} has no page on the web."

    async def do_open_in_browser(self) -> None:
        """Open its page."""
        if (prediction := self._prediction()) is not None and prediction.urls.web:
            await self._screen.console.open_page(prediction.urls.web)

    def do_next_tab(self) -> None:
        """The next tab."""
        self._view().step_tab(1)

    def do_previous_tab(self) -> None:
        """The tab before."""
        self._view().step_tab(-1)

    # ---- files

    def why_not_open_output(self) -> str | None:
        """Only a file that is here."""
        return None if self._view().current_file() else "There is no saved output file to open."

    async def do_open_output(self) -> None:
        """Open the output file that is looked at."""
        if (path := self._view().current_file()) is not None:
            await self._screen.console.open_file(path)

    def why_not_save_outputs(self) -> str | None:
        """Only what has an output."""
        record = self._record()
        if record is None:
            return self.need_record()
        if self._screen.services is None:
            return NOT_CONNECTED
        return f"This {record.kind} has no output to save." if record.prediction.output in (None, [], "") else None

    async def do_save_outputs(self) -> None:
        """Save the outputs into a folder that the user names."""
        from tui.screens.dialogs.prompt import Prompt

        prediction, services, console = self._prediction(), self._screen.services, self._screen.console
        if prediction is None or services is None:
            return
        folder = await self._screen.host.push_screen_wait(
            Prompt(
                "Save the outputs",
                "Into which folder? It is made where it does not exist.",
                str(Path.cwd() / prediction.id[:8]),
            )
        )
        if not folder:
            return
        saved = await services.downloads.save(prediction, folder_of(folder), asked=True)
        good = [output for output in saved if output.state == "saved"]
        bad = [output for output in saved if output.state == "failed"]
        try:
            document = await self._save_document(prediction, saved, folder_of(folder))
        except OSError as error:
            console.say(f"{folder} cannot take the output: {error.strerror or error}.", severity="error", title="Save")
            return
        if document is not None:
            console.say(f"Saved {document}")
        if bad:
            console.say(f"{len(bad)} not saved: {bad[0].error}", severity="error", title="Save")
        if good:
            console.say(f"{len(good)} saved into {folder}")
        elif not bad and document is None:
            console.say("There was nothing to save.", severity="warning")

    async def _save_document(self, prediction: Prediction, saved: Sequence[SavedOutput], folder: Path) -> Path | None:
        """Save what of the output is no file, and say where it lies; None where there is none. Raises OSError."""
        from tui.forms import OutputKind
        from tui.services.files.documents import document_of, write_document
        from tui.widgets.result.result_words import Shown, output_kind

        shown = self._view().shown or Shown(prediction)
        kind = OutputKind.TEXT if output_kind(shown) == "text" else shown.kind or OutputKind.ANY
        found = document_of(prediction.output, kind, saved, shown.text or "")
        return await asyncio.to_thread(write_document, found[0], folder / found[1]) if found else None


class LostRunCommands:
    """The decision about a run whose answer was lost, for a screen's `command_objects`."""

    def __init__(self, screen: ConsoleScreen, lost: Callable[[], Run | None], noun: str = "run") -> None:
        """`lost` gives the run that is to be decided about, if there is one."""
        self._screen = screen
        self._lost = lost
        self._noun = noun

    def why_not_resolve_run(self) -> str | None:
        """Only a lost answer needs a decision."""
        return None if self._lost() is not None else f"There is no {self._noun} whose answer was lost."

    async def do_resolve_run(self) -> None:
        """Ask what is to become of it, and have it carried out."""
        from tui.screens.dialogs.lost_run import decide_about_lost

        run, services = self._lost(), self._screen.services
        if run is None or services is None:
            return
        which = f"{run.target.ref}: {services.store.summary(run.input, 120)}\n\n"
        await decide_about_lost(self._screen, services, run.id, services.runs.resolve, which)


def folder_of(text: str) -> Path:
    """The folder that was typed."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        # There is no such user: the name stands for itself.
        return Path(text)
