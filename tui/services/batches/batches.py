"""Batches: many runs that were asked for together, kept in the store, worked on by one process at a time.

    batch, wrong = await batches.plan("owner/name", planned, options)
    ended = await batches.work(batch.id, runnables, tell=show)

A batch that was left goes on with `work`, in whichever process.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from msgspec import Struct, field
from msgspec.structs import asdict

from tui.api.types import Target
from tui.forms import REDACTED, FileInput, Form
from tui.services.batches import table
from tui.services.batches.file_names import DEFAULT
from tui.services.batches.placing import Placing
from tui.services.batches.worker import Limits as Limits
from tui.services.batches.worker import Worker
from tui.services.files.downloads import Downloads
from tui.services.runs.runs import Runs
from tui.services.session import Session
from tui.services.usage.cost import BatchPart
from tui.services.usage.prices import Prices
from tui.store.batch import Batch, BatchFailure, BatchRow, RowState
from tui.store.batches import NewRow, new_row
from tui.store.records import Record

if TYPE_CHECKING:
    from tui.services.batches.plan import Planned, Wrong

_AT_ONCE = 2000
"""Rows that are written down at once."""
_TOLD = 20
"""Values that are refused and told one by one."""
COUNTED_BY = 50
"""Rows of a model by whose inputs the cost of all of its rows is counted."""
_REASONS = 200
"""Reasons of failures that are listed at most."""
_LOOK = 0.5
_PLAIN = frozenset({str, int, float, bool})
"""Types of values that hold no file."""


class BatchError(Exception):
    """What cannot be done to a batch; the text is a sentence for the user."""


class Options(Struct, frozen=True):
    """How a batch was asked for."""

    targets: tuple[Target, ...]
    limits: Limits = field(default_factory=Limits)
    save: Path | None = None
    name: str = DEFAULT
    skip_invalid: bool = False
    webhook: str | None = None
    """The address that is told of every row's prediction."""
    webhook_events: tuple[str, ...] = ()


