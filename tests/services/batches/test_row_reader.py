"""The rows of a batch: what a file is, and what stands in it."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from tui.services.batches.row_reader import BadRows, SourceRow, read_rows

KNOWN = {"prompt", "width", "seed"}


def rows(data: bytes | str, name: str = "stdin", known: set[str] = KNOWN) -> list[SourceRow]:
    """All rows of some bytes."""
    content = data.encode() if isinstance(data, str) else data
    return list(read_rows(io.BytesIO(content), name, known, "prompt"))


def columns(data: bytes | str, name: str = "stdin") -> list[dict[str, Any]]:
    return [row.columns for row in rows(data, name)]


def test_a_csv_keeps_quoted_lines_empty_values_and_emoji() -> None:
    found = rows('prompt,width,note\r\n"a\r\nb, ""c""",64,\r\n🌋 lava,,x\r\n', "rows.csv")
    assert [row.columns for row in found] == [
        {"prompt": 'a\nb, "c"', "width": "64", "note": ""},
        {"prompt": "🌋 lava", "width": "", "note": "x"},
    ]
    assert [row.number for row in found] == [1, 2]
    assert not any(row.typed for row in found)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-8"])
def test_a_mark_tells_the_encoding_and_is_no_part_of_the_first_column(encoding: str) -> None:
    assert columns("prompt,width\nsnö,64\n".encode(encoding), "rows.csv") == [{"prompt": "snö", "width": "64"}]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("prompt,width\na,64\n", "stdin"),
        ("prompt,width\na,64\n", "rows.txt"),
        ("prompt\twidth\na\t64\n", "rows.tsv"),
        ("prompt\twidth\na\t64\n", "stdin"),
        ("prompt;width\na;64\n", "rows.csv"),
        ("\n\nprompt,width\n\na,64\n\n", "rows.csv"),
        ("prompt,width\ra,64\r", "rows.csv"),
    ],
)
def test_a_table_is_told_by_its_header(data: str, name: str) -> None:
    assert columns(data, name) == [{"prompt": "a", "width": "64"}]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ('{"prompt": "a", "width": 64}\n{"prompt": "b"}\n', "stdin"),
        ('{"prompt": "a", "width": 64}\n\n{"prompt": "b"}', "rows.jsonl"),
        ('[{"prompt": "a", "width": 64},\n {"prompt": "b"}]', "rows.json"),
        (' [ {"prompt": "a", "width": 64} , {"prompt": "b"} ] ', "stdin"),
        ('[{"prompt": "a", "width": 64}, {"prompt": "b"}]', "rows.txt"),
    ],
)
def test_json_keeps_the_types_of_its_values(data: str, name: str) -> None:
    found = rows(data, name)
    assert [row.columns for row in found] == [{"prompt": "a", "width": 64}, {"prompt": "b"}]
    assert all(row.typed for row in found)


@pytest.mark.parametrize("name", ["prompts.txt", "stdin", "prompts"])
def test_plain_text_has_a_prompt_a_line(name: str) -> None:
    text = "a lake, at dawn\n\n[x] a list\r\n  {not json\nlast"
    assert columns(text, name) == [
        {"prompt": "a lake, at dawn"},
        {"prompt": "[x] a list"},
        {"prompt": "  {not json"},
        {"prompt": "last"},
    ]


def test_a_header_that_names_no_input_is_a_line_of_text_but_not_in_a_csv() -> None:
    assert columns("one,two\n") == [{"prompt": "one,two"}]
    assert columns("one,two\n1,2\n", "rows.csv") == [{"one": "1", "two": "2"}]


def test_one_column_is_a_table_where_its_header_names_an_input() -> None:
    assert columns('prompt\n"a lake, at dawn"\nfire\n') == [{"prompt": "a lake, at dawn"}, {"prompt": "fire"}]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        ("prompt,width\na,64,9\n", "r.csv", "r.csv, row 1 (line 2): has 3 cells, and the header names 2 columns"),
        ("prompt,prompt\na,b\n", "r.csv", "two columns are called 'prompt'"),
        ('prompt,width\n"a,64\n', "r.csv", "r.csv, line 2: "),
        ('{"prompt": "a"}\n[1]\n', "r.jsonl", "r.jsonl, line 2: must be a JSON object"),
        ('{"prompt": "a"}\n{"prompt": \n', "r.jsonl", "r.jsonl, line 2: "),
        ('[{"prompt": "a"} {"prompt": "b"}]', "r.json", "behind object 1 of the array must stand a comma or ]"),
        ('[{"prompt": "a"}, {"prompt": ', "r.json", "r.json, object 2: is no JSON"),
        (b"prompt\ncaf\xe9\n", "r.csv", "r.csv is not UTF-8 (byte 11); save it as UTF-8"),
        (b"prompt\na\0b\n", "r.csv", "holds NUL bytes"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(data: bytes | str, name: str, words: str) -> None:
    with pytest.raises(BadRows) as error:
        rows(data, name)
    assert words in str(error.value)


def test_nothing_and_a_header_alone_are_no_rows() -> None:
    assert rows("") == rows("\n \n") == rows("prompt,width\n", "r.csv") == rows("[]", "r.json") == []


class Endless(io.RawIOBase):
    """A large file that is nowhere as a whole."""

    def __init__(self, head: bytes, line: bytes, count: int) -> None:
        self._left = self._lines(head, line, count)
        self._held = b""

    def _lines(self, head: bytes, line: bytes, count: int) -> Iterator[bytes]:
        if head:
            yield head
        for _ in range(count // 100):
            yield line * 100

    def read(self, size: int = -1) -> bytes:
        while len(self._held) < size and (piece := next(self._left, b"")):
            self._held += piece
        found, self._held = self._held[:size], self._held[size:]
        return found


@pytest.mark.parametrize(
    ("head", "line", "name"),
    [
        (b"prompt,width\n", b'"a lake,\nat dawn",64\n', "r.csv"),
        (b"", b'{"prompt": "a lake", "width": 64}\n', "r.jsonl"),
        (b'[{"prompt": "x"}', b',{"prompt": "a lake", "width": 64}', "r.json"),
    ],
)
def test_tens_of_thousands_of_rows_take_no_more_memory_than_a_few(head: bytes, line: bytes, name: str) -> None:
    source: Any = Endless(head, line, 30_000)
    tracemalloc.start()
    try:
        count = 0
        if name == "r.json":
            stream = read_rows(source, name, KNOWN, "prompt")
            for _, _row in zip(range(29_000), stream, strict=False):
                count += 1
        else:
            for _row in read_rows(source, name, KNOWN, "prompt"):
                count += 1
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count >= 29_000
    assert most < 3_000_000
