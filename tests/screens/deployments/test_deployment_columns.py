"""A deployment as a line of the list: its own name and its model's are cut last."""

from __future__ import annotations

import pytest

from tui.screens.models.model_columns import ref_words


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (30, "black-forest-labs/flux-schnell"),
        (29, "black-forest-la…/flux-schnell"),
        (16, "bl…/flux-schnell"),
        (15, "flux-schnell"),
        (5, "flux-schnell"),
    ],
)
def test_the_owner_is_cut_and_not_the_name(width: int, words: str) -> None:
    assert ref_words("black-forest-labs/flux-schnell", width, "bold").plain == words


def test_a_name_without_an_owner_is_a_name() -> None:
    assert ref_words("words", 20, "").plain == "words"
    assert ref_words("", 20, "").plain == ""
