"""The section Models: collections, the searchable list, and beside it what a model is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.screens.command_host import AT_THE_TOP
from tui.screens.models.catalogue_copy_commands import CatalogueCopyCommands
from tui.screens.models.collection_list import CollectionList
from tui.screens.models.model_columns import COLLECTION_COLUMNS, MODEL_COLUMNS, model_version, slug_of
from tui.screens.models.model_commands import ModelCommands
from tui.screens.models.model_list import ALL, ModelList
from tui.screens.models.model_view import ModelView
from tui.screens.models.own_model_commands import OwnModelCommands
from tui.toolkit.workers import work
from tui.widgets.bars import TabStrip
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.api.types import Model, Version
    from tui.navigation import Place
    from tui.services.bus import Event
    from tui.services.services import Services


class ModelsScreen(ConsoleScreen):
    """Browse, search, read, and open the form of a model."""

    BINDINGS = cmd.bindings(
        cmd.RunModel,
        cmd.TrainModel,
        cmd.Filter,
        cmd.SortList,
        cmd.ShowCollections,
        cmd.CopyCatalogue,
        cmd.Copy,
        cmd.OpenInBrowser,
        cmd.CompareVersions,
        cmd.ShowHardware,
        cmd.ShowMine,
        cmd.NewModel,
        cmd.EditModel,
        cmd.EditReadme,
        cmd.DeleteModel,
        cmd.DeleteVersion,
        cmd.Reload,
        cmd.NextTab,
        cmd.PreviousTab,
        cmd.Back,
    )

    def __init__(self) -> None:
        super().__init__()
        self._list = ModelList(self, lambda: self._view.known_anew(self._list.table.row))
        self._collections = CollectionList(self)
        self._commands = ModelCommands(self, self.selected_model)
        self._own = OwnModelCommands(self, self)
        self._copy = CatalogueCopyCommands(self, self._list.show_known)
        self._unlisted = False
        """Whether the model that is shown is none of the list's."""

    @property
    def command_objects(self) -> Sequence[object]:
        """What one does with any model, with one's own, and with the whole catalogue."""
        return (self._commands, self._own, self._copy)

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="models"):
            yield VirtualTable(COLLECTION_COLUMNS, id_of=slug_of, id="collections")
            with Vertical(id="models-list"):
                yield FilterBar("/  find models   ·   C  collections", list="#models-table", id="filter")
                yield VirtualTable(
                    MODEL_COLUMNS,
                    id_of=lambda m: m.ref,
                    version_of=model_version,
                    id="models-table",
                )
            yield ModelView(id="model-view")

    def on_mount(self) -> None:
        self._collections.begin()
        self._list.begin(self.console.known_models() if self.services is None else None)
        self._list.table.focus()

    @property
    def _view(self) -> ModelView:
        return self.query_one(ModelView)

    # ---- data

    def services_ready(self, services: Services) -> None:
        """Show what is known, then ask."""
        if (model := self._list.table.row) is not None:
            # It came from the last time's list, whose parts could not be asked for yet.
            self._view.show(model, services)
        self._list.load(services)
        self._collections.load(services)
        if ref := self._list.wanted:
            work(self, ref, "fetch", self._fetch, services, ref)

    def bus_event(self, event: Event) -> None:
        """What was run comes into the shop window."""
        from tui.services.bus import RecordChanged, RecordsListed

        if self.services is None or not isinstance(event, RecordChanged | RecordsListed):
            return
        records = event.records if isinstance(event, RecordsListed) else (event.record,)
        self._list.ran({one.prediction.model for one in records if one.kind == "prediction"}, self.services)

    def arrive(self, place: Place) -> None:
        """A search, a collection, a model, or its form over the list."""
        if place.section == "collections":
            self._collections.go_to(place.argument)
        elif not place.argument:
            return
        elif place.section == "models":
            self._list.words = place.argument
        elif place.section == "model":
            self.show_model(place.argument.partition(":")[0])
        elif place.section == "run":
            from tui.screens.run.run_screen import RunScreen

            ref, _, version = place.argument.partition(":")
            texts = place.values or None
            self.host.push_screen(
                RunScreen(ref, version=version or None, texts=texts, message=place.message, start=place.start)
            )

    def show_model(self, ref: str) -> None:
        """Put the cursor on a model; one that no list has is shown by itself."""
        if not self._list.go_to(ref) and self.services is not None:
            work(self, ref, "fetch", self._fetch, self.services, ref)

    async def _fetch(self, services: Services, ref: str) -> None:
        model = await services.catalogue.model(ref)
        self._view.show(model, services)
        await self._list.show_known(services)
        self._unlisted = not self._list.listed(ref)

    # ---- what the user does

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        if self.services is not None:
            self._list.filter_changed(self.services)

    @on(VirtualTable.Highlighted, "#models-table")
    def _model_highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        if event.row is not None:
            self._unlisted = False
            self._view.show(event.row, self.services)

    @on(VirtualTable.Selected, "#models-table")
    def _model_selected(self) -> None:
        self.add_class("-detail")
        self._view.focus_body()

    @on(VirtualTable.SortRequested, "#models-table")
    def _sort_requested(self, event: VirtualTable.SortRequested) -> None:
        self._list.sort_by(event.key, self.services)

    @on(VirtualTable.NearEnd, "#models-table")
    def _near_end(self) -> None:
        if self.services is not None:
            self._list.near_end(self.services)

    @on(VirtualTable.Highlighted, "#collections")
    def _collection_highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        if event.id != self._list.collection and self.services is not None:
            self._list.collection = event.id or ALL
            self._list.load(self.services, ask=False)

    @on(VirtualTable.Selected, "#collections")
    def _collection_selected(self) -> None:
        self.remove_class("-collections")
        self._list.table.focus()

    @on(ModelView.ExampleChosen)
    def _example_chosen(self, event: ModelView.ExampleChosen) -> None:
        self._commands.open_run(event.model, event.values)

    @on(ModelView.RunRequested)
    def _run_requested(self, event: ModelView.RunRequested) -> None:
        self._commands.open_run(event.model)

    # ---- what the commands are about

    def selected_model(self) -> Model | None:
        """The model under the cursor."""
        row, shown = self._list.table.row, self._view.model
        if row is None or (shown is not None and (self._unlisted or shown.ref == row.ref)):
            return shown
        # The list has just changed, and the view follows in a moment.
        return row

    def selected_version(self) -> Version | None:
        """The version under the cursor of its list."""
        return self._view.version

    def model_changed(self, model: Model) -> None:
        """Show it as it is now."""
        self._view.show(model, self.services, refresh=True)
        if self.services is not None:
            self._list.load(self.services, ask=False)
        self.show_model(model.ref)

    def model_deleted(self, ref: str) -> None:
        """Its line goes."""
        self._view.clear(ref)
        if self.services is not None:
            self._list.load(self.services, ask=False)
        self.remove_class("-detail")
        self._list.table.focus()

    # ---- commands

    def why_not_show_mine(self) -> str | None:
        """Only once it is known whose they are."""
        user = self.services.username if self.services is not None else None
        return None if user else "Whose token this is has not been told yet."

    def do_show_mine(self) -> None:
        """Filter the list by one's own name."""
        self._list.words = f"{self.services.username}/" if self.services is not None else ""
        self._list.table.focus()

    def do_filter(self) -> None:
        """Go to the filter."""
        self.remove_class("-detail", "-collections")
        self.set_focus(self.query_one("#filter"))

    async def do_sort_list(self) -> None:
        """Choose the column to sort by."""
        from tui.screens.dialogs.sort_by import ask_column

        otherwise = "what was used lately, what is official, and what runs most"
        if (key := await ask_column(self.host, self._list.table.columns, otherwise)) is not None:
            self._list.sort_by(key, self.services)

    def do_show_collections(self) -> None:
        """Go to the collections."""
        self._collections.open()

    def do_reload(self) -> None:
        """Ask again."""
        if self.services is not None:
            self.services_ready(self.services)
            if model := self.selected_model():
                self._view.show(model, self.services, refresh=True)

    def do_next_tab(self) -> None:
        """The next tab of the model."""
        self._view.query_one(TabStrip).step(1)

    def do_previous_tab(self) -> None:
        """The tab before."""
        self._view.query_one(TabStrip).step(-1)

    @property
    def _in_list(self) -> bool:
        """Whether the list has the focus, with nothing open over it."""
        return self._list.table.has_focus and not (self.has_class("-detail") or self.has_class("-collections"))

    def why_not_back(self) -> str | None:
        """Not from the list itself, where all models are in it."""
        away = not self._in_list or self._list.words or self._list.collection != ALL
        return None if away else AT_THE_TOP

    def do_back(self) -> None:
        """Back to the list, then to all models."""
        if not self._in_list:
            self.remove_class("-detail", "-collections")
            self._list.table.focus()
        elif self._list.words:
            self._list.words = ""
        elif self._list.collection != ALL:
            self._collections.table.move_to(ALL)
