"""What a list of records is asked for: `status:failed model:flux since:2h words`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from .moments import micros

Kind: TypeAlias = Literal["prediction", "training"]

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_AGE = re.compile(r"(\d{1,6})(s|min|m|h|d|w)", re.IGNORECASE)
_WORD = re.compile(r'([a-z]+):("[^"]*"|\S+)|"([^"]*)"|(\S+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """A filter of records. Empty parts ask for nothing; the others must all hold."""

    text: str = ""
    """Words that must all occur in id, model, version, input summary or error."""
    status: str | None = None
    """A status, or "live" or "ended"."""
    model: str | None = None
    """A part of "owner/name" or of the deployment."""
    source: str | None = None
    since: datetime | None = None
    """The oldest creation wanted; aware."""
    kind: Kind | None = "prediction"

    @classmethod
    def parse(cls, text: str, now: datetime | None = None, kind: Kind | None = "prediction") -> Query:
        """The query that a user typed. What is no filter is a word to look for; nothing is an error.

        `since:` takes an age (`30s`, `5m`, `2h`, `3d`, `1w`) or a date (`2026-11-21`, `2026-11-21T10:30`).
        """
        found: dict[str, str] = {}
        since: datetime | None = None
        words: list[str] = []
        for match in _WORD.finditer(text):
            name, value = (match[1] or "").lower(), (match[2] or "").strip('"')
            when = _when(value, now or datetime.now(UTC)) if name == "since" else None
            if name in ("status", "model", "source") and value:
                found[name] = value
            elif when is not None:
                since = when
            else:
                words.append((match[3] or match[0]).strip('"'))
        return cls(
            text=" ".join(word for word in words if word),
            status=found["status"].lower() if "status" in found else None,
            model=found.get("model"),
            source=found["source"].lower() if "source" in found else None,
            since=since,
            kind=kind,
        )

    def where(self, account: str) -> tuple[str, list[object]]:
        """The SQL condition on `predictions` and its parameters."""
        parts, values = ["account = ?"], list[object]([account])
        if self.kind is not None:
            parts.append("kind = ?")
            values.append(self.kind)
        if self.status == "live":
            parts.append("live = 1")
        elif self.status == "ended":
            parts.append("live = 0")
        elif self.status:
            parts.append("status = ?")
            values.append(self.status)
        if self.source:
            parts.append("source = ?")
            values.append(self.source)
        if self.since is not None:
            parts.append("created_at >= ?")
            values.append(micros(self.since))
        if self.model:
            parts.append("instr(lower(model || ' ' || coalesce(deployment, '')), ?) > 0")
            values.append(self.model.lower())
        for word in self.text.lower().split():
            parts.append("instr(search, ?) > 0")
            values.append(word)
        return " AND ".join(parts), values


def _when(text: str, now: datetime) -> datetime | None:
    age = _AGE.fullmatch(text)
    try:
        if age:
            return now - timedelta(seconds=int(age[1]) * _UNITS[age[2].lower()])
        day = datetime.fromisoformat(text)
        return (day if day.tzinfo else day.astimezone()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
