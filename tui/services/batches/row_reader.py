"""Reads the rows of a batch as a stream: CSV, TSV, JSONL, a JSON array, or plain text with a prompt a line.

What a file is, its content tells before its name. Nothing is kept of a row that was read. Everything here blocks.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, Literal, cast

from msgspec import Struct

from tui.api.text import NotText, encoding_of, not_text
from tui.forms import Invalid, load_json

RowKind = Literal["csv", "jsonl", "json", "text"]
_CHUNK = 64 * 1024
_LONGEST = 20_000_000
"""Characters of one value or one line at most."""
_HEADER = re.compile(r"[\w.$ -]{1,100}")


class BadRows(ValueError):
    """The rows cannot be read; the message is a sentence that says where."""


class SourceRow(Struct):
    """A row as it was given. Not frozen, for the same reason as a `Planned`."""

    number: int
    """Counted from 1, without the header and without blank lines."""
    columns: dict[str, object]
    """By the column's name: texts, or JSON values where `typed`."""
    typed: bool = False


def read_rows(source: BinaryIO, name: str, known: Collection[str], line_name: str) -> Iterator[SourceRow]:
    """The rows of an open file. `known` are names that a header may have; a line of plain text is `line_name`.

    Raises BadRows, OSError.
    """
    chunks = _texts(source, name)
    head = next(chunks, "")
    kind, delimiter = _kind_of(head, Path(name).suffix.lower(), known)
    text = _Text(head, chunks)
    if kind == "json":
        return _array(text, name)
    if kind == "jsonl":
        return _json_lines(text, name)
    if kind == "text":
        return _plain_lines(text, line_name)
    return _table(text, name, delimiter)


def _texts(source: BinaryIO, name: str) -> Iterator[str]:
    """The file's text in pieces, whatever encoding it is in by its mark."""
    data = source.read(_CHUNK)
    mark, encoding = encoding_of(data)
    decoder = codecs.getincrementaldecoder(encoding)()
    at = len(mark)
    data = data[at:]
    while True:
        try:
            text = decoder.decode(data, not data)
        except UnicodeDecodeError as error:
            raise BadRows(f"{name} {not_text(encoding, at + error.start)}.") from None
        if "\0" in text:
            raise BadRows(f"{name} {NotText('holds NUL bytes, as no text does')}.")
        if text:
            yield text
        if not data:
            return
        at += len(data)
        data = source.read(_CHUNK)


class _Text:
    """Text that comes in pieces, as lines with their ends."""

    def __init__(self, head: str, more: Iterator[str]) -> None:
        self.held = head
        self.returns = "\r" in head
        """Whether there was a carriage return so far."""
        self._more = more

    def grow(self) -> bool:
        """Read another piece; False at the end."""
        piece = next(self._more, "")
        self.held += piece
        self.returns = self.returns or "\r" in piece
        return bool(piece)

    def lines(self) -> Iterator[str]:
        """Each line; a carriage return alone ends one as well."""
        while True:
            parts = self.held.splitlines(keepends=True) if self.held else []
            # Only what \n and \r end is a line: a text may hold other separators.
            plain = not self.returns and len(parts) == self.held.count("\n") + (not self.held.endswith("\n"))
            lines = parts if plain else _joined(parts)
            # The last one may go on, and a \r may be the first half of an end.
            self.held = lines.pop() if lines else ""
            yield from lines
            if len(self.held) > _LONGEST:
                raise BadRows(f"A line is longer than {_LONGEST:,} characters: this is no file of rows.")
            if not self.grow():
                if self.held:
                    yield from _joined(self.held.splitlines(keepends=True))
                return


def _joined(parts: list[str]) -> list[str]:
    lines: list[str] = []
    open_ = False
    for part in parts:
        if open_:
            lines[-1] += part
        else:
            lines.append(part)
        open_ = not part.endswith(("\n", "\r"))
    return lines


