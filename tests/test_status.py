"""The status line's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tui.status import Standing

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def words(standing: Standing, now: datetime = NOW) -> str:
    return " | ".join(text for text, _ in standing.parts(now))


def test_a_wait_counts_down_and_is_gone_when_it_is_over() -> None:
    standing = Standing()
    standing.wait(5, "The rate limit is used up", NOW)
    assert words(standing) == "The rate limit is used up. Next try in 5 s"
    assert words(standing, NOW + timedelta(seconds=4)) == "The rate limit is used up. Next try in 1 s"
    assert words(standing, NOW + timedelta(seconds=6)) == ""


def test_runs_that_wait_for_a_decision_are_counted_with_the_keys_that_lead_to_them() -> None:
    assert words(Standing(undecided=0)) == ""
    assert words(Standing(live=2, undecided=1)) == "▶ 2 live | ? 1 lost run waits for you · 2 x"
    assert words(Standing(undecided=2, undecided_in="3")) == "? 2 lost runs wait for you · 3 x"


def test_a_silent_api_is_told_with_the_age_of_what_is_shown_until_it_answers_again() -> None:
    standing = Standing(live=3, remaining=2999, today="14 runs · 212 s")
    standing.stale(NOW - timedelta(seconds=40), "api.replicate.com was not reached")
    assert words(standing) == (
        "▶ 3 live | ! stale, last answer 40 s ago | api.replicate.com was not reached. | today: 14 runs · 212 s"
    )
    standing.stale(None, None)
    assert words(standing) == "▶ 3 live | today: 14 runs · 212 s"


def test_what_the_rate_limit_leaves_is_told_only_when_it_is_short() -> None:
    assert words(Standing(remaining=None)) == ""
    assert words(Standing(remaining=2999)) == ""
    assert words(Standing(remaining=100)) == ""
    assert words(Standing(remaining=99)) == "! 99 requests left"
    assert words(Standing(remaining=0, today="1 run · 3 s")) == "! 0 requests left | today: 1 run · 3 s"


@pytest.mark.parametrize(("many", "words"), [(1, "! 1 output not saved"), (2, "! 2 outputs not saved")])
def test_an_output_that_is_not_saved_is_counted_until_it_is(many: int, words: str) -> None:
    standing = Standing()
    assert standing.parts(NOW) == []
    standing.unsaved.update(("p", index) for index in range(many))
    assert [text for text, _ in standing.parts(NOW)] == [words]
