"""An output of an earlier prediction as an input of another run.

A file is taken from where it was saved; where it was not, its address is given, while Replicate still has it. Every
other output is a text.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec import Struct

from tui.api.errors import NotFound
from tui.api.text import to_json
from tui.api.types import Prediction
from tui.forms import OutputKind
from tui.services.files.output_files import file_urls
from tui.services.session import Session
from tui.services.watching.text_follower import text_of
from tui.store.records import SavedOutput


class NoOutput(Exception):
    """There is no such output; the text is a clause that says why."""


class EarlierOutput(Struct, frozen=True):
    """What is known of the output of an earlier prediction."""

    prediction: Prediction
    outputs: tuple[SavedOutput, ...]
    urls: tuple[str, ...]
    asked: bool
    """Whether the API has just told it."""

    @property
    def count(self) -> int:
        """How many files it has."""
        return max(len(self.urls), *(one.index + 1 for one in self.outputs), 0)

    def saved(self, index: int) -> Path | None:
        """The saved file, where it is still there as it was. Blocks."""
        for one in self.outputs:
            if one.index == index and one.state == "saved" and one.path is not None:
                whole = one.path.is_file() and one.path.stat().st_size == one.size
                return one.path if whole else None
        return None

    def text(self) -> str:
        """The output as one text. Raises NoOutput."""
        output = self.prediction.output
        if output is None or self.prediction.data_removed:
            raise NoOutput(why_no_file(self.prediction))
        text = text_of(output)
        return to_json(output) if text is None else text


async def earlier_output(session: Session, id_: str) -> EarlierOutput:
    """The output of a prediction, as it is kept here, else as the API tells it.

    Raises NoOutput, ApiError, StoreError.
    """
    record = await session.store.get(session.account, id_)
    if record is not None and record.outputs:
        return EarlierOutput(record.prediction, record.outputs, (), asked=False)
    return await _asked(session, id_)


async def file_of(session: Session, found: EarlierOutput, index: int) -> Path | str:
    """One of its files: the path on this machine, or the address. Raises NoOutput, ApiError."""
    files = found.count
    if not files:
        raise NoOutput(why_no_file(found.prediction))
    if index >= files:
        has = "one file, /0" if files == 1 else f"{files} files, /0 to /{files - 1}"
        raise NoOutput(f"there is no output {index}: {found.prediction.id} has {has}")
    path = await asyncio.to_thread(found.saved, index)
    if path is not None:
        return path
    fresh = found if found.asked else await _asked(session, found.prediction.id)
    url = fresh.urls[index] if index < len(fresh.urls) else ""
    if not url or not (url[:5].lower() == "data:" or await session.client.is_there(url)):
        raise NoOutput("it was not saved here, and Replicate has deleted it: it keeps outputs for an hour")
    return url


async def _asked(session: Session, id_: str) -> EarlierOutput:
    try:
        prediction = await session.client.prediction(id_)
    except NotFound:
        raise NoOutput("there is no prediction of this id") from None
    home = session.client.base_url
    urls = file_urls(prediction.output, OutputKind.ANY, home) or file_urls(prediction.output, OutputKind.FILES, home)
    return EarlierOutput(prediction, (), tuple(urls), asked=True)


def why_no_file(prediction: Prediction) -> str:
    """Why there is no file in its output."""
    if prediction.data_removed:
        return "Replicate has deleted its output, and nothing of it was saved here"
    if not prediction.is_terminal:
        return f"it has no output yet: it is {prediction.status or 'unknown'}"
    if prediction.output in (None, "", [], {}):
        return f"it has no output: it is {prediction.status or 'unknown'}"
    return "its output holds no file"
