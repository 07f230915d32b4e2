"""Markdown blocks as lines of styled text of a given width; styles are names until they are painted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from rich.cells import cell_len, chop_cells
from textual.style import Style as VisualStyle

from tui.toolkit.line_view import printable
from tui.widgets.markdown.html_text import Piece, link_note, pairs, picture, tag_piece, without_tags
from tui.widgets.markdown.maths import readable, script

if TYPE_CHECKING:
    from markdown_it.token import Token

Role = tuple[str | VisualStyle, ...]
"""What a run of text is: names of the view's component classes (`@strong`), or styles of a highlighter."""
Run = tuple[str, Role]


class Code(Struct, eq=False):
    """A code block: every line that shows a part of it points to it."""

    language: str
    text: str


class Line(NamedTuple):
    """One line; `fill` styles the rest of the width."""

    runs: tuple[Run, ...]
    fill: Role = ()
    code: Code | None = None
    """The code block that it is of."""


BLANK = Line(())
BULLETS = "•◦▪"
QUOTE: Run = ("│ ", ("@quote",))
MAX_HIGHLIGHTED = 20_000
"""Characters of code that are highlighted; more would hold up the keys."""
MIN_WIDTH = 8
"""Nested lists and quotes stop indenting where so many cells are left."""
WRAPPED_AT = 50
"""A paragraph whose lines are all as long was wrapped by its author's editor: it is joined."""

_WORDS = re.compile(r"\S+|\s+")


def wrap(runs: Iterable[Run], width: int) -> list[list[Run]]:
    """Runs as lines of at most `width` cells, broken at spaces where possible; a newline breaks too."""
    width = max(1, width)
    lines: list[list[Run]] = [[]]
    used = 0
    for text, role in runs:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append([])
                used = 0
            for word in _WORDS.findall(printable(part)):
                length = cell_len(word)
                if used + length <= width:
                    if used or not word.isspace():
                        lines[-1].append((word, role))
                        used += length
                    continue
                if word.isspace():
                    lines.append([])
                    used = 0
                    continue
                if used:
                    lines.append([])
                # A word may be made of several runs; only one that is too long for any line is cut.
                pieces = chop_cells(word, width) if length > width else [word]
                lines[-1].append((pieces[0], role))
                lines.extend([(piece, role)] for piece in pieces[1:])
                used = cell_len(pieces[-1])
    return [_joined(line) for line in lines]


def _joined(line: list[Run]) -> list[Run]:
    """A line with neighbours of one role as one run, and no space at its end."""
    joined: list[Run] = []
    for text, role in line:
        if joined and joined[-1][1] == role:
            joined[-1] = (joined[-1][0] + text, role)
        else:
            joined.append((text, role))
    if joined:
        joined[-1] = (joined[-1][0].rstrip(), joined[-1][1])
    return joined


@dataclass
class Layout:
    """Lays out the tokens of whole blocks."""

    width: int
    highlight: bool = True
    """Whether code is highlighted (an open block's is not, once it is long)."""
    _depth: int = field(default=0, init=False)

    def blocks(self, tokens: Sequence[Token]) -> list[Line]:
        """The lines of the blocks, with a blank line between two of them."""
        return self._blocks(tokens, self.width, loose=True)

    def _blocks(self, tokens: Sequence[Token], width: int, *, loose: bool) -> list[Line]:
        lines: list[Line] = []
        for group in _groups(tokens):
            block = self._block(group, max(MIN_WIDTH, width))
            if lines and block and (loose or group[0].type in ("fence", "code_block", "table_open")):
                lines.append(BLANK)
            lines += block
        return lines

    def _block(self, group: Sequence[Token], width: int) -> list[Line]:
        first, inner = group[0], group[1:-1]
        match first.type:
            case "paragraph_open":
                return [Line(tuple(line)) for line in wrap(_inline(inner), width)] if inner else []
            case "heading_open":
                role = ("@h1",) if first.tag == "h1" else ("@h2",) if first.tag == "h2" else ("@h3",)
                return [Line(tuple(line)) for line in wrap(_inline(inner, role), width)]
            case "bullet_list_open" | "ordered_list_open":
                return self._list(first, inner, width)
            case "blockquote_open":
                quoted = self._blocks(inner, width - 2, loose=True)
                return [line._replace(runs=(QUOTE, *line.runs)) for line in quoted]
            case "fence" | "code_block":
                return self._code(first, width)
            case "table_open":
                return _table(inner, width)
            case "maths_block":
                text = readable(first.content)
                return [Line((("  ", ()), *line)) for line in wrap([(text, ("@maths",))], width - 2)]
            case "hr":
                return [Line((("─" * width, ("@rule",)),))]
            case "html_block":
                text = without_tags(first.content).strip("\n")
                return [Line(tuple(line)) for line in wrap([(text, ())], width)] if text.strip() else []
            case _:
                text = first.content
                return [Line(tuple(line)) for line in wrap([(text, ())], width)] if text.strip() else []

    def _list(self, opening: Token, tokens: Sequence[Token], width: int) -> list[Line]:
        items = list(_groups(tokens))
        ordered = opening.type == "ordered_list_open"
        start = int(opening.attrs.get("start", 1)) if ordered else 0
        inner_level = opening.level + 2
        loose = any(t.type == "paragraph_open" and not t.hidden and t.level == inner_level for t in tokens)
        bullet = BULLETS[min(self._depth, len(BULLETS) - 1)]
        indent = len(f"{start + len(items) - 1}. ") if ordered else 2
        self._depth += 1
        lines: list[Line] = []
        for number, item in enumerate(items):
            sign = f"{start + number}. ".rjust(indent) if ordered else f"{bullet} "
            inner = self._blocks(item[1:-1], width - indent, loose=loose) or [BLANK]
            if loose and lines:
                lines.append(BLANK)
            for place, line in enumerate(inner):
                lead: Run = (sign if place == 0 else " " * indent, ("@bullet",))
                lines.append(line._replace(runs=(lead, *line.runs)))
        self._depth -= 1
        return lines

    def _code(self, token: Token, width: int) -> list[Line]:
        fill: Role = ("@code-block",)
        code = token.content.removesuffix("\n").expandtabs(4)
        language = token.info.split()[0].strip("{}.").lower() if token.info.split() else ""
        block = Code(language, token.content)
        lines: list[Line] = []
        for runs in highlighted(code, language if self.highlight else ""):
            lines += [
                Line((("  ", fill), *((text, (*fill, *role)) for text, role in line)), fill, block)
                for line in _folded(runs, max(1, width - 3))
            ]
        return lines


