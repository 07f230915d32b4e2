"""Makes foreign text harmless: whatever the API, a model, a log or a file name says is cleaned here.

A terminal obeys ESC sequences and C1 bytes wherever they come from, and bidirectional overrides make one text
look like another. All of them are removed where text enters the program.
"""

from __future__ import annotations

import codecs
import math
import re
from typing import cast

# A payload ends at any control that would end it on a terminal, so that no character is scanned twice.
_PAYLOAD = r"[^\x07\x18\x1a\x1b\x80-\x9f]"
_STRING_END = r"(?:\x07|\x9c|\x1b\\|[\x18\x1a])"
_SEQUENCE = (
    r"(?:\x1b\[|\x9b)[\x30-\x3f]*+[\x20-\x2f]*+[\x40-\x7e]?"
    # A string sequence (OSC, DCS, SOS, PM, APC, and screen's title) goes with its payload. One without an end
    # would hide the rest of the text: it takes its own line only.
    rf"|(?:\x1b[\]PX^_k]|[\x9d\x90\x98\x9e\x9f])(?:{_PAYLOAD}*+{_STRING_END}|(?:(?!\n){_PAYLOAD})*+)"
    r"|\x1b[\x20-\x2f]*+[\x30-\x7e]?"
)
_BIDI = "\u202a-\u202e\u2066-\u2069"
# These are compiled (and kept by `re`) at their first use: most starts of the program need none of them.
_REMOVED = rf"(?:{_SEQUENCE})|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{_BIDI}]"
_NEWLINES = "\r\n?|[\u2028\u2029]"

_UNSAFE_IN_JSON = (
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)

MAX_DEPTH = 200
"""How many levels of lists and objects are followed; what lies deeper is shown as an ellipsis."""


class NotText(ValueError):
    """Bytes that cannot be read as text for sure; the message is a clause: `is not UTF-8 (byte 4)`."""


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Longer ones first: the mark of UTF-32 begins as that of UTF-16."""


def decode_text(data: bytes) -> str:
    """The text of a file or of stdin: UTF-8, or UTF-16 and UTF-32 with their mark, which is no part of the text.

    Every line ends with "\\n". Raises NotText for what is neither: to guess at Latin-1 would send wrong letters.
    """
    mark, encoding = encoding_of(data)
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        raise NotText(not_text(encoding, len(mark) + error.start)) from None
    if "\0" in text:
        raise NotText("holds NUL bytes, as no text does")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def encoding_of(data: bytes) -> tuple[bytes, str]:
    """The mark at the beginning of a text, and the encoding that it tells; UTF-8 where there is none."""
    return next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))


def not_text(encoding: str, at: int) -> str:
    """The clause that says why bytes are no text: at which place."""
    name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
    return f"is not {name} (byte {at + 1}); save it as UTF-8"


def clean(text: str) -> str:
    r"""`text` without control codes (but \n and \t), escape sequences, lone surrogates and bidi overrides.

    Sequences go with their payload. "\r\n", a lone "\r" and the Unicode line separators become "\n".
    """
    if text.isprintable():
        return text
    return re.sub(_REMOVED, "", re.sub(_NEWLINES, "\n", text))


def clean_line(text: str, limit: int = 300) -> str:
    """`text` cleaned and on one line of at most `limit` characters, for an error message or a title."""
    line = " ".join(clean(text[: limit * 8]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def clean_value(value: object, depth: int = 0) -> object:
    """A cleaned copy of a JSON value: every text in it, keys included. Shares no container with `value`."""
    if isinstance(value, str):
        return value if value.isprintable() else clean(value)
    if isinstance(value, dict):
        if depth >= MAX_DEPTH:
            return "…"
        items = cast("dict[object, object]", value)
        return {
            (clean(key) if isinstance(key, str) else key): clean_value(item, depth + 1) for key, item in items.items()
        }
    if isinstance(value, list | tuple):
        if depth >= MAX_DEPTH:
            return "…"
        return [clean_value(item, depth + 1) for item in cast("list[object]", value)]
    return value


def to_json(value: object, indent: int | None = None) -> str:
    r"""`value` as JSON that is safe on a terminal and loses nothing.

    Every control, C1, DEL, bidirectional and line-separator character and every lone surrogate is written as
    \u00XX. Numbers that JSON cannot hold (NaN, the infinities) become null.
    """
    import json  # most starts of the program print none

    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    except (ValueError, RecursionError):
        text = json.dumps(_finite(value, 0), ensure_ascii=False, indent=indent)
    return re.sub(_UNSAFE_IN_JSON, lambda found: f"\\u{ord(found[0]):04x}", text)


def _finite(value: object, depth: int) -> object:
    """`value` with null for each number that is not finite, cut where it is nested too deeply."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict | list | tuple) and depth >= MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {key: _finite(item, depth + 1) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_finite(item, depth + 1) for item in cast("list[object]", value)]
    return value
