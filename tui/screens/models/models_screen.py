"""The section Models: collections, the searchable list, and beside it what a model is."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input
from textual.worker import WorkerCancelled, WorkerFailed

from tui import commands as cmd
from tui import wording
from tui.screens.models.catalogue_copy import CopiesCatalogue
from tui.screens.models.model_columns import COLLECTION_COLUMNS, MODEL_COLUMNS, slug_of
from tui.screens.models.model_view import ModelView
from tui.screens.models.own_model_commands import OwnModelActs
from tui.toolkit.workers import work
from tui.widgets.bars import TabStrip
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import VirtualTable

if TYPE_CHECKING:
    from tui.api.types import Collection, Model, Version
    from tui.navigation import Place
    from tui.services.services import Services

PAGE = 100
"""How many of the models that are known are read at once; more of them near the end of the list."""
SEARCH_PAUSE = 0.3
"""Seconds of quiet after a key before the API is asked as well."""
ALL = ""
"""The slug of the entry that stands for all models."""


class ModelsScreen(CopiesCatalogue, OwnModelActs):
    """Browse, search, read, and open the form of a model."""

    BINDINGS = cmd.bindings(
        cmd.RunModel,
        cmd.TrainModel,
        cmd.Filter,
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
        self._models: list[Model] = []
        self._collections: list[Collection] = []
        self._collection: str = ALL
        self._more: bool = True
        self._most = PAGE
        self._search_timer: Timer | None = None
        self._wanted_ref = ""
        self._wanted_collection = ALL
        self._trouble = ""
        self._unlisted = False
        """Whether the model that is shown is none of the list's."""

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="models"):
            yield VirtualTable(COLLECTION_COLUMNS, id_of=slug_of, id="collections")
            with Vertical(id="models-list"):
                yield FilterBar("/  filter and search models", list="#models-table", id="filter")
                yield VirtualTable(
                    MODEL_COLUMNS,
                    id_of=lambda m: m.ref,
                    version_of=lambda m: (m.run_count, m.description),
                    id="models-table",
                )
            yield ModelView(id="model-view")

    def on_mount(self) -> None:
        self._collections_table.set_rows([(ALL, "All models")])
        self._table.set_empty("Connecting…")
        if self.services is None:
            self._models = self.console.known_models()
            self._table.set_rows(self._models)
        self._table.focus()

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#models-table"))

    @property
    def _collections_table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#collections"))

    @property
    def _view(self) -> ModelView:
        return self.query_one(ModelView)

    @property
    def _filter(self) -> str:
        return self.query_one("#filter", Input).value.strip()

    # ---- data

    def services_ready(self, services: Services) -> None:
        """Show what is known, then ask."""
        if (model := self._table.row) is not None:
            # It came from the last time's list, whose parts could not be asked for yet.
            self._view.show(model, services)
        work(self, "Models", "models", self._load, services)
        work(self, "Collections", "collections", self._load_collections, services)
        if self._wanted_ref:
            work(self, self._wanted_ref, "fetch", self._fetch, services, self._wanted_ref)

    async def _load(self, services: Services, *, ask: bool = True) -> None:
        await self._show_known(services)
        if ask and self._collection == ALL:
            self._table.set_empty("Asking for the models…")
            try:
                await services.catalogue.more(again=True)
            except Exception as error:
                self._trouble = str(error)
                self._table.set_empty(self._why_empty())
                raise
            self._trouble = ""
            await self._show_known(services)

    async def _show_known(self, services: Services) -> None:
        """The models of the open collection that match, from what is kept here."""
        words = self._filter
        if self._collection == ALL:
            models = await self._known(services, words)
        else:
            kept = (await services.catalogue.collection(self._collection)).value
            needle = words.lower()
            models = [m for m in kept.models if needle in f"{m.ref} {m.description or ''}".lower()]
        if words != self._filter:
            return
        self._models = models
        self._table.set_rows(models)
        self._table.set_empty(self._why_empty())
        if self._wanted_ref and any(m.ref == self._wanted_ref for m in models):
            self._table.move_to(self._wanted_ref)
            self._wanted_ref = ""

    async def _known(self, services: Services, words: str) -> list[Model]:
        """The first of the known models, as many as are wanted; as far as to the one that is to be shown."""
        while True:
            models = await services.catalogue.cached(words, limit=self._most)
            if len(models) < self._most or not self._wanted_ref or any(m.ref == self._wanted_ref for m in models):
                return models
            self._most *= 2

    async def catalogue_copied(self, services: Services) -> None:
        """Show what has come."""
        await self._show_known(services)

    def _why_empty(self) -> Content:
        if self._filter:
            return Content(f"No model matches “{self._filter}”.\n\nesc clears the filter.")
        if self._trouble:
            return Content(f"{self._trouble}\n\nR tries again.")
        return Content("No models yet.\n\nR asks the API again.")

    async def _load_collections(self, services: Services) -> None:
        cached = await services.catalogue.collections()
        self._show_collections(cached.value)
        if cached.stale:
            self._show_collections((await services.catalogue.collections(refresh=True)).value)

    def _show_collections(self, collections: Any) -> None:
        self._collections = list(collections)
        rows = [
            (ALL, "All models"),
            *((c.slug, wording.one_line(c.name or c.slug, 60)) for c in self._collections),
        ]
        table = self._collections_table
        table.set_rows(rows)
        if self._wanted_collection and table.move_to(self._wanted_collection):
            self._wanted_collection = ALL

    # ---- what the user does

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        if self.services is None:
            return
        self._most = PAGE
        work(self, "Filter", "filter", self._show_known, self.services)
        if self._search_timer is not None:
            self._search_timer.stop()
        if len(self._filter) >= 2 and self._collection == ALL:
            self._search_timer = self.set_timer(SEARCH_PAUSE, self._search)

    def _search(self) -> None:
        if self.services is not None and self._filter:
            work(self, "Search", "search", self._ask, self.services, self._filter)

    async def _ask(self, services: Services, words: str) -> None:
        await services.catalogue.search(words)
        if words == self._filter:
            await self._show_known(services)

    @on(VirtualTable.Highlighted, "#models-table")
    def _model_highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        if event.row is not None:
            self._unlisted = False
            self._view.show(event.row, self.services)

    @on(VirtualTable.Selected, "#models-table")
    def _model_selected(self) -> None:
        self.add_class("-detail")
        self._view.focus_body()

    @on(VirtualTable.NearEnd, "#models-table")
    def _near_end(self) -> None:
        if self.services is None or self._collection != ALL:
            return
        if len(self._models) >= self._most:
            self._most += PAGE
            work(self, "Models", "more", self._show_known, self.services)
        elif not self._filter and self._more:
            work(self, "More models", "more", self._load_more, self.services)

    async def _load_more(self, services: Services) -> None:
        found = await services.catalogue.more()
        self._more = found is not None
        if found:
            self._most += len(found)
            await self._show_known(services)

    @on(VirtualTable.Highlighted, "#collections")
    def _collection_highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        if event.id == self._collection or self.services is None:
            return
        self._collection = event.id or ALL
        work(self, "Collection", "models", self._load, self.services, ask=False)

    @on(VirtualTable.Selected, "#collections")
    def _collection_selected(self) -> None:
        self.remove_class("-collections")
        self._table.focus()

    @on(ModelView.ExampleChosen)
    def _example_chosen(self, event: ModelView.ExampleChosen) -> None:
        self.open_run(event.model, event.values)

    @on(ModelView.RunRequested)
    def _run_requested(self, event: ModelView.RunRequested) -> None:
        self.open_run(event.model)

    def open_run(self, model: Model, values: dict[str, object] | None = None, version: str | None = None) -> None:
        """Open the form of a model, filled with an example's values where given."""
        from tui.screens.run.run_screen import RunScreen

        self.host.push_screen(RunScreen(model.ref, version=version, values=values))

    def arrive(self, place: Place) -> None:
        """A search, a collection, a model, or its form over the list."""
        if place.section == "collections":
            self.show_collection(place.argument)
        elif not place.argument:
            return
        elif place.section == "models":
            self.search_for(place.argument)
        elif place.section == "model":
            self.show_model(place.argument.partition(":")[0])
        elif place.section == "run":
            from tui.screens.run.run_screen import RunScreen

            ref, _, version = place.argument.partition(":")
            texts = place.values or None
            self.host.push_screen(
                RunScreen(ref, version=version or None, texts=texts, message=place.message, start=place.start)
            )

    def search_for(self, words: str) -> None:
        """Filter the list by `words`."""
        self.query_one("#filter", Input).value = words

    def show_collection(self, slug: str | None) -> None:
        """Open a collection once it is listed, or the list of them."""
        self._wanted_collection = slug or ALL
        self.do_show_collections()

    def show_model(self, ref: str) -> None:
        """Put the cursor on a model, once it is listed."""
        self._wanted_ref = ref
        self.query_one("#filter", Input).value = ""
        if any(m.ref == ref for m in self._models):
            self._table.move_to(ref)
            self._wanted_ref = ""
        elif self.services is not None:
            work(self, ref, "fetch", self._fetch, self.services, ref)

    async def _fetch(self, services: Services, ref: str) -> None:
        cached = await services.catalogue.model(ref)
        self._view.show(cached, services)
        await self._show_known(services)
        self._unlisted = all(model.ref != ref for model in self._models)

    # ---- commands

    def _model(self) -> Model | None:
        row, shown = self._table.row, self._view.model
        if row is None or (shown is not None and (self._unlisted or shown.ref == row.ref)):
            return shown
        # The list has just changed, and the view follows in a moment.
        return row

    def selected_model(self) -> Model | None:
        """The model under the cursor."""
        return self._model()

    def selected_version(self) -> Version | None:
        """The version under the cursor of its list."""
        return self._view.version

    def model_changed(self, model: Model) -> None:
        """Show it as it is now."""
        self._view.show(model, self.services, refresh=True)
        if self.services is not None:
            work(self, "Models", "models", self._load, self.services, ask=False)
        self.show_model(model.ref)

    def model_deleted(self, ref: str) -> None:
        """Its line goes."""
        self._view.clear(ref)
        if self.services is not None:
            work(self, "Models", "models", self._load, self.services, ask=False)
        self.remove_class("-detail")
        self._table.focus()

    def versions_changed(self, model: Model, version_id: str) -> None:
        """Ask for what is left."""
        self._view.show(model, self.services, refresh=True)

    def do_show_mine(self) -> None:
        """Filter the list by one's own name."""
        user = self.services.username if self.services is not None else None
        if not user:
            self.console.say("Whose token this is has not been told yet.", severity="warning")
            return
        self.search_for(f"{user}/")
        self._table.focus()

    def why_not_run_model(self) -> str | None:
        """No model, nothing to run."""
        return None if self._model() else "There is no model under the cursor."

    why_not_copy = why_not_open_in_browser = why_not_run_model

    async def do_run_model(self) -> None:
        """Open the form of what the list shows once it has followed the filter: keys may be ahead of it."""
        for worker in [one for one in self.workers if one.group == "filter" and not one.is_finished]:
            with contextlib.suppress(WorkerFailed, WorkerCancelled):
                await worker.wait()
        if model := self._model():
            self.open_run(model)

    why_not_train_model = why_not_run_model

    async def do_train_model(self) -> None:
        """Open the form of its training, or say why it cannot be trained."""
        from tui.api.errors import ApiError

        if (model := self._model()) is None or self.services is None:
            return
        try:
            await self.services.trainings.trainer(model.ref)
        except ApiError as error:
            self.console.say(str(error), severity="warning")
            return
        from tui.screens.run.training_form import TrainingFormScreen

        self.host.push_screen(TrainingFormScreen(model.ref))

    def do_filter(self) -> None:
        """Go to the filter."""
        self.remove_class("-detail", "-collections")
        self.set_focus(self.query_one("#filter"))

    def do_show_collections(self) -> None:
        """Go to the collections."""
        self.remove_class("-detail")
        self.add_class("-collections")
        self.query_one("#collections").focus()

    def do_copy(self) -> None:
        """Copy the model's name, or what the open tab shows."""
        if model := self._model():
            text, what = self._view.copyable() if self._view.has_focus_within else (model.ref, "Name")
            self.console.copy_text(text, what)

    async def do_open_in_browser(self) -> None:
        """Open the model's page."""
        model = self._model()
        if model is None:
            return
        if not (model.url or "").startswith(("https://", "http://")):
            self.console.say("This model has no page on the web.", severity="warning")
            return
        await self.console.open_page(model.url or "")

    def do_reload(self) -> None:
        """Ask again."""
        if self.services is not None:
            self._more = True
            self.services_ready(self.services)
            if model := self._model():
                self._view.show(model, self.services, refresh=True)

    def do_next_tab(self) -> None:
        """The next tab of the model."""
        self._view.query_one(TabStrip).step(1)

    def do_previous_tab(self) -> None:
        """The tab before."""
        self._view.query_one(TabStrip).step(-1)

    def do_back(self) -> None:
        """Back to the list, then to all models."""
        if self.has_class("-detail") or self.has_class("-collections") or not self._table.has_focus:
            self.remove_class("-detail", "-collections")
            self._table.focus()
        elif self._filter:
            self.query_one("#filter", Input).value = ""
        elif self._collection != ALL:
            self._collections_table.move_to(ALL)
