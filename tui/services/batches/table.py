"""The table of a batch: a line per row in the order of the input, as JSONL or CSV. Whole or not there at all."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TextIO

from tui.api.text import to_json
from tui.services.session import Session
from tui.store.batch import Batch, BatchRow
from tui.store.records import Record
from tui.whole_files import unfinished

_AT_ONCE = 200
_PLAIN = ("model", "id", "status", "output", "files", "seconds", "cost", "error")


async def objects(session: Session, batch: Batch, models: Sequence[str]) -> AsyncIterator[list[dict[str, object]]]:
    """The rows as objects, some at a time."""
    after = 0
    while rows := await session.store.batches.rows(batch.id, after=after, limit=_AT_ONCE):
        after = rows[-1].number
        yield [await _object(session, row, models) for row in rows]


async def _object(session: Session, row: BatchRow, models: Sequence[str]) -> dict[str, object]:
    record = await session.store.get(session.account, row.prediction_id) if row.prediction_id else None
    return {
        "row": row.number,
        "columns": row.columns,
        "input": row.input,
        "model": models[row.target] if row.target < len(models) else "",
        "id": row.prediction_id,
        "status": _status(row),
        "output": record.prediction.output if record else None,
        "files": _files(row, record),
        "seconds": row.seconds,
        "cost": row.cost,
        "error": row.error,
    }


def _files(row: BatchRow, record: Record | None) -> list[str]:
    saved = [str(one.path) for one in record.outputs if one.path and one.state == "saved"] if record else []
    return saved or ([row.file] if row.file else [])


def _status(row: BatchRow) -> str:
    """The API's words, where it has one."""
    return {"done": "succeeded", "left": "not sent", "live": "processing"}.get(row.state, row.state)


async def write(session: Session, batch: Batch, models: Sequence[str], path: Path) -> int:
    """Write the table; how many rows it has. Raises OSError, StoreError."""
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    incoming = unfinished(path)
    count = 0
    try:
        file = await asyncio.to_thread(incoming.open, "w", encoding="utf-8", newline="")
        try:
            if path.suffix.lower() == ".csv":
                header = await _header(session, batch)
                await asyncio.to_thread(_csv_line, file, header)
                async for some in objects(session, batch, models):
                    count += len(some)
                    await asyncio.to_thread(_csv_lines, file, header, some)
            else:
                async for some in objects(session, batch, models):
                    count += len(some)
                    await asyncio.to_thread(file.write, "".join(f"{to_json(one)}\n" for one in some))
        finally:
            await asyncio.to_thread(file.close)
        await asyncio.to_thread(incoming.replace, path)
    finally:
        await asyncio.to_thread(incoming.unlink, missing_ok=True)
    return count


async def _header(session: Session, batch: Batch) -> list[str]:
    """The names of all cells: what any row has."""
    columns: dict[str, None] = {}
    inputs: dict[str, None] = {}
    after = 0
    while rows := await session.store.batches.rows(batch.id, after=after, limit=_AT_ONCE):
        after = rows[-1].number
        for row in rows:
            columns.update(dict.fromkeys(f"columns.{name}" for name in row.columns))
            inputs.update(dict.fromkeys(f"input.{name}" for name in row.input))
    return ["row", *columns, *inputs, *_PLAIN]


def _csv_lines(file: TextIO, header: Sequence[str], rows: Sequence[dict[str, object]]) -> None:
    for row in rows:
        _csv_line(file, [_cell(row, name) for name in header])


def _csv_line(file: TextIO, cells: Sequence[str]) -> None:
    csv.writer(file).writerow(cells)


def _cell(row: dict[str, object], name: str) -> str:
    part, _, inner = name.partition(".")
    value = row.get(part)
    if inner:
        value = value.get(inner) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    if isinstance(value, list) and all(isinstance(item, str) for item in value):  # pyright: ignore[reportUnknownVariableType]
        return "\n".join(value) if len(value) != 1 else value[0]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
