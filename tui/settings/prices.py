"""A table of prices, as the config file sets them and as the book in the package has them: what a hardware costs a
second, and what a model runs on or costs by the piece.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeGuard, cast

from tui.api.billed import FACTS, fact

UNITS = (
    "per_run",
    "per_second",
    "per_image",
    "per_video_second",
    "per_million_input_tokens",
    "per_million_output_tokens",
    "per_thousand_characters",
    "per_input_megapixel",
    "per_output_megapixel",
)
"""What a model may be priced by, in US dollars; several add up."""
MODEL_KEYS = ("hardware", *UNITS, "tiers", "defaults", "date", "source")
"""What may be said of a model."""
_BOUNDS = ("min", "max")


@dataclass(frozen=True)
class Bounds:
    """A range of numbers, both ends in it."""

    least: float = -math.inf
    most: float = math.inf


@dataclass(frozen=True)
class Tier:
    """What is paid when the facts are such."""

    when: Mapping[str, str | Bounds]
    """By the names of FACTS."""
    units: Mapping[str, float]


@dataclass(frozen=True)
class ModelPrice:
    """What one model costs: by the hardware that it runs on, or by the piece."""

    hardware: str | None = None
    units: Mapping[str, float] = field(default_factory=dict[str, float])
    """US dollars by a name of UNITS; what a tier says comes besides."""
    tiers: tuple[Tier, ...] = ()
    """The first that fits holds."""
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    """The facts of a run whose input does not tell them."""
    date: str = ""
    source: str = ""


@dataclass(frozen=True)
class HardwarePrice:
    """What one second of a hardware costs in the book."""

    dollars: float
    date: str
    source: str


@dataclass(frozen=True)
class PriceTable:
    """The `[prices]` table; empty where the config file has none."""

    hardware: Mapping[str, float] = field(default_factory=dict[str, float])
    """US dollars per second by the hardware's SKU."""
    models: Mapping[str, ModelPrice] = field(default_factory=dict[str, ModelPrice])
    """By "owner/name"."""
    date: str = ""
    """When the user looked the figures up, as written there."""


def read_prices(table: Mapping[str, object], where: str) -> PriceTable:
    """The `[prices]` table. Raises ValueError with the key, what it is and what it should be."""
    hardware = {
        sku: _dollars(value, f"{where}: prices.hardware.{sku}")
        for sku, value in _table(table.get("hardware", {}), f"{where}: prices.hardware").items()
    }
    models = {
        ref: read_model(value, f'{where}: prices.models."{ref}"')
        for ref, value in _table(table.get("models", {}), f"{where}: prices.models").items()
    }
    return PriceTable(hardware, models, _date(table.get("date", ""), f"{where}: prices.date"))


def read_hardware(value: object, where: str) -> HardwarePrice:
    """One hardware of the book. Raises ValueError."""
    table = _table(value, where)
    source = _text(table.get("source", ""), f"{where}: source")
    return HardwarePrice(
        _dollars(table.get("per_second"), f"{where}: per_second"), _date(table.get("date", ""), where), source
    )


def read_model(value: object, where: str) -> ModelPrice:
    """What a model costs. Raises ValueError with the key, what it is and what it should be."""
    table = _table(value, where)
    hardware = table.get("hardware")
    if hardware is not None and not isinstance(hardware, str):
        raise ValueError(f'{where}: hardware must be text in quotes, such as "gpu-l40s".')
    units = _units(table, where)
    tiers = _tiers(table.get("tiers", []), f"{where}: tiers")
    if bool(units or tiers) == bool(hardware):
        raise ValueError(f"{where} must have either hardware or some of {', '.join(UNITS)}.")
    defaults = _table(table.get("defaults", {}), f"{where}: defaults")
    return ModelPrice(
        hardware,
        units,
        tiers,
        {name: fact(one) for name, one in _facts(defaults, f"{where}: defaults").items()},
        _date(table.get("date", ""), f"{where}: date"),
        _text(table.get("source", ""), f"{where}: source"),
    )


def _units(table: Mapping[str, object], where: str) -> dict[str, float]:
    return {key: _dollars(price, f"{where}: {key}") for key, price in table.items() if key in UNITS}


def _tiers(value: object, where: str) -> tuple[Tier, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{where} must be a list of tables.")
    found: list[Tier] = []
    for number, one in enumerate(cast("list[object]", value), 1):
        tier = _table(one, f"{where} {number}")
        when = _facts(_table(tier.get("when"), f"{where} {number}: when"), f"{where} {number}: when")
        units = _units(tier, f"{where} {number}")
        if not units:
            raise ValueError(f"{where} {number} must have some of {', '.join(UNITS)}.")
        found.append(Tier({name: _condition(one, where) for name, one in when.items()}, units))
    return tuple(found)


def _facts(table: Mapping[str, object], where: str) -> Mapping[str, object]:
    for name in table:
        if name not in FACTS:
            raise ValueError(f"{where}: {name} is nothing that a price can depend on; that are {', '.join(FACTS)}.")
    return table


def _condition(value: object, where: str) -> str | Bounds:
    if not _is_table(value):
        if not (words := fact(value)):
            raise ValueError(f"{where}: a condition must be a short text, a number, or a table of min and max.")
        return words
    if not value or any(key not in _BOUNDS for key in value):
        raise ValueError(f"{where}: a range has min, max or both.")
    least, most = value.get("min", -math.inf), value.get("max", math.inf)
    if not isinstance(least, int | float) or not isinstance(most, int | float):
        raise ValueError(f"{where}: min and max must be numbers.")
    return Bounds(least, most)


def _table(value: object, where: str) -> Mapping[str, object]:
    if not _is_table(value):
        raise ValueError(f"{where} must be a table.")
    return value


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{where} must be text in quotes.")
    return value


def _date(value: object, where: str) -> str:
    if not isinstance(value, str | date):
        raise ValueError(f'{where} must be a date, such as "2026-11-21".')
    return value if isinstance(value, str) else value.isoformat()


def _dollars(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{where} must be a price in US dollars, such as 0.000975.")
    return float(value)
