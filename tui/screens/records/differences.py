"""What tells runs of one sweep apart: the names whose values differ, and the values in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tui import wording
from tui.api.text import to_json

_LONGEST = 60
"""Cells of one value."""
_NOTHING = object()


def different(values: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """The names whose values are not the same in all, in the order in which they were met."""
    names = dict.fromkeys(name for one in values for name in one)
    first: Mapping[str, object] = values[0] if values else {}
    return tuple(
        name
        for name in names
        if any(one.get(name, _NOTHING) != first.get(name, _NOTHING) for one in values[1:])
    )  # fmt: skip


def named(values: Mapping[str, object], names: Sequence[str]) -> str:
    """`seed=1  guidance=3`."""
    return "  ".join(f"{name}={value_words(values.get(name, ''))}" for name in names)


def bare(values: Mapping[str, object], names: Sequence[str]) -> str:
    """The same without the names, for where these have no room: `1 · 3`."""
    return " · ".join(value_words(values.get(name, "")) for name in names)


def value_words(value: object) -> str:
    """A value on one line; a data URI is named, not shown."""
    if isinstance(value, str) and value[:5].lower() == "data:":
        return f"{wording.one_line(value.partition(',')[0], _LONGEST)},…"
    return wording.one_line(value if isinstance(value, str) else to_json(value), _LONGEST)
