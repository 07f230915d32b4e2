"""A picture in the terminal's own pixels, by Kitty's graphics protocol with Unicode placeholders.

The picture is sent once, and its cells are characters like any others: they are painted, cut, scrolled and covered as
text is, also within tmux. So nothing of Textual's painting has to know of it.
"""

from __future__ import annotations

import io
import zlib
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PLACEHOLDER = "\U0010eeee"
_CHUNK = 4096
"""Characters of one part of a transmission, as the protocol allows."""
# Kitty's own list, rowcolumn-diacritics.txt: the mark after a placeholder tells its row, the second its column.
_MARKS = (
    *(0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C, 0x350, 0x351, 0x352),
    *(0x357, 0x35B, *range(0x363, 0x370), *range(0x483, 0x488), *range(0x592, 0x596), 0x597, 0x598, 0x599),
    *(0x59C, 0x59D, 0x59E, 0x59F, 0x5A0, 0x5A1, 0x5A8, 0x5A9, 0x5AB, 0x5AC, 0x5AF, 0x5C4, *range(0x610, 0x618)),
    *(*range(0x657, 0x65C), 0x65D, 0x65E, *range(0x6D6, 0x6DD), 0x6DF, 0x6E0, 0x6E1, 0x6E2, 0x6E4, 0x6E7, 0x6E8),
    *(0x6EB, 0x6EC, 0x730, 0x732, 0x733, 0x735, 0x736, 0x73A, 0x73D, 0x73F, 0x740, 0x741, 0x743, 0x745, 0x747),
    *(0x749, 0x74A, *range(0x7EB, 0x7F2), 0x7F3, *range(0x816, 0x81A), *range(0x81B, 0x824), *range(0x825, 0x828)),
    *(*range(0x829, 0x82E), 0x951, 0x953, 0x954, 0xF82, 0xF83, 0xF86, 0xF87, 0x135D, 0x135E, 0x135F, 0x17DD, 0x193A),
    *(0x1A17, *range(0x1A75, 0x1A7D), 0x1B6B, *range(0x1B6D, 0x1B74), 0x1CD0, 0x1CD1, 0x1CD2, 0x1CDA, 0x1CDB, 0x1CE0),
    *(0x1DC0, 0x1DC1, *range(0x1DC3, 0x1DCA), 0x1DCB, 0x1DCC, *range(0x1DD1, 0x1DE7), 0x1DFE, 0x20D0, 0x20D1),
    *(*range(0x20D4, 0x20D8), 0x20DB, 0x20DC, 0x20E1, 0x20E7, 0x20E9, 0x20F0, *range(0x2CEF, 0x2CF2)),
    *range(0x2DE0, 0x2E00),
)
MOST = len(_MARKS)
"""Rows or columns of a picture."""


def transmission(image: Image, size: tuple[int, int], *, in_tmux: bool = False) -> tuple[int, str]:
    """The number of a picture that fills so many columns and rows, and what the terminal must be sent before."""
    columns, rows = min(size[0], MOST), min(size[1], MOST)
    content = io.BytesIO()
    image.save(content, "PNG", compress_level=1)
    # The same picture in the same size is the same for the terminal. A number of 24 bits is told by a colour.
    number = zlib.crc32(content.getvalue() + bytes((columns % 256, rows % 256))) & 0xFFFFFF or 1
    parts = _transmission(b64encode(content.getvalue()).decode(), number, columns, rows)
    # tmux hands on what is wrapped so.
    wrapped = ("\x1bPtmux;" + part.replace("\x1b", "\x1b\x1b") + "\x1b\\" for part in parts)
    return number, "".join(wrapped if in_tmux else parts)


def placeholders(size: tuple[int, int]) -> list[str]:
    """The lines of a picture of so many columns and rows; each character tells which part of it stands there."""
    columns = [chr(mark) for mark in _MARKS[: size[0]]]
    return ["".join(f"{PLACEHOLDER}{chr(row)}{column}" for column in columns) for row in _MARKS[: size[1]]]


def _transmission(content: str, number: int, columns: int, rows: int) -> list[str]:
    parts = [content[at : at + _CHUNK] for at in range(0, len(content), _CHUNK)]
    head = f"a=T,U=1,q=2,f=100,i={number},c={columns},r={rows},"
    return [
        f"\x1b_G{head if at == 0 else 'q=2,'}m={int(at < len(parts) - 1)};{part}\x1b\\" for at, part in enumerate(parts)
    ]
