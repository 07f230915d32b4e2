"""The rate budget of an account: how soon a creation may leave."""

from __future__ import annotations

import pytest

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
    assert sent(bucket, 0.0) == 1
    bucket.told(5, 0.0, 1)
    # Two stay unused: an answer may be older than the one before it.
    assert sent(bucket, 0.0) == 3
    # What the others have not counted yet is on its way: of 5 that are left, 2 are taken already.
    bucket.told(5, 0.0, 2)
    assert sent(bucket, 0.0) == 1


def test_answers_that_are_read_late_count_what_has_left_since() -> None:
    bucket = Bucket(1.0, 0.0)
    assert sent(bucket, 0.0) == 1
    bucket.told(20, 0.0, 1)
    assert sent(bucket, 0.0) == 18
    for number in (*range(11, 20), *range(2, 11)):
        bucket.told(21 - number, 0.0, number)
    assert sent(bucket, 0.0) == 0


def test_a_refusal_holds_everything_back_and_its_words_say_the_rate() -> None:
    bucket = Bucket(600.0, 0.0)
    bucket.refused(5.0, (6.0, 1.0), 0.0)
    assert bucket.take(4.0) == 1.0
    assert sent(bucket, 5.0) == 1
    assert bucket.take(5.0) == 10.0
    assert sent(bucket, 15.0) == 1


def used(per_minute: float, burst: float, seconds: float, latency: float) -> tuple[int, list[float]]:
    """How many an API creates in so long for one that follows the bucket, and when it refuses one."""
    bucket, left, at = Bucket(1.0, 0.0), burst, 0.0
    created, refused = 0, list[float]()
    answers: list[tuple[float, int, int | None]] = []
    now = 0.0
    while now < seconds:
        now = round(now + 0.01, 2)
        left, at = min(burst, left + (now - at) * per_minute / 60), now
        while answers and answers[0][0] <= now:
            _, number, count = answers.pop(0)
            if count is None:
                bucket.refused(1.0, None, now)
            else:
                bucket.told(count, now, number)
        while bucket.take(now) == 0:
            if left >= 1:
                left -= 1
                created += 1
                answers.append((now + latency, bucket.admitted, int(left)))
            else:
                refused.append(now)
                answers.append((now + latency, bucket.admitted, None))
    return created, refused


@pytest.mark.parametrize("latency", [0.02, 0.2, 0.5])
@pytest.mark.parametrize("per_minute", [60.0, 300.0, 600.0, 1200.0])
def test_the_limit_is_found_without_being_told_and_is_used_to_nine_tenths(per_minute: float, latency: float) -> None:
    created, refused = used(per_minute, per_minute, 60.0, latency)
    assert len(refused) <= 1
    assert created >= 0.9 * (min(per_minute, 600) + per_minute) or created >= 0.9 * 2 * 600


def test_a_refusal_that_shows_nothing_is_believed_and_the_next_ones_halve_the_rate_down_to_the_least() -> None:
    bucket = Bucket(600.0, 0.0)
    for turn, expected in enumerate((60.0, 30.0, 15.0, 7.5, 6.0, 6.0)):
        bucket.refused(1.0, None, 10.0 * turn)
        # Another that was on its way with it tells nothing new.
        bucket.refused(1.0, None, 10.0 * turn + 0.5)
        assert bucket.per_minute == expected


def test_a_clock_that_was_put_back_gives_no_tokens() -> None:
    bucket = Bucket(600.0, 1000.0)
    assert sent(bucket, 1000.0) == 600
    assert sent(bucket, 900.0) == 0
    assert bucket.take(901.0) == 0
