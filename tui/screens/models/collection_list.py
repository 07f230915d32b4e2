"""The list of collections, which narrows the list of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tui import wording
from tui.screens.base import ConsoleScreen
from tui.screens.models.model_list import ALL
from tui.toolkit.workers import work
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.services.services import Services

_ALL_MODELS = (ALL, "All models")


class CollectionList:
    """Fills the table of collections."""

    def __init__(self, screen: ConsoleScreen) -> None:
        self._screen = screen
        self._wanted = ALL

    @property
    def table(self) -> VirtualTable[Any]:
        """Where they are shown."""
        return cast("VirtualTable[Any]", self._screen.query_one("#collections"))

    def begin(self) -> None:
        """All models, until there is more to choose from."""
        self.table.set_rows([_ALL_MODELS])

    def load(self, services: Services) -> None:
        """Show what is known, and ask where that is old."""
        work(self._screen, "Collections", "collections", self._load, services)

    def go_to(self, slug: str | None) -> None:
        """Open a collection once it is listed, and the list of them."""
        self._wanted = slug or ALL
        self.open()

    def open(self) -> None:
        """Give the list the focus, over the models where both do not fit."""
        self._screen.remove_class("-detail")
        self._screen.add_class("-collections")
        self.table.focus()

    async def _load(self, services: Services) -> None:
        cached = await services.catalogue.collections()
        self._show(cached.value)
        if cached.stale:
            self._show((await services.catalogue.collections(refresh=True)).value)

    def _show(self, collections: Any) -> None:
        table = self.table
        table.set_rows([_ALL_MODELS, *((one.slug, wording.one_line(one.name or one.slug, 60)) for one in collections)])
        if self._wanted and table.move_to(self._wanted):
            self._wanted = ALL
