"""Which field of a form a refusal is about, and what a refusal of a deletion means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tui.api.errors import ApiError, InvalidInput, NotFound


class Blame(NamedTuple):
    """Where a refusal belongs."""

    fields: dict[str, str]
    """Field → what is wrong with it, in the API's words."""
    rest: str
    """What belongs to no field; empty where all of it does."""


def blame(error: ApiError, fields: Sequence[str], *, absent: str = "") -> Blame:
    """Lay a refusal on the fields that caused it, by pointer, by name, or by what its words speak of.

    Source: docs/replicate.md, Rate limits and errors.

    A 409 is about the `name`, which is taken. `absent`: the field that a 404 is about, where its words tell none.
    What no field caused stays in `rest`: 401, 402, 429 and what has no answer.
    """
    found: dict[str, str] = {}
    if isinstance(error, InvalidInput):
        left = dict(error.fields)
        for name in list(left):
            if name in fields:
                found[name] = left.pop(name)
        for name, said in left.items():
            place = _spoken_of(f"{name} {said}", fields)
            if place and place not in found:
                found[place] = said
        if found:
            return Blame(found, "")
    said = error.detail or str(error)
    if error.status == 409 and "name" in fields:
        return Blame({"name": said}, "")
    if isinstance(error, NotFound) and absent in fields:
        return Blame({_spoken_of(said, fields) or absent: said}, "")
    if error.status in (400, 403, 404, 409, 422) and (place := _spoken_of(said, fields)):
        return Blame({place: said}, "")
    return Blame({}, str(error))


def _spoken_of(text: str, fields: Sequence[str]) -> str | None:
    """The field whose name comes first in a text; `min_instances` may be written `min instances`."""
    best: tuple[int, int, str] | None = None
    for name in fields:
        pattern = re.escape(name).replace("_", "[_ ]")
        if match := re.search(rf"(?<![\w-]){pattern}(?![\w-])", text[:2000], re.IGNORECASE):
            candidate = (match.start(), -len(name), name)
            best = candidate if best is None or candidate < best else best
    return best[2] if best else None
