"""Reads from an answer how long the API wants to be left alone (docs/replicate.md, Rate limits and errors)."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Mapping

from tui.api.decoding import is_object

_IN_TEXT = re.compile(r"resets?\s+in\s+~?\s*(?:(\d{1,9})\s*m(?:in\w*)?)?\s*(?:(\d{1,9}(?:\.\d+)?)\s*s)?", re.IGNORECASE)
_EPOCH = 1_000_000_000
"""A reset beyond it is a point in time, not a number of seconds."""


def told_wait(headers: Mapping[str, str], body: object) -> float | None:
    """Seconds to wait, as an answer tells them; None when it tells nothing.

    In this order: the Retry-After header (seconds or a date), `retry_after` of the body, "resets in ~Ns" in
    its text, the ratelimit-reset header.
    """
    detail = body.get("detail") if is_object(body) else body
    hints = (
        _header_wait(headers),
        _seconds(body.get("retry_after")) if is_object(body) else None,
        _text_wait(detail) if isinstance(detail, str) else None,
        reset_in(headers),
    )
    return next((hint for hint in hints if hint is not None), None)


def remaining(headers: Mapping[str, str]) -> int | None:
    """Requests left, from ratelimit-remaining."""
    value = headers.get("ratelimit-remaining", "").strip()
    return int(value) if value.isdecimal() and len(value) < 16 else None


def reset_in(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limit is reset, from ratelimit-reset."""
    seconds = _seconds(headers.get("ratelimit-reset"))
    if seconds is not None and seconds > _EPOCH:
        return max(0.0, seconds - time.time())
    return seconds


def server_time(headers: Mapping[str, str]) -> float | None:
    """The server's clock in seconds since 1970, from the Date header."""
    return _date(headers.get("date", ""))


def _header_wait(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "")
    seconds = _seconds(value)
    if seconds is not None:
        return seconds
    moment = _date(value)
    if moment is None:
        return None
    now = server_time(headers)
    return max(0.0, moment - (time.time() if now is None else now))


def _text_wait(text: str) -> float | None:
    found = _IN_TEXT.search(text[:4000])
    if not found or not (found[1] or found[2]):
        return None
    return 60.0 * float(found[1] or 0) + float(found[2] or 0)


def _seconds(value: object) -> float | None:
    """`value` as seconds when it is a number or the text of one; below zero counts as zero."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _date(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
