"""Markdown, whole or as it streams: finished blocks are laid out once, only the open one again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip
from textual.style import Style as VisualStyle

from tui.widgets.markdown_layout import BLANK, Layout, Line, Role
from tui.widgets.text_lines import TextLines

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_PARSERS: list[MarkdownIt] = []

CHUNK = 12_000
"""Characters that are parsed at once; the keys are answered between two chunks."""
MAX_OPEN = 60_000
"""Characters of one block after which it is parted: it would be parsed again with every word."""
MAX_AGAIN = 20_000
"""Characters of a text that is laid out again at its end, for addresses that came after their links."""
OPEN_CODE = 2_000
"""An open code block is highlighted up to so many characters, a longer one when it is closed."""


@dataclass(slots=True)
class Block:
    """A finished block."""

    tokens: list[Token]
    lines: list[Line]
    references: int
    """How many addresses of links were known by name when it was parsed."""


class MarkdownView(TextLines):
    """Shows foreign Markdown. Nothing in it acts: links are words and an address, HTML is text.

    `set_markdown` shows a text from its start. `append` adds to it, as it streams; while the end is in sight
    the view follows it. `finish` says that nothing more comes.
    """

    FRAMES_A_SECOND = 15.0
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "markdown--h1", "markdown--h2", "markdown--h3", "markdown--strong", "markdown--em", "markdown--strike",
        "markdown--code", "markdown--code-block", "markdown--link", "markdown--note", "markdown--bullet",
        "markdown--quote", "markdown--rule",
    }  # fmt: skip
    DEFAULT_CSS = """
    MarkdownView {
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
        &:ansi .markdown--note, &:nocolor .markdown--note { text-style: dim; }
        &:nocolor .markdown--code { text-style: bold; }
    }
    """

    def __init__(
        self, text: str = "", *, name: str | None = None, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(follow=False, name=name, id=id, classes=classes)
        self._parts: list[str] = []
        self._pending: list[str] = []
        self._tail = ""
        self._references: dict[str, dict[str, object]] = {}
        self._blocks: list[Block] = []
        self._tops: list[int] = [0]
        self._open: list[Line] = []
        self._finished = False
        self._styles_of: dict[Role, Style] = {}
        self._strips: LRUCache[Hashable, Strip] = LRUCache(1024)
        if text:
            self.set_markdown(text)

    def on_mount(self) -> None:
        # The parser and the highlighter take 0.1 s to import: here no key has to wait for it.
        self.run_worker(_import, thread=True, group="markdown-import", exit_on_error=False)

    # Text

    @property
    def text(self) -> str:
        """The Markdown as it was given."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def set_markdown(self, text: str) -> None:
        """Shows a text from its start; one that extends the present text is added to it where it is."""
        text = text.replace("\r", "")
        before = self.text
        if text.startswith(before) and before:
            self.append(text[len(before) :])
            return
        self._parts, self._pending, self._tail = [text], [text], ""
        self._references, self._blocks, self._tops, self._open = {}, [], [0], []
        self._following = self._finished = False
        if self.is_mounted:
            self.place(0)
        self.show_now()

    def append(self, delta: str) -> None:
        """Adds text at the end. The view follows while its end is in sight."""
        delta = delta.replace("\r", "")
        if not delta:
            return
        if self.is_mounted and not self._pending and self.scroll_offset.y >= self.max_scroll_y:
            self._following = True
        self._parts.append(delta)
        self._pending.append(delta)
        self._finished = False
        self.show_soon()

    def finish(self) -> None:
        """Says that the text is whole: its last block is laid out for good."""
        if not self._finished:
            self._finished = True
            self.show_soon()

    @property
    def finished(self) -> bool:
        """Whether all of the text has come and is laid out."""
        return self._finished and not self._pending

    # Layout

    def prepare(self) -> None:
        if not self._pending and not (self._finished and self._tail):
            return
        began = perf_counter()
        pending = "".join(self._pending)
        chunk, rest = pending[:CHUNK], pending[CHUNK:]
        self._pending = [rest] if rest else []
        self._tail += chunk
        self._parse(last=self._finished and not rest)
        took = perf_counter() - began
        if rest:
            # The rest soon, but the keys first.
            self.set_timer(min(0.05, took / 4), self.show_now)

    def _parse(self, *, last: bool) -> None:
        tail = self._tail
        # Addresses count only when their lines are whole, which is when what follows them has begun.
        references = dict(self._references)
        tokens = _parser().parse(tail, {"references": references})
        groups = _top_blocks(tokens)
        whole_lines = tail.count("\n")
        closed = len(groups) if last else 0
        if not last:
            # A block is closed when the next one has begun on a line that is whole: half a line may
            # still turn out to go on with the block before it.
            for number, group in enumerate(groups[1:], 1):
                if group[0].map and group[0].map[0] < whole_lines:
                    closed = number
        for group in groups[:closed]:
            self._add(group)
        if last:
            self._tail, self._open, self._references = "", [], references
            if self._blocks_before_references():
                self._blocks, self._tops = [], [0]
                self._close(self.text)
            return
        if closed:
            begin = groups[closed][0].map
            line = begin[0] if begin else 0
            self._tail = _from_line(tail, line)
            for name, reference in references.items():
                place = reference.get("map")
                if name not in self._references and isinstance(place, list) and place[0] < line:
                    self._references[name] = reference
        self._open = self._spaced(self._laid_out([t for group in groups[closed:] for t in group], open_=True))
        if len(self._tail) > MAX_OPEN:
            self._part_open(groups[-1][0])

    def _blocks_before_references(self) -> bool:
        """Whether a link's address came after blocks that may use it, in a text that is not too long."""
        known = len(self._references)
        return len(self.text) <= MAX_AGAIN and any(block.references < known for block in self._blocks)

    def _close(self, text: str) -> None:
        """Lays out whole blocks for good."""
        for group in _top_blocks(_parser().parse(text, {"references": self._references})):
            self._add(group)

    def _part_open(self, first: Token) -> None:
        """Closes an open block that has become too long to be parsed again and again."""
        cut = self._tail.rfind("\n") + 1 or len(self._tail)
        rest = self._tail[cut:]
        self._close(self._tail[:cut])
        self._tail = f"{first.markup}{first.info}\n{rest}" if first.type == "fence" else rest
        self._open = []

    def _laid_out(self, tokens: list[Token], *, open_: bool = False) -> list[Line]:
        short = sum(len(token.content) for token in tokens if token.type in ("fence", "code_block")) <= OPEN_CODE
        return Layout(self.view.width, highlight=short or not open_).blocks(tokens)

    def _spaced(self, lines: list[Line]) -> list[Line]:
        return [BLANK, *lines] if lines and self._tops[-1] else lines

    def _add(self, tokens: list[Token]) -> None:
        lines = self._spaced(self._laid_out(tokens))
        self._blocks.append(Block(tokens, lines, len(self._references)))
        self._tops.append(self._tops[-1] + len(lines))

    def lay_out(self) -> None:
        top = self.scroll_offset.y
        at = min(bisect_right(self._tops, top) - 1, len(self._blocks))
        into = top - self._tops[at]
        blocks, self._blocks, self._tops = self._blocks, [], [0]
        for block in blocks:
            self._add(block.tokens)
        if self._tail:
            self._parse(last=self._finished and not self._pending)
        if not self._following:
            self.set_extent(0, self.line_count())
            height = self._tops[at + 1] - self._tops[at] if at < len(self._blocks) else into + 1
            self.place(self._tops[at] + min(into, max(0, height - 1)))

    # Lines

    def line_count(self) -> int:
        return self._tops[-1] + len(self._open)

    def _line(self, number: int) -> Line:
        if number >= self._tops[-1]:
            return self._open[number - self._tops[-1]]
        at = bisect_right(self._tops, number) - 1
        return self._blocks[at].lines[number - self._tops[at]]

    def content_line(self, number: int) -> Strip:
        line = self._line(number)
        key = (line, self.view.width)
        strip = self._strips.get(key)
        if strip is None:
            strip = Strip([Segment(text, self._style(role)) for text, role in line.runs])
            if line.fill:
                strip = strip.extend_cell_length(self.view.width, self._style(line.fill))
            self._strips[key] = strip
        return strip

    def _style(self, role: Role) -> Style:
        style = self._styles_of.get(role)
        if style is None:
            style = self.style_for()
            for part in role:
                style += self._style_of_part(part, style)
            self._styles_of[role] = style
        return style

    def forget_strips(self) -> None:
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


def _import() -> None:
    _parser()
    import textual.highlight  # noqa: F401  # pyright: ignore[reportUnusedImport]


def _parser() -> MarkdownIt:
    if not _PARSERS:
        from markdown_it import MarkdownIt

        _PARSERS.append(MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"]))
    return _PARSERS[0]


def _top_blocks(tokens: list[Token]) -> list[list[Token]]:
    """The top-level blocks: for each its tokens."""
    blocks: list[list[Token]] = []
    depth = 0
    for token in tokens:
        if depth == 0:
            blocks.append([])
        blocks[-1].append(token)
        depth += token.nesting
    return blocks


def _from_line(text: str, line: int) -> str:
    at = 0
    for _ in range(line):
        at = text.index("\n", at) + 1
    return text[at:]
