"""Markdown, whole or as it streams: finished blocks are laid out once, only the open one again."""

from __future__ import annotations

from collections.abc import Hashable
from time import perf_counter
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip
from textual.style import Style as VisualStyle

from tui.widgets.markdown.markdown_layout import Line, Role
from tui.widgets.markdown.markdown_text import MarkdownText, parser
from tui.widgets.text.text_view import TextLines


class MarkdownLines(TextLines):
    """Paints lines of laid out Markdown; what they are of is a subclass's."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "markdown--h1", "markdown--h2", "markdown--h3", "markdown--strong", "markdown--em", "markdown--strike",
        "markdown--code", "markdown--code-block", "markdown--link", "markdown--note", "markdown--bullet",
        "markdown--quote", "markdown--rule", "markdown--maths",
    }  # fmt: skip
    DEFAULT_CSS = """
    MarkdownLines {
        .markdown--h1 { color: $text-primary; text-style: bold underline; }
        .markdown--h2 { color: $text-primary; text-style: bold; }
        .markdown--h3 { text-style: bold; }
        .markdown--strong { text-style: bold; }
        .markdown--em { text-style: italic; }
        .markdown--strike { text-style: strike; }
        .markdown--code { color: $text-accent; }
        .markdown--code-block { background: $surface-lighten-1; }
        .markdown--link { text-style: underline; }
        .markdown--note { color: $text-muted; }
        .markdown--bullet { color: $text-primary; }
        .markdown--quote { color: $text-muted; }
        .markdown--rule { color: $text-muted; }
        .markdown--maths { text-style: italic; }
        &:ansi .markdown--note, &:nocolor .markdown--note { text-style: dim; }
        &:nocolor .markdown--code { text-style: bold; }
    }
    """

    def __init__(
        self, *, follow: bool, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(follow=follow, name=name, id=id, classes=classes)
        self._styles_of: dict[Role, Style] = {}
        self._strips: LRUCache[Hashable, Strip] = LRUCache(1024)

    def on_mount(self) -> None:
        # The parser and the highlighter take 0.1 s to import: here no key has to wait for it.
        self.run_worker(_import, thread=True, group="markdown-import", exit_on_error=False)

    def painted(self, line: Line, width: int) -> Strip:
        """The strip of a line; its fill reaches to `width`."""
        key = (line, width)
        strip = self._strips.get(key)
        if strip is None:
            strip = Strip([Segment(text, self.style_of_role(role)) for text, role in line.runs])
            if line.fill:
                strip = strip.extend_cell_length(width, self.style_of_role(line.fill))
            self._strips[key] = strip
        return strip

    def style_of_role(self, role: Role) -> Style:
        """What a run of that role looks like."""
        style = self._styles_of.get(role)
        if style is None:
            style = self.style_for()
            for part in role:
                style += self._style_of_part(part, style)
            self._styles_of[role] = style
        return style

    def forget_strips(self) -> None:
        super().forget_strips()
        self._strips.clear()
        self._styles_of.clear()

    def _style_of_part(self, part: str | VisualStyle, under: Style) -> Style:
        if isinstance(part, str) and part.startswith("@"):
            name = f"markdown--{part[1:]}"
            style = self.get_component_rich_style(name, partial=True)
            if self.get_component_styles(name).auto_color:
                # Such a colour is known only on its background.
                style += Style(color=self.style_for(name).color)
            return style
        # A highlighter's colours may be mixed with the background.
        return (VisualStyle.from_rich_style(under) + self.visual_style_of(part)).rich_style


class MarkdownView(MarkdownLines):
    """Shows foreign Markdown. Nothing in it acts: links are words and an address, HTML is text.

    `set_markdown` shows a text from its start. `append` adds to it, as it streams; while the end is in sight
    the view follows it. `finish` says that nothing more comes.
    """

    def __init__(
        self, text: str = "", *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(follow=False, name=name, id=id, classes=classes)
        self._document = MarkdownText()
        if text:
            self.set_markdown(text)

    # Text

    @property
    def text(self) -> str:
        """The Markdown as it was given."""
        return self._document.text

    def set_markdown(self, text: str) -> None:
        """Shows a text from its start; one that extends the present text is added to it where it is."""
        text = text.replace("\r", "")
        before = self.text
        if text.startswith(before) and before:
            self.append(text[len(before) :])
            return
        self._document = MarkdownText(text, width=self.view.width)
        self._following = False
        if self.is_mounted:
            self.place(0)
        self.show_now()

    def append(self, delta: str) -> None:
        """Adds text at the end. The view follows while its end is in sight."""
        delta = delta.replace("\r", "")
        if not delta:
            return
        if self.is_mounted and not self._document.pending and self.scroll_offset.y >= self.max_scroll_y:
            self._following = True
        self._document.append(delta)
        self.show_soon()

    def finish(self) -> None:
        """Says that the text is whole: its last block is laid out for good."""
        if not self._document.ended:
            self._document.finish()
            self.show_soon()

    @property
    def finished(self) -> bool:
        """Whether all of the text has come and is laid out."""
        return self._document.finished

    @property
    def pending(self) -> bool:
        """Whether some of the text is not laid out yet."""
        return self._document.pending

    # Layout

    def prepare(self) -> None:
        began = perf_counter()
        self._document.width = self.view.width
        self._document.step()
        if self._document.pending:
            # The rest soon, but the keys first.
            self.set_timer(min(0.05, (perf_counter() - began) / 4), self.show_now)

    def lay_out(self) -> None:
        place = self._document.place_of(self.scroll_offset.y)
        self._document.lay_out(self.view.width)
        if not self._following:
            self.set_extent(0, self.line_count())
            self.place(self._document.number_of(place))

    # Lines

    def line_count(self) -> int:
        return self._document.height

    def content_line(self, number: int) -> Strip:
        return self.painted(self._document.line(number), self.view.width)


def _import() -> None:
    parser()
    import textual.highlight  # noqa: F401  # pyright: ignore[reportUnusedImport]
