"""The list of the section Models: what is known here at once, what the API adds, more of it near the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from tui.screens.base import ConsoleScreen
from tui.toolkit.workers import work
from tui.widgets.table.virtual_table import Heading, VirtualTable

UNAUTHORIZED = 401

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tui.api.types import Model
    from tui.services.services import Services
    from tui.store.model_lists import ModelOrder, ShopWindow

PAGE = 100
"""How many of the models that are known are read at once; more of them near the end of the list."""
SEARCH_PAUSE = 0.3
"""Seconds of quiet after a key before the API is asked as well."""
ALL = ""
"""The slug of the entry that stands for all models."""


class _Asked(NamedTuple):
    """What the list is to show: the words of the filter, the order, the collection."""

    words: str
    sort: tuple[str, bool] | None
    collection: str


class ModelList:
    """Fills the table with the models of a collection, or of all, that the filter finds."""

    def __init__(self, screen: ConsoleScreen, read_anew: Callable[[], None]) -> None:
        """`read_anew` is called when the models were read again: one of them may be known better now."""
        self._screen = screen
        self._read_anew = read_anew
        self.models: Sequence[Model] = ()
        self.collection = ALL
        """The slug of the open collection."""
        self._more = True
        """Whether the API may have more pages."""
        self._most = PAGE
        self._search_timer: Timer | None = None
        self._wanted = ""
        """The model that the cursor goes to once it is listed."""
        self._trouble = ""
        self._ran: set[str] = set()
        """The models of which it was told that they ran."""
        self._filled = False
        """Whether the shop window has come to rest once."""
        self._shown: _Asked | None = None
        self._best: str | None = None
        """The model that the cursor was put on, at the top of the list."""

    @property
    def table(self) -> VirtualTable[Any]:
        """Where they are shown."""
        return cast("VirtualTable[Any]", self._screen.query_one("#models-table"))

    @property
    def _filter(self) -> Input:
        return self._screen.query_one("#filter", Input)

    @property
    def words(self) -> str:
        """What is filtered by."""
        return self._filter.value.strip()

    @words.setter
    def words(self, words: str) -> None:
        self._filter.value = words

    def begin(self, known: ShopWindow | None) -> None:
        """Show the models of the last time, before the console is connected."""
        self.table.set_empty("Connecting…")
        if known is not None:
            self._show_window(known)

    def listed(self, ref: str) -> bool:
        """Whether a model is among those that are shown."""
        return any(model.ref == ref for model in self.models)

    def go_to(self, ref: str) -> bool:
        """Put the cursor on a model, now or once it is listed; whether that was possible now."""
        self._wanted, self.words = ref, ""
        self._go_to_wanted()
        return not self._wanted

    @property
    def wanted(self) -> str:
        """The model that is waited for; "" for none."""
        return self._wanted

    def _go_to_wanted(self) -> None:
        if self._wanted and self.listed(self._wanted):
            self.table.move_to(self._wanted)
            self._wanted = ""

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
            self._trouble = self._words_of(error, services)
            self.table.set_empty(self._why_empty())
            raise
        self._trouble = ""
        await self.show_known(services)
        await self._fill_window(services)

    async def _fill_window(self, services: Services) -> None:
        """Have what the shop window lacks asked for, and show it."""
        window = await services.catalogue.shop_window(PAGE)
        if not window.used and not window.unknown:
            # Nothing of this account is kept here yet.
            await services.watcher.refresh(kind="prediction")
            window = await services.catalogue.shop_window(PAGE)
        await services.catalogue.fill_window(window.unknown)
        await self.show_known(services)
        self._filled = True

    async def show_known(self, services: Services) -> None:
        """The models of the open collection that match, from what is kept here."""
        asked = self._asked()
        if self._is_window(asked):
            window = await self._window(services)
            if asked == self._asked():
                self._show_window(window)
        else:
            models = await self._found(services, asked)
            if asked == self._asked():
                self._show_found(models, asked)
        if asked == self._asked():
            self._shown = asked
            self.table.set_empty(self._why_empty())
            self._go_to_wanted()

    def _asked(self) -> _Asked:
        return _Asked(self.words, self.table.sort, self.collection)

    @staticmethod
    def _is_window(asked: _Asked) -> bool:
        return asked == ("", None, ALL)

    async def _window(self, services: Services) -> ShopWindow:
        """As many as are wanted; as far as to the one that is to be shown."""
        while True:
            window = await services.catalogue.shop_window(self._most)
            whole = len(window.most_run) < self._most
            if whole or not self._wanted or any(m.ref == self._wanted for m in window.models):
                return window
            self._most *= 2

    async def _found(self, services: Services, asked: _Asked) -> Sequence[Model]:
        order = self._order(asked)
        if asked.collection == ALL:
            return await services.catalogue.cached(asked.words, self._most, order=order)
        kept = (await services.catalogue.collection(asked.collection)).value
        if not asked.words and order is None:
            return kept.models
        return await services.catalogue.cached(asked.words, len(kept.models), order=order, within=kept.models)

    @staticmethod
    def _order(asked: _Asked) -> ModelOrder | None:
        from tui.store.model_lists import ModelOrder

        return None if asked.sort is None else ModelOrder(cast(Any, asked.sort[0]), asked.sort[1])

    # ---- showing

    def _show_window(self, window: ShopWindow) -> None:
        self.models = window.models
        groups = (("Used lately", window.used), ("Official", window.official), ("Most run", window.most_run))
        headings: list[Heading] = []
        first = 0
        for title, models in groups:
            # One group needs no name.
            if models and len(models) < len(window.models):
                headings.append(Heading(first, title))
            first += len(models)
        # What a first start knows comes piece by piece: until all is there, a cursor that nobody moved is on the first.
        leads = not self._filled and self.table.cursor_id in (self._best, None)
        self.table.set_rows(window.models, headings)
        if leads and window.models:
            self.table.move_to_index(0)
            self._best = window.models[0].ref
        self._read_anew()

    def _show_found(self, models: Sequence[Model], asked: _Asked) -> None:
        best = models[0] if models else None
        leads = self._leads(asked, best)
        self.models = models
        self.table.set_rows(models)
        if leads:
            self.table.move_to_index(0)
            self._best = best.ref if best is not None else None
        self._read_anew()

    def _leads(self, asked: _Asked, best: Model | None) -> bool:
        """Whether the cursor goes to the best match: with other words or another order, and as long as one types.

        Later the cursor stays on its model, unless the very name that was typed has come and nobody moved the cursor.
        """
        if asked != self._shown:
            return True
        if not asked.words or self.table.cursor_id != self._best or best is None:
            return False
        return self._filter.has_focus or asked.words.lower() in (best.name.lower(), best.ref.lower())

    def _words_of(self, error: Exception, services: Services) -> str:
        """What went wrong; of a token that was refused, also whose it is and where one gets another."""
        if getattr(error, "status", None) != UNAUTHORIZED:
            return str(error)
        whose = self._screen.console.settings.whose_token(services.session.client.base_url)
        return f"{error}\n\n{whose} https://replicate.com/account/api-tokens lists yours."

    def _why_empty(self) -> Content:
        if self.words:
            return Content(f"No model matches “{self.words}”.\n\nesc clears the filter.")
        if self._trouble:
            return Content(f"{self._trouble}\n\nR tries again.")
        return Content("No models yet.\n\nR asks the API again.")

    # ---- what the user does

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

    def sort_by(self, key: str, services: Services | None) -> None:
        """Sort by a column; again: the other way round; a third time: as they are without that."""
        self._most = PAGE
        self.table.toggle_sort(key)
        if services is not None:
            work(self._screen, "Sort", "filter", self.show_known, services)

    def ran(self, refs: Iterable[str], services: Services) -> None:
        """These models ran: those that are told of for the first time come into the shop window."""
        fresh = set(refs) - self._ran
        if not fresh:
            return
        self._ran |= fresh
        if self._is_window(self._asked()):
            self._screen.soon("used", lambda: work(self._screen, "Models", "used", self._fill_window, services))

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
