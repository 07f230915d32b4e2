"""Curves of whatever a training's log reports: loss, learning rate, accuracy and their like, found by rule.

A measure's name ends, or begins, with a word that trainers use (`val_loss`, `loss_G`, `held-out perplexity`). Another
name counts too once lines that tell their step have given it three times, with different values. Its place on the axis
is what the same line says of step, iteration, bar or epoch. measures.py reads a line, log_tables.py a table.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

from tui.forms.log_tables import LogTable
from tui.forms.measures import DATA, NO_MEASURE, is_measure, key_of, spoken, told

Axis = Literal["step", "epoch", "reading"]
Point = tuple[float, float]

POINTS = 20_000
"""So many points are kept of a curve; of more, the lowest and the highest of each stretch."""
MEASURES = 32
"""So many curves are kept of one log."""
_CANDIDATES = 96
_LOWER_FIRST = ("loss", "nll", "perplexity", "ppl", "accuracy", "acc")
_ENOUGH = 3
"""Readings after which a name that is not known to be a measure becomes a curve."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve as it was when it was asked for. Its points are in the order of `xs`."""

    name: str
    """As the log spells it."""
    key: str
    """The same for all spellings of it: `val_loss`."""
    axis: Axis
    """What `xs` counts: steps, epochs, or the readings themselves where the log tells neither."""
    xs: array[float] = field(repr=False)
    ys: array[float] = field(repr=False)
    """Finite, always."""
    count: int
    """How often it was reported; more than there are points where they were thinned out."""
    latest: Point | None
    """(x, y); None where all that was reported is no number."""
    least: Point | None
    """Where it was lowest, the first such place."""
    most: Point | None
    unit: str = ""
    """ "%" or nothing."""
    odd: int = 0
    """How often it was no number: nan, inf, or beyond what a float can hold."""
    odd_now: str | None = None
    """What it is instead of a number, where that was its latest reading."""


class Family(Struct, frozen=True):
    """Curves that belong on one plot: of the same measure, over the same axis."""

    name: str
    curves: tuple[Curve, ...]


class Curves:
    """The curves of one log that grows. Each line is read once."""

    def __init__(self) -> None:
        self._found: dict[str, _Growing] = {}
        self._log = ""
        self._read = 0
        self._epoch: float | None = None
        self._table = LogTable()
        self.lines = 0
        """How many lines were read, in all."""

    def waiting(self, log: str) -> int:
        """How many characters of `log` `read` would have to look at."""
        return len(log) - self._read if log.startswith(self._log[: self._read]) else len(log)

    def read(self, log: str, *, ended: bool = False) -> bool:
        """Read what `log` has more than the last time. Returns whether a curve changed.

        A last line without an end is left for the next time, as it may go on, unless the log has `ended`. A log that
        does not go on from the last one is read from its beginning.
        """
        changed = False
        if not log.startswith(self._log[: self._read] if self._read < len(self._log) else self._log):
            changed = bool(self._found)
            self._found, self._read, self._epoch, self._table = {}, 0, None, LogTable()
        self._log = log
        end = len(log) if ended else max(log.rfind("\n"), log.rfind("\r")) + 1
        if end <= self._read:
            return changed
        fresh, self._read = log[self._read : end], end
        for line in fresh.replace("\r", "\n").split("\n"):
            if line:
                changed |= self._line(line)
        return changed

    def families(self) -> tuple[Family, ...]:
        """The curves by measure: losses first, then what else trainers name, then what the log repeats."""
        groups: dict[tuple[str, Axis], list[Curve]] = {}
        shown = sorted((one for one in self._found.values() if one.shown), key=lambda one: _rank(one.key))
        for one in shown[:MEASURES]:
            curve = one.curve()
            groups.setdefault((_measure(one.key), curve.axis), []).append(curve)
        several: dict[str, int] = {}
        for measure, _ in groups:
            several[measure] = several.get(measure, 0) + 1
        return tuple(
            Family(
                _family_name(measure, curves, f" by {axis}" if several[measure] > 1 else ""),
                tuple(curves),
            )
            for (measure, axis), curves in groups.items()
        )

    def _line(self, line: str) -> bool:
        self.lines += 1
        found = self._table.read(line) or told(line)
        if found is None:
            return False
        if found.epoch is not None:
            self._epoch = found.epoch
        changed = False
        for name, value, unit in found.readings:
            changed |= self._take(name, value, unit, found.step, found.epoch is not None)
        return changed

    def _take(self, name: str, value: float, unit: str, step: int | None, epoch_here: bool) -> bool:
        key = key_of(name)
        one = self._found.get(key)
        if one is None:
            sure = is_measure(key)
            if not sure and (step is None or key.rpartition("_")[2] in NO_MEASURE or key in NO_MEASURE):
                return False
            if len(self._found) >= _CANDIDATES:
                return False
            axis: Axis = "step" if step is not None else "epoch" if epoch_here else "reading"
            one = self._found[key] = _Growing(spoken(name), key, axis, sure, unit)
        elif not one.sure and step is None:
            return False
        one.add(value, step, self._epoch)
        return one.shown


