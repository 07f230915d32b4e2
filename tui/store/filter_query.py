"""What a list of records is asked for: `status:failed model:flux since:2h until:1h words`, and in which order."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Literal, TypeAlias

from msgspec import Struct

Kind: TypeAlias = Literal["prediction", "training"]
OrderKey: TypeAlias = Literal["created", "status", "model", "input", "queue", "run", "total", "destination"]

FILTERS = ("status", "model", "source", "since", "until", "before", "id", "version", "deployment")
"""The names that may stand before a colon."""
_STATUSES = ("starting", "processing", "succeeded", "failed", "canceled", "aborted", "gone", "live", "ended")
_ALSO = {"cancelled": "canceled", "running": "processing", "error": "failed", "done": "succeeded", "queued": "starting"}
"""What people type for a status that the API calls otherwise."""

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_AGE = re.compile(r"(\d{1,6})(s|min|m|h|d|w)", re.IGNORECASE)
_WORD = re.compile(r'([a-z]+):("[^"]*"?|\S+)|"([^"]*)"?|(\S+)', re.IGNORECASE)


class Order(Struct, frozen=True):
    """In which order records are listed. Those without a value come last, whatever the direction."""

    key: OrderKey = "created"
    descending: bool = True


NEWEST = Order()


class Query(Struct, frozen=True):
    """A filter of records. Empty parts ask for nothing; the others must all hold."""

    text: str = ""
    """Words, each the beginning of a word in the id, model, version, deployment, input, output, logs or error."""
    status: str | None = None
    """A status or its beginning, or "live" or "ended"; several separated by commas."""
    model: str | None = None
    """A part of "owner/name" or of the deployment."""
    source: str | None = None
    since: datetime | None = None
    """The oldest creation wanted; aware."""
    kind: Kind | None = "prediction"
    before: datetime | None = None
    """Only what was created before; aware."""
    id: str | None = None
    """The beginning of the id."""
    version: str | None = None
    """The beginning of the version's id."""
    deployment: str | None = None
    """A part of the deployment's "owner/name"."""
    phrases: tuple[str, ...] = ()
    """Words that follow each other: they were typed in quotes."""
    notes: tuple[str, ...] = ()
    """What of the typed text is probably meant otherwise than it is understood, for the user."""

    @classmethod
    def parse(cls, text: str, now: datetime | None = None, kind: Kind | None = "prediction") -> Query:
        """The query that a user typed. What is no filter is a word to look for; nothing is an error.

        `since:` and `until:` (also `before:`) take an age (`30s`, `5m`, `2h`, `3d`, `1w`) or a date (`2026-11-21`,
        `2026-11-21T10:30`).
        """
        found: dict[str, str] = {}
        times: dict[str, datetime] = {}
        words: list[str] = []
        phrases: list[str] = []
        notes: list[str] = []
        for match in _WORD.finditer(text):
            name, value = (match[1] or "").lower(), (match[2] or "").strip('"')
            if name in ("since", "until", "before") and value:
                when = moment_of(value, now or datetime.now(UTC))
                if when is not None:
                    times["since" if name == "since" else "before"] = when
                    continue
                notes.append(f"{name}: takes an age such as 2h or 3d, or a date such as 2026-11-21")
            elif name in FILTERS and value:
                found[name] = value
                continue
            elif name and (near := get_close_matches(name, FILTERS, 1, 0.75)):
                notes.append(f"{name}: is looked for as a word; {near[0]}: is a filter")
            if match[3] and " " in match[3].strip():
                phrases.append(match[3].strip())
            else:
                words.append((match[3] or match[0]).strip('"'))
        return cls(
            text=" ".join(word for word in words if word),
            phrases=tuple(phrases),
            status=found["status"].lower() if "status" in found else None,
            model=found.get("model"),
            source=found["source"].lower() if "source" in found else None,
            since=times.get("since"),
            before=times.get("before"),
            id=found.get("id"),
            version=found.get("version"),
            deployment=found.get("deployment"),
            kind=kind,
            notes=tuple(notes),
        )

    def __bool__(self) -> bool:
        """Whether it asks for anything but the kind."""
        return bool(
            self.text
            or self.phrases
            or self.status
            or self.model
            or self.source
            or self.since
            or self.before
            or self.id
            or self.version
            or self.deployment
        )

    def statuses(self) -> tuple[str, ...]:
        """The statuses asked for, "live" and "ended" among them; a beginning stands for all that begin so."""
        found: list[str] = []
        for word in (self.status or "").split(","):
            if word:
                word = _ALSO.get(word, word)
                found += [word] if word in _STATUSES else [s for s in _STATUSES if s.startswith(word)] or [word]
        return tuple(dict.fromkeys(found))


def moment_of(text: str, now: datetime) -> datetime | None:
    """The moment of an age (`2h` ago) or of a date; None for what is neither."""
    age = _AGE.fullmatch(text)
    try:
        if age:
            return now - timedelta(seconds=int(age[1]) * _UNITS[age[2].lower()])
        day = datetime.fromisoformat(text)
        return (day if day.tzinfo else day.astimezone()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
