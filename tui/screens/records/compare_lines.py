"""Two records field by field, in lines that lie side by side: what each one has, and where they differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from textual.content import Content, Span

from tui import wording
from tui.api.decoding import is_object
from tui.toolkit.line_view import printable

if TYPE_CHECKING:
    from datetime import datetime

    from tui.api.types import Prediction

SAME, OTHER, LEFT_ONLY, RIGHT_ONLY = " ", "≠", "‹", "›"
"""The signs of a line: equal on both sides, different, only on the left, only on the right."""
_LONGEST = 20_000
"""Characters of a value that are compared word by word; of a longer one only its beginning is shown."""
_UNITS = re.compile(r"\n|(?<=[.!?])[ \t]+")
_WORDS = re.compile(r"\s+|\w+|.", re.DOTALL)


_EMPTY = Content("")


class Line(Struct, frozen=True):
    """One line of the comparison; a value that takes several has its name on the first."""

    number: int
    heading: str = ""
    """The title of a group of fields; such a line has nothing else."""
    name: str = ""
    sign: str = SAME
    left: Content = _EMPTY
    right: Content = _EMPTY

    @property
    def differs(self) -> bool:
        """Whether the two sides are not the same here."""
        return self.sign != SAME


def compare(left: Prediction, right: Prediction, width: int, *, all_fields: bool = True) -> list[Line]:
    """The lines of two records, each side `width` cells wide. Without `all_fields` only what differs."""
    lines: list[Line] = []
    for heading, fields in _groups(left, right):
        shown = [field for field in fields if all_fields or field[1] != field[2]]
        if not shown:
            continue
        lines.append(Line(len(lines), heading=heading))
        for name, a, b in shown:
            for first, (sign, one, other) in enumerate(_value(a, b, max(8, width))):
                lines.append(Line(len(lines), "", "" if first else name, sign, one, other))
    return lines


def as_text(left: Prediction, right: Prediction) -> str:
    """What differs, as plain text to copy."""
    parts: list[str] = [f"‹ {left.id}", f"› {right.id}"]
    for heading, fields in _groups(left, right):
        for name, a, b in fields:
            if a != b:
                parts += [f"\n{heading}: {name}", f"‹ {a or '–'}", f"› {b or '–'}"]
    return "\n".join(parts)


def _groups(left: Prediction, right: Prediction) -> Iterator[tuple[str, list[tuple[str, str | None, str | None]]]]:
    what = [
        (name, cast("str | None", getattr(left, name)) or None, cast("str | None", getattr(right, name)) or None)
        for name in ("model", "version", "deployment", "source", "status", "error")
    ]
    yield "What ran", [field for field in what if field[1] or field[2]]
    yield "Input", _fields(left.input, right.input)
    ours: object = left.output
    theirs: object = right.output
    if is_object(ours) and is_object(theirs):
        yield "Output", _fields(ours, theirs)
    else:
        yield "Output", [("output", _output(left), _output(right))]
    yield (
        "Times",
        [
            ("created", _when(left.created_at), _when(right.created_at)),
            ("queue, setup", _seconds(left.queue_time), _seconds(right.queue_time)),
            ("run", _seconds(left.predict_time), _seconds(right.predict_time)),
            ("in all", _seconds(left.total_time), _seconds(right.total_time)),
            *_fields(_counted(left), _counted(right)),
        ],
    )


def _fields(left: dict[str, object], right: dict[str, object]) -> list[tuple[str, str | None, str | None]]:
    names = dict.fromkeys((*left, *right))
    return [
        (name, _text(left[name]) if name in left else None, _text(right[name]) if name in right else None)
        for name in names
    ]


def _text(value: object) -> str:
    """A value in words; a data URI is named, not shown."""
    if isinstance(value, str):
        if value.startswith("data:") and "," in value:
            return f"{value.partition(',')[0]},… ({len(value):,} characters)"
        return value
    from tui.api.text import to_json

    return to_json(value)


def _output(prediction: Prediction) -> str | None:
    output: object = prediction.output
    if output is None:
        return None
    if isinstance(output, list) and all(isinstance(item, str) for item in cast("list[object]", output)):
        pieces = cast("list[str]", output)
        files = any(piece.startswith(("http://", "https://", "data:")) for piece in pieces[:1])
        return "\n".join(_text(piece) for piece in pieces) if files else "".join(pieces)
    return _text(cast("object", output))


def _counted(prediction: Prediction) -> dict[str, object]:
    return {k: v for k, v in prediction.metrics.items() if k not in ("predict_time", "total_time")}


def _when(moment: datetime | None) -> str | None:
    return wording.exact(moment) if moment is not None else None


def _seconds(seconds: float | None) -> str | None:
    return wording.duration(seconds) or None


def _value(left: str | None, right: str | None, width: int) -> Iterator[tuple[str, Content, Content]]:
    """The lines of one value on both sides, aligned where they are the same."""
    if left is None or right is None:
        sign = SAME if left == right else LEFT_ONLY if right is None else RIGHT_ONLY
        yield from _beside(sign, Content(left or "–"), Content(right or "–"), width)
        return
    if left == right:
        text = Content(_cut(left))
        yield from _beside(SAME, text, text, width)
        return
    ours, theirs = _units(left), _units(right)
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        for one, other in zip_longest(ours[a:b], theirs[c:d]):
            if tag == "equal":
                yield from _beside(SAME, Content(one or ""), Content(other or ""), width)
            elif one is None or other is None:
                sign = RIGHT_ONLY if one is None else LEFT_ONLY
                yield from _beside(sign, Content(one or ""), Content(other or ""), width)
            else:
                yield from _beside(OTHER, *_words(one, other), width)


def _words(left: str, right: str) -> tuple[Content, Content]:
    """Both with the words underlined that the other one has not."""
    ours, theirs = _WORDS.findall(left), _WORDS.findall(right)
    spans: tuple[list[Span], list[Span]] = ([], [])
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag != "equal":
            for side, words, start, end in ((0, ours, a, b), (1, theirs, c, d)):
                begin = len("".join(words[:start]))
                length = len("".join(words[start:end]))
                if length:
                    spans[side].append(Span(begin, begin + length, "bold underline $warning"))
    return Content(left, spans[0]), Content(right, spans[1])


def _units(text: str) -> list[str]:
    """The sentences or lines of a text."""
    return [printable(unit) for unit in _UNITS.split(_cut(text))[:400]]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _beside(sign: str, left: Content, right: Content, width: int) -> Iterable[tuple[str, Content, Content]]:
    """Both sides folded to the width, the shorter one filled up."""
    for one, other in zip_longest(left.wrap(width), right.wrap(width), fillvalue=Content("")):
        yield sign, one, other
