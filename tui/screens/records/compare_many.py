"""Several predictions side by side: what came of each, and the values that tell it from the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui import commands as cmd
from tui import wording
from tui.api.types import is_hidden
from tui.navigation import Place
from tui.screens.base import ConsoleScreen
from tui.screens.records.differences import bare, different, named, value_words
from tui.screens.records.record_words import cost_of
from tui.widgets.media.contact_sheet import ContactSheet, Item
from tui.widgets.result.output_parts import file_items
from tui.widgets.result.result_words import Shown, output_kind, output_text
from tui.widgets.table.virtual_table import Column, VirtualTable

if TYPE_CHECKING:
    from tui.services.bus import Event
    from tui.store.records import Record

_COLUMNS = 6
"""Values that have columns of their own at most; the sheet names all of them."""
_EXCERPT = 300
"""Characters of an output that are shown in its row."""


@dataclass(frozen=True)
class Side:
    """One of them."""

    number: int
    record: Record
    values: dict[str, object]
    """All that may tell it from the others."""
    text: str
    """The beginning of its output, where that is a text."""
    cost: str = ""

    @property
    def id(self) -> str:
        """The prediction's id."""
        return self.record.id


class CompareMany(ConsoleScreen):
    """Predictions in the order that they are given. One that still runs is followed."""

    HELP = (
        "Predictions side by side, each with the values that differ. The cursor goes with the pictures; enter opens a "
        "prediction; two that are marked with space are compared word for word by d."
    )
    BINDINGS = cmd.bindings(cmd.CompareMarked, cmd.SortList, cmd.CopyId, cmd.Back)

    def __init__(self, records: Sequence[Record]) -> None:
        super().__init__()
        self._records = {record.id: record for record in records}
        self._sides: list[Side] = []
        self._of_item: list[str] = []
        """The id of the prediction of each picture."""

    def compose_body(self) -> ComposeResult:
        with Vertical(id="compare-many"):
            yield ContactSheet(id="many-sheet", offers=("l to the list",))
            yield VirtualTable((), id_of=lambda side: side.id, version_of=lambda side: side, id="many-table")

    def on_mount(self) -> None:
        self._draw()
        (self._sheet if self._sheet.display else self._table).focus()

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#many-table"))

    @property
    def _sheet(self) -> ContactSheet:
        return self.query_one(ContactSheet)

    def _draw(self) -> None:
        if not self.is_attached:
            return
        previews = self.services.previews if self.services is not None else None
        records = list(self._records.values())
        values = [_values(record) for record in records]
        names = different(values)
        items: list[Item] = []
        sides: list[Side] = []
        self._of_item = []
        for number, (record, own) in enumerate(zip(records, values, strict=True), 1):
            shown = Shown(record.prediction, outputs=record.outputs, previews=previews)
            words = named(own, names) or f"{number}"
            files = file_items(shown)
            items += [Item(f.url, words, f.path, f.caption, f.pending, bare(own, names)) for f in files]
            self._of_item += [record.id] * len(files)
            text = "" if files or output_kind(shown) == "none" else output_text(shown)
            found = cost_of(self.services, record.prediction)
            cost = f"≈ {wording.money(found.dollars)}" if found is not None else ""
            sides.append(Side(number, record, own, wording.one_line(text, _EXCERPT), cost))
        self._sides = sides
        self._sheet.display = bool(items)
        self._sheet.show(items, fetch=previews.fetch if previews is not None else None)
        self._table.set_columns(_columns(names, sides))
        self._table.set_rows(sides)

    def bus_event(self, event: Event) -> None:
        """What still runs goes on here too."""
        from tui.services import bus

        if isinstance(event, bus.RecordChanged) and event.record.id in self._records:
            self._records[event.record.id] = event.record
            self.soon("compare", self._draw)

    # ---- the pictures and the rows go together

    @on(ContactSheet.Moved)
    def _picture_selected(self, event: ContactSheet.Moved) -> None:
        self._table.move_to(self._of_item[event.sheet.index])

    @on(VirtualTable.Highlighted, "#many-table")
    def _row_highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        at = self._sheet.index
        if self._table.has_focus and event.id in self._of_item and self._of_item[at : at + 1] != [event.id]:
            self._sheet.select(self._of_item.index(event.id))

    @on(VirtualTable.Selected, "#many-table")
    def _opened(self, event: VirtualTable.Selected[Any]) -> None:
        self.console.visit(Place("predictions", event.id))

    @on(VirtualTable.SortRequested, "#many-table")
    def _sort_requested(self, event: VirtualTable.SortRequested) -> None:
        self._table.toggle_sort(event.key)

    # ---- commands

    def why_not_compare_marked(self) -> str | None:
        """Two of them, word for word."""
        marked = len(self._table.marked)
        return None if marked == 2 else f"Mark two with space to compare them word for word; {marked} are marked."

    def do_compare_marked(self) -> None:
        """The one that is higher up on the left."""
        from tui.screens.records.compare_screen import CompareScreen

        marked = [side.record for side in self._sides if side.id in self._table.marked]
        self.host.push_screen(CompareScreen(marked[0], marked[1]))

    async def do_sort_list(self) -> None:
        """Choose the column to sort by."""
        from tui.screens.dialogs.sort_by import ask_column

        chosen = await ask_column(self.host, self._table.columns, "as they were marked")
        if chosen is not None:
            self._table.toggle_sort(chosen)

    def do_copy_id(self) -> None:
        """The id of the one under the cursor."""
        if (side := cast("Side | None", self._table.row)) is not None:
            self.console.copy_text(side.id, "Id")

    def do_back(self) -> None:
        """Close it."""
        self.dismiss(None)


def _values(record: Record) -> dict[str, object]:
    """What may tell a prediction from others: its model, and its input."""
    prediction = record.prediction
    version = "" if is_hidden(prediction.version) else prediction.version[:12]
    on = {"model": prediction.model, "version": version, "deployment": prediction.deployment or ""}
    return {**on, **prediction.input}


def _columns(names: Sequence[str], sides: Sequence[Side]) -> list[Column[Any]]:
    texts = any(side.text for side in sides)
    columns: list[Column[Any]] = [
        Column("number", "#", lambda side: str(side.number), width=3, align="right", sort_key=lambda side: side.number),
        Column("status", "Status", _status, width=12),
    ]
    for name in names[:_COLUMNS]:
        longest = max((len(value_words(side.values.get(name, ""))) for side in sides), default=0)
        width = max(len(name[:16]), min(longest, 24 if texts else 40))
        columns.append(
            Column(f"value {name}", name[:16], lambda side, name=name: value_words(side.values.get(name, "")),
                   width=width, sort_key=lambda side, name=name: _sortable(side.values.get(name)))
        )  # fmt: skip
    if texts:
        columns.append(Column("output", "Output", lambda side: side.text, flex=1, min_width=12))
    columns += [
        Column("seconds", "Run", lambda side: wording.duration(side.record.prediction.predict_time), width=8,
               align="right", sort_key=lambda side: side.record.prediction.predict_time or 0.0, drop_below=60),
        Column("cost", "Est. cost", lambda side: side.cost, width=10, align="right", drop_below=90),
    ]  # fmt: skip
    return columns if texts else [*columns, Column("rest", "", lambda _: "", flex=1, min_width=0)]


def _status(side: Side) -> Content:
    mark = wording.mark(side.record.prediction.status)
    return Content.styled(f"{mark.symbol} {mark.word}", f"${mark.tone}")


def _sortable(value: object) -> tuple[int, float, str]:
    """Numbers by size before everything else by its words."""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, value_words(value)
