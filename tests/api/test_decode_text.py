"""Foreign text: which bytes are read, as what, and which are refused."""

import pytest

from tui.api.text import NotText, decode_text

WORDS = "caf\u00e9 \U0001f600\nzwei\n"


@pytest.mark.parametrize(
    "data",
    [
        WORDS.encode(),
        b"\xef\xbb\xbf" + WORDS.encode(),
        WORDS.encode("utf-16"),
        b"\xfe\xff" + WORDS.encode("utf-16-be"),
        b"\xff\xfe\0\0" + WORDS.encode("utf-32-le"),
        b"\0\0\xfe\xff" + WORDS.encode("utf-32-be"),
        b"\xff\xfe" + WORDS.replace("\n", "\r\n").encode("utf-16-le"),
        WORDS.replace("\n", "\r\n").encode(),
    ],
)
def test_text_is_read_in_the_encoding_that_it_is_marked_with(data: bytes) -> None:
    assert decode_text(data) == WORDS


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"caf\xe9\n", "is not UTF-8 (byte 4); save it as UTF-8"),
        ("caf\u00e9".encode("utf-8")[:-1], "is not UTF-8 (byte 4); save it as UTF-8"),
        (b"\xff\xfea\0b", "is not UTF-16 (byte 5); save it as UTF-8"),
        (b"a\0b\0", "holds NUL bytes, as no text does"),
        ("line\n".encode("utf-16-le"), "holds NUL bytes, as no text does"),
        (b"\x89PNG\r\n\x1a\n", "is not UTF-8 (byte 1); save it as UTF-8"),
    ],
)
def test_what_is_no_text_for_sure_is_refused_and_never_guessed_at(data: bytes, why: str) -> None:
    with pytest.raises(NotText) as refused:
        decode_text(data)
    assert str(refused.value) == why


def test_a_mark_is_one_only_at_the_beginning() -> None:
    assert decode_text("a\ufeffb".encode()) == "a\ufeffb"
    assert decode_text(b"\xef\xbb\xbf") == "" == decode_text(b"\xff\xfe")
