"""Ids, timestamps and cursors in the shapes that Replicate's have."""

import base64
import secrets
import time
import uuid
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_clock = 0


def new_id() -> str:
    """26 characters of lowercase base32, as prediction ids have (docs/replicate.md, Predictions)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(26))


def new_key() -> str:
    """An unguessable part of a URL that needs no token."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(44))


def new_file_id() -> str:
    """The base64 of a UUID, as file ids are (docs/replicate.md, Files)."""
    return base64.urlsafe_b64encode(str(uuid.uuid4()).encode()).decode()


def now_ns() -> int:
    """Nanoseconds since 1970, never the same twice in a process, so that a list has one order."""
    global _clock  # noqa: PLW0603 - one clock for the process is the point
    _clock = max(_clock + 1, time.time_ns())
    return _clock


def timestamp(ns: int) -> str:
    """RFC 3339 with nine fractional digits: `2023-08-28T10:39:49.650250048Z`."""
    seconds, rest = divmod(ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def parse_timestamp(text: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 or ISO 8601 text (UTC when it names no zone); ValueError otherwise."""
    text = text.strip().replace(" ", "+") if "T" in text else text.strip()
    whole, dot, rest = text.partition(".")
    fraction = 0
    if dot:
        digits = len(rest) - len(rest.lstrip("0123456789"))
        if digits == 0:
            raise ValueError(f"not a timestamp: {text[:64]!r}")
        fraction = int(rest[:digits][:9].ljust(9, "0"))
        whole += rest[digits:]
    moment = datetime.fromisoformat(whole)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        seconds = int(moment.timestamp())
    except (OverflowError, OSError):
        raise ValueError(f"not a timestamp: {text[:64]!r}") from None
    return seconds * 1_000_000_000 + fraction


def encode_cursor(position: str, *, backwards: bool = False) -> str:
    """An opaque cursor: base64 of `p=…`, or of `r=1&p=…` for the page before (docs/replicate.md, Pages and filters)."""
    fields = {"r": "1", "p": position} if backwards else {"p": position}
    return base64.urlsafe_b64encode(urlencode(fields).encode()).decode()


def decode_cursor(cursor: str) -> tuple[str, bool]:
    """The position and whether it goes backwards; ValueError for what is no cursor."""
    try:
        fields = dict(parse_qsl(base64.urlsafe_b64decode(cursor.encode()).decode(), strict_parsing=True))
        return fields["p"], fields.get("r") == "1"
    except (ValueError, KeyError):
        raise ValueError("Invalid cursor") from None
