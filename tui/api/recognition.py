"""Whether a listed prediction is what a creation asked for: the same target and the same input.

"Maybe" counts as nothing found, and as something that may be anybody's: data that Replicate has deleted, and a file
that is listed in another form than it was sent in, until its bytes have been compared.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import cast

from .decoding import is_object
from .secret_marks import is_mark
from .types import Creation, Prediction, Target, Training, is_hidden


class Likeness(Enum):
    """How sure it is."""

    SAME = "same"
    MAYBE = "maybe"
    OTHER = "other"


Pair = tuple[str, str]
"""A file as it was sent and as it is listed, one of them a data URI and the other a link."""


def same_target(target: Target, item: Prediction) -> Likeness:
    """Whether a prediction ran on that target: a run through a deployment is none of its model, nor the reverse."""
    if target.deployment:
        return _same_deployment(target, item)
    if item.deployment:
        return Likeness.OTHER
    named = item.model.lower() == target.ref.lower() if item.model and target.ref else None
    if named is False:
        return Likeness.OTHER
    if target.runs_version:
        version = target.runs_version.rsplit(":", 1)[-1]
        if item.version == version:
            return Likeness.SAME
        return Likeness.MAYBE if is_hidden(item.version) else Likeness.OTHER
    if named is None:
        return Likeness.MAYBE if is_hidden(item.version) or not target.official else Likeness.OTHER
    # Who asked for an official model by its name gets no version's id to see.
    return Likeness.OTHER if target.official and not is_hidden(item.version) else Likeness.SAME


def _same_deployment(target: Target, item: Prediction) -> Likeness:
    if item.deployment:
        named = item.deployment.lower() in (target.name.lower(), target.ref.lower())
        return Likeness.SAME if named else Likeness.OTHER
    # Old answers do not name the deployment, but hide its version.
    return Likeness.MAYBE if item.version.startswith(("d-", "dp-")) else Likeness.OTHER


def recognise(creation: Creation, item: Prediction) -> tuple[Likeness, list[Pair]]:
    """How like a prediction is to what was asked for, and the files whose bytes would tell more, if it is "maybe"."""
    if item.source == "web":
        return Likeness.OTHER, []
    if isinstance(item, Training) and item.destination and item.destination.lower() != creation.destination.lower():
        return Likeness.OTHER, []
    target = same_target(creation.target, item)
    if target is Likeness.OTHER:
        return target, []
    listed = item.raw.get("input")
    if item.data_removed or not is_object(listed) or (creation.input and not listed):
        return Likeness.MAYBE, []
    pairs: list[Pair] = []
    if not same_input(creation.input, listed, pairs):
        return Likeness.OTHER, []
    if pairs:
        return Likeness.MAYBE, pairs if target is Likeness.SAME else []
    return target, []


def same_input(sent: object, listed: object, pairs: list[Pair]) -> bool:
    """Whether an input as listed may be the one that was sent; the files whose bytes must be compared go to `pairs`.

    A secret may be listed as a mark. A link is equal to itself alone; everything else must be equal.
    """
    if isinstance(sent, str) and isinstance(listed, str):
        if sent == listed or is_mark(sent) or is_mark(listed):
            return True
        if _is_data(sent) and _is_data(listed):
            pairs.append((sent, listed))
            return True
        if (_is_data(sent) and _is_link(listed)) or (_is_link(sent) and _is_data(listed)):
            pairs.append((sent, listed))
            return True
        return False
    if is_object(sent) and is_object(listed):
        return sent.keys() == listed.keys() and all(same_input(sent[key], listed[key], pairs) for key in sent)
    if isinstance(sent, list | tuple) and isinstance(listed, list | tuple):
        one, other = cast("list[object]", sent), cast("list[object]", listed)
        return len(one) == len(other) and all(same_input(a, b, pairs) for a, b in zip(one, other, strict=True))
    if isinstance(sent, bool) or isinstance(listed, bool):
        return sent is listed
    if isinstance(sent, int | float) and isinstance(listed, int | float):
        return sent == listed or (math.isnan(sent) and math.isnan(listed))
    return sent == listed


def files_of(value: object) -> list[str]:
    """The data URIs and links in an input, in a fixed order."""
    if isinstance(value, str):
        return [value] if _is_data(value) or _is_link(value) else []
    if is_object(value):
        return [file for key in sorted(value) for file in files_of(value[key])]
    if isinstance(value, list | tuple):
        return [file for item in cast("list[object]", value) for file in files_of(item)]
    return []


def _is_data(text: str) -> bool:
    return text[:5].lower() == "data:"


def _is_link(text: str) -> bool:
    return text[:8].lower().startswith(("http://", "https://"))