def _folded(runs: Sequence[Run], width: int) -> Iterator[list[Run]]:
    """A line of code cut at `width` cells: white space matters here."""
    line: list[Run] = []
    used = 0
    for text, role in runs:
        text = printable(text)
        while text:
            length = cell_len(text)
            if used + length <= width:
                line.append((text, role))
                used += length
                break
            head = (chop_cells(text, width - used) or [""])[0] if used < width else ""
            if not head and not line:
                head = text[0]
            line.append((head, role))
            text = text[len(head) :]
            yield line
            line, used = [], 0
    yield line


def highlighted(code: str, language: str) -> list[list[Run]]:
    """The lines of some code, in colours if the language is known and the code is not too long."""
    if language and code and len(code) <= MAX_HIGHLIGHTED:
        from textual.highlight import highlight

        # The highlighter splits lines at more characters than the newline.
        safe = "\n".join(printable(line) for line in code.split("\n"))
        content = highlight(safe, language=_lexer(language))
        if content.plain == safe:
            return list(_coloured(safe, [(s.start, s.end, s.style) for s in content.spans]))
    return [[(line, ())] for line in code.split("\n")]


@lru_cache(256)
def _lexer(language: str) -> str:
    """The language, or "text" for one that Pygments does not come with: it would look through all that is installed."""
    from pygments.lexers import get_all_lexers

    return language if any(language in aliases for _, aliases, _, _ in get_all_lexers(plugins=False)) else "text"


def _coloured(code: str, spans: Sequence[tuple[int, int, str | VisualStyle]]) -> Iterator[list[Run]]:
    # One span is the colour of all text; the others, one for each token, follow each other.
    line: list[Run] = []
    at = 0
    tokens = [span for span in spans if span[1] - span[0] < len(code)]
    for start, end, style in [*tokens, (len(code), len(code), "")]:
        for piece, role in ((code[at:start], ()), (code[max(at, start) : end], (style,))):
            for number, part in enumerate(piece.split("\n")):
                if number:
                    yield line
                    line = []
                if part:
                    line.append((part, role))
        at = max(at, end)
    yield line


