"""How far a run is, read from its log (docs/replicate.md, Logs and progress)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from tui.wording import one_line

TAIL = 8 * 1024
"""How many characters at a log's end are read for every kind of progress."""
_BAR_WINDOW = 512
_BAR_TRIES = 200
_TELLING = 0.02
"""The share after which the time that it took tells of the time that is left."""


class Progress(Struct, frozen=True):
    """Where the last bar or step of a log stands."""

    fraction: float
    """From 0 to 1. It may fall: several bars follow each other in one log."""
    current: int | None = None
    total: int | None = None
    label: str | None = None
    """What the bar says of itself (`PLMS Sampler`), if anything."""
    eta_seconds: float | None = None
    """What the bar itself expects still to take."""


# Each pattern is bounded in length, so that no log line can make it slow.
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3})(?:\.\d{1,4})?\s?%\s?\|")
_AMOUNT = re.compile(
    r"(?<![\d.])(\d{1,15}(?:\.\d{1,6})?)\s?([kKMGTP]?)i?B?\s?/\s?(\d{1,15}(?:\.\d{1,6})?)\s?([kKMGTP]?)i?B?(?=[\s,\]]|$)"
)
_ETA = re.compile(r"<\s?((?:\d{1,4}:)?\d{1,4}:\d{2})")
_FAST = re.compile(r"\|\s*(\d{1,3}(?:\.\d{1,4})?)%\s*\[\s*(\d{1,12})/(\d{1,12})")
_WORD = (
    r"(?:steps?|epochs?|iter(?:ation)?s?|image|frames?|batch(?:es)?|samples?|chunks?|tiles?|segments?|passes|pass|"
    r"generating|processing|progress|rendering|sampling|training)"
)
_STEP = re.compile(
    rf"\b{_WORD}\b[\s:=#\[(]{{0,4}}(\d{{1,12}})\s{{0,4}}(?:/|,?\s?(?:out\s)?of)\s{{0,6}}(\d{{1,12}})(?![\d/.])",
    re.IGNORECASE,
)
_ALONE = re.compile(r"^\W{0,3}(\d{1,12})\s{0,4}(?:/|of)\s{0,6}(\d{1,12})\W{0,3}$")
_PER_CENT = re.compile(r"\b(?:progress|done|complete)\b\W{0,3}(\d{1,3}(?:\.\d{1,4})?)\s?%", re.IGNORECASE)
_OUTER = re.compile(
    rf"^\W{{0,3}}(?:\b{_WORD}\b[\s:=#\[(]{{0,4}})?(\d{{1,9}})\s?/\s?(\d{{1,9}})(?=[\s\]):,])", re.IGNORECASE
)
"""A count before a bar: of the epochs, each of which has a bar of its own."""
_PARTS = ("step", "iteration", "iter", "batch", "update", "epoch")
_OF = rf"(?<![A-Za-z])(?:(?:current|global|num|total|max|n)_?)?(?:{'|'.join(_PARTS)})(?:e?s)?"
_PAIR = re.compile(rf"({_OF})[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"']?(\d{{1,12}}(?:\.\d{{1,12}})?)(?![\w/%])", re.IGNORECASE)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}


def progress(log: str) -> Progress | None:
    """The last bar or step count of a log, or None.

    Reads the log's end; only when nothing is there, looks further back for a `NN%|` bar. Costs the same for
    a log of a megabyte as for one of a page.
    """
    if not log:
        return None
    tail = log[-TAIL:]
    for line in _lines_backwards(tail):
        found = _line_progress(line)
        if found is not None:
            return found
    return _bar_before(log, len(log) - len(tail) + _BAR_WINDOW) if len(log) > len(tail) else None


def time_left(found: Progress, elapsed: float) -> float | None:
    """Seconds that are left: what the bar itself expects, else by the `elapsed` seconds that it took so far."""
    if found.fraction >= 1:
        return None
    if found.eta_seconds is not None:
        return found.eta_seconds
    if found.fraction < _TELLING or elapsed <= 0:
        return None
    return elapsed * (1 - found.fraction) / found.fraction


def _lines_backwards(text: str) -> Iterator[str]:
    return reversed(text.replace("\r", "\n").split("\n"))


def _bar_before(log: str, end: int) -> Progress | None:
    for _ in range(_BAR_TRIES):
        at = log.rfind("%|", 0, end)
        if at < 0:
            return None
        start = max(at - _BAR_WINDOW // 2, 0)
        window = log[start : at + _BAR_WINDOW]
        here = window.replace("\r", "\n")
        begin = here.rfind("\n", 0, at - start) + 1
        stop = here.find("\n", at - start)
        found = _bar(here[begin : stop if stop >= 0 else None])
        if found is not None:
            return found
        end = at
    return None


def _line_progress(line: str) -> Progress | None:
    line = line[-1000:] if len(line) > 1000 else line
    if not any(c.isdigit() for c in line):
        return None
    return _bar(line) or _fast_bar(line) or _steps(line) or _named_counts(line)


def _bar(line: str) -> Progress | None:
    matches = list(_PERCENT.finditer(_ESCAPES.sub("", line)))
    if not matches:
        return None
    text = matches[-1].string
    match = matches[-1]
    percent = int(match[1])
    if percent > 100:
        return None
    rest = text[match.end() :]
    _, bar, after = rest.rpartition("|")
    amount = _AMOUNT.search(after if bar else rest)
    current = total = None
    fraction = percent / 100
    if amount is not None:
        current, total = _scaled(amount[1], amount[2]), _scaled(amount[3], amount[4])
        # The count is finer than the rounded percentage; where they disagree the bar is not of that count.
        exact = current / total if total else fraction
        if abs(exact - fraction) <= 0.02:
            fraction = exact
    label = text[: match.start()].strip(" \t:|-–—")
    outer = _OUTER.match(label + " ")
    if outer is not None and 0 < int(outer[1]) <= int(outer[2]):
        done, epochs = int(outer[1]), int(outer[2])
        words = _label(label[: outer.start(1)].strip(" \t:=#[(-"))
        return Progress(_clamped((done - 1 + fraction) / epochs), done, epochs, words)
    return Progress(_clamped(fraction), current, total, _label(label), _eta(rest))


def _fast_bar(line: str) -> Progress | None:
    match = _FAST.search(line)
    if match is None:
        return None
    return _counted(int(match[2]), int(match[3]), None, _eta(line[match.end() :]))


def _steps(line: str) -> Progress | None:
    line = _ESCAPES.sub("", line)
    matches = list(_STEP.finditer(line))
    if matches:
        match = matches[-1]
        return _counted(int(match[1]), int(match[2]), line[: match.start(1)].strip(" \t:=#[(-"), None)
    match = _ALONE.match(line.strip())
    if match is not None:
        return _counted(int(match[1]), int(match[2]), None, None)
    match = _PER_CENT.search(line)
    if match is not None and float(match[1]) <= 100:
        return Progress(_clamped(float(match[1]) / 100))
    return None


def _named_counts(line: str) -> Progress | None:
    """A count and its total by their names: `"current_steps": 10, "total_steps": 300`, `step=3 max_steps=9`."""
    if line.count(":") + line.count("=") < 2:
        return None
    counts: dict[str, float] = {}
    totals: dict[str, float] = {}
    for match in _PAIR.finditer(line):
        name = match[1].lower().replace("_", "")
        part = next(part for part in _PARTS if part in name)
        of_all = name.startswith(("total", "max", "num", "n")) and name != part
        (totals if of_all else counts).setdefault(part, float(match[2]))
    for part in _PARTS:
        if part in counts and part in totals and counts[part] <= totals[part]:
            return _counted_to(counts[part], totals[part])
    return None


def _counted_to(current: float, total: float) -> Progress | None:
    return Progress(_clamped(current / total), int(current), int(total)) if total > 0 else None


def _counted(current: int, total: int, label: str | None, eta: float | None) -> Progress | None:
    if total <= 0:
        return None
    return Progress(_clamped(current / total), current, total, _label(label or ""), eta)


def _scaled(number: str, unit: str) -> int:
    return int(float(number) * _UNITS[unit.upper()])


def _label(text: str) -> str | None:
    return one_line(text, 60) or None


def _eta(text: str) -> float | None:
    match = _ETA.search(text)
    if match is None:
        return None
    seconds = 0
    for part in match[1].split(":"):
        seconds = seconds * 60 + int(part)
    return float(seconds)


def _clamped(fraction: float) -> float:
    return min(max(fraction, 0.0), 1.0)
