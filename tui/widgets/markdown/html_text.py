"""HTML inside Markdown, as text: markup goes, and what only looks like it stays readable.

A tag is markup where it has its partner with something between the two, where it stands alone (`<br>`, `<img>`), or
where nothing but tags stands on its line. Any other is what the text speaks of: "put a <div> into it", "a<b and c>d".
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tui.api.text import clean

_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?([A-Za-z][A-Za-z0-9]*)\b[^<>]*>", re.DOTALL)
_ATTRIBUTE = re.compile(r"\b(src|alt|href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_KNOWN = re.compile(
    r"abbr|blockquote|br|center|code|dd|del|details|div|d[lt]|em|figcaption|figure|font|h[1-6r]|iframe|img|kbd|li|mark|"
    r"[ou]l|picture|pre|section|small|source|span|strike|strong|su[bp]|summary|table|tbody|t[dhrt]|thead|var|video|"
    r"[abipqsu]",
)
_MAY_STAY_OPEN = ("li", "p", "dt", "dd", "tr", "td", "th", "thead", "tbody")
"""Tags that HTML lets stand without their closing one."""
_ROLES = {
    "b": "@strong", "strong": "@strong", "i": "@em", "em": "@em", "var": "@em", "s": "@strike", "del": "@strike",
    "strike": "@strike", "code": "@code", "kbd": "@code", "h1": "@h1", "h2": "@h2", "h3": "@h3",
}  # fmt: skip
_LINES = re.compile(r"\n{3,}")


class Tag(NamedTuple):
    """A tag that is known."""

    name: str
    closes: bool
    attributes: dict[str, str]

    @property
    def role(self) -> str | None:
        """The style of what it holds."""
        return _ROLES.get(self.name)

    @property
    def alone(self) -> str | None:
        """The text of a tag that needs no partner; None for others."""
        if self.name == "br":
            return "\n"
        if self.name == "img" and self.attributes.get("src"):
            return picture(self.attributes.get("alt", ""), self.attributes["src"])
        return None


class Piece(NamedTuple):
    """A part of a text: a tag that is known, a comment, or the words between them."""

    raw: str
    tag: Tag | None = None

    @property
    def is_comment(self) -> bool:
        """Whether nobody is to see it."""
        return self.raw.startswith("<!--")

    @property
    def shows(self) -> bool:
        """Whether a reader sees something of it."""
        return bool(self.tag.alone if self.tag is not None else not self.is_comment and self.raw.strip())


def tag_piece(raw: str) -> Piece:
    """The piece for what the parser takes for one tag."""
    found = _TAG.fullmatch(raw)
    if found is None or not found[1] or _KNOWN.fullmatch(found[1].lower()) is None:
        return Piece(raw)
    values = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(raw)}
    return Piece(raw, Tag(found[1].lower(), raw.startswith("</"), values))


def pairs(pieces: Sequence[Piece]) -> dict[int, int]:
    """The places of tags that are markup for having a partner with something between: from the one to the other."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for place, (_, tag) in enumerate(pieces):
        if tag is None or tag.alone is not None:
            continue
        if not tag.closes:
            opened.append(place)
            continue
        begin = next((at for at in reversed(opened) if (one := pieces[at].tag) and one.name == tag.name), None)
        if begin is None:
            continue
        del opened[opened.index(begin) :]
        if any(piece.shows for piece in pieces[begin + 1 : place]):
            found[begin] = place
            found[place] = begin
    return found


def without_tags(text: str) -> str:
    """A block of HTML as text: pictures leave their words and address, links their address, lists their bullets."""
    pieces = list(_pieces(text))
    if "<details" not in text.lower():
        # Models mark parts of their answers so: <SUMMARY>, <CAPTION>, <CONCLUSION>.
        pieces = [Piece(one.raw) if one.tag is not None and one.tag.name == "summary" else one for one in pieces]
    markup = pairs(pieces)
    bare = _on_lines_of_tags(pieces, markup)
    shown: list[str] = []
    for place, (raw, tag) in enumerate(pieces):
        if pieces[place].is_comment:
            continue
        if tag is None:
            shown.append(clean(html.unescape(raw)))
        elif tag.alone is not None:
            shown.append(clean(tag.alone))
        elif place in markup or place in bare:
            shown.append(_instead(pieces, place, markup))
        else:
            shown.append(raw)
    return _LINES.sub("\n\n", "".join(shown))


def _pieces(text: str) -> Iterator[Piece]:
    at = 0
    for found in _TAG.finditer(text):
        if found.start() > at:
            yield Piece(text[at : found.start()])
        yield tag_piece(found[0])
        at = found.end()
    if at < len(text):
        yield Piece(text[at:])


def _on_lines_of_tags(pieces: Sequence[Piece], markup: dict[int, int]) -> set[int]:
    """The tags without a partner that may have none, or stand on a line on which nothing else is to be seen."""
    found: set[int] = set()
    line: list[int] = []
    seen, within, within_line = False, -1, -1
    for place, (raw, tag) in enumerate(pieces):
        end = markup.get(place, -1)
        within = max(within, end)
        if end > place and not any("\n" in piece.raw for piece in pieces[place:end]):
            # `<details><summary>More</summary>`: the words are the summary's.
            within_line = max(within_line, end)
        if tag is not None:
            if place < within and tag.name in _MAY_STAY_OPEN:
                found.add(place)
            elif place not in markup:
                line.append(place)
            continue
        before, newline, after = raw.partition("\n")
        seen |= place >= within_line and bool(before.strip())
        if newline:
            found.update(() if seen else line)
            line, seen = [], bool(after.rpartition("\n")[2].strip())
    found.update(() if seen else line)
    return found


def _instead(pieces: Sequence[Piece], place: int, markup: dict[int, int]) -> str:
    """What stands in the place of a tag that is markup."""
    tag = pieces[place].tag
    assert tag is not None
    if tag.name == "li" and not tag.closes:
        return "• "
    if tag.name in ("td", "th") and tag.closes:
        return "  "
    if tag.name == "a" and tag.closes and place in markup:
        return link_note(pieces[markup[place] : place])
    return ""


def link_note(pieces: Sequence[Piece]) -> str:
    """` (address)` after the words of a link; nothing where a picture or the words themselves tell it."""
    opening = pieces[0].tag
    address = opening.attributes.get("href", "") if opening is not None else ""
    words = "".join(piece.raw for piece in pieces[1:] if piece.tag is None)
    has_picture = any(piece.tag is not None and piece.tag.alone for piece in pieces)
    return f" ({clean(address)})" if address and not has_picture and address != html.unescape(words) else ""


def picture(alt: str, address: str) -> str:
    """What stands for a picture: `[image: a cat] (https://…)`."""
    words = f"[image: {alt}]" if alt else "[image]"
    return f"{words} ({address})" if address else words
