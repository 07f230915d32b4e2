"""The places that were used are remembered, whatever becomes of the file."""

from __future__ import annotations

from pathlib import Path

from tui.services.local.known_models import MOST, KnownModels


def test_the_place_that_was_used_last_comes_first_and_each_once(tmp_path: Path) -> None:
    known = KnownModels(tmp_path / "data" / "local-models.json")
    assert known.read() == []
    for place in ("/a", "/b", "/a"):
        known.add(place)
    assert known.read() == ["/a", "/b"]
    known.remove("/a")
    known.remove("/never there")
    assert KnownModels(tmp_path / "data" / "local-models.json").read() == ["/b"]


def test_a_file_that_is_no_list_is_no_list_of_places(tmp_path: Path) -> None:
    file = tmp_path / "local-models.json"
    for text in ("", "{}", '{"a": 1}', "no json", '[1, null, "", "/b", "/b"]'):
        file.write_text(text)
        assert KnownModels(file).read() == (["/b"] if "/b" in text else [])


def test_no_more_places_are_kept_than_the_most(tmp_path: Path) -> None:
    known = KnownModels(tmp_path / "local-models.json")
    for number in range(MOST + 1):
        known.add(f"/{number}")
    places = known.read()
    assert (len(places), places[0], places[-1]) == (200, "/200", "/1")
