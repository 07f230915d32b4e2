"""Leaves out of a list what is too large to be listed, while the answer comes: it is never held whole.

A hundred predictions with pictures in their inputs make a page of 150 MB. An `input`, `output` or `logs` of an item
that is larger than the limit becomes a mark. `without_marks` leaves it out, as the API itself leaves such fields out of
lists, and notes how large it was: the record has it when it is asked for by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from .decoding import is_object

LIMIT = 512 * 1024
"""Bytes of one value of a listed item."""

MARK = "replicate-tui: too large to be listed: "
"""What stands in the place of a value, before the number of its bytes."""
CUT = "replicate_tui_cut"
"""The key in an item for what was left out of it: the bytes of each field."""
_NAMES = ("input", "output", "logs")
_FIELDS = tuple(name.encode() for name in _NAMES)
_STRUCTURE = re.compile(rb'["\[\]{}:,]')
_IN_STRING = re.compile(rb'["\\]')
_QUOTE, _BACKSLASH, _COLON, _COMMA = b'"\\:,'
_OPENING, _CLOSING = b"[{", b"]}"


class ListTrimmer:
    """Takes a JSON text piece by piece and gives it back without oversized values."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._word = bytearray()
        """The beginning of the last string: the name of a field perhaps."""
        self._is_next = False
        """Whether the next value is that of a field which may be left out."""
        self._held: bytearray | None = None
        """The value that is being read, until it is known to be small enough."""
        self._held_depth = 0
        self._held_size = 0
        self._too_large = False

    def feed(self, piece: bytes) -> bytes:
        """What is left of the next piece."""
        out = bytearray()
        place = 0
        while place < len(piece):
            place = self._text(piece, place, out) if self._in_string else self._structure(piece, place, out)
        return bytes(out)

    def _text(self, piece: bytes, place: int, out: bytearray) -> int:
        """Read on within a string."""
        if self._escaped:
            self._escaped = False
            self._put(piece[place : place + 1], out)
            return place + 1
        found = _IN_STRING.search(piece, place)
        end = len(piece) if found is None else found.end()
        self._put(piece[place:end], out)
        if len(self._word) < 8:
            self._word += piece[place : place + 8] if found is None else piece[place : found.start()][:8]
        if found is not None:
            self._escaped = piece[end - 1] == _BACKSLASH
            if not self._escaped:
                self._in_string = False
                self._end_value(out)
        return end

    def _structure(self, piece: bytes, place: int, out: bytearray) -> int:
        """Read on between strings, up to and with the next sign that means something."""
        found = _STRUCTURE.search(piece, place)
        if found is None:
            self._put(piece[place:], out)
            return len(piece)
        self._put(piece[place : found.start()], out)
        sign = piece[found.start()]
        if self._is_next and self._held is None and sign in b'"[{':
            self._held, self._held_depth, self._held_size, self._too_large = bytearray(), self._depth, 0, False
        self._is_next = sign == _COLON and self._held is None and self._may_leave_out()
        self._put(found[0], out)
        if sign == _QUOTE:
            self._in_string = True
            self._word.clear()
        elif sign in _OPENING:
            self._depth += 1
        elif sign in _CLOSING:
            self._depth -= 1
            self._end_value(out)
        return found.end()

    def _may_leave_out(self) -> bool:
        # An item lies in a list, and the list in the page or by itself.
        return self._depth in (2, 3) and bytes(self._word) in _FIELDS

    def _put(self, data: bytes, out: bytearray) -> None:
        if self._held is None:
            out += data
            return
        self._held_size += len(data)
        if not self._too_large:
            self._held += data
            if len(self._held) > self._limit:
                self._too_large = True
                self._held.clear()

    def _end_value(self, out: bytearray) -> None:
        if self._held is not None and self._depth == self._held_depth:
            out += f'"{MARK}{self._held_size}"'.encode() if self._too_large else self._held
            self._held = None


def without_marks(items: object) -> None:
    """Leave out of each item of a list what became a mark, with a note of its size.

    Its logs go too: with them it would pass for a whole one.
    """
    if not isinstance(items, list):
        return
    for item in cast("list[object]", items):
        if is_object(item):
            marked = {name: size for name in _NAMES if (size := _marked(item.get(name))) is not None}
            if marked:
                for name in (*marked, "logs"):
                    item.pop(name, None)
                item[CUT] = marked


def left_out(item: Mapping[str, object]) -> dict[str, int]:
    """The bytes of each field of an item that its list left out, as far as the item has not come by itself since."""
    noted = item.get(CUT)
    if not is_object(noted):
        return {}
    missing = [name for name in _NAMES if item.get(name) is None]
    return {name: size for name in missing if isinstance(size := noted.get(name), int)}


def _marked(value: object) -> int | None:
    size = value.removeprefix(MARK) if isinstance(value, str) and value.startswith(MARK) else ""
    return int(size) if size.isdecimal() and len(size) < 20 else None
