"""Several predictions side by side: what came of each, and the values that tell it from the others."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, cast

from msgspec import Struct
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


class Side(Struct, frozen=True):
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
            yield ContactSheet(id="many-sheet", offers=("tab to the list",))
            yield VirtualTable(list[Column[Side]](), id_of=_id, version_of=_seen, id="many-table")

    def on_mount(self) -> None:
        self._draw()
        (self._sheet if self._sheet.display else self._table).focus()

    @property
    def _table(self) -> VirtualTable[Side]:
        return cast("VirtualTable[Side]", self.query_one("#many-table"))

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
    def _row_highlighted(self, event: VirtualTable.Highlighted[Side]) -> None:
        at = self._sheet.index
        if self._table.has_focus and event.id in self._of_item and self._of_item[at : at + 1] != [event.id]:
            self._sheet.select(self._of_item.index(event.id))

    @on(VirtualTable.Selected, "#many-table")
    def _opened(self, event: VirtualTable.Selected[Side]) -> None:
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
        if (side := self._table.row) is not None:
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


def _columns(names: Sequence[str], sides: Sequence[Side]) -> list[Column[Side]]:
    texts = any(side.text for side in sides)
    columns: list[Column[Side]] = [
        Column("number", "#", _number, width=3, align="right", sort_key=_place),
        Column("status", "Status", _status, width=12),
        *(_value_column(name, sides, 24 if texts else 40) for name in names[:_COLUMNS]),
    ]
    if texts:
        columns.append(Column("output", "Output", _text, flex=1, min_width=12))
    columns.append(Column("seconds", "Run", _run, width=8, align="right", sort_key=_seconds, drop_below=60))
    if any(side.cost for side in sides):
        columns.append(Column("cost", "Est. cost", _cost, width=10, align="right", drop_below=90))
    return columns if texts else [*columns, Column("rest", "", _nothing, flex=1, min_width=0)]


def _value_column(name: str, sides: Sequence[Side], most: int) -> Column[Side]:
    """The column of one value that differs, as wide as its longest."""

    def words(side: Side) -> str:
        return value_words(side.values.get(name, ""))

    def key(side: Side) -> tuple[int, float, str]:
        return _sortable(side.values.get(name))

    title = name[:16]
    width = max(len(title), min(max(len(words(side)) for side in sides), most))
    return Column(f"value {name}", title, words, width=width, sort_key=key)


def _id(side: Side) -> str:
    return side.id


def _seen(side: Side) -> Hashable:
    return side.number, side.record.prediction.status, side.record.prediction.predict_time, side.text, side.cost


def _number(side: Side) -> str:
    return str(side.number)


def _place(side: Side) -> int:
    return side.number


def _nothing(_: Side) -> str:
    return ""


def _text(side: Side) -> str:
    return side.text


def _cost(side: Side) -> str:
    return side.cost


def _seconds(side: Side) -> float:
    return side.record.prediction.predict_time or 0.0


def _run(side: Side) -> str:
    return wording.duration(side.record.prediction.predict_time)


def _status(side: Side) -> Content:
    mark = wording.mark(side.record.prediction.status)
    return Content.styled(f"{mark.symbol} {mark.word}", f"${mark.tone}")


def _sortable(value: object) -> tuple[int, float, str]:
    """Numbers by size before everything else by its words."""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, value_words(value)
