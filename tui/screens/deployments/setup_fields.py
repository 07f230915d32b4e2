"""The fields of a deployment's setup, and what can be chosen in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui import wording
from tui.api.types import Hardware, Release, Version
from tui.forms import Field, Form
from tui.services.deployments.setup import CHANGEABLE, FIELDS, LEAST_BOUND, MOST_BOUND, Setup, short
from tui.services.usage.prices import Prices
from tui.widgets.form.choice_fields import ChoiceField, Chooser
from tui.widgets.form.entry import Entry
from tui.widgets.form.field_base import FieldWidget
from tui.widgets.form.form_view import FormView
from tui.widgets.form.step_field import StepField
from tui.widgets.picker import Row
from tui.wording import money

_DESCRIPTIONS = {
    "name": "What it is called: owner/name is the address that programs run. It cannot be changed later.",
    "model": "The model that it runs. It cannot be changed later: enter searches.",
    "version": "The version of the model. enter shows its versions, the newest first; f4 compares two of them.",
    "hardware": "What each instance runs on, with what it may cost.",
    "min_instances": "Instances that are always up, 0 to 5. They are billed even while nobody uses them.",
    "max_instances": "Instances at most, 0 to 20. 0 switches the deployment off and cancels what runs.",
}
_BOUNDS = {"min_instances": LEAST_BOUND, "max_instances": MOST_BOUND}


def setup_form(*, new: bool) -> Form:
    """The form of a deployment: all fields for a new one, what can be changed for one that is there."""
    names = FIELDS if new else CHANGEABLE
    properties: dict[str, Any] = {
        name: {
            "description": _DESCRIPTIONS[name],
            "x-order": order,
            **({"type": "integer", "minimum": 0, "maximum": _BOUNDS[name]} if name in _BOUNDS else {"type": "string"}),
        }
        for order, name in enumerate(names)
    }
    schema = {"type": "object", "required": list(names), "properties": properties}
    return Form.parse({"components": {"schemas": {"Input": schema}}})


def texts_of(setup: Setup) -> dict[str, str]:
    """A setup as the form's texts."""
    return {
        "model": setup.model,
        "version": setup.version,
        "hardware": setup.hardware,
        "min_instances": str(setup.min_instances),
        "max_instances": str(setup.max_instances),
    }


def setup_of(texts: dict[str, str], base: Setup) -> Setup:
    """The setup that the texts mean; what they lack is as in `base`."""

    def number(name: str, otherwise: int) -> int:
        text = texts.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 6 else otherwise

    return Setup(
        texts.get("model") or base.model,
        texts.get("version") or base.version,
        texts.get("hardware") or base.hardware,
        number("min_instances", base.min_instances),
        number("max_instances", base.max_instances),
    )


def version_rows(versions: Sequence[Version]) -> list[Row]:
    """A model's versions to choose from, newest first, with their dates and Cog versions."""
    rows: list[Row] = []
    for place, version in enumerate(versions):
        words = f"{short(version.id)}  {wording.exact(version.created_at)[:16]}"
        cog = f"Cog {version.cog_version}" if version.cog_version else ""
        rows.append(Row(version.id, words, " · ".join(word for word in (cog, "newest" if place == 0 else "") if word)))
    return rows


def hardware_rows(hardware: Sequence[Hardware], prices: Prices) -> list[Row]:
    """What can be chosen to run on, with what an hour of it may cost."""
    named = [(one.sku, f"{one.sku}  {one.name}" if one.name else one.sku) for one in hardware]
    costs = [prices.per_hour(sku) for sku, _ in named]
    wide = max((len(words) for _, words in named), default=0)
    amounts = [f"≈ {money(cost.dollars)}" if cost is not None else "" for cost in costs]
    room = max((len(amount) for amount in amounts), default=0)
    rows: list[Row] = []
    for (sku, words), cost, amount in zip(named, costs, amounts, strict=True):
        # The prices stand below each other, whatever is before them.
        note = f"{amount:>{room}}/h, est. {cost.date}" if cost is not None else "price not known"
        rows.append(Row(sku, words, " " * (wide - len(words)) + note))
    return rows


def release_words(release: Release) -> str:
    """`release 4 by ada, 3 h ago`."""
    who = release.created_by.username if release.created_by else ""
    words = f"release {release.number if release.number is not None else '?'}"
    words += f" by {who}" if who else ""
    return f"{words}, {wording.age(release.created_at)} ago" if release.created_at else words


class SetupFields(FormView):
    """The form with lists to choose from and numbers to step through."""

    def __init__(self, form: Form, chooser: Chooser | None = None, *, id: str) -> None:
        """`chooser` opens the search for a model."""
        super().__init__(form, id=id)
        self._chooser = chooser
        self._rows: dict[str, tuple[Sequence[Row], str]] = {}

    def class_for(self, field: Field) -> type[FieldWidget]:
        if field.name in ("model", "version", "hardware"):
            return ChoiceField
        return StepField if field.name in _BOUNDS else super().class_for(field)

    def widget_for(self, entry: Entry) -> FieldWidget:
        name = entry.field.name
        if name == "model":
            return ChoiceField(self, entry, chooser=self._chooser, empty="enter searches the models")
        if name in ("version", "hardware"):
            rows, empty = self._rows.get(name, ((), ""))
            return ChoiceField(self, entry, rows, empty=empty)
        return super().widget_for(entry)

    def set_rows(self, name: str, rows: Sequence[Row], empty: str = "") -> None:
        """What can be chosen in a field; `empty` says why there is nothing."""
        self._rows[name] = (rows, empty)
        widget = self.widget_of(name)
        if isinstance(widget, ChoiceField):
            widget.set_rows(rows, empty)
