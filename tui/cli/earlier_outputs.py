"""`-i NAME=@prediction:ID[/INDEX]`: an output of an earlier run as an input.

A file is taken from where it was saved; where it was not, its address is given, while Replicate still has it. Every
other output is given as text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.api.errors import NotFound
from tui.api.text import to_json
from tui.api.types import Prediction
from tui.cli.api_command import BadWord, parse_id
from tui.forms import Field, Form, Kind, OutputKind, to_text
from tui.services.files.output_files import file_urls
from tui.services.services import Services
from tui.services.watching.text_follower import text_of
from tui.store.records import SavedOutput

MARK = "@prediction:"


async def resolved(services: Services, form: Form, pairs: Sequence[str]) -> tuple[str, ...]:
    """The NAME=VALUE pairs with each @prediction: made what it stands for. Raises BadWord, ApiError, StoreError."""
    found: list[str] = []
    for pair in pairs:
        name, _, value = pair.partition("=")
        if value.startswith(MARK):
            field = form.field(name.strip())
            value = await _value(services, field, value, _takes_files(form, field))
        found.append(f"{name}={value}")
    return tuple(found)


def _takes_files(form: Form, field: Field | None) -> bool | None:
    """Whether the field takes files; None where no schema tells."""
    if field is None:
        return False if form.known else None
    return field.kind is Kind.FILE or (field.item is not None and field.item.kind is Kind.FILE)


async def _value(services: Services, field: Field | None, given: str, takes_files: bool | None) -> str:
    words, slash, place = given.removeprefix(MARK).partition("/")
    id_ = parse_id(words, "prediction")
    if slash and not (place.isascii() and place.isdecimal() and len(place) < 7):
        raise BadWord(f"{given[:100]!r}: the INDEX behind the id must be a whole number: 0 is the first output.")
    index = int(place or 0)
    found = await _found(services, id_)
    files = found.count
    if takes_files is False and not files:
        return _text(field, id_, found.prediction, index)
    if not files:
        raise BadWord(f"{given[:100]!r}: {_why_no_file(found.prediction)}.")
    if index >= files:
        has = "one file, /0" if files == 1 else f"{files} files, /0 to /{files - 1}"
        raise BadWord(f"{given[:100]!r}: there is no output {index}: {id_} has {has}.")
    path = await asyncio.to_thread(found.saved, index)
    if path is not None:
        return f"@{path}"
    fresh = found if found.asked else await _asked(services, id_)
    url = fresh.urls[index] if index < len(fresh.urls) else ""
    if not url or not (url[:5].lower() == "data:" or await services.client.is_there(url)):
        raise BadWord(
            f"{given[:100]!r}: it was not saved here, and Replicate has deleted it: it keeps outputs for an hour."
        )
    return url


@dataclass(frozen=True)
class _Found:
    """An earlier prediction and what of its output is known."""

    prediction: Prediction
    outputs: tuple[SavedOutput, ...]
    urls: tuple[str, ...]
    asked: bool
    """Whether the API has just told it."""

    @property
    def count(self) -> int:
        return max(len(self.urls), *(one.index + 1 for one in self.outputs), 0)

    def saved(self, index: int) -> Path | None:
        """The saved file, where it is still there as it was. Blocks."""
        for one in self.outputs:
            if one.index == index and one.state == "saved" and one.path is not None:
                whole = one.path.is_file() and one.path.stat().st_size == one.size
                return one.path if whole else None
        return None


async def _found(services: Services, id_: str) -> _Found:
    record = await services.store.get(services.account, id_)
    if record is not None and record.outputs:
        return _Found(record.prediction, record.outputs, (), asked=False)
    return await _asked(services, id_)


async def _asked(services: Services, id_: str) -> _Found:
    try:
        prediction = await services.client.prediction(id_)
    except NotFound:
        raise BadWord(f"{MARK}{id_}: there is no prediction of this id.") from None
    home = services.client.base_url
    urls = file_urls(prediction.output, OutputKind.ANY, home) or file_urls(prediction.output, OutputKind.FILES, home)
    return _Found(prediction, (), tuple(urls), asked=True)


def _text(field: Field | None, id_: str, prediction: Prediction, index: int) -> str:
    """The output as the text that a person would type."""
    output = prediction.output
    if output is None or prediction.data_removed:
        raise BadWord(f"{MARK}{id_}: {_why_no_file(prediction)}.")
    if index:
        raise BadWord(f"{MARK}{id_}/{index}: its output is one text and no files: leave the /{index} out.")
    text = text_of(output)
    text = to_json(output) if text is None else text
    if field is not None and field.kind is not Kind.LIST:
        text = to_text(field, text)
    return f"@{text}" if text.startswith("@") else text


def _why_no_file(prediction: Prediction) -> str:
    if prediction.data_removed:
        return "Replicate has deleted its output, and nothing of it was saved here"
    if not prediction.is_terminal:
        return f"it has no output yet: it is {prediction.status or 'unknown'}"
    if prediction.output in (None, "", [], {}):
        return f"it has no output: it is {prediction.status or 'unknown'}"
    return "its output holds no file"
