"""What things may cost: an estimate with its date, or none where the price is not known.

Prices are not in the API. The config file's `[prices]` table goes first, then the book of the package
(price_book.toml). A public model's hardware is not in the API either: there is an estimate for deployments, for models
whose hardware or unit price the user has set, and for models that are in the book, and for nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tui.api.billed import NOTHING, Billed, billed
from tui.api.types import Configuration, Prediction
from tui.services.usage.price_book import dated, is_old, price_book
from tui.settings.prices import Bounds, ModelPrice, PriceTable
from tui.wording import money, price

if TYPE_CHECKING:
    from tui.store.records import RecordRow

CONFIG = "your config file"
HOUR = 3600.0
MONTH_HOURS = 730.0
"""Hours of a month, on average."""

HardwareOf = Callable[[str, datetime | None], str | None]
"""The hardware that a deployment ("owner/name") ran on at a moment."""

_COUNTED_BY: Mapping[str, tuple[str, float]] = {
    "per_image": ("images", 1.0),
    "per_video_second": ("video_seconds", 1.0),
    "per_million_input_tokens": ("input_tokens", 1e6),
    "per_million_output_tokens": ("output_tokens", 1e6),
    "per_thousand_characters": ("characters", 1e3),
    "per_input_megapixel": ("input_megapixels", 1.0),
    "per_output_megapixel": ("output_megapixels", 1.0),
}
"""What of `Billed` each unit of a price counts, and how many of it the price is for."""


class Estimate(Struct, frozen=True):
    """What something may cost. Show it as an estimate, with where it comes from."""

    dollars: float
    basis: str
    """`gpu-t4 at $0.000225 a second`."""
    date: str
    """When the price was looked up; never empty."""
    old: bool = False
    """Whether that is over a year ago."""

    def __str__(self) -> str:
        return f"≈ {money(self.dollars)}"

    @property
    def source(self) -> str:
        """`estimate: gpu-t4 at $0.000225 a second, prices of 2026-05-04`."""
        return f"estimate: {self.basis}, prices of {dated(self.date, self.old)}"


class Running(Struct, frozen=True):
    """What a deployment's instances may cost per hour."""

    idle: Estimate
    """While nobody uses it: its fewest instances."""
    most: Estimate
    """When all of its instances are up."""


