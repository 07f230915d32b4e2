"""By what a prediction is billed: its seconds, or what it read and gave."""

from __future__ import annotations

import pytest

from tui.services.usage.billing import billed_words, is_official, unit_of

VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"


@pytest.mark.parametrize(
    ("version", "metrics", "words"),
    [
        (VERSION, {"predict_time": 6.1}, "6.1 s billed"),
        (VERSION, {"output_token_count": 12}, "6.1 s billed"),
        ("hidden", {"input_token_count": 7, "output_token_count": 0}, "billed per token"),
        ("hidden", {"output_tokens": 12.0, "estimated_output": 1}, "billed per token"),
        ("hidden", {"image_count": 4, "predict_time": 6.1}, "billed per image"),
        ("hidden", {"predict_time": 6.1}, "billed per output"),
        ("hidden", {"image_count": "many"}, "billed per output"),
        ("dp-0123456789abcdef0123456789abcdef", {}, "billed per output"),
        ("d-0123", {"image_count": 1}, "billed per image"),
        ("", {"output_token_count": 12}, "ran 6.1 s"),
    ],
)
def test_seconds_are_billed_only_where_a_model_ran_by_a_version(
    version: str, metrics: dict[str, object], words: str
) -> None:
    assert billed_words(unit_of(version, metrics), 6.1) == words


def test_nothing_is_said_of_seconds_that_nobody_knows() -> None:
    assert billed_words("second", None) == ""
    assert billed_words("token", None) == "billed per token"


def test_a_version_tells_an_official_model() -> None:
    assert [is_official(version) for version in ("hidden", "d-1", "dp-1", VERSION, "", "hiddenly")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
