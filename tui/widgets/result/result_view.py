"""One prediction or run as it is now: status, progress, output, input, logs, metrics, JSON and code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widget import Widget

from tui.toolkit.leaving import is_leaving
from tui.widgets.bars import TabStrip
from tui.widgets.progress import ProgressStory
from tui.widgets.result.metrics_pane import MetricsPane, metric_words
from tui.widgets.result.output_pane import OutputPane
from tui.widgets.result.result_words import (
    Shown,
    changed_tabs,
    identity,
    metric_rows,
    output_kind,
    output_text,
)
from tui.widgets.text.code_view import CodeView

if TYPE_CHECKING:
    from tui.widgets.media.contact_sheet import ContactSheet
    from tui.widgets.text.json_view import JsonView
    from tui.widgets.text.log_view import LogView

W = TypeVar("W", bound=Widget)

TABS = (
    ("output", "Output"),
    ("input", "Input"),
    ("logs", "Logs"),
    ("metrics", "Metrics"),
    ("json", "JSON"),
    ("code", "Code"),
)


class ResultView(Vertical):
    """Shows one `Shown`; only the open tab is kept up to date, the others when they are opened."""

    tabs: ClassVar[Sequence[tuple[str, str]]] = TABS
    """(name, title) of each tab; the first is open at the start."""
    HELP = "The result: ] and [ walk through the tabs, y copies what is open."

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        # As `show` says it: later every widget in it would be styled a second time.
        super().__init__(id=id, classes="-empty")
        self._shown: Shown | None = None
        self.empty = empty
        """What is said where nothing is shown."""
        self._dirty = {name for name, _ in self.tabs}
        self._strip = TabStrip(self.tabs, id="result-tabs")
        self._composed = False

    def compose(self) -> ComposeResult:
        yield ProgressStory(id="result-story")
        yield self._strip
        yield Container(id="result-body")

    def on_mount(self) -> None:
        self._composed = True
        self.show(self._shown)

    # ---- what the screens use

    @property
    def shown(self) -> Shown | None:
        """What is shown."""
        return self._shown

    @property
    def tab(self) -> str:
        """The name of the open tab."""
        return self._strip.current

    def open_tab(self, name: str) -> None:
        """Open a tab by name."""
        self._strip.open(name)

    def step_tab(self, by: int) -> None:
        """Open the next or the previous tab."""
        self._strip.step(by)

    def show(self, shown: Shown | None) -> None:
        """Show it; what has not changed is not drawn again."""
        before, self._shown = self._shown, shown
        self.set_class(shown is None, "-empty")
        if not self._composed or is_leaving(self):
            return
        if before is None or shown is None or identity(before) != identity(shown):
            self._dirty = {name for name, _ in self.tabs}
        else:
            self._dirty |= changed_tabs(before, shown)
        self._draw_tab()

    def tick(self) -> None:
        """Bring running times up to date."""
        self.query_one(ProgressStory).tick()
        if self.tab == "metrics":
            self._draw_metrics()
        if (sheet := self.sheet()) is not None:
            sheet.tick()

    def copyable(self) -> tuple[str, str] | None:
        """What `copy` copies: the text and what it is, by the open tab."""
        shown = self._shown
        if shown is None or (shown.prediction is None and self.tab != "code"):
            return None
        match self.tab:
            case "output":
                return output_text(shown), "Output"
            case "logs":
                return shown.prediction.logs if shown.prediction else "", "Logs"
            case "code":
                return self.pane("code", CodeView).text, "Code"
            case "metrics":
                return metric_words(self._metrics()).plain, "Metrics"
            case name:
                view: JsonView = self.pane(name, _json_view())
                return view.copyable(), "JSON"

    def files(self) -> list[Path]:
        """The saved output files, in their order."""
        return [o.path for o in (self._shown.outputs if self._shown else ()) if o.path is not None]

    def sheet(self) -> ContactSheet | None:
        """The files of the output, where they are shown; while another tab is open they may be those of before."""
        if "output" in self._dirty:
            return None
        found = self.query("#output-sheet")
        return cast("ContactSheet", found.first()) if found and found.first().display else None

    def current_file(self) -> Path | None:
        """The output file that is looked at."""
        if (sheet := self.sheet()) is not None and sheet.current is not None:
            return sheet.current_path
        files = self.files()
        return files[0] if files else None

    def focus_body(self) -> None:
        """Give the focus to what the open tab shows; once it is there, where it was mounted just now."""
        if not self._composed:
            self.call_after_refresh(self.focus_body)
            return
        for widget in self.query_one("#result-body").query("*").results(Widget):
            if (
                widget.focusable
                and widget.display
                and all(a.display for a in widget.ancestors if isinstance(a, Widget))
            ):
                self.screen.set_focus(widget)
                return

    # ---- drawing

    def on_tab_strip_changed(self, event: TabStrip.Changed) -> None:
        """Show the other tab; the focus goes on to it, so that its keys work."""
        event.stop()
        had_focus = self.query_one("#result-body").has_focus_within
        self._draw_tab()
        if had_focus:
            # Else Textual looks for another place for it, beside what was hidden.
            self.screen.set_focus(None)
            self.focus_body()
            if self.screen.focused is None:
                # What was mounted just now gets its own parts later.
                self.call_after_refresh(self.focus_body)

    def pane(self, name: str, kind: type[W]) -> W:
        """The pane of a tab, made when it is first looked at."""
        body = self.query_one("#result-body")
        found = body.query_children(f"#pane-{name}")
        if found:
            return cast(W, found.first())
        pane = kind(id=f"pane-{name}")
        body.mount(pane)
        return pane

    def _draw_tab(self) -> None:
        # Where nothing is shown there are no tabs: the first has the words for it.
        name = self.tab if self._shown is not None else self.tabs[0][0]
        # An output that did not come has its error in its place.
        instead = name == "output" and self._shown is not None and output_kind(self._shown) == "none"
        self.query_one(ProgressStory).show(self._shown, tells_error=not instead)
        for pane in self.query_one("#result-body").children:
            pane.display = pane.id == f"pane-{name}"
        if name not in self._dirty:
            return
        self._dirty.discard(name)
        prediction = self._shown.prediction if self._shown else None
        match name:
            case "output":
                self.draw_output()
            case "input":
                self.pane("input", _input_view()).set_value(prediction.input if prediction else None)
            case "logs":
                self.pane("logs", _log_view()).set_text(prediction.logs if prediction else "")
            case "metrics":
                self._draw_metrics()
            case "json":
                self.pane("json", _json_view()).set_value(prediction.raw if prediction else None)
            case "code":
                self.pane("code", CodeView).set_source(self._shown.code if self._shown else None)
            case _:
                self.draw_other(name)

    def draw_other(self, name: str) -> None:
        """Show a tab that only a subclass has."""

    def dirty(self, name: str) -> None:
        """Draw this tab anew when it is opened next."""
        self._dirty.add(name)

    def _draw_metrics(self) -> None:
        self.pane("metrics", MetricsPane).show(self._metrics())

    def _metrics(self) -> list[tuple[str, str]]:
        shown = self._shown
        if shown is None or shown.prediction is None:
            return []
        return metric_rows(shown.prediction, datetime.now(UTC), shown.cost)

    def draw_output(self) -> None:
        """Show the output."""
        pane = self.pane("output", OutputPane)
        pane.show(self._shown, self.empty)


def _json_view() -> type[Any]:
    from tui.widgets.text.json_view import JsonView

    return JsonView


def _input_view() -> type[Any]:
    from tui.widgets.text.json_view import InputView

    return InputView


def _log_view() -> type[LogView]:
    from tui.widgets.text.log_view import LogView

    return LogView
