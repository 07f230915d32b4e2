"""Folds the API's answers into the store, keeps the ledger, and tells about what is new or has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tui.api.types import Page, Prediction
from tui.services.bus import Ended, Gone, RecordChanged, RecordsListed
from tui.services.session import Session
from tui.services.watching.live_set import Ledger, sight
from tui.store.filter_query import Query
from tui.store.records import Kind, Record

KEPT = timedelta(hours=1)
"""How long Replicate keeps a prediction's data (docs/replicate.md, Retention)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it was folded in."""

    page: Page[Prediction]
    all_new: bool
    """Whether nothing of it was known, though something is kept here: there may be a gap below it."""
    any_live: bool

    @property
    def oldest(self) -> datetime | None:
        """The creation of its last item."""
        return min((one.created_at for one in self.page.results if one.created_at), default=None)


class Sightings:
    """One per watcher."""

    def __init__(self, session: Session, ledger: Ledger) -> None:
        self._session = session
        self._store = session.store
        self._bus = session.bus
        self._now = session.clock.now
        self._ledger = ledger

    async def one(self, found: Prediction, kind: Kind, asked: float) -> Record | None:
        """Fold in a whole prediction or training that the API, asked at `asked` by the clock, told of."""
        ledger = self._ledger
        changed = await self._store.save(self._session.account, [found], self._now(), kind=kind)
        record = changed[0] if changed else await self._store.get(self._session.account, found.id)
        if record is None:
            return None
        # Another console may have written it down first: then it is no news to the store, but it is to this one.
        news = bool(changed) or ledger.told.get(record.id) != sight(record)
        ended = self.note(record, asked)
        if news:
            ledger.told[record.id] = sight(record)
            self._bus.publish(RecordChanged(record))
        if ended:
            self._tell_end(record)
        if record.row.whole:
            ledger.forget(record.id)
        return record

    def note(self, record: Record, asked: float) -> bool:
        """Keep account of whether it is live. Whether it has ended, having been seen live here."""
        if record.live:
            self._ledger.confirm(record.row, asked)
            return False
        return self._ledger.ended(record.id)[1]

    async def page(self, page: Page[Prediction], kind: Kind, asked: float) -> Seen:
        """Fold in a page of a list, which may lack what is large."""
        account, ledger = self._session.account, self._ledger
        ids = [one.id for one in page.results if one.id]
        known = await self._store.known_ids(account, ids)
        had_some = bool(known) or await self._store.count(account, Query(kind=kind)) > 0
        changed = await self._store.save(account, page.results, self._now(), kind=kind, listed=True)
        records = {record.id: record for record in changed}
        rows = {record.id: record.row for record in changed}
        rows.update((row.id, row) for row in await self._store.some_rows(account, [i for i in ids if i not in rows]))
        news, ends = list(changed), list[str]()
        for row in [rows[one] for one in dict.fromkeys(ids) if one in rows]:
            if row.live:
                ledger.confirm(row, asked)
            else:
                was_live, seen_live = ledger.ended(row.id)
                fresh = row.id not in known and self._now() - row.created_at < KEPT
                if not row.whole and (was_live or fresh or row.id in ledger.tracked):
                    ledger.wanted[row.id] = row.kind
                if seen_live:
                    ends.append(row.id)
            if row.id in ends or (row.id in ledger.tracked and not ledger.knows(row)):
                record = records.get(row.id) or await self._store.get(account, row.id)
                if record is not None:
                    if row.id not in records:
                        # Another console wrote it down first.
                        news.append(record)
                    records[row.id] = record
                    ledger.told[row.id] = sight(record)
            if not row.live and row.whole:
                ledger.forget(row.id)
        if news:
            self._bus.publish(RecordsListed(tuple(news)))
        for one in ends:
            if one in records:
                self._tell_end(records[one])
        return Seen(page, all_new=had_some and bool(ids) and not known, any_live=any(row.live for row in rows.values()))

    async def gone(self, prediction_id: str, kind: Kind) -> None:
        """It is not there (any more): what is kept of it stays, not as live, and nobody asks again."""
        self._ledger.forget(prediction_id)
        self._ledger.gone.add(prediction_id)
        self._bus.publish(Gone(prediction_id, kind))
        record = await self._store.mark_gone(self._session.account, prediction_id)
        if record is not None:
            self._bus.publish(RecordChanged(record))

    def _tell_end(self, record: Record) -> None:
        until = record.row.completed_at or self._now()
        self._bus.publish(Ended(record, max(0.0, (until - record.row.created_at).total_seconds())))
