"""A dialog to pick the model that takes an output: those that ran lately first, and what cannot take it last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import wording
from tui.screens.models.model_picker import MOST, ModelPicker
from tui.services.models.input_fields import kept_fields
from tui.widgets.picker import Row

if TYPE_CHECKING:
    from tui.api.types import Model
    from tui.services.services import Services

JUDGED = 60
"""Of so many models, the first ones of the list, the schemas that are kept here are read."""


class InputModelPicker(ModelPicker):
    """Gives the row of the picked model; its value is "owner/name"."""

    def __init__(self, services: Services, *, files: bool, typed: str = "") -> None:
        """`files`: whether it is to take a file, and not a text."""
        super().__init__("Use it as an input of which model?", services, typed=typed)
        self._files = files
        self._names: dict[str, str | None] = {}
        """The inputs of a model that take it, in words; "" for none, None where its schema is not kept here."""

    async def _rows_for(self, text: str) -> list[Row]:
        """What takes it, then what may, then what does not."""
        typed = text.strip()
        catalogue = self._services.catalogue
        models = await catalogue.cached(text, limit=MOST) if typed else (await catalogue.shop_window(MOST)).models
        takes: list[Row] = []
        may: list[Row] = []
        cannot: list[Row] = []
        for number, model in enumerate(models):
            names = await self._names_of(model.ref) if number < JUDGED else None
            if names is None:
                may.append(Row(model.ref, model.ref, _about(model)))
            elif names:
                takes.append(Row(model.ref, model.ref, f"{names} · {_about(model)}".rstrip(" ·")))
            elif typed:
                what = "file" if self._files else "text"
                cannot.append(Row(model.ref, model.ref, f"takes no {what}", dim=True))
        rows = [*takes, *may, *cannot]
        if "/" in typed.strip("/") and all(row.value != typed for row in rows):
            rows.append(Row(typed, typed, "as typed"))
        return rows

    async def _names_of(self, ref: str) -> str | None:
        if ref not in self._names:
            found = await kept_fields(self._services.session, ref, files=self._files)
            self._names[ref] = None if found is None else ", ".join(one.name for one in found)
        return self._names[ref]


def _about(model: Model) -> str:
    return wording.one_line(model.description, 100)
