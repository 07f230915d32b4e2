"""One batch: how far it is, its rows, the contact sheet of their outputs, and why rows failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from tui import wording
from tui.screens.batches.batch_columns import FAILURE_COLUMNS, ROW_COLUMNS, Line, failure_id, money
from tui.screens.batches.batch_words import (
    ROWS,
    WORDS,
    Shown,
    bar,
    counts_words,
    pace_words,
    state_words,
    told,
    varied,
)
from tui.screens.records.differences import bare, named
from tui.screens.run.use_output import Output
from tui.services.batches.batches import targets_of
from tui.services.watching.text_follower import text_of
from tui.toolkit.static import FixedSizeStatic
from tui.widgets.bars import TabStrip
from tui.widgets.cost import MONEY
from tui.widgets.media.contact_sheet import ContactSheet, Item
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.services.files.previews import Previews
    from tui.store.batch import BatchFailure, BatchRow
    from tui.store.records import Record

TABS = (("rows", "Rows"), ("outputs", "Outputs"), ("failures", "Failures"))
OUTPUTS = 200
"""Rows whose outputs are on the sheet at most."""
_STATES: Mapping[str, str] = {word.replace(" ", "-"): state for state, word in WORDS.items()}


class BatchView(Vertical):
    """Shows one batch; what the tabs show is set by the screen."""

    HELP = "A batch. ] and [ walk through its rows, their outputs, and why rows failed; enter opens a row's prediction."

    class Asked(Message):
        """Another tab or other rows are wanted."""

    class RowChosen(Message):
        """A row should be opened."""

        def __init__(self, row: BatchRow) -> None:
            super().__init__()
            self.row = row

    def compose(self) -> ComposeResult:
        yield FixedSizeStatic(id="batch-title")
        yield FixedSizeStatic(id="batch-progress")
        yield FixedSizeStatic(id="batch-figures")
        yield FixedSizeStatic(id="batch-trouble")
        yield TabStrip(TABS, id="batch-tabs")
        with Container(id="batch-body"):
            with Vertical(id="batch-rows"):
                placeholder = "/  words  state:failed  state:undecided"
                yield FilterBar(placeholder, list="#batch-rows-table", id="batch-filter")
                yield VirtualTable(
                    ROW_COLUMNS, id_of=lambda r: r.id, version_of=lambda r: r.seen, id="batch-rows-table"
                )
            yield ContactSheet(id="batch-outputs", offers=("O opens", "N uses it", "d compares"))
            yield VirtualTable(FAILURE_COLUMNS, id_of=failure_id, id="batch-failures")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._batch_id = ""
        self._models: list[str] = []
        """What the rows of the batch run on, by their `target`."""
        self._outputs: list[Output] = []
        """The outputs on the sheet, in its order."""

    def on_mount(self) -> None:
        self._show_tab()

    @property
    def tab(self) -> str:
        """The name of the open tab."""
        return self.query_one(TabStrip).current

    @property
    def table(self) -> VirtualTable[Line]:
        """The list of rows."""
        return cast("VirtualTable[Line]", self.query_one("#batch-rows-table"))

    @property
    def marked(self) -> frozenset[int]:
        """The numbers of the rows that are marked."""
        return frozenset(int(id_) for id_ in self.table.marked)

    @property
    def sheet(self) -> ContactSheet:
        """The outputs."""
        return self.query_one(ContactSheet)

    @property
    def filter(self) -> Input:
        """What the rows are filtered by."""
        return self.query_one("#batch-filter", Input)

    def wanted(self) -> tuple[list[str], list[str]]:
        """The states and the words that the filter asks for."""
        states: list[str] = []
        words: list[str] = []
        for word in self.filter.value.lower().split():
            if word.startswith("state:"):
                states.append(_STATES.get(word[6:], word[6:]))
            else:
                words.append(word)
        return states, words

    def step_tab(self, by: int) -> None:
        """The next tab or the one before."""
        self.query_one(TabStrip).step(by)

    def open_tab(self, name: str) -> None:
        """Open a tab by its name."""
        self.query_one(TabStrip).open(name)

    def focus_body(self) -> None:
        """Give the focus to the open tab."""
        {"rows": self.table, "outputs": self.sheet}.get(self.tab, self.query_one("#batch-failures")).focus()

    @on(TabStrip.Changed, "#batch-tabs")
    def _tab_changed(self, event: TabStrip.Changed) -> None:
        event.stop()
        inside = self.query_one("#batch-body").has_focus_within
        self._show_tab()
        if inside:
            self.focus_body()
        self.post_message(self.Asked())

    def _show_tab(self) -> None:
        for child in self.query_one("#batch-body").children:
            child.display = child.id == f"batch-{self.tab}"

    @on(Input.Changed, "#batch-filter")
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Asked())

    @on(VirtualTable.Selected, "#batch-rows-table")
    def _row_selected(self, event: VirtualTable.Selected[Any]) -> None:
        event.stop()
        self.post_message(self.RowChosen(cast("Line", event.row).row))

    @on(VirtualTable.Selected, "#batch-failures")
    def _failure_selected(self, event: VirtualTable.Selected[Any]) -> None:
        """The rows that failed for that reason."""
        event.stop()
        failure = cast("BatchFailure", event.row)
        self.filter.value = f"state:{WORDS.get(failure.state, failure.state).replace(' ', '-')}"
        self.open_tab("rows")
        self.call_after_refresh(self.table.focus)

    # ---- the outputs on the sheet, as `UseOutput` asks for them

    def has_any(self) -> bool:
        """Whether the sheet is shown, and holds something."""
        return self.tab == "outputs" and bool(self._outputs)

    def all_of(self) -> list[Output]:
        """Each of them, in their order."""
        return self._outputs if self.has_any() else []

    def pointed(self) -> Output | None:
        """The one that is selected."""
        outputs = self.all_of()
        return outputs[self.sheet.index] if self.sheet.index < len(outputs) else None

    # ---- what the screen sets

    def show(self, shown: Shown | None, trouble: str = "") -> None:
        """The batch that is shown; None for none."""
        lines = dict.fromkeys(("title", "progress", "figures", "trouble"), Content(""))
        if (id_ := shown.id if shown is not None else "") != self._batch_id:
            # Rows are known by their numbers alone: those of another batch are not marked.
            self._batch_id = id_
            self.table.mark(())
        if shown is not None:
            batch = shown.batch
            self._models = [target.ref for target in targets_of(batch)]
            name = Content.assemble((batch.label or batch.model, "bold $accent"))
            about = f"   {batch.id}   {wording.exact(batch.created_at)[:16]}"
            lines["title"] = Content.assemble(name, Content.styled(about, "$text-muted"))
            lines["progress"] = Content("  ").join([state_words(shown), bar(shown, 24), Content(counts_words(shown))])
            billed = f"{wording.duration(shown.billed)} billed" if shown.billed else ""
            cost = Content.styled(money(shown.cost), MONEY)
            parts = [Content(part) for part in (pace_words(shown), billed) if part] + [cost] * bool(money(shown.cost))
            lines["figures"] = Content(" · ").join(parts)
            lines["trouble"] = Content.styled(trouble or _what_now(shown), "$error" if trouble else "$warning")
        for name, content in lines.items():
            self.query_one(f"#batch-{name}", FixedSizeStatic).update(content)

    def show_rows(self, rows: Sequence[BatchRow], *, whole: bool) -> None:
        """The rows that the filter finds; `whole` where these are all of them."""
        names = varied(rows, self._models)
        self.table.set_rows([Line(row, named(told(row, self._models), names)) for row in rows])
        self.table.set_empty("No row matches.\n\nesc clears the filter." if self.filter.value else "It has no rows.")
        if not whole:
            self.filter.placeholder = f"/  the first {ROWS:,} rows are shown; words and state:failed find the others"

    def show_outputs(self, found: Sequence[tuple[BatchRow, Record | None]], previews: Previews | None) -> None:
        """What came of the rows, each with the values that tell it from the others."""
        names = varied([row for row, _ in found], self._models)
        items: list[Item] = []
        outputs: list[Output] = []
        for row, record in found:
            values = told(row, self._models)
            words, short = named(values, names) or f"row {row.number}", bare(values, names)
            if row.file:
                items.append(Item(row.file, words, Path(row.file), short=short))
                text = text_of(record.prediction.output) if record is not None else None
                outputs.append(Output(row.prediction_id or "", words, text=text or ""))
            for output in record.outputs if record is not None else ():
                pending = "being saved…" if output.state == "wanted" else ""
                items.append(Item(output.url, words, output.path, short=short, pending=pending))
                outputs.append(Output(row.prediction_id or "", words, output.index))
        self._outputs = outputs
        fetch = previews.fetch if previews is not None else None
        self.sheet.show(items, note="" if items else "No outputs yet.", fetch=fetch)

    def show_failures(self, failures: Sequence[BatchFailure]) -> None:
        """Why rows did not succeed."""
        table = cast("VirtualTable[Any]", self.query_one("#batch-failures"))
        table.set_rows(list(failures))
        table.set_empty("No row failed.")


def _what_now(shown: Shown) -> str:
    """What waits for a person, and the key for it."""
    parts: list[str] = []
    if shown.count("unknown"):
        parts.append(f"{shown.count('unknown'):,} undecided, their answers were lost: x decides")
    if shown.state == "stopped":
        why = f"{shown.batch.error.rstrip('.')}: " if shown.batch.error else "nobody works on it: "
        parts.append(f"{why}p goes on")
    if shown.state in ("done", "canceled") and shown.count("failed", "canceled"):
        parts.append("r runs again what failed or was canceled")
    return " · ".join(parts)
