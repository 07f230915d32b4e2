"""An output taken apart for the eye: its files, its texts, and the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import opened
from tests.support.fake_api import Api
from tui.api.decoding import decode
from tui.api.types import Prediction
from tui.forms import OutputKind
from tui.services.files.previews import Previews
from tui.store.records import SavedOutput
from tui.widgets.media.contact_sheet import Item
from tui.widgets.result.output_parts import deleted_at, file_items, parts_of
from tui.widgets.result.result_words import Shown

ENDED = datetime(2026, 11, 21, 12, tzinfo=UTC)
WHISPER = {
    "segments": [{"id": 0, "text": " But"}],
    "translation": None,
    "transcription": " But in less than five minutes the staircase groaned beneath an extraordinary weight.",
    "detected_language": "english",
}


def made(output: Any, **fields: Any) -> Prediction:
    return decode(
        Prediction,
        {
            "id": "p1",
            "model": "acme/words",
            "version": "v" * 64,
            "status": "succeeded",
            "source": "api",
            "created_at": ENDED.isoformat(),
            "completed_at": ENDED.isoformat(),
            "input": {},
            "output": output,
            **fields,
        },
    )


def items(*urls: str) -> list[Item]:
    return [Item(url, url.rpartition("/")[2]) for url in urls]


def test_an_objects_long_strings_are_texts_and_its_values_the_rest() -> None:
    parts = parts_of(WHISPER, [])
    assert parts.files == () and [name for name, _ in parts.texts] == ["transcription"]
    assert parts.rest == {key: WHISPER[key] for key in ("segments", "translation", "detected_language")}
    assert parts.markdown.startswith("### transcription\n\nBut in less than")


@pytest.mark.parametrize(
    ("text", "is_text"), [("x" * 59, False), ("x" * 60, True), ("a\nb", True), ("word\n", False), ("", False)]
)
def test_a_short_string_is_a_value_among_others(text: str, is_text: bool) -> None:
    parts = parts_of({"it": text, "n": 1}, [])
    assert [name for name, _ in parts.texts] == (["it"] if is_text else [])
    assert parts.rest == ({"n": 1} if is_text else {"it": text, "n": 1})


def test_what_is_shown_as_a_file_is_not_shown_below_again() -> None:
    output = {"image": "https://x/a.png", "masks": ["https://x/b.png"], "box": [1, 2], "deep": {"c": "https://x/c.png"}}
    parts = parts_of(output, items("https://x/a.png", "https://x/b.png", "https://x/c.png"))
    assert len(parts.files) == 3
    assert parts.rest == {"box": [1, 2], "deep": {"c": "https://x/c.png"}}, "where it lies deeper the rest says"
    assert parts_of(["https://x/a.png"], items("https://x/a.png")).rest is None
    assert parts_of({"image": "https://x/a.png"}, items("https://x/a.png")).rest is None
    assert parts_of([{"a": 1}], []).rest == [{"a": 1}]
    assert parts_of({}, []).rest is None


@pytest.fixture
async def previews(tmp_path: Path) -> AsyncIterator[Previews]:
    async with Api() as api, opened(api.base_url, tmp_path) as seen:
        yield seen.services.previews


async def test_files_are_where_they_are_saved_else_where_they_can_be_fetched(
    previews: Previews, tmp_path: Path
) -> None:
    urls = [f"https://replicate.delivery/x/out-{number}.png" for number in range(4)]
    outputs = (
        SavedOutput(0, urls[0], tmp_path / "output-0.png", 3, "image/png", "saved"),
        SavedOutput(1, urls[1], state="wanted"),
        SavedOutput(2, urls[2], state="failed", error="no"),
    )
    shown = Shown(made(urls), outputs=outputs, previews=previews)
    found = file_items(shown)
    assert [item.url for item in found] == urls
    assert [item.path for item in found] == [tmp_path / "output-0.png", None, None, None]
    assert [item.name for item in found] == ["output-0.png", "out-1.png", "out-2.png", "out-3.png"]
    assert [item.pending for item in found] == ["", "saving…", "", ""], "what is being saved is not fetched twice"
    named = file_items(Shown(made({"mask": urls[0], "all": urls[1:3]}), previews=previews))
    assert [item.caption for item in named] == ["mask", "all", "all"]


async def test_text_that_begins_like_an_address_is_no_file(previews: Previews) -> None:
    shown = Shown(made(["https://x/", "y"]), kind=OutputKind.TEXT_STREAM, previews=previews)
    assert file_items(shown) == []


def test_where_the_schema_is_not_known_a_list_of_addresses_is_files() -> None:
    assert [item.name for item in file_items(Shown(made(["https://cdn.example/a/b.mp4"])))] == ["b.mp4"]


def test_what_replicate_has_deleted_is_shown_from_what_was_saved(tmp_path: Path) -> None:
    outputs = (SavedOutput(0, "https://x/a.png", tmp_path / "output-0.png", 3, "image/png", "saved"),)
    shown = Shown(made(None, data_removed=True), outputs=outputs)
    assert [item.path for item in file_items(shown)] == [tmp_path / "output-0.png"]
    assert deleted_at(shown, file_items(shown)) is None


@pytest.mark.parametrize(
    ("fields", "path", "at"),
    [
        ({}, None, ENDED + timedelta(hours=1)),
        ({}, Path("/saved"), None),
        ({"source": "web"}, None, None),
        ({"data_removed": True}, None, None),
        ({"completed_at": None}, None, None),
    ],
)
def test_what_is_not_saved_is_deleted_an_hour_after_the_end(
    fields: dict[str, Any], path: Path | None, at: datetime | None
) -> None:
    assert deleted_at(Shown(made("https://x/a", **fields)), [Item("https://x/a", "a", path)]) == at


async def test_a_file_that_has_the_name_of_its_field_is_named_once(previews: Previews) -> None:
    urls = {"mask": "https://replicate.delivery/a/mask.png", "depth": "https://replicate.delivery/a/out-0.png"}
    found = file_items(Shown(made(urls), previews=previews))
    assert [(item.name, item.caption) for item in found] == [("mask.png", ""), ("out-0.png", "depth")]
