"""What a benchmark gives: one figure beside its floor or peer, and beside its budget."""

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
    """What it stands beside."""
    most: float | None = None
    """The budget in the figure's unit; None without one."""
    ratio: float | None = None
    """The budget as a multiple of what it stands beside; with `most` as well, both hold."""

    @property
    def budget(self) -> float | None:
        """The most that the figure may be in this run."""
        limits = [limit for limit in (self.most, self._by_floor) if limit is not None]
        return min(limits) if limits else None

    @property
    def met(self) -> bool | None:
        """Whether the budget is met; None without one."""
        return None if self.budget is None else self.figure <= self.budget

    @property
    def _by_floor(self) -> float | None:
        return None if self.ratio is None or self.beside is None else self.ratio * self.beside