def _kind_of(head: str, ending: str, known: Collection[str]) -> tuple[RowKind, str]:
    """What the text is, and what stands between its cells."""
    begin = head.lstrip()
    if re.match(r"\[\s*[{\]]", begin):
        return "json", ""
    first = next((line for line in head.splitlines() if line.strip()), "")
    if begin.startswith("{") and (ending in (".jsonl", ".ndjson", ".json") or _is_object(first)):
        return "jsonl", ""
    if ending in (".jsonl", ".ndjson"):
        return "jsonl", ""
    if ending == ".tsv":
        return "csv", "\t"
    delimiter = max("\t,;", key=lambda sign: len(_cells(first, sign)))
    cells = [cell.strip() for cell in _cells(first, delimiter)]
    if ending == ".csv":
        return "csv", delimiter if len(cells) > 1 else ","
    is_header = bool(cells) and all(_HEADER.fullmatch(cell) for cell in cells) and not set(cells).isdisjoint(known)
    return ("csv", delimiter if len(cells) > 1 else ",") if is_header else ("text", "")


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), list[str]())
    except csv.Error:
        return []


def _table(text: _Text, name: str, delimiter: str) -> Iterator[SourceRow]:
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(text.lines(), delimiter=delimiter, strict=True)
    names: list[str] = []
    number = 0
    try:
        for cells in reader:
            if not any(cells):
                continue
            if not names:
                names = _names(cells, name)
                continue
            number += 1
            if len(cells) > len(names):
                raise BadRows(
                    f"{name}, row {number} (line {reader.line_num}): has {len(cells)} cells, and the header names "
                    f"{len(names)} columns. A value that holds {delimiter!r} or a line's end stands in double quotes."
                )
            row = dict(zip(names, cells, strict=False))
            if text.returns and "\r" in "".join(cells):
                row = {name: cell.replace("\r\n", "\n").replace("\r", "\n") for name, cell in row.items()}
            yield SourceRow(number, cast("dict[str, object]", row))
    except csv.Error as error:
        raise BadRows(f"{name}, line {reader.line_num}: {error}.") from None


def _names(cells: list[str], name: str) -> list[str]:
    names = [cell.strip() or f"column {place}" for place, cell in enumerate(cells, 1)]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise BadRows(f"{name}: two columns are called {twice[:100]!r}.")
    return names


def _plain_lines(text: _Text, line_name: str) -> Iterator[SourceRow]:
    number = 0
    for line in text.lines():
        if line.strip():
            number += 1
            yield SourceRow(number, {line_name: line.rstrip("\r\n")})


def _json_lines(text: _Text, name: str) -> Iterator[SourceRow]:
    number = 0
    for place, line in enumerate(text.lines(), 1):
        if line.strip():
            number += 1
            yield _object_row(line, number, f"{name}, line {place}")


def _object_row(text: str, number: int, where: str) -> SourceRow:
    try:
        value = load_json(text)
    except Invalid as error:
        raise BadRows(f"{where}: {error}.") from None
    if not isinstance(value, dict):
        raise BadRows(f"{where}: must be a JSON object such as {{}}, got {text.strip()[:60]!r}.")
    return SourceRow(number, cast("dict[str, object]", value), typed=True)


def _array(text: _Text, name: str) -> Iterator[SourceRow]:
    """The objects of a JSON array, one after the other."""
    decoder = json.JSONDecoder()
    text.held = text.held.lstrip()[1:]
    number = 0
    while True:
        _skip(text)
        if text.held.startswith("]"):
            return
        if number:
            if not text.held.startswith(","):
                raise BadRows(f"{name}: behind object {number} of the array must stand a comma or ].")
            text.held = text.held[1:]
            _skip(text)
        number += 1
        end = _end_of_value(decoder, text, f"{name}, object {number}")
        yield _object_row(text.held[:end], number, f"{name}, object {number}")
        text.held = text.held[end:]


def _skip(text: _Text) -> None:
    text.held = text.held.lstrip()
    while not text.held and text.grow():
        text.held = text.held.lstrip()


def _end_of_value(decoder: json.JSONDecoder, text: _Text, where: str) -> int:
    while True:
        try:
            return decoder.raw_decode(text.held)[1]
        except (ValueError, RecursionError) as error:
            # It may only not be here as a whole.
            if len(text.held) > _LONGEST or not text.grow():
                raise BadRows(f"{where}: is no JSON ({error}).") from None
