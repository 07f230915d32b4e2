"""The list of the section Models: what is known here at once, what the API adds, more of it near the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from tui.screens.base import ConsoleScreen
from tui.toolkit.workers import work
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.api.types import Model
    from tui.services.services import Services

PAGE = 100
"""How many of the models that are known are read at once; more of them near the end of the list."""
SEARCH_PAUSE = 0.3
"""Seconds of quiet after a key before the API is asked as well."""
ALL = ""
"""The slug of the entry that stands for all models."""


class ModelList:
    """Fills the table with the models of a collection, or of all, that the filter finds."""

    def __init__(self, screen: ConsoleScreen) -> None:
        self._screen = screen
        self.models: list[Model] = []
        self.collection = ALL
        """The slug of the open collection."""
        self._more = True
        """Whether the API may have more pages."""
        self._most = PAGE
        self._search_timer: Timer | None = None
        self._wanted = ""
        """The model that the cursor goes to once it is listed."""
        self._trouble = ""

    @property
    def table(self) -> VirtualTable[Any]:
        """Where they are shown."""
        return cast("VirtualTable[Any]", self._screen.query_one("#models-table"))

    @property
    def words(self) -> str:
        """What is filtered by."""
        return self._screen.query_one("#filter", Input).value.strip()

    @words.setter
    def words(self, words: str) -> None:
        self._screen.query_one("#filter", Input).value = words

    def begin(self, known: list[Model]) -> None:
        """Show the models of the last time, before the console is connected."""
        self.table.set_empty("Connecting…")
        self.models = known
        self.table.set_rows(known)

    def listed(self, ref: str) -> bool:
        """Whether a model is among those that are shown."""
        return any(model.ref == ref for model in self.models)

    def go_to(self, ref: str) -> bool:
        """Put the cursor on a model, now or once it is listed; whether that was possible now."""
        self._wanted, self.words = ref, ""
        if self.listed(ref):
            self.table.move_to(ref)
            self._wanted = ""
        return not self._wanted

    @property
    def wanted(self) -> str:
        """The model that is waited for; "" for none."""
        return self._wanted

    # ---- loading

    def load(self, services: Services, *, ask: bool = True) -> None:
        """Show what is known; with `ask` the API's first page after it, which begins the pages anew."""
        self._more = self._more or ask
        work(self._screen, "Models", "models", self._load, services, ask=ask)

    async def _load(self, services: Services, *, ask: bool) -> None:
        await self.show_known(services)
        if not ask or self.collection != ALL:
            return
        self.table.set_empty("Asking for the models…")
        try:
            await services.catalogue.more(again=True)
        except Exception as error:
            self._trouble = str(error)
            self.table.set_empty(self._why_empty())
            raise
        self._trouble = ""
        await self.show_known(services)

    async def show_known(self, services: Services) -> None:
        """The models of the open collection that match, from what is kept here."""
        words = self.words
        if self.collection == ALL:
            models = await self._known(services, words)
        else:
            kept = (await services.catalogue.collection(self.collection)).value
            needle = words.lower()
            models = [m for m in kept.models if needle in f"{m.ref} {m.description or ''}".lower()]
        if words != self.words:
            return
        self.models = models
        self.table.set_rows(models)
        self.table.set_empty(self._why_empty())
        if self._wanted and self.listed(self._wanted):
            self.table.move_to(self._wanted)
            self._wanted = ""

    async def _known(self, services: Services, words: str) -> list[Model]:
        """The first of the known models, as many as are wanted; as far as to the one that is to be shown."""
        while True:
            models = await services.catalogue.cached(words, limit=self._most)
            if len(models) < self._most or not self._wanted or any(m.ref == self._wanted for m in models):
                return models
            self._most *= 2

    def _why_empty(self) -> Content:
        if self.words:
            return Content(f"No model matches “{self.words}”.\n\nesc clears the filter.")
        if self._trouble:
            return Content(f"{self._trouble}\n\nR tries again.")
        return Content("No models yet.\n\nR asks the API again.")

    def filter_changed(self, services: Services) -> None:
        """Show what matches, and ask the API once the typing pauses."""
        self._most = PAGE
        work(self._screen, "Filter", "filter", self.show_known, services)
        if self._search_timer is not None:
            self._search_timer.stop()
        if len(self.words) >= 2 and self.collection == ALL:
            self._search_timer = self._screen.set_timer(SEARCH_PAUSE, lambda: self._search(services))

    def _search(self, services: Services) -> None:
        if self.words:
            work(self._screen, "Search", "search", self._ask, services, self.words)

    async def _ask(self, services: Services, words: str) -> None:
        await services.catalogue.search(words)
        if words == self.words:
            await self.show_known(services)

    def near_end(self, services: Services) -> None:
        """More of what is known; at its end the API's next page."""
        if self.collection != ALL:
            return
        if len(self.models) >= self._most:
            self._most += PAGE
            work(self._screen, "Models", "more", self.show_known, services)
        elif not self.words and self._more:
            work(self._screen, "More models", "more", self._load_more, services)

    async def _load_more(self, services: Services) -> None:
        found = await services.catalogue.more()
        self._more = found is not None
        if found:
            self._most += len(found)
            await self.show_known(services)
