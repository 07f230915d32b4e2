"""Cuts long Markdown into parts that can be laid out alone, so that only what is looked at has to be."""

from __future__ import annotations

import re

PART = 4_000
"""Characters of a part, about: it ends at the first place after them where that is possible."""

_FENCE = re.compile(r"( *)(`{3,}|~{3,})(.*)")
_LIST = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?: |$)")
_OPAQUE = re.compile(r" {0,3}<(?:script|pre|style|textarea|[!?])", re.IGNORECASE)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*\S", re.MULTILINE)


def definitions(text: str) -> str:
    """The lines that name addresses of links, which count for the whole text."""
    if "]:" not in text:
        return ""
    return "\n".join(text[m.start() : text.find("\n", m.start()) % (len(text) + 1)] for m in _DEFINITION.finditer(text))


def parts(text: str, size: int = PART) -> list[str]:
    """`text` cut between blocks of the top level; joined, the parts are the text."""
    if len(text) <= size * 3 // 2:
        return [text]
    found: list[str] = []
    start = at = 0
    fence = ""
    blank = listing = False
    for line in text.splitlines(keepends=True):
        bare = line.rstrip()
        if fence:
            closed = bare.strip()
            if (closed and closed == closed[0] * len(closed) and closed.startswith(fence)) or (
                fence in ("$$", "\\]") and bare.endswith(fence)
            ):
                fence = ""
            blank = False
        elif not bare:
            blank = True
        else:
            indent = len(line) - len(line.lstrip(" "))
            marker = _LIST.match(line) is not None
            if blank and not indent and not marker:
                listing = False
                if at - start >= size:
                    found.append(text[start:at])
                    start = at
            listing = listing or marker
            opening = _FENCE.match(line)
            if opening is not None and (indent <= 3 or listing):
                fence = opening[2]
            elif bare.startswith(("$$", "\\[")) and not bare[2:].endswith(("$$", "\\]")):
                fence = "$$" if bare.startswith("$$") else "\\]"
            elif _OPAQUE.match(line):
                # What ends such a block is not looked for: the rest is one part.
                break
            blank = False
        at += len(line)
    found.append(text[start:])
    return found
