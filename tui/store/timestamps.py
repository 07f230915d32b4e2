"""Times as the database keeps them: whole microseconds since 1970, exact and in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly. `moment` is aware."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(count: int) -> datetime:
    """The aware UTC time of `micros`."""
    return _EPOCH + count * _MICROSECOND
