"""Which keys there are, and which one was perhaps meant."""

from __future__ import annotations

import pytest

from tui import commands
from tui.key_names import nearest_key


@pytest.mark.parametrize(
    "key", ["x", "X", "?", "ctrl+x", "ctrl+shift+up", "f5", "enter", "question_mark", "alt+.", "j,down", "é", "space"]
)
def test_a_key_that_exists_is_one(key: str) -> None:
    assert nearest_key(key) is None


def test_every_key_of_ours_exists() -> None:
    assert [command.keys for command in commands.REGISTRY.values() if nearest_key(command.keys) is not None] == []


@pytest.mark.parametrize(
    ("key", "near"),
    [("ctl+x", "ctrl+x"), ("ctrl+entr", "ctrl+enter"), ("pgup", "pageup"), ("x,f55", "f5"), ("qqqqq", ""), ("", "")],
)
def test_a_key_that_there_is_not_has_a_nearest_or_none(key: str, near: str) -> None:
    assert nearest_key(key) == near
