"""Beside a form that was not sent yet: what it can begin with, the model's README, and the request as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from tui import wording
from tui.screens.base import FRAME
from tui.screens.command_host import console, show_failure
from tui.screens.run import starting_points as points
from tui.screens.run.starting_points import StartingPoint
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.bars import TabStrip
from tui.widgets.form.entry import shown
from tui.widgets.table.virtual_table import Column, VirtualTable

if TYPE_CHECKING:
    from tui.api.types import Model
    from tui.screens.run.run_request import RunRequest
    from tui.services.services import Services
    from tui.widgets.markdown.markdown_view import MarkdownView
    from tui.widgets.media.contact_sheet import ContactSheet
    from tui.widgets.text.code_view import CodeView

TABS = (("start", "Begin with"), ("readme", "README"), ("code", "Code"))
REST = 0.15
"""Seconds that the cursor rests on a row until its output is fetched."""
LONGEST_VALUE = 2_000
NOTHING = "No example, and nothing that was run of it here.\n\nFill the form and press ^r."


class StartPane(Vertical):
    """Each tab asks for its part when it is first opened; the first one as soon as the form is there."""

    HELP = "What the form can begin with: enter puts the input under the cursor into the form, ^z takes it out again."

    class Chosen(Message):
        """The form should begin with this."""

        def __init__(self, point: StartingPoint, values: Mapping[str, object]) -> None:
            super().__init__()
            self.point = point
            self.values = values

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._services: Services | None = None
        self._model: Model | None = None
        self._request: RunRequest | None = None
        self._texts: Callable[[], Mapping[str, str]] | None = None
        self._code_timer: Timer | None = None
        self._points: dict[str, StartingPoint] = {}
        self._loaded: set[str] = set()
        self._readme = ""
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        yield TabStrip(TABS, id="start-tabs")
        with Vertical(id="start-points", classes="start-part"):
            yield VirtualTable(COLUMNS, id_of=lambda point: cast(str, point.id), id="start-list")
            yield FixedSizeStatic(id="start-words")

    def show(
        self, services: Services, model: Model, request: RunRequest, texts: Callable[[], Mapping[str, str]]
    ) -> None:
        """Show what a model's form can begin with; `texts` is what is in the form now."""
        self._services, self._model, self._request, self._texts = services, model, request, texts
        self._table.set_empty("Asking for the examples…")
        if model.default_example is not None and model.default_example.input:
            self._put([points.of_example(services, model.default_example)])
        work(self, model.ref, "start-list", self._load_points, services, model)

    def code_changed(self) -> None:
        """The request as code follows what is typed, a few times a second."""
        if self.tab == "code" and self._code_timer is None:
            self._code_timer = self.set_timer(FRAME, self._draw_code)

    def _draw_code(self) -> None:
        self._code_timer = None
        if self._request is not None and self._texts is not None:
            self._code.set_source(self._request.code(self._texts()))

    @property
    def tab(self) -> str:
        """The name of the open tab."""
        return self.query_one("#start-tabs", TabStrip).current

    def focus_body(self) -> None:
        """Give the focus to what the open tab shows."""
        for part in self.query(".start-part").results(Widget):
            if part.display:
                inside = next((one for one in part.query("*").results(Widget) if one.focusable), part)
                self.screen.set_focus(inside if inside.focusable else None)

    # ---- what one can begin with

    @property
    def _table(self) -> VirtualTable[Any]:
        return cast("VirtualTable[Any]", self.query_one("#start-list"))

    async def _load_points(self, services: Services, model: Model) -> None:
        from tui.api.errors import ApiError

        first = list(self._points.values())
        runs = await points.past_runs(services, model.ref)
        self._put([*first, *runs])
        # The default one came with the model; the others need not be there.
        with suppress(ApiError):
            first = await points.examples(services, model)
        self._put([*first, *runs])
        self._table.set_empty(NOTHING)
        if not self._points and self.tab == "start":
            self.query_one("#start-tabs", TabStrip).open("readme")

    def _put(self, found: Sequence[StartingPoint]) -> None:
        self._points = {point.id: self._points.get(point.id, point) for point in found}
        self._table.set_rows(list(self._points.values()))
        rows = min(len(self._points), 9) + 1 if self._points else 5
        self._table.styles.height = rows

    @on(VirtualTable.Highlighted, "#start-list")
    def _highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        event.stop()
        point = self._points.get(event.id or "")
        if self._rest is not None:
            self._rest.stop()
        self._draw(point)
        if point is not None:
            # The cursor may be on its way: what it rests on is fetched, not what it passes.
            self._rest = self.set_timer(REST, lambda: self._look_at(point))

    def _look_at(self, point: StartingPoint) -> None:
        if self._services is not None:
            work(self, point.id, "start-look", self._look, self._services, point)

    async def _look(self, services: Services, point: StartingPoint) -> None:
        point = await self._whole(services, point)
        if self._here(point):
            self._draw(point)
            self._show_files(services, point)

    async def _whole(self, services: Services, point: StartingPoint) -> StartingPoint:
        """The point with its input and output."""
        if point.prediction is not None:
            return point
        record = await services.store.get(services.account, point.id)
        if record is not None:
            point = replace(point, prediction=record.prediction, outputs=record.outputs)
            self._points[point.id] = point
        return point

    def _here(self, point: StartingPoint) -> bool:
        row = self._table.row
        return row is not None and row.id == point.id

    def _show_files(self, services: Services, point: StartingPoint) -> None:
        """The files of its output, as far as they can be had; they are fetched beside."""
        from tui.services.files.output_files import file_urls, name_in
        from tui.widgets.media.contact_sheet import Item

        found = self.query("#start-files")
        if point.prediction is None or self._request is None:
            return
        kind, home = self._request.form.output, services.session.client.base_url
        items = [Item(url, name_in(url)) for url in file_urls(point.prediction.output, kind, home)]
        if items or found:
            sheet = self._sheet
            sheet.display = bool(items)
            sheet.show(items, fetch=partial(services.previews.fetch, saved=point.outputs))

    @property
    def _sheet(self) -> ContactSheet:
        from tui.widgets.media.contact_sheet import ContactSheet

        found = self.query("#start-files")
        if found:
            return cast(ContactSheet, found.first())
        sheet = ContactSheet(id="start-files")
        self.query_one("#start-points").mount(sheet)
        return sheet

    def _draw(self, point: StartingPoint | None) -> None:
        from tui.widgets.result.output_parts import text_of

        words = self.query_one("#start-words", Static)
        if point is None:
            words.update("")
            return
        lines = [Content.styled("enter puts this input into the form · ^z takes it out again\n", "$text-muted")]
        if point.prediction is not None:
            lines += [_line(name, value) for name, value in point.prediction.input.items()]
            if text := wording.one_line(text_of(point.prediction.output), LONGEST_VALUE):
                lines += [Content.styled("\nOutput", "bold"), Content(text)]
        words.update(Content("\n").join(lines))

    @on(VirtualTable.Selected, "#start-list")
    def _selected(self, event: VirtualTable.Selected[Any]) -> None:
        event.stop()
        if self._services is not None:
            work(self, event.id, "start-take", self._take, self._services, self._points[event.id])

    async def _take(self, services: Services, point: StartingPoint) -> None:
        point = await self._whole(services, point)
        if point.prediction is not None:
            self.post_message(self.Chosen(point, point.prediction.input))

    # ---- the tabs

    @on(TabStrip.Changed, "#start-tabs")
    def _tab_changed(self, event: TabStrip.Changed) -> None:
        event.stop()
        focused = self.has_focus_within
        name = self.tab
        part = self._part(name)
        for one in self.query(".start-part").results(Widget):
            one.display = one is part
        if name == "readme" and "readme" not in self._loaded and self._services is not None and self._model is not None:
            self._loaded.add("readme")
            work(self, self._model.ref, "start-readme", self._load_readme, self._services, self._model.ref)
        if focused:
            self.screen.set_focus(None)
            self.call_after_refresh(self.focus_body)
        if name == "code":
            self._draw_code()

    def _part(self, name: str) -> Widget:
        if name == "start":
            return self.query_one("#start-points")
        return self._readme_view if name == "readme" else self._code

    @property
    def _readme_view(self) -> MarkdownView:
        from tui.widgets.markdown.markdown_view import MarkdownView

        found = self.query("#start-readme")
        if found:
            return cast(MarkdownView, found.first())
        view = MarkdownView(id="start-readme", classes="start-part")
        self.mount(view)
        return view

    @property
    def _code(self) -> CodeView:
        from tui.widgets.text.code_view import CodeView

        found = self.query("#start-code")
        if found:
            return cast(CodeView, found.first())
        view = CodeView(id="start-code")
        view.add_class("start-part")
        self.mount(view)
        return view

    async def _load_readme(self, services: Services, ref: str) -> None:
        from tui.api.errors import ApiError

        try:
            self._readme = (await services.catalogue.readme(ref)).value or ""
            shown_text = self._readme or "*This model has no README.*"
        except ApiError as error:
            # Nobody asked for it in words: it is told here, and no notice covers the form.
            self._loaded.discard("readme")
            shown_text = f"The README could not be had: {error}"
        self._readme_view.set_markdown(shown_text)
        self._readme_view.finish()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What failed is told."""
        show_failure(self, event)

    # ---- commands, while this is shown

    def do_next_tab(self) -> None:
        """The next tab."""
        self.query_one("#start-tabs", TabStrip).step(1)

    def do_previous_tab(self) -> None:
        """The tab before."""
        self.query_one("#start-tabs", TabStrip).step(-1)

    def why_not_copy(self) -> str | None:
        """Nothing to copy."""
        return None if self._copyable() is not None else "There is nothing to copy here yet."

    def do_copy(self) -> None:
        """Copy what the open tab shows."""
        if (found := self._copyable()) is not None:
            console(self).copy_text(*found)

    def _copyable(self) -> tuple[str, str] | None:
        if self.tab == "readme":
            return (self._readme, "README") if self._readme else None
        if self.tab == "code":
            return self._code.text, "Code"
        point = self._table.row
        if point is None or point.prediction is None:
            return None
        from tui.api.text import to_json

        return to_json(point.prediction.input, indent=2), "Input"


def _line(name: str, value: object) -> Content:
    from tui.api.text import to_json

    text = shown(value, LONGEST_VALUE) if isinstance(value, str) else to_json(value)
    words = wording.one_line(text, LONGEST_VALUE)
    return Content.assemble(Content.styled(f"{wording.one_line(name, 60)}  ", "bold"), words)


def _source(point: StartingPoint) -> Content:
    mark = wording.mark(point.status)
    return Content.assemble(Content.styled(f"{mark.symbol} ", f"${mark.tone}"), point.words)


COLUMNS: list[Column[Any]] = [
    Column("words", "Begin with", _source, width=14),
    Column("input", "Input", lambda point: point.summary, flex=1),
    Column("took", "Took", lambda point: point.took, width=8, align="right", drop_below=44),
]
