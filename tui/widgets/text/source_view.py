"""A file of code with the numbers of its lines, and a mistake told at the line where it is."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.strip import Strip

from tui.toolkit.line_view import joined, pieces, printable
from tui.widgets.text.text_view import TextLines, restyle

HIGHLIGHTED = 200_000
"""Characters beyond which a file is shown without colours."""


class SourceText(Struct, frozen=True):
    """A file to show: `line` is what the mistake is at, 0 where there is none."""

    name: str
    text: str
    line: int = 0
    mistake: str = ""


class SourceView(TextLines):
    """The lines of a file; it opens where the mistake is."""

    HELP = "The source: the mark stands at the line of the last mistake. E opens the file there in $EDITOR."
    COMPONENT_CLASSES: ClassVar[set[str]] = {"source-view--number", "source-view--mistake", "source-view--line"}
    DEFAULT_CSS = """
    SourceView {
        overflow-x: auto;
        scrollbar-size-horizontal: 1;
        .source-view--number { color: $text-muted; }
        .source-view--mistake { color: $text-error; text-style: bold; }
        .source-view--line { background: $error 20%; }
        &:ansi .source-view--line, &:nocolor .source-view--line { text-style: underline; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(follow=False, id=id)
        self._source: SourceText | None = None
        self._lines: list[Content | str] = []
        self._at = -1
        """The number from 0 of the line that the mistake is at; the mistake itself is shown below it."""
        self._widest = 0
        self._strips: dict[int, Strip] = {}
        self._go_to: int | None = None

    @property
    def can_follow(self) -> bool:
        """A file has no end to wait at."""
        return False

    @property
    def text(self) -> str:
        """The file."""
        return self._source.text if self._source is not None else ""

    def show_source(self, source: SourceText | None) -> None:
        """Show a file; with a mistake that is new, at its line."""
        before, self._source = self._source, source
        if source == before:
            return
        self._lines = _lines_of(source) if source is not None else []
        self._at = min(source.line, len(self._lines)) - 1 if source is not None and source.line else -1
        self._widest = max((len(_plain(line)) for line in self._lines), default=0) + self._gutter
        self._strips.clear()
        self.forget_strips()
        new = before is None or source is None or (before.name, before.line) != (source.name, source.line)
        if new or (source is not None and before is not None and source.mistake != before.mistake):
            self._go_to = max(0, self._at)
        self.show_soon()

    def prepare(self) -> None:
        """Go to the mistake once it is known how much is in sight."""
        if self._go_to is not None and self.view.height:
            line, self._go_to = self._go_to, None
            self.set_extent(self.content_width(), self.line_count())
            self.scroll_to(x=0, y=max(0, line - self.view.height // 3), animate=False)

    @property
    def _gutter(self) -> int:
        return len(str(len(self._lines))) + 4

    def line_count(self) -> int:
        return len(self._lines) + (1 if self._at >= 0 else 0)

    def content_width(self) -> int:
        return self._widest

    def content_line(self, number: int) -> Strip:
        strip = self._strips.get(number)
        if strip is None:
            strip = self._strips[number] = self._strip(number)
        return strip

    def _strip(self, number: int) -> Strip:
        base, width = self.style_for(), self._gutter
        if self._at >= 0 and number == self._at + 1:
            words = printable(self._source.mistake if self._source is not None else "")
            return Strip([Segment(f"{'╰╴ ':>{width}}{words}", base + self.ink_for("source-view--mistake"))])
        place = number - 1 if self._at >= 0 and number > self._at else number
        wrong = place == self._at
        mark = "✗" if wrong else " "
        ink = self.ink_for("source-view--mistake" if wrong else "source-view--number")
        runs = [
            (f"{mark} {place + 1:>{width - 4}}  ", base + ink),
            *pieces(self._lines[place], base, self.visual_style_of),
        ]
        strip = Strip(joined([Segment(text, style) for text, style in runs if text]))
        if wrong:
            strip = restyle(strip, 0, len(strip.text), Style(bgcolor=self.style_for("source-view--line").bgcolor))
        return strip

    def forget_strips(self) -> None:
        super().forget_strips()
        self._strips.clear()


def _lines_of(source: SourceText) -> list[Content | str]:
    if len(source.text) > HIGHLIGHTED:
        return list(source.text.expandtabs(4).splitlines())
    from textual.highlight import highlight

    language = "yaml" if source.name.endswith((".yaml", ".yml")) else "python"
    code = highlight(source.text.expandtabs(4).rstrip("\n"), language=language)
    return list(code.split("\n", allow_blank=True))


def _plain(line: Content | str) -> str:
    return line if isinstance(line, str) else line.plain
