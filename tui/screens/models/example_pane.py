"""The examples of a model: their inputs, and below them what came of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui import wording
from tui.widgets.table.virtual_table import Column, VirtualTable

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.services.services import Services
    from tui.widgets.media.contact_sheet import ContactSheet

MOST_ROWS = 6
"""Rows of the list where pictures stand below it."""
LONGEST_OUTPUT = 2_000


class ExamplePane(Vertical):
    """The list, and a contact sheet of the first file of each example; of texts the one under the cursor."""

    HELP = "The examples of a model. enter puts the one under the cursor into the form; h and l go to the pictures."

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.table: VirtualTable[Any] = VirtualTable(COLUMNS, id_of=lambda row: cast(str, row.id), id="example-list")
        self._words = Static(id="example-words")
        self._pictured: dict[str, str] = {}
        """The id of the example that a file is of, by the file's address."""

    def compose(self) -> ComposeResult:
        yield self.table
        yield self._words

    def ask(self) -> None:
        """Nothing is known yet."""
        self.table.set_rows([])
        self.table.set_empty("Asking for the examples…")

    def show(self, examples: Sequence[Prediction], services: Services) -> None:
        """Show these."""
        from tui.forms import OutputKind
        from tui.services.files.output_files import name_in

        previews = services.previews
        self._pictured.clear()
        for example in examples:
            for url in previews.files_in(example.output, OutputKind.ANY)[:1]:
                self._pictured.setdefault(url, example.id)
        self.table.set_empty("This model has no examples.\n\nr opens its empty form.")
        self.table.set_rows(list(examples))
        self.table.styles.height = min(len(examples), MOST_ROWS) + 1 if self._pictured else "1fr"
        self._words.display = bool(examples) and not self._pictured
        if self._pictured or self.query("#example-files"):
            from tui.widgets.media.contact_sheet import Item

            self._sheet.display = bool(self._pictured)
            items = [Item(url, name_in(url)) for url in self._pictured]
            self._sheet.show(items, fetch=previews.fetch, size_of=previews.size_of)
        self._follow()

    @property
    def _sheet(self) -> ContactSheet:
        from tui.widgets.media.contact_sheet import ContactSheet

        found = self.query("#example-files")
        if found:
            return cast(ContactSheet, found.first())
        sheet = ContactSheet(id="example-files")
        self.mount(sheet)
        return sheet

    @on(VirtualTable.Highlighted)
    def _follow(self) -> None:
        """What is shown below is of the example under the cursor."""
        example = cast("Prediction | None", self.table.row)
        if example is None:
            return
        if not self._pictured:
            from tui.widgets.result.output_parts import text_of

            self._words.update(Content(wording.one_line(text_of(example.output), LONGEST_OUTPUT)))
        elif example.id in (ids := list(self._pictured.values())):
            self._sheet.select(ids.index(example.id))

    def on_contact_sheet_moved(self, event: ContactSheet.Moved) -> None:
        """The cursor follows to the example of the picture."""
        event.stop()
        self.table.move_to(self._pictured.get(event.item.url, ""))


def _input(example: Prediction) -> Text:
    return Text(summary(example.input))


def summary(values: Mapping[str, object]) -> str:
    """An input on one line: the prompt first, then the other values by name."""
    parts = [str(values[name]) for name in ("prompt", "text", "messages") if values.get(name)]
    parts += [f"{name}={value}" for name, value in values.items() if name not in ("prompt", "text", "messages")]
    return wording.one_line("  ".join(parts), 300)


COLUMNS: list[Column[Any]] = [
    Column("input", "Input (enter fills the form)", _input, flex=1),
    Column("status", "Status", lambda e: wording.mark(e.status).word if e.status else "", width=10, drop_below=50),
]
