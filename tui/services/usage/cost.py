"""What a screen says of a cost: money where a price is known, else what it is billed by, else how long such runs took.

Where none of it is known nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from tui.api.billed import Billed, billed, count
from tui.services.usage.billing import is_official, unit_counted
from tui.services.usage.past import NO_PAST
from tui.services.usage.prices import MONTH_HOURS
from tui.wording import duration, money, monthly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tui.api.types import Configuration, Target
    from tui.services.usage.past import Past, PastTimes
    from tui.services.usage.prices import Estimate, Prices
    from tui.store.records import Kind


_HOW_MANY = ("num_outputs", "num_images", "number_of_images")
"""The inputs that ask for so many pictures."""


class Cost(Struct, frozen=True):
    """A cost in words."""

    words: str
    """What must be seen: `≈ $712–3,559 a month`, `billed per token`, `usually 2.3 s billed`."""
    more: str = ""
    """What is said besides where there is room: how it was counted."""
    money: bool = False
    """Whether it is an amount of money."""
    per_second: float = 0.0
    """US dollars a second of what runs still, where it is billed by the second."""


class BatchPart(Struct, frozen=True):
    """Runs of one model that are sent together."""

    target: Target
    count: int
    inputs: Sequence[Mapping[str, object]]
    """Some of their inputs, by which all are counted."""


class Costs:
    """Counts what something may cost before it is sent."""

    def __init__(self, prices: Prices, past: PastTimes) -> None:
        self._prices = prices
        self._past = past

    async def of_run(
        self,
        model: str,
        *,
        kind: Kind = "prediction",
        deployment: str | None = None,
        official: bool | None = None,
        given: Mapping[str, object] | None = None,
    ) -> Cost | None:
        """What one more run of "owner/name" may cost, by those before; None where nothing is known of it.

        `deployment` ("owner/name") is what it runs through; `official` tells whether it runs as an official model,
        None where the runs before must tell. `given` is its input, as far as it is known. Raises StoreError.
        """
        past = await self._past.of(model, kind=kind, deployment=deployment)
        by_units = is_official(past.version) if official is None else official
        return self._by_past(past, model, kind, deployment, by_units, given)

    def of_known(self, model: str, *, official: bool | None, given: Mapping[str, object]) -> Cost | None:
        """As `of_run`, by what was read of the past before: for a form in which something was typed."""
        past = self._past.known(model) or NO_PAST
        by_units = is_official(past.version) if official is None else official
        return self._by_past(past, model, "prediction", None, by_units, given)

    async def dollars(
        self,
        model: str,
        *,
        kind: Kind = "prediction",
        deployment: str | None = None,
        given: Mapping[str, object] | None = None,
    ) -> float | None:
        """US dollars of one more run; None where that is not known. Raises StoreError."""
        found = self.estimate(await self._past.of(model, kind=kind, deployment=deployment), model, deployment, given)
        return found.dollars if found is not None else None

    async def counter(self, target: Target) -> Callable[[Mapping[str, object]], float | None]:
        """What gives the US dollars of one run with an input; None where that is not known. Raises StoreError."""
        deployment = target.ref if target.deployment else None
        past = await self._past.of(target.ref, deployment=deployment)

        def dollars(given: Mapping[str, object]) -> float | None:
            found = self.estimate(past, target.ref, deployment, given)
            return found.dollars if found is not None else None

        return dollars

    async def of_batch(self, parts: Iterable[BatchPart]) -> float | None:
        """US dollars of all parts whose price is known; None where none is known. Raises StoreError."""
        found: float | None = None
        for part in parts:
            dollars = await self.counter(part.target)
            known = [each for one in part.inputs if (each := dollars(one)) is not None]
            if known:
                found = (found or 0.0) + sum(known) / len(known) * part.count
        return found

    def estimate(
        self, past: Past, model: str, deployment: str | None = None, given: Mapping[str, object] | None = None
    ) -> Estimate | None:
        """What one more run with that past and that input may cost; None where it is not known."""
        counted = expected(past.billed, given)
        return self._prices.prediction(
            model=model, status="succeeded", predict_time=past.runs_for, deployment=deployment, billed=counted
        )

    def _by_past(
        self,
        past: Past,
        model: str,
        kind: Kind,
        deployment: str | None,
        official: bool,
        given: Mapping[str, object] | None,
    ) -> Cost | None:
        estimate = self.estimate(past, model, deployment, given)
        what = "a training" if kind == "training" else "a run"
        runs = f"by {past.runs} before" if past.runs else ""
        if estimate is not None:
            return Cost(f"{estimate} {what}", ", ".join(part for part in (estimate.basis, runs) if part), money=True)
        rates, date = ("", "") if deployment else self._prices.rates(model, expected(past.billed, given).facts)
        if rates:
            return Cost(f"≈ {rates}", f"prices of {date}", money=True)
        if past.runs_for is None:
            return None
        if deployment:
            return Cost(f"usually {duration(past.runs_for)}", f"of its instances' time, {runs}")
        if official:
            return Cost(f"billed per {unit_counted(past.metrics)}", f"usually {duration(past.runs_for)}, {runs}")
        return Cost(f"usually {duration(past.runs_for)} billed", runs)


def amount(dollars: float | None, unknown: int) -> str:
    """A sum in words: `≈ $1.20`, `≈ $1.20 and 3 without a price`, `no price known`."""
    if dollars is None:
        return "no price known" if unknown else ""
    more = f" and {unknown:,} without a price" if unknown else ""
    return f"≈ {money(dollars)}{more}"


_UNIT_NAMES = {
    "images": ("image", "images"),
    "video_seconds": ("s of video", "s of video"),
    "input_tokens": ("token in", "tokens in"),
    "output_tokens": ("token out", "tokens out"),
    "characters": ("character", "characters"),
    "input_megapixels": ("MP in", "MP in"),
    "output_megapixels": ("MP out", "MP out"),
}
"""What people call one of a unit, and several."""


def unit_amounts(units: Mapping[str, float]) -> str:
    """What was counted, in words: `1 image`, `12 images`, `1,204 tokens in, 60 tokens out`."""
    named = [(units[name], names) for name, names in _UNIT_NAMES.items() if units.get(name)]
    return ", ".join(f"{_number(count)} {one if count == 1 else several}" for count, (one, several) in named)


def _number(counted: float) -> str:
    return f"{counted:,.0f}" if counted == int(counted) else f"{counted:,.1f}"


def expected(past: Billed, given: Mapping[str, object] | None) -> Billed:
    """What the next run may be billed by: what its input tells, and for the rest what the run before told."""
    if given is None:
        return past
    told = billed({}, given)
    units = {**past.units, **told.units}
    if "duration" in told.facts:
        units.pop("video_seconds", None)
    asked = next((found for name in _HOW_MANY if (found := count(given.get(name)))), None)
    if asked is not None:
        units["images"] = asked
    return Billed(units, told.facts)


def standing_cost(prices: Prices, configuration: Configuration, before: Configuration | None = None) -> Cost | None:
    """What a deployment's instances may cost a month, from idle to all of them; `before` is what it is now."""
    running = prices.running(configuration)
    if running is None:
        return None
    idle, most = running.idle.dollars, running.most.dollars
    if most == 0:
        return Cost("$0: it is off", money=True)
    words = f"{_range(idle * MONTH_HOURS, most * MONTH_HOURS)} a month"
    now = prices.running(before) if before is not None else None
    if now is not None and now != running:
        was = _range(now.idle.dollars * MONTH_HOURS, now.most.dollars * MONTH_HOURS)
        return Cost(words, f"now {was}", money=True)
    hourly = f"≈ {money(idle)}" if idle == most else f"≈ {money(idle)} idle, {money(most)} at most"
    return Cost(words, f"{hourly} an hour", money=True)


def monthly_range(prices: Prices, configuration: Configuration) -> str:
    """`≈ $712–3,559` for a list, from idle to all instances; empty where it is not known."""
    running = prices.running(configuration)
    return "" if running is None else _range(running.idle.dollars * MONTH_HOURS, running.most.dollars * MONTH_HOURS)


def _range(least: float, most: float) -> str:
    if most == 0:
        return "$0"
    if monthly(least) == monthly(most):
        return f"≈ {monthly(most)}"
    return f"≈ {monthly(least)}–{monthly(most).removeprefix('$')}"
