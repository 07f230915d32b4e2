"""The store as everybody uses it: async methods over one SQLite file, everything kept per account.

    store = await Store.open(path)
    try:
        await store.save(account, [prediction], confirmed_at=now)
    finally:
        await store.close()

All SQL runs in one thread that the store owns. Several consoles may share the file. Methods raise StoreError.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias, TypeVar

from tui.api.types import Model, Prediction
from tui.store import conversation_rows as chat_rows
from tui.store import record_windows as listing_sql
from tui.store.batches import Batches
from tui.store.conversations import Chats
from tui.store.deliveries import Deliveries
from tui.store.filter_query import NEWEST, Order, Query
from tui.store.rate_budgets import RateBudgets
from tui.store.record_windows import Window
from tui.store.uploads import Uploads

from . import catalogue as catalogue_sql
from . import creations as creations_sql
from . import deletion as deletion_sql
from . import model_lists as models_sql
from . import predictions as predictions_sql
from . import runs as runs_sql
from . import totals as totals_sql
from .catalogue import Kept
from .database import Database
from .model_lists import ModelOrder, ShopWindow
from .past_runs import PastRuns
from .predictions import Progress, Redact, Saver
from .records import Attempt, Cursor, Draft, Kind, PageFold, Record, RecordRow, RunIntent, SavedOutput
from .releases import Releases
from .summaries import Question, Summaries
from .trainers import Trainers
from .usage import UsageRecords

T = TypeVar("T")
Records: TypeAlias = list[Record]
Rows: TypeAlias = list[RecordRow]
Ids: TypeAlias = list[str]
Models: TypeAlias = list[Model]
Outputs: TypeAlias = list[SavedOutput]
Intents: TypeAlias = list[RunIntent]
EVERYTHING = Query()


class Store:
    """What is kept on this machine. Make one with `await Store.open(path)`."""

    def __init__(self, database: Database, saver: Saver, now: Callable[[], datetime]) -> None:
        self._database = database
        self._saver = saver
        self._now = now
        self._data_version: int | None = None
        self.chats = Chats(database, now)
        self.releases = Releases(database, now)
        """The releases of deployments."""
        self.trainers = Trainers(database)
        self.batches = Batches(database)
        self.uploads = Uploads(database)
        self.rate_budgets = RateBudgets(database)
        self.deliveries = Deliveries(database)
        """Webhooks that were delivered from here."""
        self.usage = UsageRecords(database)
        """What was used."""
        self.past_runs = PastRuns(database)
        """How long the newest runs of a model took."""

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        progress: Progress | None = None,
        redact: Redact | None = None,
        question: Question | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Store:
        """Open or make the file.

        `progress` reads a fraction (0 to 1) from logs, for the rows. `redact` hides the secrets in the input of
        each prediction before it is kept. `question` gives the last question of a prompt that holds a conversation.
        All run in the store's thread.

        Raises StoreDamaged, StoreTooNew, StoreFull, StoreError; the file is then as it was.
        """
        database = Database(path)
        await database.open()
        saver = Saver(progress, redact, Summaries(question))
        await database.write(saver.index.prepare)
        store = cls(database, saver, now)
        await store.changed_elsewhere()
        return store

    @property
    def path(self) -> Path:
        """The database's file."""
        return self._database.path

    async def close(self) -> None:
        """Close the file and end the thread. May be called twice."""
        await self._database.close()

    async def save(
        self,
        account: str,
        predictions: Iterable[Prediction],
        confirmed_at: datetime | None = None,
        *,
        kind: Kind = "prediction",
        run_id: str | None = None,
        durable: bool = False,
    ) -> Records:
        """Fold predictions, or trainings with kind="training", into the records. Returns those that changed.

        `confirmed_at`: when the server said so. `run_id` binds them to a run. Items of a list: see `fold_page`.
        """
        seen = tuple(predictions)
        if not seen:
            return []

        def job(connection: sqlite3.Connection) -> Records:
            return self._saver.save(
                connection,
                account,
                seen,
                kind=kind,
                confirmed_at=confirmed_at,
                run_id=run_id,
                now=self._now(),
            )

        return await self._save(job, durable=durable)

    async def fold_page(
        self, account: str, predictions: Sequence[Prediction], confirmed_at: datetime, kind: Kind
    ) -> PageFold:
        """Fold a page of the API's list in, and tell what it changed: one job, one transaction."""
        ids = [one.id for one in predictions if one.id]

        def job(connection: sqlite3.Connection) -> PageFold:
            index, now = self._saver.index, self._now()
            known = predictions_sql.known_ids(connection, account, ids)
            known |= deletion_sql.deleted(connection, account, ids)
            had_some = bool(known) or listing_sql.count(connection, index, account, Query(kind=kind)) > 0
            changed = self._saver.save(
                connection,
                account,
                predictions,
                kind=kind,
                confirmed_at=confirmed_at,
                run_id=None,
                now=now,
                listed=True,
            )
            rows = {record.id: record.row for record in changed}
            others = [one for one in ids if one not in rows]
            rows.update((row.id, row) for row in listing_sql.rows_of(connection, account, others))
            ordered = {one: rows[one] for one in ids if one in rows}
            return PageFold(frozenset(known), had_some, tuple(changed), ordered)

        return await self._save(job)

    async def get(self, account: str, prediction_id: str) -> Record | None:
        """The whole record, or None."""
        found = await self._read(lambda db: predictions_sql.records(db, account, [prediction_id]))
        return found[0] if found else None

    async def rows(
        self,
        account: str,
        query: Query = EVERYTHING,
        limit: int = 100,
        after: Cursor | None = None,
        *,
        order: Order = NEWEST,
        offset: int = 0,
    ) -> Rows:
        """A page of light rows, newest first unless `order` says else. Go on with `after=rows[-1].cursor`.

        `after` is for the order of creation; other orders take an `offset`.
        """
        index = self._saver.index
        return await self._read(lambda db: listing_sql.page(db, index, account, query, limit, after, order, offset))

    async def window(
        self,
        account: str,
        query: Query = EVERYTHING,
        order: Order = NEWEST,
        *,
        first: int = 0,
        size: int = 100,
        pins: Sequence[str] = (),
        anchor: tuple[str, int] | None = None,
    ) -> Window:
        """`size` rows of a list from place `first` on, how many there are in all, and the places of the ids `pins`.

        `anchor`: an id, and how many rows of the window come before it; where it is known it says what `first` is.
        """
        index = self._saver.index
        return await self._read(
            lambda db: listing_sql.window(db, index, account, query, order, first, size, pins, anchor)
        )

    async def ids(self, account: str, query: Query = EVERYTHING, order: Order = NEWEST) -> Ids:
        """The ids of all that the query finds."""
        return await self._read(lambda db: listing_sql.ids(db, self._saver.index, account, query, order))

    async def catch_up(self, limit: int = 20) -> int:
        """Bring up to `limit` records to the present form that an earlier version kept. How many; 0 at the end."""
        return await self._write(lambda db: self._saver.catch_up(db, limit))

    def summary(self, values: Mapping[str, object], limit: int = 200) -> str:
        """An input on one line, as the lists show it."""
        return self._saver.summaries.of(values, limit)

    async def row(self, account: str, prediction_id: str) -> RecordRow | None:
        """One light row, or None."""
        found = await self.some_rows(account, [prediction_id])
        return found[0] if found else None

    async def count(self, account: str, query: Query = EVERYTHING) -> int:
        """How many records the query finds."""
        return await self._read(lambda db: listing_sql.count(db, self._saver.index, account, query))

    async def totals(
        self, account: str, periods: Sequence[totals_sql.Period], kind: Kind = "prediction"
    ) -> list[totals_sql.Totals]:
        """How many were created in each period, and how long they ran."""
        return await self._read(lambda db: totals_sql.totals(db, account, kind, periods))

    async def live(self, account: str) -> Records:
        """Everything that may still change, whole, newest first."""

        def job(connection: sqlite3.Connection) -> Records:
            ids = [row.id for row in listing_sql.live_rows(connection, account)]
            return predictions_sql.records(connection, account, ids)

        return await self._read(job)

    async def mark_gone(self, account: str, prediction_id: str) -> Record | None:
        """Note that the server does not know a prediction any more: its row is "gone" and not live.

        Returns the record when that is news. It is live again when the server tells of it again.
        """

        def job(connection: sqlite3.Connection) -> Record | None:
            if not predictions_sql.mark_gone(connection, account, prediction_id):
                return None
            self._saver.forget()
            return predictions_sql.records(connection, account, [prediction_id])[0]

        return await self._write(job)

    async def delete_records(self, account: str, ids: Sequence[str]) -> tuple[int, list[Path]]:
        """Delete what has ended of `ids` for good: how many, and the files that were saved of them.

        The files are the caller's. Lists of the API do not bring them back, and what was used stays counted.
        """

        def job(connection: sqlite3.Connection) -> tuple[int, list[Path]]:
            self._saver.forget()
            return deletion_sql.delete(connection, self._saver.index, account, ids, self._now())

        return await self._write(job, durable=True)

    async def saved_files(self, account: str) -> list[tuple[str, Path]]:
        """Each file that was saved of what has ended, with the id of its record; the newest records first."""
        return await self._read(lambda db: deletion_sql.saved_files(db, account))

    async def live_rows(self, account: str) -> Rows:
        """Everything that may still change, as light rows, newest first."""
        return await self._read(lambda db: listing_sql.live_rows(db, account))

    async def some_rows(self, account: str, ids: Sequence[str]) -> Rows:
        """The light rows of `ids`, in their order; what is not there is left out."""
        return await self._read(lambda db: listing_sql.rows_of(db, account, ids))

    async def save_draft(self, account: str, key: str, values: Mapping[str, str]) -> None:
        """Keep a form's texts as typed (secrets left out by the caller)."""
        texts = dict(values)
        await self._write(lambda db: runs_sql.save_draft(db, account, key, texts, self._now()))

    async def draft(self, account: str, key: str) -> Draft | None:
        """The form as it was left, or None."""
        return await self._read(lambda db: runs_sql.draft(db, account, key))

    async def delete_draft(self, account: str, key: str) -> None:
        """Forget a form."""
        await self._write(lambda db: runs_sql.delete_draft(db, account, key))

    async def begin_run(self, account: str, intent: RunIntent) -> None:
        """Write down what is to be run. It is on the disk when this returns."""
        await self._write(lambda db: runs_sql.begin(db, account, intent), durable=True)

    async def update_run(self, account: str, run_id: str, **changes: object) -> None:
        """Change fields of a RunIntent. On the disk when this returns. Raises KeyError for what is not there."""
        await self._write(lambda db: runs_sql.update(db, account, run_id, changes), durable=True)

    async def save_run_text(self, account: str, run_id: str, text: str) -> None:
        """Keep what was streamed so far."""
        await self._write(lambda db: runs_sql.update(db, account, run_id, {"text": text}))

    async def begin_creation(self, account: str, attempt: Attempt, **changes: object) -> None:
        """A run is about to be sent: note the attempt, and change fields of its RunIntent. On the disk at return."""

        def job(connection: sqlite3.Connection) -> None:
            runs_sql.update(connection, account, attempt.run_id, {"state": "creating", **changes})
            creations_sql.begin(connection, attempt)

        await self._write(job, durable=True)

    async def lose_creation(self, run_id: str, since: datetime | None, until: datetime | None) -> None:
        """The answer to a run's last attempt will not come. `since` and `until` are as in Attempt; None keeps it."""
        await self._write(lambda db: creations_sql.lose(db, run_id, since, until), durable=True)

    async def refuse_creation(self, account: str, run_id: str, **changes: object) -> None:
        """A run was refused, or never left: nothing was created. On the disk at return."""

        def job(connection: sqlite3.Connection) -> None:
            runs_sql.update(connection, account, run_id, {"state": "failed", **changes})
            creations_sql.refuse(connection, run_id)

        await self._write(job, durable=True)

    async def attempts(self, run_id: str) -> list[Attempt]:
        """The open attempts that could be taken for the run's last one, that one included, oldest first."""
        return await self._read(lambda db: creations_sql.open_like(db, run_id))

    async def adopt_run(
        self,
        account: str,
        run_id: str,
        ids: Sequence[str],
        choose: Callable[[list[Attempt], set[str]], Prediction | None],
        confirmed_at: datetime | None,
        kind: Kind = "prediction",
    ) -> Record | None:
        """Bind a run to the prediction that `choose` picks, given what `attempts` gives and which of `ids` are taken.

        The check and the claim are one transaction, so that no other process can claim it in between.
        """

        def job(connection: sqlite3.Connection) -> Record | None:
            taken = creations_sql.taken(connection, run_id, ids)
            found = choose(creations_sql.open_like(connection, run_id), taken)
            if found is None or found.id in taken:
                return None
            return self._bind(connection, account, run_id, found, confirmed_at, kind)

        return await self._save(job, durable=True)

    async def bind_run(
        self,
        account: str,
        run_id: str,
        prediction: Prediction,
        confirmed_at: datetime | None,
        kind: Kind = "prediction",
    ) -> Record:
        """The creation's answer is here: the run follows `prediction`. One transaction, on the disk at return."""
        return await self._save(
            lambda db: self._bind(db, account, run_id, prediction, confirmed_at, kind), durable=True
        )

    def _bind(
        self,
        connection: sqlite3.Connection,
        account: str,
        run_id: str,
        prediction: Prediction,
        confirmed_at: datetime | None,
        kind: Kind,
    ) -> Record:
        found = {"state": "following", "prediction_id": prediction.id, "error": None}
        runs_sql.update(connection, account, run_id, found)
        creations_sql.answer(connection, run_id, prediction.id)
        self._saver.save(
            connection, account, [prediction], kind=kind, confirmed_at=confirmed_at, run_id=run_id, now=self._now()
        )
        intent = runs_sql.one(connection, account, run_id)
        if intent is not None and isinstance(destination := intent.options.get("destination"), str):
            predictions_sql.note_destination(connection, account, prediction.id, destination)
        return predictions_sql.records(connection, account, [prediction.id])[0]

    async def claim_run(self, account: str, run_id: str, old: str | None, new: str) -> RunIntent | None:
        """Take over a run whose console is gone, as that left it. None when another was quicker, or it has ended."""
        return await self._write(lambda db: runs_sql.claim(db, account, run_id, old, new))

    async def run(self, account: str, run_id: str) -> RunIntent | None:
        """One intent, or None."""
        return await self._read(lambda db: runs_sql.one(db, account, run_id))

    async def unfinished_runs(self, account: str, besides: str | None = None) -> Intents:
        """The runs that somebody must still look after, oldest first."""
        return await self._read(lambda db: runs_sql.unfinished(db, account, besides))

    async def save_output(self, account: str, prediction_id: str, output: SavedOutput) -> None:
        """Keep what became of one file of an output."""
        await self.save_outputs(account, prediction_id, [output])

    async def save_outputs(self, account: str, prediction_id: str, outputs: Sequence[SavedOutput]) -> None:
        """Keep what became of several files of one output, all or none."""

        def job(connection: sqlite3.Connection) -> None:
            for output in outputs:
                runs_sql.save_output(connection, account, prediction_id, output)

        await self._write(job)

    async def outputs(self, account: str, prediction_id: str) -> Outputs:
        """What became of each file of an output, in its order."""
        return await self._read(lambda db: runs_sql.outputs(db, account, prediction_id))

    async def wanted_outputs(self, account: str) -> dict[str, Outputs]:
        """The files that are still to be saved, by prediction id."""
        return await self._read(lambda db: runs_sql.wanted(db, account))

    async def save_models(self, account: str, models: Sequence[Model]) -> None:
        """Keep models."""
        await self._write(lambda db: catalogue_sql.save_models(db, account, models, self._now()))

    async def models(
        self,
        account: str,
        text: str = "",
        limit: int = 100,
        offset: int = 0,
        *,
        order: ModelOrder | None = None,
        within: Sequence[str] | None = None,
    ) -> Models:
        """Known models that match, without their schemas, by rank unless `order` says else.

        `within` holds "owner/name" of the only ones that may be found.
        """
        return await self._read(
            lambda db: models_sql.models(db, account, text, limit, offset, order=order, within=within)
        )

    async def shop_window(self, account: str, limit: int) -> ShopWindow:
        """What the list of all models shows before anything is looked for, without their schemas."""
        return await self._read(lambda db: models_sql.shop_window(db, account, limit))

    async def model(self, account: str, ref: str) -> tuple[Model, datetime] | None:
        """A model with its schema where that is known, and when it was fetched; or None."""
        return await self._read(lambda db: catalogue_sql.model(db, account, ref))

    async def forget_model(self, account: str, ref: str) -> None:
        """Drop a model that was deleted, with all that is kept of it."""
        await self._write(lambda db: catalogue_sql.forget_model(db, account, ref))

    async def save_model_detail(self, account: str, ref: str, **details: object) -> None:
        """Keep JSON values about a model by their kind: `readme=…, versions=…, examples=…`."""

        def job(connection: sqlite3.Connection) -> None:
            for kind, value in details.items():
                catalogue_sql.keep(connection, account, kind, ref, value, self._now())

        await self._write(job)

    async def cache_get(self, account: str, kind: str, ref: str = "") -> Kept | None:
        """A JSON value from the cache with its age, or None. `kind`: "readme", "collections", …"""
        return await self._read(lambda db: catalogue_sql.kept(db, account, kind, ref))

    async def cache_set(self, account: str, kind: str, ref: str, value: object) -> None:
        """Keep a JSON value in the cache."""
        await self._write(lambda db: catalogue_sql.keep(db, account, kind, ref, value, self._now()))

    async def meta_get(self, account: str, key: str) -> str | None:
        """A small note, or None. The account "" holds what belongs to none."""
        return await self._read(lambda db: catalogue_sql.meta_get(db, account, key))

    async def meta_set(self, account: str, key: str, value: str | None) -> None:
        """Keep a small note; None drops it."""
        await self._write(lambda db: catalogue_sql.meta_set(db, account, key, value))

    async def changed_elsewhere(self) -> bool:
        """Whether another process has written to the file since this was asked the last time, or it was opened."""

        def job(connection: sqlite3.Connection) -> int:
            return int(connection.execute("PRAGMA data_version").fetchone()[0])

        before, self._data_version = self._data_version, await self._read(job)
        return before is not None and before != self._data_version

    async def rename_account(self, old: str, new: str) -> None:
        """Join what was kept under `old`, before the account's name was known, to `new`."""
        if old == new:
            return

        def job(connection: sqlite3.Connection) -> None:
            self._saver.merge_accounts(connection, old, new, self._now())
            catalogue_sql.rename_account(connection, old, new)
            chat_rows.rename_account(connection, old, new)

        await self._save(job)

    async def list(
        self, account: str, query: Query = EVERYTHING, limit: int = 100, after: Cursor | None = None
    ) -> Records:
        """A page of whole records, newest first. A list on the screen wants `rows`, which is far lighter."""

        def job(connection: sqlite3.Connection) -> Records:
            found = listing_sql.page(connection, self._saver.index, account, query, limit, after)
            return predictions_sql.records(connection, account, [row.id for row in found])

        return await self._read(job)

    async def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return await self._database.read(job)

    async def _write(self, job: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        return await self._database.write(job, durable=durable)

    async def _save(self, job: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """A write that folds: its digests hold only when the transaction does."""
        try:
            return await self._database.write(job, durable=durable)
        except Exception:
            self._saver.forget()
            raise
