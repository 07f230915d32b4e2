"""Two records side by side: inputs, outputs, metrics and times field by field, with what differs marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui import wording
from tui.screens.base import ConsoleScreen
from tui.screens.records.compare_lines import SAME, Line, as_text, compare
from tui.widgets.table.virtual_table import Column, VirtualTable

if TYPE_CHECKING:
    from tui.services.bus import Event
    from tui.store.records import Record
    from tui.widgets.media.contact_sheet import ContactSheet

_NAME = 14
_SIDES = 3 + 1 + _NAME + 3 * 2 + 1
"""Cells beside the two values: the table's gutter, the sign, the name, the gaps, the scrollbar."""


class CompareScreen(ConsoleScreen):
    """Two predictions or trainings. A record that still runs is followed."""

    HELP = (
        "Two records, the marked one that is older on the left. ≠ stands where they differ, ‹ and › where only one "
        "of them has something; J and K walk from one difference to the next."
    )
    BINDINGS = cmd.bindings(cmd.NextDifference, cmd.PreviousDifference, cmd.DifferencesOnly, cmd.Copy, cmd.Back)

    def __init__(self, left: Record, right: Record) -> None:
        super().__init__()
        self._left = left
        self._right = right
        self._all = True
        self._width = 0

    def compose_body(self) -> ComposeResult:
        with Vertical(id="compare"):
            with Container(id="compare-heads"):
                yield Static(id="compare-left")
                yield Static(id="compare-right")
            yield Container(id="compare-pictures")
            yield VirtualTable(
                self._columns(),
                id_of=lambda line: str(line.number),
                version_of=lambda line: line,
                header=False,
                empty="They are the same in everything.",
                id="compare-table",
            )

    def on_mount(self) -> None:
        self._draw()
        self._show_pictures()
        self._table.focus()

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#compare-table"))

    @property
    def _stacked(self) -> bool:
        return self.narrow

    def _columns(self) -> list[Column[Any]]:
        both: list[Column[Any]] = [
            Column("sign", "", lambda line: Content.styled(line.sign, "bold $warning"), width=1),
            Column("name", "", _name, width=_NAME),
        ]
        left: Column[Any] = Column("left", "", lambda line: line.left)
        right: Column[Any] = Column("right", "", lambda line: line.right)
        return [*both, left] if self._stacked else [*both, left, right]

    def on_resize(self, event: events.Resize) -> None:
        """Fold the values to the new width."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        if not self.is_attached:
            return
        for id_, sign, record in (("left", "‹", self._left), ("right", "›", self._right)):
            self.query_one(f"#compare-{id_}", Static).update(_head(sign, record))
        room = self.size.width - _SIDES
        width = room if self._stacked else (room - 2) // 2
        lines = compare(self._left.prediction, self._right.prediction, width, all_fields=self._all)
        self._table.set_columns(self._columns())
        self._table.set_rows(_stack(lines) if self._stacked else lines)

    def _show_pictures(self) -> None:
        """The output files beside each other, where both or one of them has any."""
        from tui.widgets.media.contact_sheet import ContactSheet
        from tui.widgets.result.output_parts import file_items
        from tui.widgets.result.result_words import Shown

        place = self.query_one("#compare-pictures")
        previews = self.services.previews if self.services is not None else None
        sides = [
            file_items(Shown(record.prediction, outputs=record.outputs, previews=previews))
            for record in (self._left, self._right)
        ]
        place.display = any(sides)
        if not any(sides):
            return
        for number, items in enumerate(sides):
            found = place.query_children(f"#compare-sheet-{number}")
            if found:
                sheet = cast("ContactSheet", found.first())
            else:
                sheet = ContactSheet(id=f"compare-sheet-{number}")
                place.mount(sheet)
            sheet.show(items, "" if items else "no output file", fetch=previews.fetch if previews else None)

    def bus_event(self, event: Event) -> None:
        """What still runs goes on here too."""
        from tui.services import bus

        if isinstance(event, bus.RecordChanged) and event.record.id in (self._left.id, self._right.id):
            self._left = event.record if event.record.id == self._left.id else self._left
            self._right = event.record if event.record.id == self._right.id else self._right
            self.soon("compare", self._draw)
            self.soon("pictures", self._show_pictures)

    # ---- commands

    def _step(self, by: int) -> None:
        rows: list[Line] = list(self._table.loaded)
        here = self._table.cursor_index
        places = [n for n, line in enumerate(rows) if line.differs and (n == 0 or not rows[n - 1].differs or line.name)]
        later = [n for n in places if (n > here if by > 0 else n < here)]
        if not later:
            self.console.say("No more differences " + ("below." if by > 0 else "above."))
        else:
            self._table.move_to_index(later[0] if by > 0 else later[-1])

    def why_not_next_difference(self) -> str | None:
        """Only where something differs."""
        return None if any(line.differs for line in self._table.loaded) else "They are the same in everything."

    why_not_previous_difference = why_not_differences_only = why_not_next_difference

    def do_next_difference(self) -> None:
        """Down to the next field that differs."""
        self._step(1)

    def do_previous_difference(self) -> None:
        """Up to the one before."""
        self._step(-1)

    def do_differences_only(self) -> None:
        """Hide or show what is the same."""
        self._all = not self._all
        self._draw()

    def do_copy(self) -> None:
        """What differs, as text."""
        self.console.copy_text(as_text(self._left.prediction, self._right.prediction), "The differences")

    def do_back(self) -> None:
        """Close it."""
        self.dismiss(None)


def _head(sign: str, record: Record) -> Content:
    prediction = record.prediction
    mark = wording.mark(prediction.status)
    return Content.assemble(
        (f"{sign} ", "bold"),
        (f"{mark.symbol} {mark.word}", f"bold ${mark.tone}"),
        f"  {prediction.model or wording.one_line(prediction.version, 12)}  ",
        (f"{wording.one_line(prediction.id, 12)}  {wording.age(prediction.created_at)}", "$text-muted"),
    )


def _name(line: Line) -> Content:
    return Content.styled(line.heading, "bold") if line.heading else Content.styled(line.name, "$text-muted")


def _stack(lines: list[Line]) -> list[Line]:
    """One above the other: what is the same once, what differs with the sign of its side."""
    stacked: list[Line] = []
    block: list[Line] = []

    def put(*new: Line) -> None:
        for line in new:
            stacked.append(replace(line, number=len(stacked)))

    def close() -> None:
        for sign, values in (("‹", [one.left for one in block]), ("›", [one.right for one in block])):
            shown = [value for value in values if value.plain.strip()]
            for first, value in enumerate(shown):
                name = block[0].name if sign == "‹" and not first else ""
                put(Line(0, "", name, sign, value))
        block.clear()

    for line in lines:
        if block and (not line.differs or line.name):
            close()
        if line.sign == SAME:
            put(line)
        else:
            block.append(line)
    if block:
        close()
    return stacked
