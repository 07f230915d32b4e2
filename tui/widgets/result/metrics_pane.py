"""Names and values below each other; a value that has no room for its line goes on below its beginning."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui.widgets.result.output_pane import Words

GAP = 3
"""Cells between the names and the values."""
LEAST = 16
"""Cells that values have at least."""


class MetricsPane(Words):
    """Shows the timeline and the metrics of a prediction."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: Sequence[tuple[str, str]] = ()

    def show(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show these rows."""
        self._rows = rows
        self._draw()

    def on_resize(self) -> None:
        """The values have more room or less."""
        self._draw()

    def _draw(self) -> None:
        if self._rows:
            self.update(metric_words(self._rows, self.content_size.width))
        else:
            self.update(Content.styled("No prediction yet.", "$text-muted"))


def metric_words(rows: Sequence[tuple[str, str]], room: int = 0) -> Content:
    """The rows in so many cells; 0 for one line each."""
    names = max(len(name) for name, _ in rows) + GAP
    return fact_words(rows, names, max(LEAST, room - names) if room else 0)


def fact_words(facts: Sequence[tuple[str, Content | str]], names: int, room: int) -> Content:
    """Each fact behind its name, which has `names` cells, in lines of `room` cells; 0 for one line each."""
    lines: list[Content] = []
    for name, text in facts:
        content = Content(text) if isinstance(text, str) else text
        for number, piece in enumerate((content.wrap(room) if room else [content]) or [Content("")]):
            lines.append(Content.assemble((f"{'' if number else name:<{names}}", "$text-muted"), piece))
    return Content("\n").join(lines)
