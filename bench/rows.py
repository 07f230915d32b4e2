"""What a benchmark gives: one figure beside its floor or peer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. `beside` is the floor's or the peer's, in the same unit and from the same run."""

    what: str
    figure: float
    unit: str
    beside: float | None = None
    floor: str = ""