class Batches:
    """The batches of an account."""

    def __init__(self, session: Session, runs: Runs, downloads: Downloads, prices: Prices) -> None:
        self._session = session
        self._rows = session.store.batches
        self._runs = runs
        self._downloads = downloads
        self._prices = prices
        self._working: set[str] = set()
        """The batches that this process works on."""

    async def plan(
        self, model: str, label: str, options: Options, runs: Iterator[Planned], forms: Sequence[Form]
    ) -> tuple[Batch, list[Wrong], int]:
        """Judge every run and write all of them down; nothing is sent. The batch, what was refused, and how much was.

        Where something is refused, nothing is kept, unless `skip_invalid` says to go on. Raises StoreError, and what
        reading the rows raises.
        """
        batch = Batch(secrets.token_hex(4), model, label, self._session.clock.now(), options=_kept(options),
                      owner=self._session.ownership.name)  # fmt: skip
        await self._rows.add(self._session.account, batch)
        wrong: list[Wrong] = []
        refused = number = 0
        open_ = [form.never_secret() for form in forms]
        judging = asyncio.create_task(asyncio.to_thread(_judged, runs, 0, forms, open_))
        try:
            while (judged := await judging)[0]:
                some, found = judged
                number += len(some)
                # The next ones are judged while these are written.
                judging = asyncio.create_task(asyncio.to_thread(_judged, runs, number, forms, open_))
                refused += len(found)
                for one in found:
                    wrong += one[: _TOLD - len(wrong)]
                if not refused or options.skip_invalid:
                    await self._rows.add_rows(batch.id, some)
            if number == 0 or (refused and not options.skip_invalid) or refused == number:
                await self._rows.delete(self._session.account, batch.id)
            else:
                await self._rows.change(self._session.account, batch.id, state="open")
        except BaseException:
            await asyncio.gather(asyncio.shield(judging), return_exceptions=True)
            await asyncio.shield(self._rows.delete(self._session.account, batch.id))
            raise
        return await self._rows.one(self._session.account, batch.id) or batch, wrong, refused

    async def all_of(self, limit: int = 0) -> list[Batch]:
        """The batches, newest first; 0 for all."""
        return await self._rows.all_of(self._session.account, limit)

    async def get(self, batch_id: str) -> Batch:
        """One batch. Raises BatchError."""
        batch = await self._rows.one(self._session.account, batch_id)
        if batch is None:
            raise BatchError(f"There is no batch {batch_id[:60]!r}.")
        return batch

    async def state(self, batch: Batch) -> str:
        """The batch's state as people call it: "running" and "stopped" tell whether somebody works on it."""
        if batch.state == "open" and batch.owner == self._session.ownership.name:
            # One that was made here is not begun yet.
            return "running" if batch.id in self._working else "stopped"
        if batch.state in ("open", "canceling", "planning"):
            alive = await asyncio.to_thread(self._session.ownership.alive, batch.owner)
            if batch.state == "open":
                return "running" if alive else "stopped"
            return batch.state if alive or batch.state == "canceling" else "broken off"
        return batch.state

    async def spent(self, batch_id: str) -> tuple[float, float]:
        """The billed seconds of a batch, and its dollars as far as prices are known."""
        return await self._rows.spent(batch_id)

    async def rows(self, batch_id: str, states: Sequence[str], words: Sequence[str], limit: int) -> list[BatchRow]:
        """The first rows of these states (all where none is named) that hold every one of the words."""
        return await self._rows.found(batch_id, cast("Sequence[RowState]", states), words, limit)

    async def failures(self, batch_id: str) -> list[BatchFailure]:
        """Why rows did not succeed, what stopped most of them first."""
        return await self._rows.failures(batch_id, _REASONS)

    async def outputs(
        self, batch_id: str, limit: int, only: Collection[int] = ()
    ) -> list[tuple[BatchRow, Record | None]]:
        """The first rows that succeeded, each with its prediction; `only` are the numbers of those that are wanted."""
        rows = await self._rows.rows(batch_id, ("done",), limit=limit)
        rows = [row for row in rows if not only or row.number in only]
        store, account = self._session.store, self._session.account
        return [(row, await store.get(account, row.prediction_id) if row.prediction_id else None) for row in rows]

    async def parts(self, batch: Batch) -> list[BatchPart]:
        """What is left to be sent of a batch, for each of its models."""
        targets = targets_of(batch)
        counts = {0: batch.counts.get("left", 0)} if len(targets) == 1 else await self._rows.left_by_target(batch.id)
        return [
            BatchPart(targets[place], count, await self._rows.some_inputs(batch.id, place, COUNTED_BY))
            for place, count in sorted(counts.items())
            if count and place < len(targets)
        ]

    async def work(
        self,
        batch_id: str,
        runnables: Sequence[tuple[Target, Form]],
        *,
        hidden: Mapping[str, object],
        tell: Callable[[Batch], None],
        wait: bool = True,
        send_unknown: bool = False,
        pause: asyncio.Event | None = None,
    ) -> Batch:
        """Work on a batch until it has ended, or cannot go on; `error` of the batch then says why.

        `hidden` are the secrets that every row gets. With `send_unknown` a person has decided that the rows whose
        answers were lost are sent once more. Once `pause` is set nothing more is sent, and what is live is waited for.
        Raises BatchError where another process works on it, StoreError.
        """
        batch = await self.get(batch_id)
        if batch.state == "planning":
            raise BatchError(f"Batch {batch.id} was not read to its end: delete it and begin it again.")
        account, mine = self._session.account, self._session.ownership
        if batch.owner != mine.name:
            if await asyncio.to_thread(mine.alive, batch.owner):
                raise BatchError(f"Batch {batch.id} is being worked on by another process.")
            if not await self._rows.claim(account, batch.id, batch.owner, mine.name):
                raise BatchError(f"Batch {batch.id} was just taken up by another process.")
        limits, placing = _limits(batch.options), self._placing(batch)
        if await self._lacks_secret(batch, hidden):
            raise BatchError(f"The secrets of batch {batch.id} were not kept: give them again, with -i NAME=VALUE.")
        await self._rows.change(account, batch.id, error=None)
        worker = Worker(
            self._session,
            self._runs,
            placing,
            self._prices,
            batch,
            limits,
            runnables,
            secrets=hidden,
            tell=tell,
            send_unknown=send_unknown,
            pause=pause,
        )
        self._working.add(batch.id)
        try:
            stopped = await worker.run(wait=wait)
        finally:
            self._working.discard(batch.id)
        await asyncio.to_thread(placing.clear)
        batch = await self.get(batch_id)
        busy = batch.counts.get("left", 0) + batch.counts.get("live", 0) + batch.counts.get("unknown", 0)
        state = "canceled" if batch.state == "canceling" else "open" if busy else "done"
        await self._rows.change(account, batch.id, state=state, error=stopped if state == "open" else None)
        await self._rows.claim(account, batch.id, mine.name, None)
        return await self.get(batch_id)

    async def ask_to_cancel(self, batch_id: str) -> Batch:
        """Ask for the end of a batch: who works on it sees to that."""
        batch = await self.get(batch_id)
        if batch.state not in ("open", "canceling"):
            raise BatchError(f"Batch {batch.id} has ended: it is {batch.state}.")
        await self._rows.change(self._session.account, batch.id, state="canceling")
        return batch

    async def cancel(self, batch_id: str) -> tuple[Batch, bool]:
        """Ask for the end of a batch. The batch, and whether another process sees to it; else `work` does."""
        batch = await self.ask_to_cancel(batch_id)
        other = batch.owner != self._session.ownership.name
        alive = other and await asyncio.to_thread(self._session.ownership.alive, batch.owner)
        while alive:
            await self._session.clock.sleep(_LOOK)
            batch = await self.get(batch_id)
            alive = batch.state == "canceling" and await asyncio.to_thread(self._session.ownership.alive, batch.owner)
        return await self.get(batch_id), batch.state != "canceling"

    async def retry(self, batch_id: str) -> int:
        """Put what failed back among the rows that are left; how many. What is only not saved is not paid twice."""
        batch = await self.get(batch_id)
        if await self.state(batch) == "running":
            raise BatchError(f"Batch {batch.id} is running: it can be tried again when it has ended.")
        count = await self._rows.save_again(batch.id)
        count += await self._rows.move(batch.id, ("failed", "canceled"), "left", anew=True)
        if count:
            await self._rows.change(self._session.account, batch.id, state="open", error=None)
        return count

    async def delete(self, batch_id: str) -> None:
        """Forget a batch; its predictions and files stay. Raises BatchError while it is running."""
        batch = await self.get(batch_id)
        if await self.state(batch) in ("running", "planning"):
            raise BatchError(f"Batch {batch.id} is running: cancel it first.")
        await self._rows.delete(self._session.account, batch.id)

    async def discard(self, batch_id: str) -> None:
        """Forget a batch of this process that nothing was sent of."""
        await self._rows.delete(self._session.account, batch_id)

    async def export(self, batch_id: str, path: Path) -> int:
        """Write the table of a batch; how many rows it has. Raises OSError."""
        batch = await self.get(batch_id)
        models = [_name(target) for target in targets_of(batch)]
        return await table.write(self._session, batch, models, path)

    async def _lacks_secret(self, batch: Batch, hidden: Mapping[str, object]) -> bool:
        first = await self._rows.rows(batch.id, ("left",), limit=1)
        return any(value == REDACTED and name not in hidden for row in first for name, value in row.input.items())

    def _placing(self, batch: Batch) -> Placing:
        folder, name = batch.options.get("save"), batch.options.get("name")
        return Placing(
            self._session,
            self._downloads,
            Path(folder) if isinstance(folder, str) else None,
            name if isinstance(name, str) else DEFAULT,
            batch.id,
        )


