"""What an answer tells of its bill: real metrics, under all of their names, and nothing where nothing is told."""

from __future__ import annotations

import pytest

from tui.api.billed import NOTHING, Billed, billed, fact, of_json

FLUX = {"image_count": 1, "predict_time": 3.200260047, "total_time": 3.208556}
LLAMA = {
    "total_time": 3.47,
    "input_token_count": 54,
    "tokens_per_second": 41.72998441835564,
    "output_token_count": 166,
    "predict_time": 4.045511,
}
VEO = {"predict_time": 210.0, "video_output_duration_seconds": 8.0}


def test_the_units_of_real_metrics_are_read_by_all_their_names() -> None:
    assert billed(FLUX, {}).units == {"images": 1.0}
    assert billed(LLAMA, {}).units == {"input_tokens": 54.0, "output_tokens": 166.0}
    assert billed(VEO, {}).units == {"video_seconds": 8.0}
    assert billed({"token_input_count": 3, "token_output_count": 4}, {}).units == {
        "input_tokens": 3.0,
        "output_tokens": 4.0,
    }
    assert billed({"image_input_megapixel_count": 2, "image_output_megapixel_count": 1.5}, {}).units == {
        "input_megapixels": 2.0,
        "output_megapixels": 1.5,
    }


@pytest.mark.parametrize(
    ("output", "images"),
    [
        (["https://replicate.delivery/a/out-0.webp", "https://replicate.delivery/a/out-1.png?x=1"], 2.0),
        ("https://replicate.delivery/a/tmp.JPG", 1.0),
        ("data:image/png;base64,AAAA", 1.0),
        ("https://replicate.delivery/a/out.mp4", None),
        ("data:audio/wav;base64,AAAA", None),
        ("a picture.png", None),
        (None, None),
        ([], None),
    ],
)
def test_where_the_api_counts_no_images_those_of_the_output_are_counted(output: object, images: float | None) -> None:
    assert billed({"predict_time": 1.0}, {}, output).units.get("images") == images


def test_a_count_that_is_none_is_not_known() -> None:
    for value in ("many", True, None, -1, float("nan"), float("inf")):
        assert billed({"image_count": value}, {}).units == {}


def test_an_input_tells_its_characters_and_its_megapixels() -> None:
    assert billed({}, {"text": "Guten Tag"}).units["characters"] == 9.0
    assert billed({}, {"prompt": "a cat", "resolution": "0.5 MP"}).units == {
        "input_megapixels": 0.0,
        "output_megapixels": 0.5,
    }
    assert billed({}, {"prompt": "a cat", "output_megapixels": "4"}).units["output_megapixels"] == 4.0
    with_picture = billed({}, {"prompt": "a cat", "input_images": ["https://a.example/cat.png"]})
    assert "input_megapixels" not in with_picture.units


def test_the_metrics_tell_a_fact_before_the_input_does() -> None:
    told = billed(
        {"resolution_target": "1080p", "with_audio": False},
        {"resolution": "720p", "generate_audio": True, "duration": 5, "go_fast": True},
    )
    assert told.facts == {"resolution": "1080p", "audio": "false", "duration": "5", "go_fast": "true"}
    assert billed({}, {"size": "2K"}).facts == {"resolution": "2k"}


def test_a_fact_is_a_short_choice() -> None:
    assert [fact("720P"), fact(True), fact(5.0), fact(2.5)] == ["720p", "true", "5", "2.5"]
    assert [fact("x" * 24), fact("x" * 25), fact(""), fact(None), fact([1])] == ["x" * 24, "", "", "", ""]


def test_what_was_counted_comes_back_from_json_as_it_was() -> None:
    for one in (NOTHING, billed(LLAMA, {"mode": "fast"}), Billed({"images": 2.0}, {"resolution": "1k"})):
        assert of_json(one.to_json()) == one
