"""Which fields of a form come first, which are folded away, and which ones words find."""

from __future__ import annotations

from collections.abc import Sequence

from tui.forms import Field
from tui.widgets.form.entry import Entry

MANY = 16
"""Fields up to which a form shows all of them, in its schema's order."""
FIRST_FIELDS = 8
"""Fields of a larger form that are shown at least, before the others are folded."""
LEAST_FOLDED = 4
"""Fewer than these are not worth a fold."""


def arranged(entries: Sequence[Entry]) -> tuple[list[str], int]:
    """The names in the order of the form, and how many of them stand before the fold: the required ones, those that
    were changed, and the first of the others, until they are a handful.
    """
    names = [entry.field.name for entry in entries]
    if len(names) <= MANY:
        return names, len(names)
    required = [entry.field.name for entry in entries if entry.field.required]
    changed = [entry.field.name for entry in entries if entry.changed]
    first = list(dict.fromkeys([*required, *changed]))
    others = [name for name in names if name not in set(first)]
    shown = max(len(first), FIRST_FIELDS)
    return [*first, *others], shown if len(names) - shown >= LEAST_FOLDED else len(names)


def matching(fields: Sequence[Field], words: str) -> list[str]:
    """The names of the fields that have all the words in their name, title or description; those of the name first."""
    wanted = _plain(words).split()
    by_name: list[str] = []
    by_text: list[str] = []
    for field in fields:
        name = _plain(f"{field.name} {field.title}")
        if all(word in name for word in wanted):
            by_name.append(field.name)
        elif all(word in name or word in _plain(field.description) for word in wanted):
            by_text.append(field.name)
    return [*by_name, *by_text]


def _plain(text: str) -> str:
    return text.casefold().replace("_", " ").replace("-", " ")
