"""Folds the API's answers into the store, keeps the live set, and publishes what is new or has ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from tui.api.types import Page, Prediction
from tui.services.bus import Ended, Gone, RecordChanged, RecordsListed
from tui.services.session import Session
from tui.services.watching.live_set import LiveSet, snapshot
from tui.store.records import Kind, PageFold, Record, RecordRow

KEPT = timedelta(hours=1)
"""How long Replicate keeps a prediction's data (docs/replicate.md, Retention)."""


class FoldedPage(Struct, frozen=True):
    """A page as it was folded in."""

    page: Page[Prediction]
    all_new: bool
    """Whether nothing of it was known, though something is kept here: there may be a gap below it."""
    any_live: bool

    @property
    def oldest(self) -> datetime | None:
        """The creation of its last item."""
        return min((one.created_at for one in self.page.results if one.created_at), default=None)


class Reconciler:
    """One per watcher."""

    def __init__(self, session: Session, live_set: LiveSet) -> None:
        self._session = session
        self._store = session.store
        self._bus = session.bus
        self._now = session.clock.now
        self._live_set = live_set
        self._met: set[str] = set()
        """What was told of to who waits for news."""

    async def one(self, found: Prediction, kind: Kind, asked: float) -> Record | None:
        """Fold in a whole prediction or training. `asked` is when, by the clock, the API was asked."""
        live_set = self._live_set
        changed = await self._store.save(self._session.account, [found], self._now(), kind=kind)
        record = changed[0] if changed else await self._store.get(self._session.account, found.id)
        if record is None:
            return None
        # Another console may have written it down first: then it is no news to the store, but it is to this one.
        news = bool(changed) or live_set.told.get(record.id) != snapshot(record)
        ended = self.note(record, asked)
        if news:
            live_set.told[record.id] = snapshot(record)
            self._bus.publish(RecordChanged(record))
        if ended:
            self._publish_end(record)
        if record.row.whole:
            live_set.forget(record.id)
        return record

    def note(self, record: Record, asked: float) -> bool:
        """Note whether it is live. Returns whether it has ended, having been seen live here."""
        if record.live:
            self._live_set.confirm(record.row, asked)
            return False
        return self._live_set.ended(record.id)[1]

    async def page(self, page: Page[Prediction], kind: Kind, asked: float, *, awaited: bool = False) -> FoldedPage:
        """Fold in a page of a list, whose items may lack what is large.

        `awaited`: somebody waits for what is new, and is told of it also where another process wrote it down first.
        """
        # The account may be renamed while this waits: it is read once, with the only job for the store.
        account = self._session.account
        fold = await self._store.fold_page(account, page.results, self._now(), kind)
        ends = [row.id for row in fold.rows.values() if self._note_row(row, fold, asked)]
        records = {record.id: record for record in fold.changed}
        for row in fold.rows.values():
            unmet = awaited and row.id not in self._met
            if awaited:
                self._met.add(row.id)
            if row.id not in records and (row.id in ends or unmet or self._is_news(row)):
                # Another console wrote it down first.
                record = await self._store.get(account, row.id)
                if record is not None:
                    records[row.id] = record
            if row.id in records and (row.id in ends or row.id in self._live_set.tracked):
                self._live_set.told[row.id] = snapshot(records[row.id])
            if not row.live and row.whole:
                self._live_set.forget(row.id)
        if records:
            self._bus.publish(RecordsListed(tuple(records.values())))
        for one in ends:
            if one in records:
                self._publish_end(records[one])
        any_live = any(row.live for row in fold.rows.values())
        return FoldedPage(page, all_new=fold.had_some and bool(fold.rows) and not fold.known, any_live=any_live)

    def _note_row(self, row: RecordRow, fold: PageFold, asked: float) -> bool:
        """Note whether it is live, and whether it must be fetched whole. Returns whether its end is to be published."""
        live_set = self._live_set
        if row.live:
            live_set.confirm(row, asked)
            return False
        was_live, seen_live = live_set.ended(row.id)
        # It ran elsewhere, and Replicate deletes its output within the hour.
        expiring = row.id not in fold.known and self._now() - row.created_at < KEPT
        if not row.whole and (was_live or expiring or row.id in live_set.tracked):
            live_set.wanted[row.id] = row.kind
        return seen_live

    def _is_news(self, row: RecordRow) -> bool:
        return row.id in self._live_set.tracked and not self._live_set.knows(row)

    async def gone(self, prediction_id: str, kind: Kind) -> None:
        """The API does not know it (any more): what is kept of it stays, no longer live, and nobody asks again."""
        self._live_set.forget(prediction_id)
        self._live_set.gone.add(prediction_id)
        self._bus.publish(Gone(prediction_id, kind))
        record = await self._store.mark_gone(self._session.account, prediction_id)
        if record is not None:
            self._bus.publish(RecordChanged(record))

    def _publish_end(self, record: Record) -> None:
        until = record.row.completed_at or self._now()
        self._bus.publish(Ended(record, max(0.0, (until - record.row.created_at).total_seconds())))
