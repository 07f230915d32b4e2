"""The rate budget of an account: how soon a creation may leave."""

from __future__ import annotations

from tui.store.rate_budgets import Bucket


def sent(bucket: Bucket, now: float) -> int:
    """How many may leave at once."""
    count = 0
    while bucket.take(now) == 0:
        count += 1
    return count


def test_six_hundred_may_leave_at_once_and_ten_a_second_after() -> None:
    bucket = Bucket(600.0, 0.0)
    assert sent(bucket, 0.0) == 600
    assert bucket.take(0.0) == 0.1
    assert sent(bucket, 1.0) == 10
    assert sent(bucket, 3600.0) == 600


def test_what_the_api_counts_is_never_exceeded() -> None:
    bucket = Bucket(1.0, 0.0)
    bucket.told(5, 0.0)
    assert sent(bucket, 0.0) == 5
    # It does not give more than what came back.
    bucket.told(300, 0.0)
    assert sent(bucket, 0.0) == 0


def test_a_refusal_holds_everything_back_and_its_words_say_the_rate() -> None:
    bucket = Bucket(600.0, 0.0)
    bucket.refused(5.0, (6.0, 1.0), 0.0)
    assert bucket.take(4.0) == 1.0
    assert sent(bucket, 5.0) == 1
    assert bucket.take(5.0) == 10.0
    assert sent(bucket, 15.0) == 1


def test_after_a_refusal_without_words_the_rate_is_what_the_counts_have_shown() -> None:
    bucket = Bucket(600.0, 0.0)
    assert bucket.take(0.0) == 0
    bucket.told(59, 0.0)
    # 59 leave, and in ten seconds ten more, at one a second; the next one is refused.
    assert sent(bucket, 0.0) == 59
    for second in range(1, 11):
        assert bucket.take(float(second)) == 0
    assert bucket.take(10.0) == 0
    bucket.refused(1.0, None, 10.0)
    assert 54 <= bucket.per_minute <= 66


def test_a_refusal_that_shows_nothing_halves_the_rate_down_to_the_least() -> None:
    bucket = Bucket(600.0, 0.0)
    for expected in (300.0, 150.0, 75.0, 37.5, 18.75, 9.375, 6.0, 6.0):
        bucket.refused(1.0, None, 0.0)
        assert bucket.per_minute == expected


def test_a_clock_that_was_put_back_gives_no_tokens() -> None:
    bucket = Bucket(600.0, 1000.0)
    assert sent(bucket, 1000.0) == 600
    assert sent(bucket, 900.0) == 0
    assert bucket.take(901.0) == 0
