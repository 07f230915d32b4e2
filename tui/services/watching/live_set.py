"""What is live, what is followed, and what must still be fetched whole, as far as this console knows."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from tui.services.watching.request_scheduler import NEVER
from tui.store.records import Kind, Record, RecordRow


class Tracked(Struct):
    """One that is followed until it ends."""

    kind: Kind
    since: float
    due: float
    streaming: bool = False
    """Its text comes by itself, so that asking is for status and logs only."""


class OpenDetail(Struct):
    """The one whose detail is on the screen."""

    id: str
    kind: Kind
    due: float
    fresh: bool = True
    """Somebody opened it and waits: it is asked for at once."""


class Live(Struct):
    """One that may still change."""

    kind: Kind
    created_at: datetime
    confirmed: float = NEVER
    """When, by the clock, the API was asked that last said so; NEVER for what an earlier console left as live.

    NEVER is minus infinity: compare it, do not calculate with it.
    """


class Block(NamedTuple):
    """Live ones that one page of the list may hold: `start` is the newest one's creation, `end` the oldest one's."""

    ids: tuple[str, ...]
    start: datetime
    end: datetime
    confirmed: float
    """The longest ago that one of them was confirmed."""


class LiveSet:
    """Only a memory: it asks for nothing and publishes nothing."""

    def __init__(self) -> None:
        self.tracked: dict[str, Tracked] = {}
        self.live: dict[str, Live] = {}
        self.wanted: dict[str, Kind] = {}
        """What is to be asked for by itself: it ended and was seen in the list only, or is not where it should be."""
        self.gone: set[str] = set()
        self.told: dict[str, tuple[object, ...]] = {}
        """What was last published of a record; see `snapshot`."""

    def expect(self, rows: Iterable[RecordRow]) -> None:
        """What an earlier console saw live."""
        for row in rows:
            self.live.setdefault(row.id, Live(row.kind, row.created_at))

    def confirm(self, row: RecordRow, asked: float) -> None:
        """The API, asked at `asked`, said that it is live."""
        known = self.live.get(row.id)
        confirmed = asked if known is None else max(asked, known.confirmed)
        self.live[row.id] = Live(row.kind, row.created_at, confirmed)
        self.gone.discard(row.id)
        self.wanted.pop(row.id, None)

    def ended(self, prediction_id: str) -> tuple[bool, bool]:
        """It is not live any more. Whether it was live by what was known, and whether this console saw it live."""
        known = self.live.pop(prediction_id, None)
        return known is not None, known is not None and known.confirmed != NEVER

    def forget(self, prediction_id: str) -> None:
        """Nothing more is to be learned of it."""
        self.tracked.pop(prediction_id, None)
        self.told.pop(prediction_id, None)
        self.wanted.pop(prediction_id, None)
        self.live.pop(prediction_id, None)

    def knows(self, row: RecordRow) -> bool:
        """Whether what a list can show of it was published."""
        told, listed = self.told.get(row.id), _listed_snapshot(row)
        return told is not None and told[: len(listed)] == listed

    def seen_live(self) -> frozenset[str]:
        """What the API said is live, or is followed."""
        return frozenset(self.tracked).union(key for key, one in self.live.items() if one.confirmed != NEVER)

    def block(self, kind: Kind, among: Container[str] | None = None, slack: float | None = 0.0) -> Block | None:
        """Of the live ones of a kind (`among` these), those that were confirmed the longest ago.

        What is to be fetched by itself is left out. Those that were confirmed up to `slack` seconds later are taken
        as well, so that few pages cover them; None takes all.
        """
        found = [
            (key, one)
            for key, one in self.live.items()
            if one.kind == kind and key not in self.wanted and (among is None or key in among)
        ]
        if not found:
            return None
        oldest = min(one.confirmed for _, one in found)
        chosen = [(key, one) for key, one in found if slack is None or one.confirmed <= oldest + slack]
        times = [one.created_at for _, one in chosen]
        return Block(tuple(key for key, _ in chosen), max(times), min(times), oldest)


def snapshot(record: Record) -> tuple[object, ...]:
    """What is published of a record: it differs whenever there is news."""
    prediction = record.prediction
    return (*_listed_snapshot(record.row), len(prediction.logs), prediction.metrics)


def _listed_snapshot(row: RecordRow) -> tuple[object, ...]:
    return (row.status, row.live, row.whole, row.started_at, row.has_outputs)
