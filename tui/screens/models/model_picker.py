"""A dialog to pick a model: what is known here at once, and what the API finds after a moment."""

from __future__ import annotations

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker

from tui import wording
from tui.api.types import Model
from tui.screens.command_host import show_failure
from tui.services.services import Services
from tui.toolkit.workers import work
from tui.widgets.picker import MOST_ROWS, Picker, Row

SEARCH_PAUSE = 0.3
"""Seconds of quiet after a key before the API is asked as well."""
MOST = 200


class ModelPicker(Picker):
    """Gives the row of the picked model; its value is "owner/name"."""

    def __init__(self, title: str, services: Services, *, here: str | None = None, typed: str = "") -> None:
        super().__init__(title, (), here=here, typed=typed)
        self._services = services
        self._text = typed
        self._search_timer: Timer | None = None

    def on_resize(self) -> None:
        """As many rows as fit, however few are found."""
        self.list.styles.height = max(1, min(MOST_ROWS, self.size.height - 12))

    def filter(self, text: str) -> None:
        """Show what is known here, and ask the API once the typing pauses."""
        self._text = text
        self.wait_for_rows()
        work(self, "Models", "known", self._show_known, text)
        if self._search_timer is not None:
            self._search_timer.stop()
        if len(text.strip()) >= 2:
            self._search_timer = self.set_timer(SEARCH_PAUSE, self._search)

    async def _show_known(self, text: str) -> None:
        rows = await self._rows_for(text)
        if text != self._text:
            return
        index = next((i for i, row in enumerate(rows) if row.value == self._here), 0) if not text else 0
        self.show_rows(rows, index)
        self.query_one("#picker-count", Static).update(Content(f"{len(rows) or 'nothing found'} · {self.KEYS}"))

    async def _rows_for(self, text: str) -> list[Row]:
        """What is known here by that name, and the name itself."""
        models = await self._services.catalogue.cached(text, limit=MOST)
        rows = [model_row(model) for model in models]
        if "/" in text.strip(" /") and all(row.value != text.strip() for row in rows):
            rows.append(Row(text.strip(), text.strip(), "as typed"))
        return rows

    def _search(self) -> None:
        work(self, "Search", "search", self._ask, self._text)

    async def _ask(self, text: str) -> None:
        await self._services.catalogue.search(text)
        if text == self._text:
            await self._show_known(text)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A search that failed is told; what is known here stays."""
        show_failure(self, event)


def model_row(model: Model) -> Row:
    """A model as a row of a list."""
    return Row(model.ref, model.ref, wording.one_line(model.description, 120))
