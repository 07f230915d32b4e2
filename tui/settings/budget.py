"""The `[budget]` table of the config file."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

KEYS = ("month", "day", "warn")
TYPED = "0.50 a day, 20 a month"
"""How one is typed."""
NO_BUDGET = "none"
"""How one is taken away."""
_ONE = re.compile(r"\$?\s*(\d+(?:\.\d+)?)\s*(?:(?:a|per)\s+|/\s*)?(day|month)", re.IGNORECASE)


@dataclass(frozen=True)
class Budget:
    """What one wants to spend at most."""

    month: float | None = None
    """US dollars a calendar month."""
    day: float | None = None
    """US dollars a day."""
    warn: float = 0.8
    """The share from which on it is warned."""

    @property
    def words(self) -> str:
        """It as one types it: `0.5 a day, 20 a month`; empty where there is none."""
        both = ((self.day, "day"), (self.month, "month"))
        return ", ".join(f"{_plain(dollars)} a {name}" for dollars, name in both if dollars is not None)


def _plain(dollars: float) -> str:
    """All of its digits, and no exponent: `12345.67`, `0.5`, `20`."""
    return f"{dollars:.8f}".rstrip("0").rstrip(".")


def typed_budget(text: str, warn: float) -> Budget:
    """The budget that was typed, with the share to warn from. Raises ValueError, in a sentence."""
    if text.strip().lower() == NO_BUDGET:
        return Budget(warn=warn)
    found: dict[str, float] = {}
    for part in re.split(r",|;|\band\b", text):
        one = _ONE.fullmatch(part.strip())
        if one is None or one[2].lower() in found:
            raise ValueError(f"{text[:60]!r} is no budget: write US dollars such as {TYPED}, or {NO_BUDGET}.")
        found[one[2].lower()] = float(one[1])
    return Budget(found.get("month"), found.get("day"), warn)


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
