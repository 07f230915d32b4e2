"""Files that are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.services.files.placement import put
from tui.services.local.known_models import KnownModels
from tui.whole_files import writing


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_what_breaks_off_leaves_the_file_as_it_was_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("before")
    with pytest.raises(RuntimeError), writing(tmp_path / "table.csv") as incoming:
        incoming.write_text("half")
        assert incoming.parent == tmp_path and incoming.name.startswith(".")
        raise RuntimeError
    assert (names(tmp_path), (tmp_path / "table.csv").read_text()) == (["table.csv"], "before")


def test_a_file_is_put_into_a_folder_that_is_made_and_never_over_another(tmp_path: Path) -> None:
    wanted = tmp_path / "made" / "output.txt"
    assert put(b"one", wanted) == wanted
    assert put(b"one", wanted) == wanted
    assert put(b"two", wanted) == wanted.with_name("output-1.txt")
    assert {one.name: one.read_bytes() for one in wanted.parent.iterdir()} == {
        "output.txt": b"one",
        "output-1.txt": b"two",
    }


def test_what_cannot_be_put_in_its_place_leaves_nothing_half(tmp_path: Path) -> None:
    """A folder stands where the file would be."""
    (tmp_path / "local.json").mkdir()
    with pytest.raises(OSError, match=r"local\.json"):
        KnownModels(tmp_path / "local.json").add("/models/poet")
    assert names(tmp_path) == ["local.json"]
