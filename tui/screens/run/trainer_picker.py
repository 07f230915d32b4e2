"""Chooses what to train: what is known to be trainable first, then every model that the name finds, here and at the
API; one that cannot be trained says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui import wording
from tui.screens.dialogs.prompt import Prompt
from tui.screens.models.model_picker import MOST, ModelPicker
from tui.widgets.picker import Row

if TYPE_CHECKING:
    from textual.app import App

    from tui.services.services import Services

_OTHER = "?"
"""What the value of the row begins with that asks for a name; what was typed follows."""


class TrainerPicker(ModelPicker):
    """Gives the row of a model, or the one that asks for a name, which no filter takes away."""

    async def _rows_for(self, text: str) -> list[Row]:
        services = self._services
        trainers = await services.trainings.trainers(text)
        rows = [Row(model.ref, model.ref, wording.one_line(model.description, 90)) for model in trainers]
        known = {row.value for row in rows}
        if text.strip():
            others = [m for m in await services.catalogue.cached(text, limit=MOST) if m.ref not in known]
            rows += [
                Row(m.ref, m.ref, f"not known to be trainable: enter asks · {m.description or ''}") for m in others
            ]
        typed = text.strip()
        if "/" in typed.strip("/") and all(row.value != typed for row in rows):
            rows.append(Row(typed, typed, "as typed"))
        return [*rows, Row(f"{_OTHER}{typed}", "another model, by its name…", "OWNER/NAME, or its address")]


async def pick_trainer(app: App[Any], services: Services) -> str | None:
    """The "owner/name" of the model to train, or None."""
    from tui.api.errors import ApiError

    known, _ = await services.trainings.known()
    if not known:
        try:
            await services.catalogue.more(again=True)
        except ApiError as error:
            app.notify(f"The models could not be asked for: {error}", severity="warning", markup=False)
    typed = ""
    while True:
        row = await app.push_screen_wait(TrainerPicker("Train which model?", services, typed=typed))
        if row is None or row.value is None:
            return None
        if row.value.startswith(_OTHER):
            return await _by_name(app, services, row.value.removeprefix(_OTHER))
        try:
            await services.trainings.trainer(row.value)
        except ApiError as error:
            app.notify(str(error), severity="warning", markup=False)
            typed = row.value
        else:
            return row.value


async def _by_name(app: App[Any], services: Services, text: str) -> str | None:
    """Ask for a name until it is that of a trainer, or the user gives up."""
    from tui.api.errors import ApiError
    from tui.api.types import Target

    words = "OWNER/NAME, or its address at replicate.com."
    while True:
        typed = await app.push_screen_wait(Prompt("Train which model?", words, text))
        if typed is None:
            return None
        text = typed
        try:
            target = Target.parse(typed)
            await services.trainings.trainer(target.ref)
        except (ValueError, ApiError) as error:
            words = str(error)
            continue
        return target.ref
