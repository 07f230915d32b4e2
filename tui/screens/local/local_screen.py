"""The section Local: the models of this machine that were used, attached servers, and how each stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tui import commands as cmd
from tui.screens.base import ConsoleScreen
from tui.screens.list_commands import WayBack
from tui.screens.local.local_commands import NONE, LocalCommands
from tui.screens.local.local_words import LOCAL_COLUMNS, fact_lines, version_of
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.table.filter_bar import FilterBar
from tui.widgets.table.virtual_table import VirtualTable
from tui.wording import one_line

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.navigation import Place
    from tui.services.local.local_model import LocalModel
    from tui.services.local.local_models import LocalModels
    from tui.services.services import Services

_EMPTY = (
    "No model of this machine was used here yet.\n\n"
    "n opens the folder of a Cog model, or a Cog server that runs, by HOST:PORT. Opening reads the source and runs "
    "none of it; the model runs here without Docker once you say so.\n\n"
    "In a shell: replicate-tui cog init poet, then replicate-tui cog poet"
)
_NO_MATCH = "No model matches.\n\nesc clears the filter."
_ASK = "The folder with its cog.yaml, or a Cog server as HOST:PORT. Nothing of it is run."
_FILE = "local-models.json"


class LocalScreen(ConsoleScreen):
    """The list, and the one under the cursor; its form lies over it."""

    HELP = "Cog models of this machine. n opens one, enter goes to its form, p starts or ends its process, E edits it."
    BINDINGS = cmd.bindings(
        cmd.OpenLocal,
        cmd.RunModel,
        cmd.SwitchLocal,
        cmd.CancelLocal,
        cmd.EditSource,
        cmd.ForgetLocal,
        cmd.RelayWebhooks,
        cmd.CompareVersions,
        cmd.TrainModel,
        cmd.Filter,
        cmd.CopyId,
        cmd.Reload,
        cmd.Back,
    )

    def __init__(self) -> None:
        super().__init__()
        self.models: LocalModels | None = None
        self._wanted: Place | None = None
        """What is to be opened once the models are known."""
        self._unsubscribe: Callable[[], None] | None = None
        self._commands = (
            LocalCommands(self, lambda: self.models, self.selected, partial(_open_training, self)),
            WayBack(self, lambda: self._table, lambda: self.query_one("#local-view"), lambda: self.filter),
        )

    @property
    def command_objects(self) -> Sequence[object]:
        """What one does with the model under the cursor, and the way back to the list."""
        return self._commands

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="local"):
            with Vertical(id="local-list"):
                yield FilterBar("/  name or folder", list="#local-table", id="filter")
                yield VirtualTable(LOCAL_COLUMNS, id_of=lambda one: one.place, version_of=version_of, id="local-table")
            with Vertical(id="local-view"):
                yield FixedSizeStatic(id="local-title")
                with VerticalScroll(id="local-body", can_focus=True):
                    yield Static(id="local-facts")

    def on_mount(self) -> None:
        self._table.set_empty("Looking for the models that were used…")
        self._table.focus()
        work(self, "Local", "load", self._load)

    async def on_unmount(self) -> None:
        """All that was started ends with the console."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self.models is not None:
            await self.models.aclose()

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#local-table"))

    @property
    def filter(self) -> Input:
        """What the list is filtered by."""
        return self.query_one("#filter", Input)

    def selected(self) -> LocalModel | None:
        """The model under the cursor."""
        return self._table.row

    def arrive(self, place: Place) -> None:
        """Open the model that was named."""
        if place.argument:
            self._wanted = place
            if self.models is not None:
                work(self, "Open", "open", self._open, place.argument, place.values)

    # ---- data

    async def _load(self) -> None:
        from tui.services.local.local_models import LocalModels

        # Imported when the section is opened: a start without it pays nothing.
        models = self.models = LocalModels(self.console.settings.paths.data / _FILE, self._ended)
        self.console.runs_here = lambda: models.at_work
        self._unsubscribe = self.models.subscribe(
            # Below a form nothing of it is seen; it is drawn when the form is left.
            lambda _: self.soon("local", self._draw) if self.is_current else None
        )
        if self._wanted is not None and self._wanted.argument:
            await self._open(self._wanted.argument, self._wanted.values)
        await self.models.load()
        self._draw()

    async def _open(self, word: str, texts: Mapping[str, str] | None = None) -> None:
        from tui.screens.local.local_run_screen import LocalRunScreen

        self._wanted = None
        if self.models is None:
            return
        model = await self.models.open(word)
        self._draw()
        self._table.move_to(model.place)
        self.host.push_screen(LocalRunScreen(self.models, model, texts or None))

    def _ended(self, model: LocalModel) -> None:
        """A run has ended: keep it in the archive."""
        if self.services is None:
            words = f"{model.name}: the console is not connected, so the run is not kept in the archive."
            self.console.say(words, severity="warning")
        elif model.shown is not None:
            work(self, "Archive", f"keep {model.shown.id}", _keep, self.services, model, model.shown)

    def _draw(self) -> None:
        if self.models is None or not self.is_attached:
            return
        words = self.filter.value.lower().split()
        rows = list(self.models.models.values())
        found = [one for one in rows if all(word in one.place.lower() for word in words)]
        self._table.set_rows(found)
        self._table.set_empty(Content(_NO_MATCH if rows else _EMPTY))
        self.set_class(not rows, "-nothing")
        self._draw_view()

    def _draw_view(self) -> None:
        model = self.selected()
        title = Content("") if model is None else Content.styled(one_line(model.name, 100), "bold $accent")
        self.query_one("#local-title", FixedSizeStatic).update(title)
        self.query_one("#local-facts", Static).update(Content("") if model is None else fact_lines(model))
        self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """A form over it may have changed much."""
        self._draw()

    # ---- what the user does

    @on(VirtualTable.Highlighted, "#local-table")
    def _highlighted(self) -> None:
        self._draw_view()

    @on(VirtualTable.Selected, "#local-table")
    def _selected(self) -> None:
        self.action_command(cmd.RunModel.id)

    @on(Input.Changed, "#filter")
    def _filtered(self, event: Input.Changed) -> None:
        event.stop()
        self._draw()

    async def do_open_local(self) -> None:
        """Ask which one."""
        from tui.screens.dialogs.prompt import Prompt

        word = await self.host.push_screen_wait(Prompt("Open a Cog model", _ASK, str(Path.cwd())))
        if word:
            await self._open(word)

    def why_not_run_model(self) -> str | None:
        """Only of a model."""
        return None if self.selected() is not None else NONE

    async def do_run_model(self) -> None:
        """Open its form."""
        if (model := self.selected()) is not None:
            await self._open(model.place)

    why_not_forget_local = why_not_run_model

    async def do_forget_local(self) -> None:
        """Take it off the list; its process ends."""
        model = self.selected()
        if model is not None and self.models is not None:
            await self.models.forget(model)
            self._draw()
            self.console.say(f"{model.name} is off the list; its files stay, and n opens it again.")

    def do_filter(self) -> None:
        """Go to the filter."""
        self.set_focus(self.filter)

    async def do_reload(self) -> None:
        """Read the sources again, and ask the servers."""
        for model in list(self.models.models.values()) if self.models is not None else []:
            await model.read()
        self._draw()


def _open_training(screen: LocalScreen, models: LocalModels, model: LocalModel) -> None:
    from tui.screens.local.local_run_screen import LocalRunScreen

    screen.host.push_screen(LocalRunScreen(models, model, train=True))


async def _keep(services: Services, model: LocalModel, prediction: Prediction) -> None:
    """Keep a run that has ended."""
    from tui.services.local.archive import keep_run

    model.kept(await keep_run(services.session, services.downloads, prediction))
