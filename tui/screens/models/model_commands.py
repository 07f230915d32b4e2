"""What one does with the model under the cursor: run it, train it, copy its name, open its page."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.worker import WorkerCancelled, WorkerFailed

from tui.screens.base import ConsoleScreen
from tui.screens.models.model_view import ModelView

if TYPE_CHECKING:
    from tui.api.types import Model


class ModelCommands:
    """The commands about any model, whoever owns it."""

    def __init__(self, screen: ConsoleScreen, selected: Callable[[], Model | None]) -> None:
        """`selected`: the model under the cursor."""
        self._screen = screen
        self._selected = selected

    @property
    def _view(self) -> ModelView:
        return self._screen.query_one(ModelView)

    def _need_one(self) -> str | None:
        return None if self._selected() else "There is no model under the cursor."

    def selected_facts(self) -> dict[str, str]:
        """What the user's own commands are told of the model."""
        if (model := self._selected()) is None:
            return {}
        web = model.url or ""
        return {
            "kind": "model",
            "id": model.ref,
            "model": model.ref,
            "version": model.latest_version.id if model.latest_version is not None else "",
            "url": web if web.startswith(("https://", "http://")) else "",
        }

    why_not_run_model = why_not_train_model = why_not_copy = _need_one

    def why_not_open_in_browser(self) -> str | None:
        """Only what has a page."""
        model = self._selected()
        if model is None or (model.url or "").startswith(("https://", "http://")):
            return self._need_one()
        return "This model has no page on the web."

    async def do_run_model(self) -> None:
        """Open the form of what the list shows once it has followed the filter: keys may be ahead of it."""
        for worker in [one for one in self._screen.workers if one.group == "filter" and not one.is_finished]:
            with contextlib.suppress(WorkerFailed, WorkerCancelled):
                await worker.wait()
        if model := self._selected():
            self.open_run(model)

    def open_run(self, model: Model, values: dict[str, object] | None = None) -> None:
        """Open the form of a model, filled with an example's values where given."""
        from tui.screens.run.run_screen import RunScreen

        self._screen.host.push_screen(RunScreen(model.ref, values=values))

    async def do_train_model(self) -> None:
        """Open the form of its training, or say why it cannot be trained."""
        from tui.api.errors import ApiError

        services = self._screen.services
        if (model := self._selected()) is None or services is None:
            return
        try:
            await services.trainings.trainer(model.ref)
        except ApiError as error:
            self._screen.console.say(str(error), severity="warning")
            return
        from tui.screens.run.training_form import TrainingFormScreen

        self._screen.host.push_screen(TrainingFormScreen(model.ref))

    def do_copy(self) -> None:
        """Copy the model's name, or what the open tab shows."""
        if model := self._selected():
            text, what = self._view.copyable() if self._view.has_focus_within else (model.ref, "Name")
            self._screen.console.copy_text(text, what)

    async def do_open_in_browser(self) -> None:
        """Open the model's page."""
        if (model := self._selected()) is not None:
            await self._screen.console.open_page(model.url or "")
