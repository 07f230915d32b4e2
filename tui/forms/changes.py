"""What changed from one version's form to another's."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tui.forms.field import MISSING, Field, Kind, bounds_words, kind_words, show_choice, show_default
from tui.forms.form import Form
from tui.forms.shapes import canonical
from tui.wording import one_line

What = Literal["added", "removed", "type", "required", "default", "bounds", "choices", "deprecated", "output"]


class Change(Struct, frozen=True):
    """One difference between two versions."""

    what: What
    field: str
    """The input's name; empty for the output."""
    text: str
    """One line for people: `width: 64–1024 → 64–1440`."""
    breaking: bool
    """Whether an input that the old version takes may be refused by the new one, or its output misread."""


def compare(old: Form, new: Form) -> list[Change]:
    """The differences, in the order of the new form's fields; removed inputs and the output come last."""
    changes: list[Change] = []
    for field in new.fields:
        before = old.field(field.name)
        name = one_line(field.name, 60)
        if before is None:
            must = " (required)" if field.required else ""
            changes.append(Change("added", field.name, f"+ {name}: {field.hint}{must}", field.required))
        else:
            changes += _field_changes(before, field, name)
    for field in old.fields:
        if new.field(field.name) is None:
            changes.append(Change("removed", field.name, f"− {one_line(field.name, 60)}: {field.hint}", True))
    if old.output is not new.output:
        before, after = (form.output.replace("_", " ") for form in (old, new))
        changes.append(Change("output", "", f"output: {before} → {after}", True))
    return changes


def _field_changes(old: Field, new: Field, name: str) -> list[Change]:
    changes: list[Change] = []

    def note(what: What, before: str, after: str, *, breaking: bool) -> None:
        changes.append(Change(what, new.name, f"{name}: {before} → {after}", breaking))

    # A string that is now thought to be longer is the same input.
    if _plain(old) != _plain(new):
        note("type", kind_words(old), kind_words(new), breaking=True)
    elif old.choices != new.choices:
        lost = [choice for choice in old.choices if choice not in new.choices]
        gained = [choice for choice in new.choices if choice not in old.choices]
        note("choices", _choices("without", lost), _choices("with", gained), breaking=bool(lost))
    if old.required != new.required:
        words = ("optional", "required")
        note("required", words[old.required], words[new.required], breaking=new.required)
    before, after = bounds_words(old), bounds_words(new)
    if (before, old.pattern) != (after, new.pattern):
        old_words = before or ("another pattern" if old.pattern else "any")
        new_words = after or (one_line(f"pattern {new.pattern}", 60) if new.pattern else "any")
        note("bounds", old_words, new_words, breaking=_narrower(old, new))
    if canonical(_default(old)) != canonical(_default(new)):
        note("default", _default_words(old), _default_words(new), breaking=False)
    if old.deprecated != new.deprecated:
        words = ("in use", "deprecated")
        note("deprecated", words[old.deprecated], words[new.deprecated], breaking=False)
    return changes


def _plain(field: Field) -> tuple[Kind, object]:
    kind = Kind.STRING if field.kind is Kind.TEXT else field.kind
    return kind, _plain(field.item) if field.item is not None else None


def _choices(word: str, choices: list[str | int | float | bool]) -> str:
    shown = ", ".join(one_line(show_choice(choice), 30) for choice in choices[:4])
    more = f" and {len(choices) - 4} more" if len(choices) > 4 else ""
    return f"{word} {shown or 'nothing'}{more}"


def _narrower(old: Field, new: Field) -> bool:
    lows = ("minimum", "exclusive_minimum", "min_length", "min_items")
    highs = ("maximum", "exclusive_maximum", "max_length", "max_items")
    for names, sign in ((lows, 1), (highs, -1)):
        for name in names:
            before, after = getattr(old, name), getattr(new, name)
            if after is not None and (before is None or (after - before) * sign > 0):
                return True
    exact = (new.pattern, new.multiple_of)
    return exact != (old.pattern, old.multiple_of) and exact != (None, None)


def _default(field: Field) -> object:
    return None if field.default is MISSING else field.default


def _default_words(field: Field) -> str:
    if field.default is MISSING:
        return "no default"
    return "default hidden" if field.kind is Kind.SECRET else f"default {show_default(field.default)}"
