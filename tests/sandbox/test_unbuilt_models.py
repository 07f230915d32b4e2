"""A Cog model that was never built is served all the same: its schema is read from its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cog.folders import predictor, write_model
from tui.sandbox.library import read_source


def test_a_folder_without_a_schema_file_is_read_from_its_source(tmp_path: Path) -> None:
    source = read_source(write_model(tmp_path, predictor("prompt: str, n: int = Input(default=2, le=3)")))
    part = source.part("Input")
    assert isinstance(part, dict)
    assert part["required"] == ["prompt"]
    assert not source.streams and not source.yields


def test_a_schema_file_goes_before_the_source(tmp_path: Path) -> None:
    folder = write_model(tmp_path, predictor("prompt: str"))
    (folder / "openapi_schema.json").write_text('{"components": {"schemas": {"Input": {"title": "Mine"}}}}')
    assert read_source(folder).part("Input") == {"title": "Mine"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (predictor("a: set"), "its source does not tell all of it: predict.py:3: `a`: `set` cannot be an input"),
        ("class Predictor(", "predict.py:1: is no Python"),
    ],
)
def test_what_the_source_does_not_tell_is_said_with_its_line(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"predict\.py") as caught:
        read_source(write_model(tmp_path, code))
    assert said in str(caught.value)
