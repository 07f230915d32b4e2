"""Times, durations, sizes and statuses in the words that every screen uses."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import NamedTuple


class Mark(NamedTuple):
    """A status for the eye: a symbol, a word, and the name of the theme colour."""

    symbol: str
    word: str
    tone: str


CODES = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""The Unicode categories of what is no text: it moves the cursor or turns the direction of what follows."""

MARKS = {
    "starting": Mark("◌", "starting", "warning"),
    "processing": Mark("▶", "processing", "accent"),
    "succeeded": Mark("✓", "succeeded", "success"),
    "failed": Mark("✗", "failed", "error"),
    "canceled": Mark("⊘", "canceled", "foreground"),
    "aborted": Mark("⊗", "aborted", "error"),
    # Not the API's: the API does not know it any more.
    "gone": Mark("∅", "gone", "warning"),
}


def mark(status: str) -> Mark:
    """The mark of a status; one that is not known is shown by its own name (docs/replicate.md, Predictions)."""
    return MARKS.get(status) or Mark("?", status[:20] or "unknown", "warning")


def duration(seconds: float | None) -> str:
    """`0.4 s`, `12.3 s`, `2:05`, `1:02:05`; empty when unknown."""
    if seconds is None:
        return ""
    if seconds < 0:
        seconds = 0.0
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(fraction: float) -> str:
    """`45 %`; never 100 before the end."""
    return f"{int(min(max(fraction, 0.0), 1.0) * 100 + 1e-6)} %"


def clock(seconds: float) -> str:
    """How long something goes on, for one who watches it: `0:42`, `12:05`, `1:02:05`."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def age(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago: `now`, `40 s`, `12 min`, `5 h`, `3 d`, then the date."""
    if moment is None:
        return ""
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if seconds < 2:
        return "now"
    if seconds < 60:
        return f"{int(seconds)} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    if seconds < 86400:
        return f"{seconds // 3600:.0f} h"
    if seconds < 30 * 86400:
        return f"{seconds // 86400:.0f} d"
    return moment.astimezone().strftime("%Y-%m-%d")


def coarse_age(moment: datetime | None, now: datetime | None = None) -> str:
    """As `age`, but `now` for the first minute, so that a list at rest stays as it is."""
    if moment is not None and ((now or datetime.now(UTC)) - moment).total_seconds() < 60:
        return "now"
    return age(moment, now)


def day(midnight: datetime, now: datetime | None = None) -> str:
    """A day of this machine's time zone: `today`, `yesterday`, `Tue 24 Nov`, then with its year, `24 Nov 2025`."""
    then, today = midnight.astimezone().date(), (now or datetime.now(UTC)).astimezone().date()
    if 0 <= (today - then).days < 2:
        return ("today", "yesterday")[(today - then).days]
    return then.strftime("%a %d %b" if then.year == today.year else "%d %b %Y")


def exact(moment: datetime | None) -> str:
    """The moment in local time, to the second, with the zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z") if moment else "–"


def size(count: int | None) -> str:
    """`312 B`, `4.1 kB`, `12 MB`: decimal units; empty when unknown."""
    if count is None:
        return ""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError


def count(number: int | None) -> str:
    """A run count as people read it: `812`, `12.4k`, `3.1M`."""
    if number is None:
        return ""
    if number < 10_000:
        return str(number)
    if number < 1_000_000:
        return f"{number / 1000:.1f}k"
    return f"{number / 1_000_000:.1f}M" if number < 1_000_000_000 else f"{number / 1_000_000_000:.1f}G"


def one_line(text: str, limit: int = 500) -> str:
    """A foreign text on one line, its white space folded, without control or direction codes, cut at `limit`."""
    words = " ".join(text[: limit * 4].split())
    if not (words.isascii() and words.isprintable()):
        words = "".join(c for c in words if unicodedata.category(c) not in CODES)
    cut = len(words) > limit or len(text) > limit * 4
    return f"{words[: max(limit - 1, 0)]}…" if cut else words


def money(dollars: float) -> str:
    """US dollars as people read them: `$0.000225`, `$0.0031`, `$0.81`, `$12.60`, `$2,365`."""
    if dollars == 0:
        return "$0"
    if dollars < 0.0000005:
        return "< $0.000001"
    if dollars < 0.00095:
        return f"${dollars:.6f}".rstrip("0")
    if dollars < 0.095:
        return f"${dollars:.4f}".rstrip("0")
    return f"${dollars:.2f}" if dollars < 99.995 else f"${dollars:,.0f}"


def price(dollars: float) -> str:
    """What a second costs, with no digit rounded away: `$0.001400`. Prices below each other line up."""
    return f"${dollars:.6f}"


def monthly(dollars: float) -> str:
    """What a month costs, in whole dollars: `$0`, `$66`, `$1,183`."""
    return f"${dollars:,.0f}" if dollars == 0 or dollars >= 0.5 else money(dollars)


def undecided_words(count: int) -> str:
    """How many runs wait for a person, as a clause."""
    return f"{count} run needs a decision" if count == 1 else f"{count} runs need a decision"
