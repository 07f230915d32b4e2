"""`-i` pairs become the texts of a form: files where files are wanted, contents where texts are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tui.cli import inputs
from tui.forms import Form

PROPERTIES: dict[str, Any] = {
    "prompt": {"type": "string", "x-order": 0},
    "image": {"type": "string", "format": "uri", "x-order": 1},
    "tags": {"type": "array", "items": {"type": "string"}, "x-order": 2},
    "images": {"type": "array", "items": {"type": "string", "format": "uri"}, "x-order": 3},
    "count": {"type": "integer", "minimum": 1, "maximum": 9, "x-order": 4},
    "key": {"type": "string", "format": "password", "x-cog-secret": True, "x-order": 5},
    "negative": {"type": "string", "default": "ugly", "x-order": 6},
    "kind": {"type": "string", "enum": ["a", "b"], "default": "a", "x-order": 7},
    "maybe": {"type": "string", "enum": ["", "b"], "default": "b", "x-order": 8},
    "least": {"type": "string", "minLength": 1, "x-order": 9},
    "free": {"x-order": 10},
}
FORM = Form.parse({"components": {"schemas": {"Input": {"type": "object", "properties": PROPERTIES}}}})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.png").write_bytes(b"a")
    (tmp_path / "b.png").write_bytes(b"b")
    (tmp_path / "words.txt").write_text("one\ntwo\n")
    return tmp_path


def judged(*pairs: str, form: Form = FORM) -> dict[str, Any]:
    given = inputs.read(form, pairs)
    checked = inputs.judge(form, given)
    assert checked.ok, inputs.complaints(form, checked)
    return {
        name: [str(item) for item in value] if isinstance(value, list) else value
        for name, value in checked.input.items()
    }


def refused(*pairs: str, form: Form = FORM) -> str:
    checked = inputs.judge(form, inputs.read(form, pairs))
    assert not checked.ok
    return "\n".join(inputs.complaints(form, checked))


def test_a_file_field_takes_a_path_with_or_without_the_at(here: Path) -> None:
    assert str(judged("image=@a.png")["image"]) == str(here / "a.png")
    assert str(judged("image=a.png")["image"]) == str(here / "a.png")
    assert judged("image=https://example.com/x.png")["image"] == "https://example.com/x.png"
    assert judged("image=data:text/plain,x")["image"] == "data:text/plain,x"


def test_a_home_folder_is_found(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(here))
    assert str(judged("image=@~/a.png")["image"]) == str(here / "a.png")


def test_a_list_takes_an_option_for_each_item(here: Path) -> None:
    assert judged("tags=a, b", "tags=c")["tags"] == ["a, b", "c"]
    assert judged("tags=a, b")["tags"] == ["a", "b"]
    assert judged("tags=@words.txt")["tags"] == ["one", "two"]
    assert judged("images=@a.png", "images=@b.png")["images"] == [str(here / "a.png"), str(here / "b.png")]


def test_a_value_may_hold_equals_signs_and_an_at(here: Path) -> None:
    assert judged("prompt=a=b=c")["prompt"] == "a=b=c"
    assert judged("prompt=@@home")["prompt"] == "@home"
    assert judged("prompt=me@home")["prompt"] == "me@home"
    assert judged("prompt=@words.txt")["prompt"] == "one\ntwo"


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("image=@nosuch.png", "image: must be a file or a URL: there is no file 'nosuch.png'"),
        ("image=@.", "there is no file"),
        ("images=@nosuch.png", "images: must be a file or a URL"),
        ("prompt=@a.png2", "prompt: cannot be read from 'a.png2'"),
        ("prompt=@bytes", "prompt: must be text: 'bytes' is not UTF-16 (byte 3)"),
        ("prompt=@latin", "prompt: must be text: 'latin' is not UTF-8 (byte 4); save it as UTF-8"),
        ("count=", "count: was given empty, and must be integer · 1–9; leave it out"),
        ("count= ", "count: was given empty"),
        ("image=", "image: was given empty, and must be a file or a URL"),
        ("count=@empty", "count: was given empty"),
        ("tags=", "tags: was given an empty item: write [] for an empty list"),
        ("kind=", "kind: must be one of a, b, got"),
        ("least=", "least: must have at least 1 character, has 0"),
        ("free=null", "free: was given, but stands for no value"),
        ("key=[secret]", "key: was given as [secret], which stands where a secret was hidden"),
        ("prompt=@\x00", "prompt: cannot be read"),
        ("count=abc", "count: must be a whole number between 1 and 9, got 'abc'"),
        ("nothing=1", "nothing: is an unknown input"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(here: Path, pair: str, words: str) -> None:
    (here / "bytes").write_bytes(b"\xff\xfe\x00")
    (here / "latin").write_bytes(b"caf\xe9")
    (here / "empty").write_bytes(b"")
    assert words in refused(pair)


def test_a_secret_is_never_repeated() -> None:
    schema = {**PROPERTIES, "key": {**PROPERTIES["key"], "maxLength": 3}}
    form = Form.parse({"components": {"schemas": {"Input": {"type": "object", "properties": schema}}}})
    said = refused("key=hunter2", form=form)
    assert said.startswith("key: ")
    assert "hunter2" not in said


def test_without_a_schema_an_at_is_a_file(here: Path) -> None:
    free = Form.parse(None)
    found = judged("image=@a.png", "count=3", "prompt=hello", "many=[1, 2]", form=free)
    assert str(found["image"]) == str(here / "a.png")
    assert (found["count"], found["prompt"], found["many"]) == (3, "hello", ["1", "2"])
    assert "there is no file" in refused("image=@nosuch.png", form=free)


@pytest.mark.parametrize("pair", ["negative=", "negative=@empty", "negative=@newline", 'negative=""'])
def test_an_empty_text_that_was_given_is_sent_and_is_not_the_default(here: Path, pair: str) -> None:
    (here / "empty").write_bytes(b"")
    (here / "newline").write_bytes(b"\n")
    assert judged(pair) == {"negative": ""}


def test_an_empty_choice_is_sent_where_it_is_one() -> None:
    assert judged("maybe=") == {"maybe": ""}
    assert judged("free=") == {"free": ""}
    assert judged("x=", form=Form.parse(None)) == {"x": ""}


def test_blanks_and_empty_lists_are_sent_as_they_were_given() -> None:
    assert judged("negative=  ") == {"negative": "  "}
    assert judged("tags=[]") == {"tags": []}
    assert judged('tags=[""]') == {"tags": [""]}


def test_a_value_is_given_once_but_for_lists(here: Path) -> None:
    assert "negative: was given more than once" in refused("negative=a", "negative=b")
    assert "negative: was given more than once" in refused("negative=", "negative=")
    assert "x: was given more than once" in refused("x=1", "x=2", form=Form.parse(None))
    assert "tags: was given an empty item" in refused("tags=a", "tags=")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_of_another_program_is_read_without_its_mark(here: Path, mark: bytes) -> None:
    (here / "p.txt").write_bytes(mark + b"one line\r\n")
    assert judged("prompt=@p.txt") == {"prompt": "one line"}
    (here / "p.txt").write_bytes("one line\n".encode("utf-16"))
    assert judged("prompt=@p.txt") == {"prompt": "one line"}


def whole(path: str, *pairs: str) -> dict[str, Any]:
    checked = inputs.judge(FORM, inputs.read(FORM, pairs, path))
    assert checked.ok, inputs.complaints(FORM, checked)
    return checked.input


def test_a_whole_input_comes_from_a_json_file_and_a_pair_comes_on_top(here: Path) -> None:
    (here / "in.json").write_bytes(
        b'\xef\xbb\xbf{"prompt": "a", "count": 3, "tags": ["x"], "negative": "", "free": null}'
    )
    assert whole("in.json") == {"prompt": "a", "tags": ["x"], "count": 3, "negative": ""}
    assert whole("in.json", "count=4", "prompt=b") == {"prompt": "b", "tags": ["x"], "count": 4, "negative": ""}
    (here / "in.json").write_text('{"image": "a.png", "count": "3"}')
    checked = inputs.judge(FORM, inputs.read(FORM, ["count=3"], "in.json"))
    assert str(checked.input["image"]) == str(here / "a.png")
    assert inputs.read(FORM, ["count=4"], "in.json").shown(FORM) == {"image": "a.png", "count": "4"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[1]", "input: must be a JSON object"),
        (b"{", "input: must be JSON"),
        (b"", "input: must be JSON"),
        (b"caf\xe9", "input: must be text: 'in.json' is not UTF-8"),
        (b'{"count": "3"}', "count: must be a whole number between 1 and 9, got '3'"),
        (b'{"count": 12}', "count: must be at most 9, got 12"),
        (b'{"promt": "a"}', "promt: is an unknown input; did you mean prompt?"),
        (b'{"image": "nosuch.png"}', "image: must be a file or a URL: there is no file"),
    ],
)
def test_what_is_wrong_with_a_whole_input_is_said(here: Path, content: bytes, words: str) -> None:
    (here / "in.json").write_bytes(content)
    checked = inputs.judge(FORM, inputs.read(FORM, [], "in.json"))
    assert not checked.ok
    assert words in "\n".join(inputs.complaints(FORM, checked))


def test_stdin_can_be_taken_once() -> None:
    checked = inputs.judge(FORM, inputs.read(FORM, ["prompt=@-"], "-"))
    assert "is taken from stdin 2 times: prompt, --input" in "\n".join(inputs.complaints(FORM, checked))
