"""cog init, cog check, cog schema: as an author calls them, without a token and without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cog.folders import predictor, write_model
from tests.support.command import Command


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path / "home", tmp_path / "folder")


def test_a_model_is_begun_checked_and_its_schema_read(command: Command) -> None:
    begun = command("cog", "init", "poet", "--template", "stream")
    assert (begun.code, begun.json) == (0, ["poet/.dockerignore", "poet/cog.yaml", "poet/run.py"])
    assert command("cog", "init", "poet").code == 2
    checked = command("cog", "check", "poet")
    assert (checked.code, checked.json) == (0, [])
    assert "0 errors, 0 hints." in checked.err
    schema = command("cog", "schema", "poet")
    assert schema.code == 0
    assert list(schema.json["components"]["schemas"]["Input"]["properties"]) == ["prompt", "max_tokens", "delay"]
    assert schema.json["paths"]["/predictions"]["post"]["x-cog-streaming"] is True
    assert schema.err == ""
    # Without a terminal there is no console to open.
    assert command("cog", "poet").json == schema.json
    server = command("cog", "localhost:5000")
    assert (server.code, server.out) == (2, "") and "needs a terminal" in server.err


def test_findings_are_objects_with_file_and_line_and_an_error_ends_with_one(command: Command) -> None:
    code = predictor("a: int = Input(default=3, le=2), b: int = None")
    write_model(command.folder, code)
    checked = command("cog", "check")
    assert checked.code == 1
    assert checked.json == [
        {"path": "predict.py", "line": 3, "level": "error", "message": "`a`: the default 3 is above le=2"},
        {
            "path": "predict.py",
            "line": 3,
            "level": "hint",
            "message": "`b`: None as the default of what is not Optional makes it required; "
            "write Optional, or a default",
        },
    ]
    assert "1 error, 1 hint." in checked.err


def test_a_schema_of_which_something_is_not_known_ends_with_one_and_says_where(command: Command) -> None:
    write_model(command.folder, predictor("a: set"))
    read = command("cog", "schema", ".")
    assert read.code == 1
    assert read.json["components"]["schemas"]["Input"]["properties"] == {"a": {"title": "A", "x-order": 0}}
    assert "predict.py:3: `a`: `set` cannot be an input of Cog's" in read.err


def test_a_folder_that_is_no_model_says_what_to_do(command: Command) -> None:
    words = "is not there: this folder is no Cog model; `replicate-tui cog init` begins one"
    schema, checked = command("cog", "schema"), command("cog", "check")
    assert (schema.code, schema.out, checked.code) == (2, "", 1)
    assert schema.err == f"replicate-tui: cog.yaml: {words}\n"
    assert checked.json == [{"path": "cog.yaml", "line": None, "level": "error", "message": words}]


def test_what_only_the_code_knows_is_told_where_the_author_asks(command: Command) -> None:
    code = """print("imported")
from cog import BasePredictor, Input, Path, Secret
def sizes():
    open("ran", "w").close()
    return ["s", "l"]
class Predictor(BasePredictor):
    def setup(self):
        open("set up", "w").close()
    def predict(
        self,
        size: str = Input(description="Size", choices=sizes(), default=sizes()[1]),
        image: Path = Input(description="x"),
        n: int | None = Input(default=None, ge=1, le=3),
        many: list[str] = Input(default=["a"]),
    ) -> list[Path]: ...
"""
    write_model(command.folder, code)
    assert command("cog", "schema").code == 1
    assert not (command.folder / "ran").exists()
    asked = command("cog", "schema", "--import")
    assert asked.code == 0, asked.err
    assert (command.folder / "ran").exists() and not (command.folder / "set up").exists()
    schemas = asked.json["components"]["schemas"]
    assert schemas["size"]["enum"] == ["s", "l"]
    assert schemas["Input"]["required"] == ["image"]
    properties = schemas["Input"]["properties"]
    assert properties["size"] == {
        "allOf": [{"$ref": "#/components/schemas/size"}], "default": "l", "description": "Size", "x-order": 0,
    }  # fmt: skip
    assert properties["n"] == {
        "type": "integer", "title": "N", "x-order": 2, "nullable": True, "minimum": 1, "maximum": 3,
    }  # fmt: skip
    assert properties["many"]["default"] == ["a"]
    assert schemas["Output"] == {"type": "array", "items": {"type": "string", "format": "uri"}, "title": "Output"}


def test_a_model_that_cannot_be_imported_says_where(command: Command) -> None:
    write_model(command.folder, f"import nothing_such\n{predictor('a: str')}")
    asked = command("cog", "schema", "--import")
    assert (asked.code, asked.out) == (1, "")
    assert "predict.py:1: import nothing_such" in asked.err
    assert "nothing_such is not installed in " in asked.err
