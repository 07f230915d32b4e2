"""Chooses what to train: the models with a form for it, and any other by its name, which says why it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui import wording
from tui.screens.dialogs.prompt import Prompt
from tui.widgets.picker import Picker, Row

if TYPE_CHECKING:
    from textual.app import App

    from tui.services.services import Services

_OTHER = "?"


async def pick_trainer(app: App[Any], services: Services) -> str | None:
    """The "owner/name" of the model to train, or None."""
    from tui.api.errors import ApiError

    models = await services.trainings.trainers()
    known, _ = await services.trainings.known()
    if not known:
        try:
            await services.catalogue.more(again=True)
        except ApiError as error:
            app.notify(f"The models could not be asked for: {error}", severity="warning", markup=False)
        models = await services.trainings.trainers()
        known, _ = await services.trainings.known()
    rows = [Row(model.ref, model.ref, wording.one_line(model.description, 90)) for model in models]
    others = known - len(models)
    note = f"{others} other models known here name no TrainingInput: they cannot be trained" if others > 0 else ""
    rows.append(Row(_OTHER, "another model, by its name…", note))
    row = await app.push_screen_wait(Picker("Train which model?", rows))
    if row is None or row.value is None:
        return None
    if row.value != _OTHER:
        return row.value
    return await _by_name(app, services)


async def _by_name(app: App[Any], services: Services) -> str | None:
    """Ask for a name until it is that of a trainer, or the user gives up."""
    from tui.api.errors import ApiError
    from tui.api.types import Target

    words, text = "OWNER/NAME, or its address at replicate.com.", ""
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
