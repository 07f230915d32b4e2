"""One dialog for whatever is done with many: a line for each, what became of it, and how many are still to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.toolkit.screen import DialogScreen
from tui.widgets.table.virtual_table import Column, VirtualTable


class Outcome(Struct, frozen=True):
    """One line: an id, what it is, and what became of it (nothing yet while `mark` is empty)."""

    id: str
    name: str
    mark: str = ""
    """A sign for the eye: ✓, ✗, or what stands for neither."""
    words: str = "waiting"
    tone: str = "text-muted"
    """A colour of the theme."""


COLUMNS: list[Column[Any]] = [
    Column("id", "Id", lambda o: o.id[:8], width=8),
    Column("name", "Of", lambda o: o.name, flex=2, min_width=10),
    Column("outcome", "Outcome", lambda o: Content.styled(f"{o.mark} {o.words}".strip(), f"${o.tone}"), flex=3),
]


class Outcomes(DialogScreen[None]):
    """Shows what becomes of each. Escape closes it; what goes on goes on, and its end is told in a notice."""

    BINDINGS = [("escape,q", "close", "Close")]

    def __init__(self, title: str, items: Sequence[tuple[str, str]]) -> None:
        """`title` is a verb: "Canceling"; `items` are ids, each with what it is."""
        super().__init__()
        self._title = title
        self._items = {id: Outcome(id, name) for id, name in items}
        self._told = 0
        self._summary = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="outcomes"):
            yield Static(id="outcomes-title")
            yield VirtualTable(COLUMNS, id_of=lambda o: o.id, version_of=lambda o: o, id="outcomes-table")
            yield Static(Content.styled("esc closes; it goes on all the same", "$text-muted"), id="outcomes-keys")

    def on_mount(self) -> None:
        table = self._table
        table.set_rows(list(self._items.values()))
        table.styles.height = min(len(self._items) + 1, 24)
        table.focus()
        self._draw_title()

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#outcomes-table"))

    def tell(self, id: str, mark: str, words: str, tone: str, *, ended: bool = True) -> None:
        """Say what became of one, or how far it is where it has not `ended`."""
        before = self._items[id]
        self._items[id] = replace(before, mark=mark, words=words, tone=tone)
        self._told += int(ended)
        if self.is_attached and self.is_mounted:
            self._table.put_row(self._items[id])
            self._draw_title()

    def sum_up(self, words: str) -> None:
        """Say how it ended in all."""
        self._summary = words
        if self.is_attached and self.is_mounted:
            self._draw_title()
            self.query_one("#outcomes-keys", Static).update(Content.styled("esc closes", "$text-muted"))

    def _draw_title(self) -> None:
        words = self._summary or f"{self._title}: {self._told} of {len(self._items)}"
        self.query_one("#outcomes-title", Static).update(Content.styled(words, "bold"))

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)
