"""What a model is: how it looks, and its README, examples, versions and inputs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from tui import wording
from tui.screens.base import FRAME
from tui.screens.command_host import show_failure
from tui.screens.models.example_pane import ExamplePane
from tui.screens.models.model_head import ModelHead
from tui.toolkit.workers import work
from tui.widgets.bars import TabStrip
from tui.widgets.table.virtual_table import Column, VirtualTable

if TYPE_CHECKING:
    from tui.api.types import Model, Prediction, Version
    from tui.forms import Field
    from tui.services.services import Services
    from tui.widgets.markdown.markdown_view import MarkdownView

REST = 0.12
"""Seconds that the cursor rests on a model before it is asked for."""
LONGEST_NAME = 30
"""Cells of an input's name that are kept free at most."""
TABS = (("readme", "README"), ("examples", "Examples"), ("versions", "Versions"), ("inputs", "Inputs"))


class ModelView(Vertical):
    """Shows one model; each tab asks for its part when it is first opened."""

    HELP = "A model: r opens its form, ] and [ walk through README, examples, versions and inputs."

    class ExampleChosen(Message):
        """An example should fill the form."""

        def __init__(self, model: Model, values: dict[str, object]) -> None:
            super().__init__()
            self.model = model
            self.values = values

    class RunRequested(Message):
        """The form of the model should open."""

        def __init__(self, model: Model) -> None:
            super().__init__()
            self.model = model

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="-empty")
        self.model: Model | None = None
        self._services: Services | None = None
        self._loaded: set[str] = set()
        self._refresh = False
        self._readme = ""
        self._focus_wanted = False
        self._head_timer: Timer | None = None
        self._tab_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield ModelHead()
        yield TabStrip(TABS, id="model-tabs")
        yield Container(id="model-body")

    def show(self, model: Model, services: Services | None, *, refresh: bool = False) -> None:
        """Show a model; `refresh` asks the API even for what is kept here."""
        same = self.model is not None and self.model.ref == model.ref and self._services is services
        first = self.model is None
        self.model, self._services = model, services
        self.remove_class("-empty")
        if first:
            self._draw_head()
        else:
            # The cursor is painted first, and goes on through the list without this.
            if self._head_timer is not None:
                self._head_timer.stop()
            self._head_timer = self.set_timer(FRAME, self._draw_head)
        if same and not refresh:
            return
        self._loaded.clear()
        self._refresh = refresh
        # The cursor may be on its way through the list: what it rests on is asked for, not what it passes.
        if self._tab_timer is not None:
            self._tab_timer.stop()
        self._tab_timer = self.set_timer(REST, self._load_shown)

    def known_anew(self, model: Model | None) -> None:
        """Tell what is known now of the model that is shown: it may have run since."""
        if model is not None and self.model is not None and model.ref == self.model.ref and model != self.model:
            self.show(model, self._services)

    def on_resize(self) -> None:
        """The words are cut to the room that there is."""
        self._head.draw()

    def focus_body(self) -> None:
        """Give the focus to the open tab, or when it is there."""
        for child in self.query_one("#model-body").children:
            target = _with_focus(child)
            if child.display and target.focusable:
                target.focus()
                return
        self._focus_wanted = True

    @property
    def version(self) -> Version | None:
        """The version under the cursor, where the versions are open."""
        if self.query_one(TabStrip).current != "versions" or self.model is None:
            return None
        return cast("Version | None", self._table("versions", VERSION_COLUMNS).row)

    def clear(self, ref: str) -> None:
        """Show nothing of a model that is gone."""
        if self.model is not None and self.model.ref == ref:
            self.model = None
            self.add_class("-empty")
            self._loaded.clear()
            self._head.show(None)
            for child in self.query_one("#model-body").children:
                child.display = False

    def copyable(self) -> tuple[str, str]:
        """The text to copy and what it is."""
        assert self.model is not None
        if self.query_one(TabStrip).current == "readme" and self._readme:
            return self._readme, "README"
        if self.query_one(TabStrip).current == "versions":
            version = self._table("versions", VERSION_COLUMNS).row
            if version is not None:
                return f"{self.model.ref}:{version.id}", "Version"
        return self.model.ref, "Name"

    @property
    def _head(self) -> ModelHead:
        return self.query_one(ModelHead)

    def _draw_head(self) -> None:
        self._head_timer = None
        self._head.show(self.model)

    def _load_shown(self) -> None:
        if self.model is not None and self._services is not None:
            work(self, self.model.ref, "model-cover", self._head.load_cover, self.model, self._services)
        self._open_tab()

    @on(TabStrip.Changed)
    def _tab_changed(self) -> None:
        self._open_tab()

    def _open_tab(self) -> None:
        name = self.query_one(TabStrip).current
        for child in self.query_one("#model-body").children:
            child.display = child.id == f"model-{name}"
        if self.model is None or self._services is None or name in self._loaded:
            return
        self._loaded.add(name)
        load = {
            "readme": self._load_readme,
            "examples": self._load_examples,
            "versions": self._load_versions,
            "inputs": self._load_inputs,
        }[name]
        work(self, self.model.ref, f"model-{name}", load, self.model.ref, self._services)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A part that could not be had may be asked for again; the screen says what failed."""
        if group := show_failure(self, event):
            self._loaded.discard(group.removeprefix("model-"))

    def _still(self, ref: str) -> bool:
        return self.model is not None and self.model.ref == ref

    def _pane(self, name: str, make: Any) -> Any:
        body = self.query_one("#model-body")
        for child in body.children:
            if child.id == f"model-{name}":
                return child
        pane: Widget = make(id=f"model-{name}")
        pane.display = self.query_one(TabStrip).current == name
        body.mount(pane)
        if self._focus_wanted and pane.display:
            self._focus_wanted = False
            if self.screen.focused is None:
                _with_focus(pane).focus()
        return pane

    def _table(self, name: str, columns: list[Column[Any]]) -> VirtualTable[Any]:
        def make(id: str) -> VirtualTable[Any]:
            return VirtualTable(columns, id_of=lambda row: cast(str, getattr(row, "id", None) or row.name), id=id)

        return self._pane(name, make)

    async def _load_readme(self, ref: str, services: Services) -> None:
        from tui.widgets.markdown.markdown_view import MarkdownView

        pane: MarkdownView = self._pane("readme", MarkdownView)
        text = (await services.catalogue.readme(ref, refresh=self._refresh)).value
        if self._still(ref):
            self._readme = text or ""
            pane.set_markdown(text or "*This model has no README.*")
            pane.finish()

    async def _load_examples(self, ref: str, services: Services) -> None:
        pane: ExamplePane = self._pane("examples", ExamplePane)
        pane.ask()
        examples = (await services.catalogue.examples(ref, refresh=self._refresh)).value
        if self._still(ref):
            pane.show(examples, services)

    async def _load_versions(self, ref: str, services: Services) -> None:
        table = self._table("versions", VERSION_COLUMNS)
        table.set_rows([])
        table.set_empty("Asking for the versions…")
        versions = (await services.catalogue.versions(ref, refresh=self._refresh)).value
        if self._still(ref):
            table.set_rows(list(versions))
            table.set_empty("This model lists no versions, as official models do.")

    async def _load_inputs(self, ref: str, services: Services) -> None:
        from tui.forms import Form

        table = self._table("inputs", input_columns())
        table.set_rows([])
        table.set_empty("Asking for the schema…")
        model = await services.catalogue.model(ref, fresh=self._refresh)
        if self._still(ref):
            version = model.latest_version
            form = Form.parse(version.openapi_schema if version else None)
            table.set_columns(input_columns(form.fields))
            table.set_rows(list(form.fields))
            table.set_empty("This model's schema is not known.\n\nr opens a form for free JSON.")

    @on(VirtualTable.Selected, "#example-list")
    def _example_selected(self, event: VirtualTable.Selected[Any]) -> None:
        event.stop()
        if self.model is not None and event.row is not None:
            self.post_message(self.ExampleChosen(self.model, dict(cast("Prediction", event.row).input)))

    @on(VirtualTable.Selected, "#model-inputs")
    def _input_selected(self, event: VirtualTable.Selected[Any]) -> None:
        event.stop()
        if self.model is not None:
            self.post_message(self.RunRequested(self.model))


def _with_focus(pane: Widget) -> Widget:
    """What of a tab gets the focus."""
    return pane.table if isinstance(pane, ExamplePane) else pane


def _field_name(field: Field) -> Text:
    return Text(f"{field.name}{' *' if field.required else ''}", style="bold")


def _version_words(version: Version) -> Text:
    return Text(version.id[:12], style="bold")


VERSION_COLUMNS: list[Column[Any]] = [
    Column("id", "Version", _version_words, width=14),
    Column("created", "Created", lambda v: wording.exact(v.created_at)[:16], width=17),
    Column("cog", "Cog", lambda v: v.cog_version or "", flex=1),
]


def input_columns(fields: Iterable[Field] = ()) -> list[Column[Any]]:
    """The columns of these inputs: their names are cut last."""
    longest = max((_field_name(field).cell_len for field in fields), default=12)
    name = max(12, min(longest, LONGEST_NAME))
    return [
        Column("name", "Input", _field_name, width=name),
        Column("hint", "Type", lambda f: f.hint, flex=3, min_width=14),
        Column("description", "What it is", lambda f: wording.one_line(f.description), flex=4, drop_below=70),
    ]
