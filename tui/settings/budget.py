"""The `[budget]` table of the config file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

KEYS = ("month", "day", "warn")


@dataclass(frozen=True)
class Budget:
    """What one wants to spend at most."""

    month: float | None = None
    """US dollars a calendar month."""
    day: float | None = None
    """US dollars a day."""
    warn: float = 0.8
    """The share from which on it is warned."""


def read_budget(table: Mapping[str, object], where: str) -> Budget:
    """The table. Raises ValueError with the key and what it should be."""
    warn = table.get("warn", 0.8)
    if isinstance(warn, bool) or not isinstance(warn, int | float) or not 0 <= warn <= 1:
        raise ValueError(f"{where}: budget.warn must be a share from 0 to 1, such as 0.8.")
    return Budget(_dollars(table, "month", where), _dollars(table, "day", where), float(warn))


def _dollars(table: Mapping[str, object], key: str, where: str) -> float | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{where}: budget.{key} must be US dollars, such as 50.")
    return float(value)
