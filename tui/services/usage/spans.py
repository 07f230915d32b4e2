"""A while in stretches of whole days of this machine's zone, cut where the clocks are turned or a release began."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tui.store.timestamps import micros
from tui.store.totals import start_of_day
from tui.store.usage import DAY, Span


def spans(since: datetime, until: datetime, cuts: Iterable[datetime] = ()) -> list[Span]:
    """The stretches from `since` up to `until`, which is not in them; none goes over one of the `cuts`."""
    first, end = micros(since), micros(until)
    found: list[Span] = []
    midnight = start_of_day(since)
    while micros(midnight) < end:
        # Not 24 hours later: the clocks may be turned in between.
        after = start_of_day(midnight + timedelta(hours=36))
        begins, ends = micros(midnight), micros(after)
        last = found[-1] if found else None
        if last is not None and ends - begins == DAY and (last.until - last.midnight) % DAY == 0:
            found[-1] = Span(last.midnight, last.since, min(ends, end))
        else:
            found.append(Span(begins, max(begins, first), min(ends, end)))
        midnight = after
    for cut in sorted({micros(one) for one in cuts}):
        found = [part for span in found for part in _cut(span, cut)]
    return found


def _cut(span: Span, at: int) -> list[Span]:
    if not span.since < at < span.until:
        return [span]
    days = (at - span.midnight) // DAY
    return [Span(span.midnight, span.since, at), Span(span.midnight + days * DAY, at, span.until)]
