"""Which live ones are looked at next, with what an earlier console left among them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.fake_api import START
from tui.services.watching.live_set import LiveSet


def row(id: str, age: float) -> Any:
    return SimpleNamespace(id=id, kind="prediction", created_at=START - timedelta(seconds=age))


def live_set(left: tuple[str, ...], confirmed: dict[str, float]) -> LiveSet:
    """`left` by an earlier console, and those that the API `confirmed` at a time."""
    found = LiveSet()
    found.expect(cast(Any, [row(id, age) for age, id in enumerate(left)]))
    for age, (id, asked) in enumerate(confirmed.items(), len(left)):
        found.confirm(row(id, age), asked)
    return found


@pytest.mark.parametrize(
    ("left", "confirmed", "slack", "ids"),
    [
        (("a", "b"), {}, 0.0, ("a", "b")),
        (("a", "b"), {}, 5.0, ("a", "b")),
        (("a", "b"), {}, None, ("a", "b")),
        (("a",), {"b": 10.0}, 5.0, ("a",)),
        (("a",), {"b": 10.0}, None, ("a", "b")),
        ((), {"a": 10.0, "b": 14.9, "c": 15.0, "d": 15.1}, 5.0, ("a", "b", "c")),
        ((), {"a": 10.0, "b": 99.0}, None, ("a", "b")),
    ],
)
def test_a_block_holds_what_was_confirmed_the_longest_ago(
    left: tuple[str, ...], confirmed: dict[str, float], slack: float | None, ids: tuple[str, ...]
) -> None:
    block = live_set(left, confirmed).block("prediction", slack=slack)
    assert block is not None and block.ids == ids
    assert (block.start, block.end) == (START - timedelta(seconds=0), START - timedelta(seconds=len(ids) - 1))


def test_without_live_ones_of_a_kind_there_is_no_block() -> None:
    assert live_set(("a",), {}).block("training", slack=None) is None
    assert live_set(("a",), {}).block("prediction", among={"b"}) is None
