"""batches: listed, shown, exported, forgotten. What sends rows is in cli/batch.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui.cli.api_command import Asker, BadWord
from tui.cli.batch_words import as_object, progress_words
from tui.cli.exit_codes import EXIT_DISK, EXIT_DONE
from tui.cli.open_services import services_for
from tui.services.batches.batches import BatchError
from tui.services.services import Services
from tui.store.batch import Batch
from tui.wording import age, exact

_SHOWN = 10
"""Failures that are shown of one batch."""


async def batches(asker: Asker) -> int:
    """batches [ID]"""
    async with services_for(asker.settings, asker.connection) as services:
        if asker.call.words:
            return await _one(asker, services)
        found = await services.batches.all_of(asker.call.limit)
        states = [await services.batches.state(batch) for batch in found]
        if asker.as_json:
            array = asker.speaker.array()
            for batch, state in zip(found, states, strict=True):
                array.add(as_object(batch, state))
            array.end()
            return EXIT_DONE
        if not found:
            asker.speaker.say("No batches.")
        return asker.table([_row(batch, state) for batch, state in zip(found, states, strict=True)])


def _row(batch: Batch, state: str) -> tuple[str, ...]:
    return batch.id, state, age(batch.created_at), batch.model, batch.label, progress_words(batch)


async def _one(asker: Asker, services: Services) -> int:
    batch = await _found(services, asker.word)
    state = await services.batches.state(batch)
    if asker.as_json:
        asker.speaker.object(as_object(batch, state))
        return EXIT_DONE
    asker.facts(
        [
            ("batch", batch.id),
            ("state", state),
            ("model", batch.model),
            ("label", batch.label),
            ("created", exact(batch.created_at)),
            ("rows", progress_words(batch)),
            ("stopped", batch.error),
        ]
    )
    for row in await services.store.batches.rows(batch.id, ("failed", "unknown", "invalid"), limit=_SHOWN):
        asker.speaker.line(f"row {row.number}  {row.reason}  {row.error or ''}")
    return EXIT_DONE


async def export(asker: Asker) -> int:
    """batches export ID --out FILE"""
    out = asker.call.batch.out if asker.call.batch else None
    assert out is not None
    async with services_for(asker.settings, asker.connection) as services:
        batch = await _found(services, asker.word)
        try:
            count = await services.batches.export(batch.id, out)
        except OSError as error:
            asker.speaker.error(f"{out} cannot be written: {error.strerror or error}.")
            return EXIT_DISK
    return asker.done(f"{count:,} rows are in {out}.", id=batch.id, rows=count, file=str(out))


async def delete(asker: Asker) -> int:
    """batches delete ID"""
    async with services_for(asker.settings, asker.connection) as services:
        batch = await _found(services, asker.word)
        said = asker.agreed(f"Forget batch {batch.id} of {sum(batch.counts.values()):,} rows?")
        if said is not None:
            return said
        try:
            await services.batches.delete(batch.id)
        except BatchError as error:
            raise BadWord(str(error)) from None
    return asker.done(f"Batch {batch.id} is forgotten.", id=batch.id, deleted=True)


async def _found(services: Services, word: str) -> Batch:
    try:
        return await services.batches.get(word)
    except BatchError as error:
        raise BadWord(str(error)) from None


COMMANDS: dict[str, Callable[[Asker], Awaitable[int]]] = {
    "batches": batches,
    "batches export": export,
    "batches delete": delete,
}
