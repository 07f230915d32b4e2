"""Folds what is seen of a prediction into one record: the order of the sightings does not matter.

Polls, list items, webhooks and events of one prediction arrive late, doubled and out of order, and list items
leave fields out (docs/replicate.md, Pages and filters; Webhooks). Whatever the order, the same record comes of
them, and nothing is lost:

- the status only moves on, and a terminal one stays;
- what is absent or empty never erases what is there, not even when Replicate removed the data;
- of logs the longest is right, because they only grow, and so is an output that goes on from the other;
- of anything else, the word of the end counts more than one from before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias, cast

import msgspec

from tui.api.decoding import decode, is_object, parse_time
from tui.api.list_trimmer import CUT, left_out
from tui.api.secret_marks import is_mark
from tui.api.types import Prediction

Raw: TypeAlias = dict[str, object]

_RANKS = {"queued": 1, "pending": 1, "starting": 2, "processing": 4}
_UNKNOWN = 3
"""An unknown status lies between "starting" and "processing": it is shown, and never stops the real ones."""
_ENDS = {"aborted": 5, "canceled": 6, "failed": 7, "succeeded": 8}
_DATA = frozenset({"input", "output", "logs", "error"})
"""What Replicate removes after its retention (docs/replicate.md, Retention)."""


def fold(old: Prediction | None, new: Prediction) -> Prediction:
    """`old` with what `new` adds. Returns `old` itself when that is nothing.

    Raises ValueError when they are two predictions.
    """
    if old is None:
        return new
    if old.id and new.id and old.id != new.id:
        raise ValueError(f"{old.id} and {new.id} are two predictions")
    before, after = raw_of(old), raw_of(new)
    view = _View(old, new)
    merged = dict(before)
    for key, value in after.items():
        merged[key] = _RULES.get(key, _later)(key, before.get(key), value, view)
    if CUT in merged and not left_out(merged):
        del merged[CUT]
    if merged == before:
        return old
    return decode(type(new), merged)


def rank(status: str) -> int:
    """How far a status is along a prediction's way; 0 for none at all."""
    if not status:
        return 0
    return _ENDS.get(status) or _RANKS.get(status, _UNKNOWN)


def raw_of(prediction: Prediction) -> Raw:
    """The answer that a prediction came from; built from its fields for one that was made by hand."""
    if prediction.raw:
        return prediction.raw
    built: object = msgspec.to_builtins(prediction)
    return cast(Raw, _without_raw(built)) if is_object(built) else {}


def _without_raw(value: object) -> object:
    if is_object(value):
        return {key: _without_raw(item) for key, item in value.items() if key != "raw" and item is not None}
    return value


class _View:
    """The two sightings that are folded, and which of them speaks of the end."""

    def __init__(self, old: Prediction, new: Prediction) -> None:
        self.old, self.new = old, new
        self.only_old_ended = old.is_terminal and not new.is_terminal
        self.only_new_ended = new.is_terminal and not old.is_terminal
        self.both_ended = old.is_terminal and new.is_terminal

    def removed(self, key: str) -> bool:
        """Whether `new` comes from after the data's removal, so that it has nothing to say of this field."""
        return key in _DATA and self.new.data_removed


Rule: TypeAlias = Callable[[str, object, object, _View], object]


def _later(key: str, old: object, new: object, view: _View) -> object:
    """The one that is there; of two the one from the end; of two from the end the newest."""
    if new is None or (new == "" and old is not None):
        return old
    if old is None or old == "" or old == new:
        return new
    if view.removed(key) or view.only_old_ended:
        return old
    if view.only_new_ended or view.both_ended:
        return new
    return max(old, new, key=_weight)


def _output(key: str, old: object, new: object, view: _View) -> object:
    """Like others, but what goes on from the other is always later: chunks arrive one after the other."""
    if _goes_on(old, new):
        return new
    if _goes_on(new, old):
        return old
    return _later(key, old, new, view)


def _goes_on(short: object, long: object) -> bool:
    if isinstance(short, str) and isinstance(long, str):
        return len(short) < len(long) and long.startswith(short)
    if isinstance(short, list) and isinstance(long, list):
        count = len(cast("list[object]", short))
        return count < len(cast("list[object]", long)) and cast("list[object]", long)[:count] == short
    return False


def _weight(value: object) -> tuple[int, float, str]:
    """An order of values in which what has grown comes later."""
    if isinstance(value, bool | int | float):
        return 0, float(value), ""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    size = len(cast("list[object]", value)) if isinstance(value, list) else len(text)
    return 1, float(size), text


def _each(key: str, old: object, new: object, view: _View) -> object:
    """Objects are joined name by name."""
    if not is_object(old) or not is_object(new):
        return old if is_object(old) and not is_object(new) else _later(key, old, new, view)
    joined = dict(old)
    for name, value in new.items():
        joined[name] = _later(key, old.get(name), value, view)
    return joined


def _input(key: str, old: object, new: object, view: _View) -> object:
    """Like other objects, but a value that was hidden once stays hidden."""
    joined = _each(key, old, new, view)
    if not is_object(joined):
        return joined
    marks: dict[str, object] = {}
    for side in (old, new):
        for name, value in side.items() if is_object(side) else ():
            if is_mark(value) and (name not in marks or _weight(value) > _weight(marks[name])):
                marks[name] = value
    return {**joined, **marks}


def _status(_key: str, old: object, new: object, view: _View) -> object:
    mine, its = (rank(view.old.status), view.old.status), (rank(view.new.status), view.new.status)
    return new if its > mine else old


def _longest(_key: str, old: object, new: object, _view: _View) -> object:
    if not isinstance(new, str):
        return old
    if not isinstance(old, str):
        return new
    return max(old, new, key=lambda text: (len(text), text))


def _either(_key: str, old: object, new: object, _view: _View) -> object:
    return bool(old) or bool(new)


def _first(_key: str, old: object, new: object, _view: _View) -> object:
    """The sooner of two times: a late sighting does not move a start or an end."""
    mine, its = parse_time(old), parse_time(new)
    if mine is None or its is None:
        return new if mine is None and its is not None else old
    return new if its < mine else old


_RULES: dict[str, Rule] = {
    "status": _status,
    "logs": _longest,
    "input": _input,
    "output": _output,
    "metrics": _each,
    "urls": _each,
    "data_removed": _either,
    "created_at": _first,
    "started_at": _first,
    "completed_at": _first,
}
