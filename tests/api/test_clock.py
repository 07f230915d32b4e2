"""The server's time, by its Date headers alone."""

from __future__ import annotations

from datetime import UTC, datetime

from tui.api.clock import ServerClock, steady


def utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_an_answer_leaves_a_second_of_doubt_and_a_later_one_less() -> None:
    clock, mark = ServerClock(), steady()
    assert not clock.known and clock.earliest(mark) is None and clock.latest(mark) is None
    clock.learn(1000.0, mark, mark + 0.5)
    assert clock.known
    assert (clock.earliest(mark + 10), clock.latest(mark + 10)) == (utc(1009.5), utc(1011.0))
    # The second has just begun here: the two together leave a quarter of a second.
    clock.learn(1002.0, mark + 1.75, mark + 1.75)
    assert clock.earliest(mark + 10) == utc(1010.25)
    assert clock.latest(mark + 10) == utc(1011.0)


def test_a_server_whose_clock_was_set_is_believed_anew() -> None:
    clock, mark = ServerClock(), steady()
    clock.learn(1000.0, mark, mark)
    clock.learn(5000.0, mark + 1, mark + 1)
    assert clock.earliest(mark + 1) == utc(5000.0)
    clock.learn(10.0, mark + 2, mark + 2)
    assert clock.latest(mark + 2) == utc(11.0)


def test_what_was_learned_long_ago_is_learned_again() -> None:
    clock = ServerClock()
    clock.learn(1000.0, steady() - 601, steady() - 601)
    assert not clock.known
