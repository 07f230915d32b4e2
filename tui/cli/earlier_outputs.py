"""`-i NAME=@prediction:ID[/INDEX]`: an output of an earlier run as an input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tui.cli.api_command import BadWord, parse_id
from tui.forms import Field, Form, Kind, to_text
from tui.services.files.earlier_outputs import EarlierOutput, NoOutput, earlier_output, file_of
from tui.services.services import Services

MARK = "@prediction:"


async def resolved(services: Services, form: Form, pairs: Sequence[str]) -> tuple[str, ...]:
    """The NAME=VALUE pairs with each @prediction: made what it stands for. Raises BadWord, ApiError, StoreError."""
    found: list[str] = []
    for pair in pairs:
        name, _, value = pair.partition("=")
        if value.startswith(MARK):
            field = form.field(name.strip())
            takes_files = field.takes_files if field is not None else False if form.known else None
            value = await _value(services, field, value, takes_files)
        found.append(f"{name}={value}")
    return tuple(found)


async def _value(services: Services, field: Field | None, given: str, takes_files: bool | None) -> str:
    """`takes_files`: whether the field does; None where no schema tells."""
    words, slash, place = given.removeprefix(MARK).partition("/")
    id_ = parse_id(words, "prediction")
    if slash and not (place.isascii() and place.isdecimal() and len(place) < 7):
        raise BadWord(f"{given[:100]!r}: the INDEX behind the id must be a whole number: 0 is the first output.")
    index = int(place or 0)
    try:
        found = await earlier_output(services.session, id_)
        if takes_files is False and not found.count:
            return _text(field, found, index)
        file = await file_of(services.session, found, index)
    except NoOutput as error:
        raise BadWord(f"{given[:100]}: {error}.") from None
    return f"@{file}" if isinstance(file, Path) else file


def _text(field: Field | None, found: EarlierOutput, index: int) -> str:
    """The output as the text that a person would type. Raises NoOutput."""
    text = found.text()
    if index:
        raise NoOutput(f"its output is one text and no files: leave the /{index} out")
    if field is not None and field.kind is not Kind.LIST:
        text = to_text(field, text)
    return f"@{text}" if text.startswith("@") else text
