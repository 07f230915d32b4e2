"""Saves output files: by themselves at the end of a run, on request, and after a restart what is still wanted.

Replicate deletes them an hour after the prediction (docs/replicate.md, Retention). A file arrives beside its place
and is moved there when it is whole; what is there already is never overwritten; what broke off goes on where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

from msgspec.structs import replace

from tui.api.errors import ApiError, NetworkError, RateLimited, ServerError
from tui.api.file_types import ending_for, type_of
from tui.api.types import Prediction
from tui.forms import Form, OutputKind
from tui.services.bus import OutputSaved
from tui.services.files import output_files as names
from tui.services.files import placement as places
from tui.services.session import Session
from tui.services.tasks import Tasks
from tui.store.records import SavedOutput

Progress = Callable[[int, int, int | None], None]
"""Told a file's index, the bytes that are there, and the bytes in all where that is known."""

_AT_ONCE = 4
_AGAIN = (5.0, 15.0, 45.0, 120.0, 300.0, 600.0, 900.0, 1200.0)
"""Seconds between the tries for files that the network or the disk kept back: an hour, as Replicate keeps them."""


class Downloads:
    """Saves outputs. One prediction's files are saved by one caller at a time."""

    def __init__(self, session: Session, outputs_dir: Path) -> None:
        self._session = session
        self._client = session.client
        self._store = session.store
        self._bus = session.bus
        self._dir = outputs_dir
        self._sleep = session.clock.sleep
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks = Tasks("downloads")
        self._trying: set[str] = set()

    async def save(
        self,
        prediction: Prediction,
        dest: Path | None = None,
        progress: Progress | None = None,
        *,
        asked: bool = False,
    ) -> tuple[SavedOutput, ...]:
        """Save every file of the output that is there by now, into `dest` or a folder of its own.

        `asked` is a person's word, without which nothing is fetched from a private network. Never raises for a
        file that could not be had: its state is "failed", or "wanted" where the network may still bring it or the
        disk may still take it, with the reason in `error`.
        """
        if not prediction.id:
            return ()
        kind = await self._kind(prediction)
        urls = names.file_urls(prediction.output, kind, self._client.base_url)
        if not urls:
            return ()
        lock = self._locks.setdefault(prediction.id, asyncio.Lock())
        async with lock:
            known = {one.index: one for one in await self._store.outputs(self._session.account, prediction.id)}
            wanted = [
                SavedOutput(index, names.short_url(url))
                for index, url in enumerate(urls)
                if index not in known or known[index].state == "failed"
            ]
            await self._store.save_outputs(self._session.account, prediction.id, wanted)
            saving = (
                self._one(prediction.id, index, url, dest, known.get(index), progress, asked)
                for index, url in enumerate(urls)
            )
            return tuple(await asyncio.gather(*saving))

    async def save_at_end(
        self, prediction: Prediction, dest: Path | None = None, progress: Progress | None = None
    ) -> tuple[SavedOutput, ...]:
        """Like `save`; what the network keeps back or the disk does not take is tried again in the background."""
        saved = await self.save(prediction, dest, progress)
        if any(one.state == "wanted" for one in saved) and prediction.id not in self._trying:
            self._trying.add(prediction.id)
            self._tasks.start(self._try_again(prediction, dest), prediction.id)
        return saved

    async def resume(self) -> None:
        """Begin to save, in the background, what was still wanted when the last console ended."""
        for prediction_id in await self._store.wanted_outputs(self._session.account):
            if prediction_id not in self._trying:
                self._trying.add(prediction_id)
                self._tasks.start(self._try_again(None, None, prediction_id), prediction_id)

    async def aclose(self) -> None:
        """Stop; what is still wanted is taken up at the next start."""
        await self._tasks.aclose()

    def folder(self, prediction_id: str) -> Path:
        """The folder that a prediction's files are saved in by default."""
        return self._dir / (re.sub(r"[^A-Za-z0-9_-]", "_", prediction_id)[:80] or "_")

    async def _try_again(self, prediction: Prediction | None, dest: Path | None, prediction_id: str = "") -> None:
        prediction_id = prediction.id if prediction is not None else prediction_id
        try:
            for delay in _AGAIN if prediction is not None else (0.0, *_AGAIN):
                if delay:
                    await self._sleep(delay)
                fresh = await self._fresh(prediction_id) or prediction
                if fresh is None:
                    return
                saved = await self.save(fresh, dest or await self._planned(prediction_id))
                if not any(one.state == "wanted" for one in saved):
                    return
        finally:
            self._trying.discard(prediction_id)

    async def _fresh(self, prediction_id: str) -> Prediction | None:
        """The prediction with addresses that still hold: asked anew, else as it is kept."""
        record = await self._store.get(self._session.account, prediction_id)
        kept = record.prediction if record else None
        try:
            asked = await self._client.prediction(prediction_id)
        except ApiError:
            return kept
        return asked if asked.output is not None else kept

    async def _planned(self, prediction_id: str) -> Path | None:
        """The folder that the prediction's run was asked to save into."""
        record = await self._store.get(self._session.account, prediction_id)
        intent = await self._store.run(self._session.account, record.run_id) if record and record.run_id else None
        return Path(intent.save_dir) if intent and intent.save_dir else None

    async def _kind(self, prediction: Prediction) -> OutputKind:
        """What the schema says of the output, as far as the schema is kept here."""
        known = await self._store.model(self._session.account, prediction.model) if prediction.model else None
        schema = known[0].latest_version.openapi_schema if known and known[0].latest_version else None
        return Form.parse(schema).output

    async def _one(
        self,
        prediction_id: str,
        index: int,
        url: str,
        dest: Path | None,
        known: SavedOutput | None,
        progress: Progress | None,
        asked: bool,
    ) -> SavedOutput:
        async with self._slots:
            if known is not None and known.state == "saved" and known.path is not None:
                have = await asyncio.to_thread(_copied, known, dest)
                if have is not None:
                    return have
            saved = await self._fetch(prediction_id, index, url, dest or self.folder(prediction_id), progress, asked)
            keeps = known is not None and known.state == "saved"
            if not (keeps and saved.state != "saved"):
                await self._store.save_output(self._session.account, prediction_id, saved)
                if saved.state != "wanted" or (saved.error and (known is None or known.error != saved.error)):
                    self._bus.publish(OutputSaved(prediction_id, saved))
            return saved

    async def _fetch(
        self, prediction_id: str, index: int, url: str, folder: Path, progress: Progress | None, asked: bool
    ) -> SavedOutput:
        output = SavedOutput(index, names.short_url(url))
        safe = self.folder(prediction_id).name
        incoming = folder / f".incoming-{safe}-{index}"
        try:
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            told = partial(progress, index) if progress is not None else None
            stated: list[str] = []
            await self._client.download(url, incoming, progress=told, media_type=stated.append, anywhere=asked)
            said = stated[-1] if stated else ""
            return await asyncio.to_thread(_placed, output, incoming, folder, names.name_in(url), said)
        except (NetworkError, ServerError, RateLimited) as error:
            return replace(output, error=str(error))
        except ApiError as error:
            gone = error.status in (403, 404, 410)
            return replace(output, state="failed", error=f"{names.EXPIRED} ({error})" if gone else str(error))
        except OSError as error:
            # The disk may take it later, as long as Replicate keeps it.
            await asyncio.to_thread(_cleared, incoming)
            return replace(output, error=_words(error, folder))


