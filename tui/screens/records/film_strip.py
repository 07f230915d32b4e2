"""The pictures of the rows in sight, in one row below their list: of a run one remembers how it looked.

They are fetched by the rules of all previews, once the list has come to rest: a key in it never waits for them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from textual.containers import Container

from tui.screens.base import FRAME
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.services.services import Services
    from tui.store.records import Record
    from tui.widgets.media.contact_sheet import ContactSheet, Item

LEAST_COLUMNS, LEAST_ROWS = 160, 40
"""Cells of the terminal from which there is room for it."""
REST = 0.3
"""Seconds from a change of the rows in sight until it is looked what pictures they have."""
REMEMBERED = 1_000
"""Records of which it is kept in mind what picture they have."""


class FilmStrip(Container):
    """Has its place from the first picture on: later nothing jumps."""

    def __init__(self, go_to: Callable[[str], object]) -> None:
        """`go_to` puts the list's cursor on a record."""
        super().__init__(id="records-film")
        self.display = False
        self._go_to = go_to
        self._known: OrderedDict[str, Item | None] = OrderedDict()
        self._ids: list[str] = []
        """The records whose pictures are shown, in the order of the list."""
        self._current = ""
        self._in_sight: tuple[str, ...] = ()
        self._timer: Timer | None = None
        self._look_timer: Timer | None = None

    def look(self, services: Services, ids: Sequence[str]) -> None:
        """These rows are in sight, or something of them may be other than before."""
        size = self.screen.size
        if size.width < LEAST_COLUMNS or size.height < LEAST_ROWS:
            self.display = False
            return
        self._in_sight = tuple(ids)
        if self._look_timer is None:
            self._look_timer = self.set_timer(REST, lambda: self._start(services))

    def _start(self, services: Services) -> None:
        self._look_timer = None
        work(self, "Pictures", "film", self._look, services, self._in_sight)

    def follow(self, record_id: str) -> None:
        """The cursor of the list is on another row."""
        self._current = record_id
        if self.display and self._timer is None:
            self._timer = self.set_timer(FRAME, self._select)

    def _select(self) -> None:
        self._timer = None
        here = self._current in self._ids
        if here:
            self._sheet.select(self._ids.index(self._current))
        self._sheet.mark_selected(here)

    async def _look(self, services: Services, ids: tuple[str, ...]) -> None:
        found: list[tuple[str, Item]] = []
        for record_id in ids:
            item = self._known.get(record_id)
            if record_id not in self._known:
                record = await services.store.get(services.account, record_id)
                item = _picture_of(services, record) if record is not None else None
                # A list tells no outputs: they are known once the record was asked for.
                if record is not None and not record.live and record.row.whole:
                    self._remember(record_id, item)
            if item is not None:
                found.append((record_id, item))
        if not found and not self.display:
            return
        self.display = True
        self._ids = [record_id for record_id, _ in found]
        self._sheet.show([item for _, item in found], fetch=services.previews.fetch, size_of=services.previews.size_of)
        self._select()

    def _remember(self, record_id: str, item: Item | None) -> None:
        self._known[record_id] = item
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    @property
    def _sheet(self) -> ContactSheet:
        from tui.widgets.media.contact_sheet import ContactSheet

        if self.children:
            return cast("ContactSheet", self.children[0])
        sheet = ContactSheet(id="film-sheet", strip=True)
        self.mount(sheet)
        return sheet

    def on_contact_sheet_moved(self, event: ContactSheet.Moved) -> None:
        """The list follows."""
        event.stop()
        record_id = self._ids[event.sheet.index]
        if record_id != self._current:
            self._current = record_id
            self._go_to(record_id)


def _picture_of(services: Services, record: Record) -> Item | None:
    """The first picture of an output that is saved here, or that Replicate still has."""
    from tui.api.file_types import by_name, is_picture
    from tui.forms import OutputKind
    from tui.services.files.output_files import name_in
    from tui.widgets.media.contact_sheet import Item
    from tui.widgets.result.result_words import KEPT_FOR

    prediction = record.prediction
    urls = services.previews.files_in(prediction.output, OutputKind.ANY)
    saved = {one.index: one.path for one in record.outputs if one.state == "saved"}
    for index, url in enumerate(urls):
        kind = by_name(name_in(url))
        if kind is None or not is_picture(kind):
            continue
        path = saved.get(index)
        ended = prediction.completed_at
        gone = ended is not None and prediction.deleted_after_an_hour and ended + KEPT_FOR < datetime.now(UTC)
        if path is not None or not gone:
            return Item(url, record.row.summary, path)
    return None
