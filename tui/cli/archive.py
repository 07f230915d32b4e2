"""`predictions --local`: what this machine keeps, found by words and filters. Nothing is asked of the API."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from typing import cast

from tui.api.text import to_json
from tui.cli.agreement import agreed
from tui.cli.exit_codes import EXIT_DISK, EXIT_DONE, EXIT_USAGE
from tui.cli.failures import no_token
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.services.files.deletion import delete
from tui.settings import Settings
from tui.store.before_connecting import account_note
from tui.store.database import StoreError
from tui.store.filter_query import Kind, Query
from tui.store.records import Record, SavedOutput
from tui.store.store import Store
from tui.wording import age, duration, mark, one_line, size

COLUMNS = (
    "id", "status", "model", "version", "deployment", "created_at", "completed_at", "predict_time", "input", "output",
    "error", "files",
)  # fmt: skip
"""The columns of --csv."""
_PAGE = 200


def archive(call: Call, settings: Settings, speaker: Speaker) -> int:
    """predictions --local [QUERY]; trainings --local [QUERY]"""
    query = Query.parse(" ".join(call.words), kind=cast("Kind", call.command.removesuffix("s")))
    for note in query.notes:
        speaker.error(note)
    try:
        return asyncio.run(_found(call, settings, speaker, query))
    except StoreError as error:
        speaker.error(str(error))
        return EXIT_DISK


async def _found(call: Call, settings: Settings, speaker: Speaker, query: Query) -> int:
    if not settings.paths.store_file.exists():
        return await _print(call, speaker, _nothing())
    store = await Store.open(settings.paths.store_file)
    try:
        account = "sandbox" if settings.sandbox else await store.meta_get("", account_note(settings))
        if account is None:
            speaker.error("Nothing is kept here under this token and address: open the console with them once.")
            for line in no_token(settings)[1:] if settings.token is None and not settings.sandbox else ():
                speaker.say(line)
            return await _print(call, speaker, _nothing())
        if call.delete and settings.read_only:
            speaker.error("Nothing was deleted: read-only is set, by --read-only or the config file.")
            return EXIT_USAGE
        if call.delete:
            return await _delete(call, settings, speaker, store, account, query)
        return await _print(call, speaker, _records(store, account, query, call.limit))
    finally:
        await store.close()


async def _delete(call: Call, settings: Settings, speaker: Speaker, store: Store, account: str, query: Query) -> int:
    """Delete all that is found, however many --limit would show, after a question that says how many."""
    ids = await store.ids(account, query)
    noun = call.command.removesuffix("s") if len(ids) == 1 else call.command
    if ids:
        question = f"{len(ids):,} {noun} kept here would be deleted for good, with their saved files. Go on?"
        refused = agreed(speaker, question, yes=call.yes, nothing="Nothing was deleted")
        if refused is not None:
            return refused
    gone = await delete(store, account, ids, settings.paths.outputs)
    for one in gone.left:
        speaker.error(f"This file could not be removed, and no record names it any more: {one}")
    if call.json or not speaker.out_is_terminal:
        speaker.object({"deleted": gone.records, "files": gone.files, "bytes": gone.bytes})
    else:
        left = len(ids) - gone.records
        stays = f" {left:,} still run, or wait for you, and stay." if left else ""
        speaker.line(f"{gone.records:,} deleted, {gone.files:,} files, {size(gone.bytes)}.{stays}")
    return EXIT_DISK if gone.left else EXIT_DONE


async def _nothing() -> AsyncIterator[Record]:
    return
    yield


async def _records(store: Store, account: str, query: Query, limit: int) -> AsyncIterator[Record]:
    """The newest first, at most `limit` where that is not 0; read a page at a time."""
    after, left = None, limit
    while True:
        page = await store.list(account, query, min(_PAGE, left) if limit else _PAGE, after)
        for record in page:
            yield record
        left -= len(page)
        if len(page) < _PAGE or (limit and left <= 0):
            return
        after = page[-1].cursor


async def _print(call: Call, speaker: Speaker, records: AsyncIterator[Record]) -> int:
    form = call.text("format") or ("json" if call.json or not speaker.out_is_terminal else "table")
    if form == "csv":
        speaker.write(_csv_line(COLUMNS))
        async for record in records:
            speaker.write(_csv_line(_cells(record)))
    elif form == "jsonl":
        async for record in records:
            speaker.json_line(to_json(as_object(record)))
    elif form == "json":
        array = speaker.array()
        async for record in records:
            array.add(as_object(record))
        array.end()
    else:
        await _table(speaker, records)
    return EXIT_DONE


async def _table(speaker: Speaker, records: AsyncIterator[Record]) -> None:
    count = 0
    async for record in records:
        count += 1
        row = record.row
        cells = (record.id, f"{mark(row.status).word:<10}", f"{age(row.created_at):>8}", f"{_ran(row.predict_time):>8}")
        speaker.line(f"{'  '.join(cells)}  {row.model}  {one_line(row.summary, 60)}".rstrip())
    if not count:
        speaker.say("Nothing that is kept here fits.")


def _ran(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)


def as_object(record: Record) -> dict[str, object]:
    """The API's object as it is kept, with the saved files."""
    files = [{"index": one.index, "path": str(one.path), "bytes": one.size} for one in _saved(record)]
    return {**record.prediction.raw, "saved_files": files}


def _saved(record: Record) -> list[SavedOutput]:
    return [one for one in record.outputs if one.path is not None and one.state == "saved"]


def _cells(record: Record) -> list[str]:
    one, row = record.prediction, record.row
    moments = [found.isoformat() if found is not None else "" for found in (row.created_at, row.completed_at)]
    seconds = "" if row.predict_time is None else str(row.predict_time)
    output = one.output if isinstance(one.output, str) else "" if one.output is None else to_json(one.output)
    files = " ".join(str(saved.path) for saved in _saved(record))
    return [
        one.id, row.status, row.model, row.version, row.deployment or "", *moments, seconds, to_json(one.input), output,
        one.error or "", files,
    ]  # fmt: skip


def _csv_line(cells: tuple[str, ...] | list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()