class Prices:
    """The prices of the config file over those of the book."""

    def __init__(
        self,
        table: PriceTable | None = None,
        hardware_of: HardwareOf | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._table = table or PriceTable()
        self._hardware_of = hardware_of
        self._today = today

    def per_second(self, sku: str) -> Estimate | None:
        """What one instance of a hardware costs per second."""
        own = self._table.hardware.get(sku)
        if own is not None:
            return self._estimate(own, f"{sku} at {price(own)} a second", self._table.date or CONFIG)
        found = price_book().hardware.get(sku)
        if found is None:
            return None
        return self._estimate(found.dollars, f"{sku} at {price(found.dollars)} a second", found.date)

    def per_hour(self, sku: str, instances: int = 1) -> Estimate | None:
        """What so many instances of a hardware cost per hour."""
        return self._of_seconds(sku, HOUR * instances)

    def running(self, configuration: Configuration) -> Running | None:
        """What a deployment costs per hour, idle and at most; None where price or instances are not known."""
        least, most = configuration.min_instances, configuration.max_instances
        if least is None or most is None:
            return None
        idle, busy = self.per_hour(configuration.hardware, least), self.per_hour(configuration.hardware, most)
        return Running(idle, busy) if idle is not None and busy is not None else None

    def of_model(self, model: str) -> ModelPrice | None:
        """What is known of a model's price, with its date; None where nothing is."""
        own = self._table.models.get(model)
        if own is not None:
            return dataclasses.replace(own, date=own.date or self._table.date or CONFIG)
        return price_book().models.get(model)

    def knows(self, model: str, deployment: str | None = None) -> bool:
        """Whether there is a price for a model, or for the deployment that it runs through."""
        sku = self.hardware_of(model, deployment)
        if sku is not None:
            return self.per_second(sku) is not None
        return not deployment and self.of_model(model) is not None

    def hardware_of(self, model: str, deployment: str | None, at: datetime | None = None) -> str | None:
        """The hardware that something ran on, as far as that is known."""
        if deployment:
            return self._hardware_of(deployment, at) if self._hardware_of else None
        known = self.of_model(model)
        return known.hardware if known is not None else None

    def of(self, record: Prediction | RecordRow) -> Estimate | None:
        """What a prediction or a training may have cost so far as it ended; None where that is not known."""
        whole = isinstance(record, Prediction)
        return self.prediction(
            model=record.model,
            status=record.status,
            predict_time=record.predict_time,
            deployment=record.deployment,
            created_at=record.created_at,
            billed=billed(record.metrics, record.input, record.output) if whole else record.billed,
        )

    def prediction(
        self,
        *,
        model: str,
        status: str,
        predict_time: float | None,
        deployment: str | None = None,
        created_at: datetime | None = None,
        billed: Billed = NOTHING,
        count: int = 1,
    ) -> Estimate | None:
        """The same by what it depends on.

        One through a deployment is counted by the time that it ran; its instances' idle time and setup are billed
        besides. `predict_time` is in seconds. `count`: it is the sum of so many with the same facts.
        """
        sku = self.hardware_of(model, deployment, created_at)
        if sku is not None:
            return None if predict_time is None else self._of_seconds(sku, predict_time)
        known = None if deployment else self.of_model(model)
        if known is None or known.hardware is not None:
            return None
        if status == "aborted":
            return self._estimate(0.0, "its deadline passed before it started", known.date)
        if status != "succeeded" or (found := _by_units(known, predict_time, billed, count)) is None:
            return None
        return self._estimate(*found, known.date)

    def rates(self, model: str, facts: Mapping[str, str]) -> tuple[str, str]:
        """A model's prices in words, `$0.039 per image`, and their date; empty where they are not known."""
        known = self.of_model(model)
        units = _units_for(known, facts) if known is not None else None
        if not units or known is None:
            return "", ""
        return unit_words(units), dated(known.date, is_old(known.date, self._today()))

    def _of_seconds(self, sku: str, seconds: float) -> Estimate | None:
        rate = self.per_second(sku)
        return None if rate is None else replace(rate, dollars=rate.dollars * seconds)

    def _estimate(self, dollars: float, basis: str, when: str) -> Estimate:
        return Estimate(dollars, basis, when, is_old(when, self._today()))


def _by_units(known: ModelPrice, predict_time: float | None, billed: Billed, count: int) -> tuple[float, str] | None:
    """What the units come to, and how; None where one of them was not counted."""
    units = _units_for(known, billed.facts)
    if units is None:
        return None
    total = 0.0
    for unit, dollars in units.items():
        counted = _counted(unit, known, predict_time, billed, count)
        if counted is None:
            return None
        total += counted * dollars
    return total, unit_words(units)


def unit_words(units: Mapping[str, float]) -> str:
    """`$0.039 per image`, `$1.25 in, $10 out per million tokens`."""
    if set(units) == {"per_million_input_tokens", "per_million_output_tokens"}:
        read, made = units["per_million_input_tokens"], units["per_million_output_tokens"]
        return f"${read:g} in, ${made:g} out per million tokens"
    return " + ".join(f"${dollars:g} {unit.replace('_', ' ')}" for unit, dollars in units.items())


def _units_for(known: ModelPrice, facts: Mapping[str, str]) -> Mapping[str, float] | None:
    """What is paid with these facts; None where a tier would be needed that none of them tells."""
    if not known.tiers:
        return known.units
    told = {**known.defaults, **facts}
    for tier in known.tiers:
        if any(name not in told for name in tier.when):
            return None
        if all(_fits(told[name], wanted) for name, wanted in tier.when.items()):
            return {**known.units, **tier.units}
    return None


def _fits(told: str, wanted: str | Bounds) -> bool:
    if isinstance(wanted, str):
        return told == wanted
    number = _number(told)
    return number is not None and wanted.least <= number <= wanted.most


def _counted(unit: str, known: ModelPrice, predict_time: float | None, billed: Billed, count: int) -> float | None:
    if unit == "per_run":
        return float(count)
    if unit == "per_second":
        return predict_time
    name, each = _COUNTED_BY[unit]
    found = billed.units.get(name)
    if found is None and name == "video_seconds":
        # A model that takes the length makes one video of it.
        asked = _number(billed.facts.get("duration", known.defaults.get("duration", "")))
        found = None if asked is None else asked * count
    return None if found is None else found / each


def _number(text: str) -> float | None:
    """A number as a fact tells it: `5`, `8s`."""
    try:
        return float(text.removesuffix("s"))
    except ValueError:
        return None
