"""One file that fills the screen; the arrows go on to the others of its sheet."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from tui import commands as cmd
from tui.screens.command_host import CommandHost, console
from tui.toolkit.screen import PartialScreen
from tui.widgets.media.contact_sheet import ContactSheet, Fetch, Item


class Viewer(CommandHost, PartialScreen[int]):
    """Shows the files of a sheet one at a time; returns the place of the one that was looked at last."""

    BINDINGS = cmd.bindings(cmd.Back, cmd.OpenOutput)

    def __init__(self, items: Sequence[Item], index: int, fetch: Fetch | None) -> None:
        super().__init__()
        self._items = items
        self._index = index
        self._fetch = fetch

    def compose(self) -> ComposeResult:
        yield ContactSheet(id="viewer", single=True, offers=("O opens",))

    def on_mount(self) -> None:
        sheet = self._sheet
        sheet.show(self._items, fetch=self._fetch)
        sheet.select(self._index)
        sheet.focus()

    @property
    def _sheet(self) -> ContactSheet:
        return self.query_one(ContactSheet)

    def on_contact_sheet_filled(self, event: ContactSheet.Filled) -> None:
        """The key that filled the screen puts it back."""
        event.stop()
        self.do_back()

    def do_back(self) -> None:
        """Back to where the sheet is."""
        self.dismiss(self._sheet.index)

    def why_not_open_output(self) -> str | None:
        """Only a file that is here."""
        return None if self._sheet.current_path is not None else "This file is not here."

    async def do_open_output(self) -> None:
        """Open the file with the desktop's program for it."""
        if (path := self._sheet.current_path) is not None:
            await console(self).open_file(path)
