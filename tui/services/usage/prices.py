"""What things may cost: an estimate with its date, or none where the price is not known.

Prices are not in the API. The defaults are those of docs/replicate.md, Deployments and hardware, which come from
copies of replicate.com/pricing; the config file's `[prices]` table goes before them. A public model's hardware is not
in the API either: there is an estimate for deployments and for models whose hardware or unit price the user has set,
and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tui.api.types import Configuration
from tui.settings.prices import PriceTable
from tui.wording import money, price

DEFAULT_DATE = "2024–26"
"""When the default prices were looked up (docs/replicate.md, Deployments and hardware)."""
DEFAULTS: Mapping[str, float] = {
    "cpu-small": 0.000025,
    "cpu": 0.000100,
    "gpu-t4": 0.000225,
    "gpu-l40s": 0.000975,
    "gpu-l40s-2x": 0.001950,
    "gpu-l40s-4x": 0.003900,
    "gpu-l40s-8x": 0.007800,
    "gpu-a100-large": 0.001400,
    "gpu-a100-large-2x": 0.002800,
    "gpu-a100-large-4x": 0.005600,
    "gpu-a100-large-8x": 0.011200,
    "gpu-h100": 0.001525,
    "gpu-h100-2x": 0.003050,
    "gpu-h100-4x": 0.006100,
    "gpu-h100-8x": 0.012200,
}
"""US dollars per second by SKU (docs/replicate.md, Deployments and hardware)."""
HOUR = 3600.0
MONTH_HOURS = 730.0
"""Hours of a month, on average."""

HardwareOf = Callable[[str, datetime | None], str | None]
"""The hardware that a deployment ("owner/name") ran on at a moment."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What something may cost. Show it as an estimate, with where it comes from."""

    dollars: float
    basis: str
    """`gpu-t4 at $0.000225 a second`."""
    date: str
    """When the price was looked up; never empty."""

    def __str__(self) -> str:
        return f"≈ {money(self.dollars)}"

    @property
    def source(self) -> str:
        """`estimate: gpu-t4 at $0.000225 a second, prices of 2024–26`."""
        return f"estimate: {self.basis}, prices of {self.date}"


@dataclass(frozen=True, slots=True)
class Running:
    """What a deployment's instances may cost per hour."""

    idle: Estimate
    """While nobody uses it: its fewest instances."""
    most: Estimate
    """When all of its instances are up."""


class Prices:
    """The prices of the config file over the defaults."""

    def __init__(self, table: PriceTable | None = None, hardware_of: HardwareOf | None = None) -> None:
        self._table = table or PriceTable()
        self._hardware_of = hardware_of

    def per_second(self, sku: str) -> Estimate | None:
        """What one instance of a hardware costs per second."""
        own = self._table.hardware.get(sku)
        rate = DEFAULTS.get(sku) if own is None else own
        if rate is None:
            return None
        date = DEFAULT_DATE if own is None else (self._table.date or "your config file")
        return Estimate(rate, f"{sku} at {price(rate)} a second", date)

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

    def prediction(
        self,
        *,
        model: str,
        status: str,
        predict_time: float | None,
        deployment: str | None = None,
        created_at: datetime | None = None,
        metrics: Mapping[str, object] | None = None,
    ) -> Estimate | None:
        """What a prediction or a training may have cost so far as it ended; None where that is not known.

        One through a deployment is counted by the time that it ran; its instances' idle time and setup are billed
        besides. `predict_time` is in seconds.
        """
        if deployment:
            sku = self._hardware_of(deployment, created_at) if self._hardware_of else None
            return None if sku is None or predict_time is None else self._of_seconds(sku, predict_time)
        known = self._table.models.get(model)
        if known is None:
            return None
        if known.hardware is not None:
            return None if predict_time is None else self._of_seconds(known.hardware, predict_time)
        return self._by_units(known.units, status, predict_time, metrics or {})

    def _of_seconds(self, sku: str, seconds: float) -> Estimate | None:
        rate = self.per_second(sku)
        return None if rate is None else Estimate(rate.dollars * seconds, rate.basis, rate.date)

    def _by_units(
        self, units: Mapping[str, float], status: str, predict_time: float | None, metrics: Mapping[str, object]
    ) -> Estimate | None:
        if status != "succeeded":
            return None
        counts: dict[str, float | None] = {
            "per_run": 1.0,
            "per_second": predict_time,
            "per_image": _number(metrics.get("image_count")),
            "per_million_input_tokens": _millionth(metrics.get("input_token_count")),
            "per_million_output_tokens": _millionth(metrics.get("output_token_count")),
        }
        total, words = 0.0, list[str]()
        for unit, dollars in units.items():
            count = counts.get(unit)
            if count is None:
                return None
            total += count * dollars
            words.append(f"${dollars:g} {unit.replace('_', ' ')}")
        return Estimate(total, " + ".join(words), self._table.date or "your config file")


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None


def _millionth(value: object) -> float | None:
    count = _number(value)
    return None if count is None else count / 1e6