def targets_of(batch: Batch) -> list[Target]:
    """What the rows of a batch run on."""
    found = batch.options.get("targets")
    targets: list[Target] = []
    for one in cast("list[dict[str, object]]", found) if isinstance(found, list) else []:
        target = Target.parse(str(one.get("ref")), deployment=bool(one.get("deployment")))
        targets.append(target)
    return targets


def _name(target: Target) -> str:
    return target.ref


def _kept(options: Options) -> dict[str, object]:
    return {
        "targets": [{"ref": str(one), "deployment": one.deployment} for one in options.targets],
        "limits": asdict(options.limits),
        "save": str(options.save) if options.save else None,
        "name": options.name,
        "webhook": options.webhook,
        "webhook_events": list(options.webhook_events),
    }


def _limits(options: Mapping[str, object]) -> Limits:
    kept = options.get("limits")
    known = set(Limits.__struct_fields__)
    given = cast("dict[str, object]", kept) if isinstance(kept, dict) else {}
    return Limits(**{name: value for name, value in given.items() if name in known})  # pyright: ignore[reportArgumentType]


def _judged(
    runs: Iterator[Planned], before: int, forms: Sequence[Form], never_secret: Sequence[frozenset[str]]
) -> tuple[list[NewRow], list[tuple[Wrong, ...]]]:
    """The next runs as they are kept, and what is wrong with those that are refused; `before` were judged already.

    Blocks. What is done for every row is done here, beside the thread that writes.
    """
    rows: list[NewRow] = []
    refused: list[tuple[Wrong, ...]] = []
    for number, one in zip(range(before + 1, before + 1 + _AT_ONCE), runs, strict=False):
        shown = one.input
        if not shown.keys() <= never_secret[one.target]:
            shown = forms[one.target].redact(shown)
        if not _PLAIN.issuperset(map(type, shown.values())):
            shown = {name: _marked(value) for name, value in shown.items()}
        error = None
        if one.wrong:
            refused.append(one.wrong)
            error = "; ".join(f"{wrong.field or 'input'}: {wrong.message}" for wrong in one.wrong)
        rows.append(new_row(number, one.source, one.target, one.columns, shown, error))
    return rows, refused


def _marked(value: object) -> object:
    """A value with each local file marked as one."""
    if isinstance(value, FileInput):
        return f"@{value}" if value.kind == "path" else str(value)
    if isinstance(value, list):
        return [_marked(item) for item in cast("list[object]", value)]
    return value