def _groups(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The blocks among tokens: each from its opening to its closing one."""
    start, depth = 0, 0
    for index, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start : index + 1]
            start = index + 1


def _inline(tokens: Sequence[Token], base: Role = ()) -> list[Run]:
    """The runs of a paragraph or a heading."""
    runs: list[Run] = []
    for token in tokens:
        if token.type == "inline":
            runs += _children(token, base)
    return runs


_MARKS = {"em_open": "@em", "strong_open": "@strong", "s_open": "@strike"}


class _InlineTags:
    """The HTML tags of one paragraph."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._pieces: list[Piece] = []
        self._pairs: dict[int, int] = {}
        self._scripts: list[str] = []
        if any(token.type == "html_inline" for token in tokens):
            self._pieces = [
                tag_piece(token.content) if token.type == "html_inline" else Piece(token.content or token.type)
                for token in tokens
            ]
            self._pairs = pairs(self._pieces)

    def scripted(self, text: str) -> str:
        """The text, raised or lowered where it stands within `<sup>` or `<sub>`."""
        return script(text, self._scripts[-1]) if self._scripts else text

    def read(self, place: int, roles: list[str | VisualStyle]) -> tuple[str, bool]:
        """The text for the tag at a place, and whether it is a note; the style of what it holds goes into `roles`."""
        piece, tag = self._pieces[place], self._pieces[place].tag
        if tag is None or place not in self._pairs:
            alone = tag.alone if tag is not None else None
            return ("" if piece.is_comment else piece.raw if alone is None else alone), False
        if tag.name in ("sub", "sup"):
            self._scripts = self._scripts[:-1] if tag.closes else [*self._scripts, tag.name]
        elif tag.name == "a" and tag.closes:
            return link_note(self._pieces[self._pairs[place] : place]), True
        elif tag.role is not None and not tag.closes:
            roles.append(tag.role)
        elif tag.role is not None and tag.role in roles:
            del roles[len(roles) - 1 - roles[::-1].index(tag.role)]
        return "", False


def _children(inline: Token, base: Role) -> Iterator[Run]:
    lines = inline.content.split("\n")
    keep_breaks = any(len(line) < WRAPPED_AT for line in lines[:-1])
    roles: list[str | VisualStyle] = []
    links: list[tuple[str, list[str]]] = []
    children = inline.children or []
    tags = _InlineTags(children)
    for place, token in enumerate(children):
        role = (*base, *roles)
        text = ""
        match token.type:
            case "text":
                text = tags.scripted(token.content)
            case "softbreak":
                text = "\n" if keep_breaks else " "
            case "hardbreak":
                text = "\n"
            case "code_inline":
                text, role = token.content, (*role, "@code")
            case "maths":
                text, role = readable(token.content).replace("\n", " "), (*role, "@maths")
            case "image":
                text, role = picture(token.content, str(token.attrs.get("src", ""))), (*role, "@note")
            case "html_inline":
                text, notes = tags.read(place, roles)
                role = (*base, "@note") if notes else role
            case "em_open" | "strong_open" | "s_open":
                roles.append(_MARKS[token.type])
            case "em_close" | "strong_close" | "s_close":
                roles.pop()
            case "link_open":
                roles.append("@link")
                links.append((str(token.attrs.get("href", "")), []))
            case "link_close":
                roles.pop()
                address, words = links.pop()
                if address and address not in ("".join(words), f"mailto:{''.join(words)}"):
                    yield f" ({address})", (*base, "@note")
            case _:
                text = token.content
        if text:
            if links:
                links[-1][1].append(text)
            yield text, role


def _table(tokens: Sequence[Token], width: int) -> list[Line]:
    rows: list[list[tuple[list[Run], bool]]] = []
    heads = 0
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            role: Role = ("@strong",) if token.type == "th_open" else ()
            right = "right" in str(token.attrs.get("style", ""))
            rows[-1].append((_inline(tokens[index + 1 : index + 2], role), right))
        elif token.type == "thead_close":
            heads = len(rows)
    count = max((len(row) for row in rows), default=0)
    if not count:
        return []
    natural = [
        max((sum(cell_len(printable(text)) for text, _ in row[n][0]) for row in rows if n < len(row)), default=1)
        for n in range(count)
    ]
    widths = _shares(natural, width - 3 * (count - 1))
    lines: list[Line] = []
    for number, row in enumerate(rows):
        if number == heads and heads:
            lines.append(Line((("─┼─".join("─" * w for w in widths), ("@rule",)),)))
        cells = [wrap(runs, widths[n]) for n, (runs, _) in enumerate(row)]
        for place in range(max(map(len, cells), default=0)):
            runs: list[Run] = []
            for n, cell in enumerate(cells):
                if n:
                    runs.append((" │ ", ("@rule",)))
                part = cell[place] if place < len(cell) else []
                padding = (" " * (widths[n] - sum(cell_len(text) for text, _ in part)), ())
                runs += [padding, *part] if row[n][1] else [*part, padding]
            lines.append(Line(tuple(runs)))
    return lines


def _shares(natural: list[int], available: int) -> list[int]:
    """Widths for columns: what they want, or less from the widest ones, at least 3 cells each."""
    widths = [max(1, width) for width in natural]
    over = sum(widths) - max(available, 3 * len(widths))
    while over > 0:
        widest = max(widths)
        second = max((w for w in widths if w < widest), default=3)
        among = [n for n, w in enumerate(widths) if w == widest]
        cut = min(over, max(1, widest - max(second, 3)) * len(among))
        each, rest = divmod(cut, len(among))
        for place, n in enumerate(among):
            widths[n] -= each + (place < rest)
        over -= cut
    return widths
