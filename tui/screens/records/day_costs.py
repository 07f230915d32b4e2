"""What the records of a day may have cost, for the line above them: each priced as in its own row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.services.usage.cost import amount
from tui.services.usage.usage import lacks_price
from tui.store.totals import start_of_day

if TYPE_CHECKING:
    from tui.services.services import Services
    from tui.store.filter_query import Query
    from tui.store.record_days import Day
    from tui.store.records import RecordRow
    from tui.store.totals import Totals

_MOST = 2000
"""Records of a day that are priced: of a day with more nothing is said here, the section Usage tells it."""
_KEPT = 500
"""Days whose costs are kept in mind."""


class DayCosts:
    """The costs of days, each counted again only once what ran on it has changed."""

    def __init__(self) -> None:
        self._known: dict[tuple[Query, datetime, Totals], tuple[int, str]] = {}
        """After how many changes it was counted, and the cost in words."""
        self._changes: Counter[datetime] = Counter()

    def changed(self, row: RecordRow) -> None:
        """A record ended, or is known better: the sums of its day may be the same, and its cost is not."""
        self._changes[start_of_day(row.created_at)] += 1

    def words(self, query: Query, day: Day) -> str:
        """What ran on a day, and what it may have cost as far as that was counted."""
        _, cost = self._known.get(_key(query, day), (0, ""))
        return f"{day.totals} · {cost}" if cost else str(day.totals)

    async def learn(self, services: Services, query: Query, days: Iterable[Day]) -> bool:
        """Count the days that are not known as they are now; whether one of them says another cost.

        Raises StoreError.
        """
        learned = False
        for day in days:
            key, changes = _key(query, day), self._changes[day.begins]
            before, words = self._known.get(key, (-1, ""))
            # Of a day out of sight the sums are not known either.
            if before == changes or not day.totals.seconds or day.totals.runs > _MOST:
                continue
            self._known[key] = changes, await _cost(services, query, day)
            learned = learned or self._known[key][1] != words
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
        return learned


def _key(query: Query, day: Day) -> tuple[Query, datetime, Totals]:
    # `since:2h` is another moment each time: what of the day it finds is told by the sums.
    return replace(query, since=None, before=None), day.begins, day.totals


async def _cost(services: Services, query: Query, day: Day) -> str:
    after = start_of_day(day.begins + timedelta(hours=36))
    since = max(day.begins, query.since) if query.since is not None else day.begins
    before = min(after, query.before) if query.before is not None else after
    rows = await services.store.rows(services.account, replace(query, since=since, before=before), _MOST)
    found = [(row.status, services.prices.of(row)) for row in rows]
    known = [one.dollars for _, one in found if one is not None]
    return amount(sum(known), sum(one is None and lacks_price(status) for status, one in found)) if known else ""
