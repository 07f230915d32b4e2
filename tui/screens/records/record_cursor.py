"""The record under the cursor of a list: read from the archive when the cursor rests on it."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from tui.api.list_trimmer import left_out
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

    from tui.screens.base import ConsoleScreen
    from tui.screens.records.record_list import RecordList
    from tui.services.services import Services
    from tui.store.records import Record

HURRIED = 0.2
"""Seconds between two rows below which a key is held down: what is under the cursor is read when it rests."""
FETCHED = 8_000_000
"""Bytes left out of a list that are fetched as soon as the cursor rests on their record; more is asked for by enter."""
REST = 0.12
"""Seconds for which the cursor must stay on a row, then."""


class RecordCursor:
    """Knows the whole record of the row that has the cursor, as soon as it is read."""

    def __init__(self, screen: ConsoleScreen, records: RecordList, read: Callable[[Record | None], None]) -> None:
        """`read` is called with each record that was read, and with None where there is none."""
        self._screen = screen
        self._list = records
        self._read = read
        self._timer: Timer | None = None
        self._moved_at = 0.0
        self.record: Record | None = None

    @property
    def id(self) -> str | None:
        """The id of the record that is shown."""
        return self.record.id if self.record is not None else None

    @property
    def too_large(self) -> bool:
        """Whether the list left so much of it out that it is fetched only when that is asked for."""
        return self.record is not None and sum(left_out(self.record.prediction.raw).values()) > FETCHED

    def moved(self, record_id: str | None) -> None:
        """The cursor is on another row."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if record_id is None:
            self.record = None
            self._read(None)
        elif record_id != self.id:
            hurried = monotonic() - self._moved_at < HURRIED
            self._moved_at = monotonic()
            if hurried:
                self._timer = self._screen.set_timer(REST, self._rested)
            else:
                self._rested()

    def _rested(self) -> None:
        if (record_id := self._list.table.cursor_id) is not None and record_id != self.id:
            self._load(record_id)

    def reload(self) -> None:
        """Read it again."""
        if self.id is not None:
            self._load(self.id)

    def account_changed(self) -> None:
        """What was read of another account was not there: read it again."""
        if self.record is None:
            self._rested()

    def replaced(self, record: Record) -> bool:
        """Take a newer record over; whether it is the one that is shown."""
        if record.id != self.id:
            return False
        self.record = record
        return True

    def _load(self, record_id: str) -> None:
        if (services := self._screen.services) is not None:
            work(self._screen, self._list.noun.capitalize(), "record", self._get, services, record_id)

    async def _get(self, services: Services, record_id: str) -> None:
        record = await services.store.get(services.account, record_id)
        if record is not None and self._list.table.cursor_id == record_id:
            self.record = record
            self._read(record)
