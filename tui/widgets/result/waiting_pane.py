"""The place of an output that is not there: why, and below it the log as it grows."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from tui.toolkit.static import FixedSizeStatic
from tui.widgets.result.result_words import Shown, nothing_yet
from tui.widgets.text.log_view import LogView


class WaitingPane(VerticalScroll, can_focus=True):
    """It can be scrolled and has the focus, so that the keys of the result work from the start."""

    DEFAULT_CSS = """
    WaitingPane > Static { height: auto; }
    WaitingPane > LogView { height: 1fr; min-height: 4; margin-top: 1; display: none; }
    WaitingPane.-log > LogView { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words = FixedSizeStatic(id="waiting-words")
        self._log = LogView(id="waiting-log")

    def compose(self) -> ComposeResult:
        yield self._words
        yield self._log

    def show(self, shown: Shown | None, empty: str) -> None:
        """Say why there is no output of `shown`; `empty` where nothing is shown. A live log is shown as it grows."""
        self._words.update(nothing_yet(shown, empty) if shown is not None else Content.styled(empty, "$text-muted"))
        prediction = shown.prediction if shown is not None else None
        live = prediction is not None and not prediction.is_terminal and not prediction.error
        log = prediction.logs if prediction is not None and live else ""
        self.set_class(bool(log), "-log")
        self._log.set_text(log)
