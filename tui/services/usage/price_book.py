"""The book of prices that the package holds: read when a price is first asked for, never at the start of a console."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import cast

from msgspec import Struct, field

from tui.settings.prices import HardwarePrice, ModelPrice, read_hardware, read_model

FILE = "price_book.toml"
OLD = timedelta(days=365)
"""An entry that was looked up so long ago is marked."""


class PriceBook(Struct, frozen=True):
    """The prices of the file."""

    hardware: Mapping[str, HardwarePrice] = field(default_factory=dict[str, HardwarePrice])
    """By SKU."""
    models: Mapping[str, ModelPrice] = field(default_factory=dict[str, ModelPrice])
    """By "owner/name"."""


@cache
def price_book() -> PriceBook:
    """The book of the package."""
    import tomllib
    from importlib import resources

    text = resources.files("tui.services.usage").joinpath(FILE).read_text("utf-8")
    table = cast("Mapping[str, Mapping[str, object]]", tomllib.loads(text))
    return PriceBook(
        {sku: read_hardware(one, f"{FILE}: hardware.{sku}") for sku, one in table["hardware"].items()},
        {ref: read_model(one, f'{FILE}: models."{ref}"') for ref, one in table["models"].items()},
    )


def is_old(when: str, today: date) -> bool:
    """Whether a price with that date (`2026-10-07`, `2026-04`) was looked up more than a year ago."""
    try:
        looked_up = date.fromisoformat(when if len(when) > 7 else f"{when}-01")
    except ValueError:
        return False
    return today - looked_up > OLD


def dated(when: str, old: bool) -> str:
    """`2026-10-07`, or `2025-05, over a year old`."""
    return f"{when}, over a year old" if old else when