class _Growing:
    """One curve while its log grows."""

    def __init__(self, name: str, key: str, axis: Axis, sure: bool, unit: str) -> None:
        self.name, self.key, self.sure, self.unit = name, key, sure, unit
        self.axis: Axis = axis
        self.xs, self.ys = array("d"), array("d")
        self.count = self.odd = 0
        self.odd_now: str | None = None
        self._low: Point | None = None
        """The lowest of all points but the last, which may still be replaced."""
        self._high: Point | None = None
        self._varies = False
        self._first = 0.0
        self._told: float | None = None
        self._epoch: float | None = None
        self._offset = 0.0

    @property
    def shown(self) -> bool:
        """Whether it is a curve by now, and not a number that happened to have a name."""
        if self.sure:
            return bool(self.xs) or self.odd > 0
        return self.count >= _ENOUGH and self._varies

    def add(self, value: float, step: int | None, epoch: float | None) -> None:
        """Add a reading."""
        if not math.isfinite(value):
            self.odd += 1
            self.odd_now = "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
            return
        self.odd_now = None
        self.count += 1
        x = self._place(step, epoch)
        self._varies |= bool(self.ys) and value != self.ys[-1]
        if self.xs and x == self.xs[-1] and self.axis != "reading":
            self.ys[-1] = value
            return
        if self.xs:
            last = (self.xs[-1], self.ys[-1])
            self._low = last if self._low is None or last[1] < self._low[1] else self._low
            self._high = last if self._high is None or last[1] > self._high[1] else self._high
        self.xs.append(x)
        self.ys.append(value)
        if len(self.xs) > POINTS:
            self.xs, self.ys = thinned(self.xs, self.ys)

    def curve(self) -> Curve:
        """A copy that stays as it is."""
        latest = (self.xs[-1], self.ys[-1]) if self.xs else None
        least = most = latest
        if latest is not None:
            least = self._low if self._low is not None and self._low[1] <= latest[1] else latest
            most = self._high if self._high is not None and self._high[1] >= latest[1] else latest
        return Curve(
            self.name, self.key, self.axis, self.xs[:], self.ys[:], self.count, latest, least, most,
            self.unit, self.odd, self.odd_now,
        )  # fmt: skip

    def _place(self, step: int | None, epoch: float | None) -> float:
        last = self.xs[-1] if self.xs else None
        if self.axis == "reading":
            return float(self.count)
        told = float(step) if self.axis == "step" and step is not None else epoch if self.axis == "epoch" else None
        if told is None:
            return 0.0 if last is None else last + 1
        before, self._told = self._told, told
        another_epoch = self.axis == "step" and self._epoch is not None and epoch != self._epoch
        self._epoch = epoch
        if before is None or last is None:
            self._first = told
            if last is not None and told <= last:
                # What came without a place came before it.
                self._offset = last + 1 - told
        elif (another_epoch and told <= before) or (told < before and (told <= self._first or told < before * 0.1)):
            # It begins anew, as bars do at each epoch: the curve goes on from where it was.
            self._offset = last
        elif self._offset + told < last:
            # It goes back a little, as a run does that resumes from a checkpoint: what it repeats is replaced.
            self._cut(self._offset + told)
        return self._offset + told

    def _cut(self, x: float) -> None:
        """Take away what is at `x` or after it."""
        bounds = (self._low, self._high)
        again = False
        while self.xs and self.xs[-1] >= x:
            point = (self.xs.pop(), self.ys.pop())
            again |= point in bounds
        if not self.xs:
            self._low = self._high = None
        elif again:
            low, high = self.ys.index(min(self.ys)), self.ys.index(max(self.ys))
            self._low, self._high = (self.xs[low], self.ys[low]), (self.xs[high], self.ys[high])


def thinned(xs: array[float], ys: array[float]) -> tuple[array[float], array[float]]:
    """Half as many points: of each four, the lowest and the highest in their order. The last four stay."""
    thin_x, thin_y = array("d"), array("d")
    whole = (len(xs) - 4) // 4 * 4
    for start in range(0, whole, 4):
        part = range(start, start + 4)
        low = min(part, key=ys.__getitem__)
        high = max(part, key=ys.__getitem__)
        for at in sorted({low, high}):
            thin_x.append(xs[at])
            thin_y.append(ys[at])
    thin_x.extend(xs[whole:])
    thin_y.extend(ys[whole:])
    return thin_x, thin_y


def _measure(key: str) -> str:
    """What a curve is of, without which data it is of: curves of one measure are shown together."""
    if key.endswith("learning_rate"):
        return "learning rate"
    parts = key.split("_")
    if parts[-1] in ("train", "val", "valid", "validation", "test", "eval", "dev"):
        return "_".join(parts[:-1]) or key
    if len(parts) > 1 and parts[0] in DATA:
        return "_".join(parts[2:] if parts[1] == "out" and len(parts) > 2 else parts[1:])
    return key


def _rank(key: str) -> int:
    measure = _measure(key)
    for place, word in enumerate(_LOWER_FIRST):
        if measure == word or measure.endswith(f"_{word}") or measure.startswith(f"{word}_"):
            return place
    return len(_LOWER_FIRST) + (0 if is_measure(key) else 1)


def _family_name(measure: str, curves: list[Curve], by: str) -> str:
    return (curves[0].name if len(curves) == 1 else measure.replace("_", " ")) + by
