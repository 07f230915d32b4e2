"""What was used and what it may have cost, by day, model, hardware and the like: out of the archive.

Sums of what has the same price are made in the store; each is priced once, by the function that prices a single run.
What has no price is counted as unknown, and never as nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct, field

from tui.api.billed import UNITS, Billed
from tui.services.bus import RecordsListed
from tui.services.usage.spans import spans
from tui.wording import money

if TYPE_CHECKING:
    from tui.services.deployments.deployments import Deployments
    from tui.services.session import Session
    from tui.services.usage.prices import Prices
    from tui.store.usage import Used

Grouping: TypeAlias = Literal["day", "model", "hardware", "deployment", "status", "source", "batch"]
GROUPINGS: tuple[Grouping, ...] = ("day", "model", "hardware", "deployment", "status", "source", "batch")
LOST = ("failed", "canceled")
"""The statuses of what was paid for and gave nothing."""
FREE = ("aborted",)
"""The statuses of what is not billed (docs/replicate.md, Predictions)."""


def lacks_price(status: str) -> bool:
    """Whether one of this status, whose price is not known, counts as one without a price: what is billed does."""
    return status not in FREE


class Sum(Struct):
    """What a group of runs comes to."""

    count: int = 0
    seconds: float = 0.0
    units: dict[str, float] = field(default_factory=dict[str, float])
    """By the names of UNITS, where there are any."""
    cost: float | None = None
    """US dollars of those whose price is known; None where none is."""
    cost_unknown: int = 0
    """How many have no price."""

    def add(self, used: Used, cost: float | None) -> None:
        """Count it in."""
        self.count += used.count
        self.seconds += used.seconds
        for name, number in used.units.items():
            if number:
                self.units[name] = self.units.get(name, 0.0) + number
        if cost is not None:
            self.cost = (self.cost or 0.0) + cost
        elif lacks_price(used.category.status):
            self.cost_unknown += used.count


class Line(Struct):
    """One group."""

    key: str
    """Empty for what belongs to none."""
    sum: Sum = field(default_factory=Sum)
    lost: Sum = field(default_factory=Sum)
    """What of it failed or was canceled."""


class Priced(Struct, frozen=True):
    """A sum of the store with its hardware and its cost."""

    used: Used
    hardware: str
    cost: float | None

    def key(self, grouping: Grouping) -> str:
        """What group it belongs to."""
        category = self.used.category
        match grouping:
            case "day":
                return self.used.day.astimezone().date().isoformat()
            case "hardware":
                return self.hardware
            case "batch":
                return self.used.batch
            case "model":
                return category.model
            case "deployment":
                return category.deployment
            case "status":
                return category.status
            case "source":
                return category.source


class Usage(Struct, frozen=True):
    """What was used in a while."""

    since: datetime
    until: datetime
    parts: Sequence[Priced]

    def by(self, grouping: Grouping) -> list[Line]:
        """Its groups: days in their order, all else from the dearest down."""
        lines: dict[str, Line] = {}
        for part in self.parts:
            key = part.key(grouping)
            line = lines.get(key)
            if line is None:
                line = lines[key] = Line(key)
            line.sum.add(part.used, part.cost)
            if part.used.category.status in LOST:
                line.lost.add(part.used, part.cost)
        if grouping == "day":
            return [lines[key] for key in sorted(lines)]
        return sorted(lines.values(), key=lambda line: (-(line.sum.cost or 0.0), -line.sum.seconds, line.key))

    def total(self) -> Line:
        """All of it."""
        return total_of(self.parts)


def total_of(parts: Iterable[Priced]) -> Line:
    """The sum of parts."""
    line = Line("total")
    for part in parts:
        line.sum.add(part.used, part.cost)
        if part.used.category.status in LOST:
            line.lost.add(part.used, part.cost)
    return line


class Usages:
    """Reads the archive. Methods raise StoreError; `sync` the ApiErrors of the client besides."""

    def __init__(self, session: Session, prices: Prices, deployments: Deployments) -> None:
        self._session = session
        self._prices = prices
        self._deployments = deployments

    async def read(
        self, since: datetime | None = None, until: datetime | None = None, *, by_batch: bool = False
    ) -> Usage:
        """What was used from `since` on, up to `until`; all of it without them. With `by_batch` batches are told."""
        account, store = self._session.account, self._session.store
        end = until or self._session.clock.now() + timedelta(seconds=1)
        begin = since or await store.usage.first(account) or end
        cuts = spans(begin, end, self._deployments.release_times())
        sums = await store.usage.sums(account, cuts, by_batch=by_batch)
        return Usage(begin, end, [self._priced(used) for used in sums])

    def _priced(self, used: Used) -> Priced:
        category = used.category
        deployment = category.deployment or None
        found = self._prices.prediction(
            model=category.model,
            status=category.status,
            predict_time=used.seconds if category.timed else None,
            deployment=deployment,
            created_at=used.at,
            billed=Billed(used.units, category.facts),
            count=used.count,
        )
        hardware = self._prices.hardware_of(category.model, deployment, used.at) or ""
        return Priced(used, hardware, found.dollars if found is not None else None)

    def standing(self, usage: Usage) -> list[str]:
        """What each deployment's fewest instances cost while nothing ran on them, by the releases seen here.

        What ran is paid for as such, and is taken off.
        """
        since, end = usage.since, min(usage.until, self._session.clock.now())
        served = {line.key: line.sum.cost or 0.0 for line in usage.by("deployment")}
        found: list[tuple[float, str]] = []
        for ref, releases in self._deployments.seen().items():
            total, after = 0.0, end
            for release in releases:
                begins = max(release.created_at or since, since)
                rate = self._prices.per_second(release.configuration.hardware)
                least = release.configuration.min_instances or 0
                if rate is not None and after > begins:
                    total += least * rate.dollars * (after - begins).total_seconds()
                after = min(after, begins)
            total -= served.get(ref, 0.0)
            if total > 0:
                found.append((total, f"≈ {money(total)}  {ref}"))
        return [words for _, words in sorted(found, reverse=True)]

    async def uncounted(self) -> int:
        """How many records of an earlier version are still to be counted."""
        return await self._session.store.usage.uncounted()

    async def sync(self) -> tuple[int, int]:
        """Read all that the API still lists into the archive; how many it lists, and how many of them are new."""
        session = self._session
        listed = new = 0
        async for page in session.client.predictions().pages():
            folded = await session.store.fold_page(session.account, page.results, session.clock.now(), "prediction")
            listed, new = listed + len(folded.rows), new + len(folded.rows) - len(folded.known)
            session.bus.publish(RecordsListed(folded.changed))
        async for page in session.client.trainings().pages():
            folded = await session.store.fold_page(session.account, page.results, session.clock.now(), "training")
            listed, new = listed + len(folded.rows), new + len(folded.rows) - len(folded.known)
            session.bus.publish(RecordsListed(folded.changed))
        return listed, new


def as_object(line: Line) -> dict[str, object]:
    """A group for a script. The cost is an estimate, and says so."""
    told: dict[str, object] = {"key": line.key or None, "count": line.sum.count, "predict_time": line.sum.seconds}
    told.update({name: line.sum.units[name] for name in UNITS if name in line.sum.units})
    told.update({"cost": line.sum.cost, "cost_unknown": line.sum.cost_unknown, "estimate": True})
    if line.lost.count:
        told["lost"] = {
            "count": line.lost.count,
            "predict_time": line.lost.seconds,
            "cost": line.lost.cost,
            "cost_unknown": line.lost.cost_unknown,
        }
    return told
