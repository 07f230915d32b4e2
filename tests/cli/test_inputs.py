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
        ("prompt=@bytes", "prompt: must be text: 'bytes' is not UTF-8"),
        ("prompt=@\x00", "prompt: cannot be read"),
        ("count=abc", "count: must be a whole number between 1 and 9, got 'abc'"),
        ("nothing=1", "nothing: is an unknown input"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(here: Path, pair: str, words: str) -> None:
    (here / "bytes").write_bytes(b"\xff\xfe\x00")
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
