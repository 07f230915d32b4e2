"""What one does with files: upload some, stop that, hand one to a model, fetch its content, delete it, copy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tui.api.errors import ApiError, InvalidInput
from tui.navigation import Place
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.dialogs.prompt import Prompt
from tui.screens.dialogs.question import Ask, Option
from tui.screens.records.record_commands import folder_of
from tui.services.files.signed_links import parse
from tui.widgets.picker import Picker, Row

if TYPE_CHECKING:
    from tui.api.types import File
    from tui.screens.base import ConsoleScreen
    from tui.screens.files.file_columns import FileRow
    from tui.screens.files.file_view import FileView
    from tui.services.files.signed_links import SignedLink

T = TypeVar("T")
NONE = "There is no file under the cursor."
ON_ITS_WAY = "It is not at Replicate yet."
_LINK = (
    "Replicate gives the content of a file for a signed link only: owner, expiry and signature, made with a secret "
    "that the API does not tell. Paste such a link."
)
_FOLDER = "Into which folder? It is made where it does not exist."


class FileCommands:
    """The commands about the line under a screen's cursor, and about uploads."""

    def __init__(
        self,
        screen: ConsoleScreen,
        selected: Callable[[], FileRow | None],
        view: Callable[[], FileView],
    ) -> None:
        self._screen = screen
        self._selected = selected
        self._view = view

    # ---- uploads

    def why_not_upload_file(self) -> str | None:
        """Only with a connection."""
        return None if self._screen.services is not None else NOT_CONNECTED

    async def do_upload_file(self) -> None:
        """Ask which files, and upload them."""
        from tui.screens.files.upload_dialog import UploadDialog

        services = self._screen.services
        paths = await self._screen.host.push_screen_wait(UploadDialog())
        for path in paths or ():
            if services is None:
                return
            try:
                await services.files.begin(path)
            except (InvalidInput, OSError) as error:
                said = error if isinstance(error, InvalidInput) else f"it cannot be read: {error.strerror or error}"
                self._screen.console.say(f"{path.name}: {said}", severity="error")

    def why_not_cancel_upload(self) -> str | None:
        """Only what is on its way."""
        row = self._selected()
        return None if row is not None and row.upload is not None else "Nothing is being uploaded under the cursor."

    def do_cancel_upload(self) -> None:
        """Stop the upload under the cursor; one that failed is forgotten."""
        row, services = self._selected(), self._screen.services
        if row is not None and row.upload is not None and services is not None:
            services.files.cancel(row.upload.id)
            self._screen.console.say(f"{row.name} is not uploaded.")

    # ---- the file under the cursor

    def _why_not(self) -> str | None:
        row = self._selected()
        if self._screen.services is None:
            return NOT_CONNECTED
        return NONE if row is None else None if row.file is not None else ON_ITS_WAY

    why_not_delete_file = why_not_download_file = why_not_use_as_input = why_not_copy = why_not_copy_id = _why_not

    def _file(self) -> File | None:
        row = self._selected()
        return row.file if row is not None else None

    async def do_delete_file(self) -> None:
        """Ask, and delete it."""
        row, services = self._selected(), self._screen.services
        file = self._file()
        if row is None or file is None or services is None:
            return
        needed = f" It is needed by: {', '.join(row.needed_by)[:200]}." if row.needed_by else ""
        words = f"What still uses it as an input will fail, and it cannot be brought back.{needed}"
        options = [Option("delete", "d", "Delete it"), Option("stay", "s", "Keep it")]
        if await self._screen.host.push_screen_wait(Ask(f"Delete {row.name}?", words, options)) != "delete":
            return
        if (there := await self._tried(services.files.delete(file))) is not None:
            self._screen.console.say(f"{row.name} is deleted." if there else f"{row.name} was gone already.")

    async def do_download_file(self) -> None:
        """Ask for its signed link and a folder, and fetch it."""
        file, services = self._file(), self._screen.services
        if file is None or services is None:
            return
        link = await self._link(file)
        if link is None:
            return
        folder = await self._screen.host.push_screen_wait(Prompt("Save the file", _FOLDER, str(Path.cwd())))
        if folder is None:
            return
        self._screen.console.under_way(f"fetching {file.name[:60]}…")
        try:
            saved = await self._tried(services.files.save(file, link, folder_of(folder)))
        finally:
            self._screen.console.under_way("")
        if saved is not None:
            self._screen.console.say(f"Saved as {saved}.")

    async def _link(self, file: File) -> SignedLink | None:
        """A signed link of the file; None, with a word, for another."""
        given = await self._screen.host.push_screen_wait(Prompt(f"Fetch {file.name[:60]}", _LINK))
        if given is None:
            return None
        try:
            link = parse(given, {})
        except ValueError as error:
            self._screen.console.say(str(error), severity="error")
            return None
        if link.file_id != file.id:
            self._screen.console.say("That is the link of another file.", severity="error")
            return None
        return link

    async def do_use_as_input(self) -> None:
        """Ask which model is to get it, and open its form."""
        from tui.screens.run.open_form import open_form
        from tui.screens.run.use_output import ask_place, text_for

        file, services = self._file(), self._screen.services
        if file is None or services is None:
            return
        if not file.urls.get:
            self._screen.console.say("The API gave no address for it.", severity="error")
            return
        found = await ask_place(self._screen, services, files=True)
        if found is not None:
            ref, field = found
            open_form(self._screen, ref, {field.name: text_for(field, file.urls.get)})

    def do_copy(self) -> None:
        """Copy its address, which is what a model takes."""
        if (file := self._file()) is not None:
            self._screen.console.copy_text(file.urls.get or file.id, "the file's address")

    def do_copy_id(self) -> None:
        """Copy its id."""
        if (file := self._file()) is not None:
            self._screen.console.copy_text(file.id, "the file's id")

    def why_not_show_prediction(self) -> str | None:
        """Only of a file that was used."""
        if (reason := self._why_not()) is not None:
            return reason
        return None if self._view().runs else "No run that is kept here used it."

    async def do_show_prediction(self) -> None:
        """Open the run that used it; of several the one that is chosen."""
        runs = list(self._view().runs or ())
        chosen = runs[0] if len(runs) == 1 else None
        if len(runs) > 1:
            rows = [Row(one.id, one.id, f"{one.model} · {one.status}") for one in runs]
            row = await self._screen.host.push_screen_wait(Picker("Which run?", rows))
            chosen = next((one for one in runs if row is not None and one.id == row.value), None)
        if chosen is not None:
            place = "trainings" if chosen.kind == "training" else "predictions"
            self._screen.console.visit(Place(place, chosen.id))

    async def _tried(self, work: Awaitable[T]) -> T | None:
        try:
            return await work
        except ApiError as error:
            self._screen.console.say(str(error), severity="error")
        except OSError as error:
            self._screen.console.say(f"It cannot be written: {error.strerror or error}.", severity="error")
        return None