def _placed(output: SavedOutput, incoming: Path, folder: Path, name: str, media_type: str) -> SavedOutput:
    """Move a whole file to its name."""
    size = incoming.stat().st_size
    kind = type_of(incoming, name or "output", media_type)
    path = places.settle(incoming, folder / f"output-{output.index}{ending_for(kind, name)}")
    return replace(output, path=path, size=size, content_type=kind.media_type, state="saved", error=None)


def _copied(known: SavedOutput, dest: Path | None) -> SavedOutput | None:
    """The file that is here already, copied to `dest` where that is another folder; None when it is gone."""
    path = known.path
    if path is None or not path.is_file() or path.stat().st_size != known.size:
        return None
    if dest is None or dest.resolve() == path.parent.resolve():
        return known
    try:
        dest.mkdir(parents=True, exist_ok=True)
        return replace(known, path=places.copy(path, dest / path.name))
    except OSError as error:
        return replace(known, path=None, state="failed", error=_words(error, dest))


def _cleared(incoming: Path) -> None:
    """Give back the space of what will not be finished."""
    for ending in ("", ".part", ".part.json"):
        with contextlib.suppress(OSError):
            incoming.with_name(incoming.name + ending).unlink(missing_ok=True)


_DISK = " cannot take the file"


def is_disk_fault(error: str | None) -> bool:
    """Whether a file is not here because this machine's disk did not take it, by the words of its `error`."""
    return error is not None and _DISK in error


def _words(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: {folder}{_DISK}. Free some space."
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{folder}{_DISK}: it, or a part of its path, is a file and no folder."
    return f"{folder}{_DISK}: {error.strerror or error}."
