"""Puts the outputs of a batch's rows under their names: each once, however often it is begun.

A file is copied to its name, then its new place is written down, then the old one is cleared away: killed in between,
the copy is found to be there already.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path

from msgspec.structs import replace

from tui.api.file_types import ending_of
from tui.api.text import clean, to_json
from tui.forms import Form, OutputKind
from tui.services.batches.file_names import name_of
from tui.services.files.documents import write_document
from tui.services.files.downloads import Downloads
from tui.services.files.placement import copy
from tui.services.session import Session
from tui.services.watching.text_follower import text_of
from tui.store.batch import BatchRow
from tui.store.records import Record, SavedOutput

_TEXTS = (OutputKind.TEXT, OutputKind.TEXT_STREAM)


class Placing:
    """Where one batch's outputs go. Without a folder they stay where every output is kept."""

    def __init__(
        self, session: Session, downloads: Downloads, folder: Path | None, template: str, batch_id: str
    ) -> None:
        self._session = session
        self._downloads = downloads
        self._folder = folder
        self._template = template
        self._stage = None if folder is None else folder / f".incoming-{batch_id}"

    def stage(self, number: int) -> Path | None:
        """Where a row's files arrive."""
        return None if self._stage is None else self._stage / str(number)

    async def place(self, row: BatchRow, record: Record, form: Form) -> tuple[str | None, str | None]:
        """Put what a row made in its place. The file that its text became, and what could not be saved."""
        try:
            outputs = record.outputs
            if any(one.state != "saved" or one.path is None or not one.path.is_file() for one in outputs):
                outputs = await self._downloads.save(record.prediction, self.stage(row.number))
            bad = next((one for one in outputs if one.state != "saved"), None)
            if bad is not None:
                return None, f"{bad.url[:200]} was not saved: {bad.error or bad.state}"
            if self._folder is None:
                return None, None
            for one in outputs:
                await self._named(row, record, one, len(outputs))
            text = None
            if not outputs:
                text = await self._text(row, record, form)
            stage = self.stage(row.number)
            if stage is not None:
                # What is left in it was broken off: an arrival, or the last step of a copy.
                await asyncio.to_thread(shutil.rmtree, stage, ignore_errors=True)
            return text, None
        except OSError as error:
            return None, f"{self._folder} cannot take the output: {error.strerror or error}"

    async def _named(self, row: BatchRow, record: Record, output: SavedOutput, many: int) -> None:
        folder, path = self._folder, output.path
        if folder is None or path is None or path.parent == folder:
            return
        name = name_of(self._template, row, record.prediction.model, record.id, output.index, many > 1)
        placed = await asyncio.to_thread(copy, path, folder / f"{name}{ending_of(path.name)}")
        await self._session.store.save_output(self._session.account, record.id, replace(output, path=placed))
        stage = self.stage(row.number)
        if stage is not None and path.parent == stage:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _text(self, row: BatchRow, record: Record, form: Form) -> str | None:
        output = record.prediction.output
        if self._folder is None or output in (None, "", [], {}):
            return None
        text = text_of(output) if form.output in _TEXTS or isinstance(output, str) else None
        name = name_of(self._template, row, record.prediction.model, record.id, 0, many=False)
        ending, content = (".json", to_json(output, indent=2) + "\n") if text is None else (".txt", clean(text))
        return str(await asyncio.to_thread(write_document, content, self._folder / f"{name}{ending}"))

    def clear(self) -> None:
        """Take the empty folder of arrivals away. Blocks."""
        if self._stage is not None:
            with contextlib.suppress(OSError):
                self._stage.rmdir()
