"""How fast a batch goes, by what was seen of it."""

from __future__ import annotations

from datetime import UTC, datetime

from tui.services.batches.pace import Pace
from tui.store.batch import Batch


def batch(left: int, done: int, failed: int = 0) -> Batch:
    counts = {"left": left, "done": done, "failed": failed}
    return Batch("b", "a/b", "", datetime(2026, 11, 30, tzinfo=UTC), counts=counts)


def test_a_pace_is_told_once_three_rows_have_ended() -> None:
    pace = Pace()
    assert pace.per_minute is None
    pace.note(batch(100, 0), 0.0)
    pace.note(batch(98, 2), 5.0)
    assert pace.per_minute is None and pace.seconds_left is None
    pace.note(batch(97, 2, 1), 10.0)
    assert pace.per_minute == 18.0
    assert pace.seconds_left == 97 * 60 / 18


def test_only_the_last_two_minutes_count() -> None:
    pace = Pace()
    pace.note(batch(1000, 0), 0.0)
    pace.note(batch(900, 100), 10.0)
    pace.note(batch(890, 110), 130.0)
    assert pace.per_minute == 5.0


def test_rows_that_begin_once_more_begin_another_pace() -> None:
    pace = Pace()
    pace.note(batch(10, 90), 0.0)
    pace.note(batch(0, 90, 10), 10.0)
    assert pace.per_minute == 60.0
    assert pace.seconds_left is None
    pace.note(batch(10, 90), 20.0)
    assert pace.per_minute is None
