"""Markdown that grows, as lines: finished blocks are laid out once, only the open one again. No widget."""

from __future__ import annotations

import sys
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from tui.widgets.markdown.markdown_layout import BLANK, Layout, Line, highlighted

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


class Block(Struct):
    """A finished block."""

    tokens: list[Token]
    lines: list[Line]
    references: int
    """How many addresses of links were known by name when it was parsed."""


class MarkdownText:
    """A text that may still grow, and its lines at one width.

    `append` takes what comes, `finish` says that nothing more comes, `step` lays out a part of what is pending.
    """

    def __init__(self, text: str = "", *, width: int = 80, finished: bool = False) -> None:
        self.width = width
        """Cells of a line; `lay_out` changes it."""
        self._parts: list[str] = []
        self._pending: list[str] = []
        self._tail = ""
        self._references: dict[str, dict[str, object]] = {}
        self._blocks: list[Block] = []
        self._tops: list[int] = [0]
        self._open: list[Line] = []
        self._finished = finished
        if text:
            self._parts, self._pending = [text], [text]

    # Text

    @property
    def text(self) -> str:
        """The Markdown as it was given."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    def append(self, delta: str) -> None:
        """Adds text at the end."""
        self._parts.append(delta)
        self._pending.append(delta)
        self._finished = False

    def finish(self) -> None:
        """Says that the text is whole: its last block is laid out for good."""
        self._finished = True

    @property
    def ended(self) -> bool:
        """Whether the text is said to be whole."""
        return self._finished

    @property
    def pending(self) -> bool:
        """Whether some text is not laid out yet."""
        return bool(self._pending)

    @property
    def finished(self) -> bool:
        """Whether all of the text has come and is laid out."""
        return self._finished and not self._pending and not self._tail

    # Layout

    def step(self) -> None:
        """Lays out at most a chunk of what is pending."""
        if not self._pending and not (self._finished and self._tail):
            return
        pending = "".join(self._pending)
        chunk, rest = pending[:CHUNK], pending[CHUNK:]
        self._pending = [rest] if rest else []
        self._tail += chunk
        self._parse(last=self._finished and not rest)

    def lay_out(self, width: int) -> None:
        """Lays out what was parsed at another width."""
        self.width = width
        blocks, self._blocks, self._tops = self._blocks, [], [0]
        for block in blocks:
            self._add(block.tokens)
        if self._tail:
            self._parse(last=self._finished and not self._pending)

    def _parse(self, *, last: bool) -> None:
        tail = self._tail
        # Addresses count only when their lines are whole, which is when what follows them has begun.
        references = dict(self._references)
        tokens = parser().parse(tail, {"references": references})
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
        for group in _top_blocks(parser().parse(text, {"references": self._references})):
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
        return Layout(self.width, highlight=short or not open_).blocks(tokens)

    def _spaced(self, lines: list[Line]) -> list[Line]:
        return [BLANK, *lines] if lines and self._tops[-1] else lines

    def _add(self, tokens: list[Token]) -> None:
        lines = self._spaced(self._laid_out(tokens))
        self._blocks.append(Block(tokens, lines, len(self._references)))
        self._tops.append(self._tops[-1] + len(lines))

    # Lines

    @property
    def height(self) -> int:
        """The number of lines."""
        return self._tops[-1] + len(self._open)

    def line(self, number: int) -> Line:
        """A line by its number from 0."""
        if number >= self._tops[-1]:
            return self._open[number - self._tops[-1]]
        at = bisect_right(self._tops, number) - 1
        return self._blocks[at].lines[number - self._tops[at]]

    def place_of(self, number: int) -> tuple[int, int]:
        """The block that a line is in and the lines of it above; it stays right at another width."""
        at = min(bisect_right(self._tops, number) - 1, len(self._blocks))
        return at, number - self._tops[at]

    def number_of(self, place: tuple[int, int]) -> int:
        """The line for a place that `place_of` gave, perhaps at another width."""
        at = min(place[0], len(self._blocks))
        height = self._tops[at + 1] - self._tops[at] if at < len(self._blocks) else place[1] + 1
        return self._tops[at] + min(place[1], max(0, height - 1))


def parser() -> MarkdownIt:
    """The parser, made once; its import takes a while."""
    if not _PARSERS:
        from tui.widgets.markdown.maths import add_rules

        made = _import_parser()("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
        add_rules(made)
        _PARSERS.append(made)
    return _PARSERS[0]


def _import_parser() -> type[MarkdownIt]:
    """markdown-it without what makes links of bare addresses, which is not used and a third of a megabyte."""
    # Python's own way to say that a module is not there, which markdown-it is prepared for.
    sys.modules.setdefault("linkify_it", cast(Any, None))
    try:
        from markdown_it import MarkdownIt
    finally:
        if sys.modules.get("linkify_it") is None:
            sys.modules.pop("linkify_it", None)
    return MarkdownIt


def prepare() -> None:
    """Import the parser and the highlighter, in a thread: the first words of an answer would wait for them."""
    parser().parse("`x`")
    highlighted("x = 1", "python")


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
