"""The prices that the config file sets: what a hardware costs, and what a model runs on or costs by the piece."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeGuard

UNITS = ("per_run", "per_second", "per_image", "per_million_input_tokens", "per_million_output_tokens")
"""What a model may be priced by, in US dollars; several add up."""


@dataclass(frozen=True)
class ModelPrice:
    """What one model costs: by the hardware that it runs on, or by the piece."""

    hardware: str | None = None
    units: Mapping[str, float] = field(default_factory=dict[str, float])
    """US dollars by a name of UNITS."""


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
    when = table.get("date", "")
    if not isinstance(when, str | date):
        raise ValueError(f'{where}: prices.date must be a date, such as "2026-11-21".')
    hardware = {
        sku: _dollars(value, f"{where}: prices.hardware.{sku}")
        for sku, value in _table(table.get("hardware", {}), f"{where}: prices.hardware").items()
    }
    models = {
        ref: _model(value, f'{where}: prices.models."{ref}"')
        for ref, value in _table(table.get("models", {}), f"{where}: prices.models").items()
    }
    return PriceTable(hardware, models, when if isinstance(when, str) else when.isoformat())


def _model(value: object, where: str) -> ModelPrice:
    table = _table(value, where)
    hardware = table.get("hardware")
    if hardware is not None and not isinstance(hardware, str):
        raise ValueError(f'{where}: hardware must be text in quotes, such as "gpu-l40s".')
    units = {key: _dollars(price, f"{where}: {key}") for key, price in table.items() if key in UNITS}
    if bool(units) == bool(hardware):
        raise ValueError(f"{where} must have either hardware or some of {', '.join(UNITS)}.")
    return ModelPrice(hardware, units)


def _table(value: object, where: str) -> Mapping[str, object]:
    if not _is_table(value):
        raise ValueError(f"{where} must be a table.")
    return value


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _dollars(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{where} must be a price in US dollars, such as 0.000975.")
    return float(value)
