"""The examples of a model: their inputs as a list, and below it what went into one of them and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.widget import Widget

from tui import wording
from tui.widgets.table.virtual_table import Column, VirtualTable

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.services.services import Services
    from tui.widgets.media.contact_sheet import Item

TEXT = 20_000
"""Characters of a text output that are shown."""


class ModelExamples(Vertical):
    """A list, and the files or the text of the example under its cursor, its pictures first."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._services: Services | None = None
        self._examples: Sequence[Prediction] = ()
        self._empty = ""

    def compose(self) -> ComposeResult:
        yield VirtualTable(EXAMPLE_COLUMNS, id_of=lambda one: one.id, id="model-example-list")
        yield Container(id="model-example")

    @property
    def table(self) -> VirtualTable[Any]:
        """The list."""
        return cast("VirtualTable[Any]", self.query_one("#model-example-list"))

    def ask(self, services: Services) -> None:
        """Examples are being asked for."""
        self._services = services
        self._set([], "Asking for the examples…")

    def show(self, examples: Sequence[Prediction]) -> None:
        """Show a model's examples."""
        self._set(examples, "This model has no examples.\n\nr opens its empty form.")

    def _set(self, examples: Sequence[Prediction], empty: str) -> None:
        self._examples, self._empty = examples, empty
        if self.is_mounted:
            self._fill()

    def on_mount(self) -> None:
        """Show what came before there was a place for it."""
        self._fill()

    def _fill(self) -> None:
        table = self.table
        table.set_rows(list(self._examples))
        table.set_empty(self._empty)
        # The list takes the lines that it needs, and at most a third.
        table.styles.height = len(self._examples) + 1 if self._examples else "1fr"
        self.query_one("#model-example").display = bool(self._examples)

    @on(VirtualTable.Highlighted, "#model-example-list")
    def _highlighted(self, event: VirtualTable.Highlighted[Any]) -> None:
        event.stop()
        if event.row is not None and self._services is not None:
            self._draw(cast("Prediction", event.row), self._services)

    def _draw(self, example: Prediction, services: Services) -> None:
        items = _items(example, services)
        if items:
            from tui.widgets.media.contact_sheet import ContactSheet

            self._only("model-example-files", ContactSheet).show(items, fetch=services.previews.fetch)
            return
        from tui.widgets.markdown.markdown_view import MarkdownView

        view = self._only("model-example-text", MarkdownView)
        view.set_markdown(_text(example.output))
        view.finish()

    def _only(self, id: str, make: type[Any]) -> Any:
        """The one part that is shown, made when it is first needed."""
        place = self.query_one("#model-example")
        for child in place.children:
            child.display = child.id == id
        for child in place.children:
            if child.id == id:
                return child
        made: Widget = make(id=id)
        place.mount(made)
        return made


def _items(example: Prediction, services: Services) -> list[Item]:
    """The files of an example: what went in, and what came out."""
    from tui.api.file_types import by_name
    from tui.forms import OutputKind
    from tui.services.files.output_files import name_in
    from tui.widgets.media.contact_sheet import Item

    found: list[Item] = []
    for words, value in (("comes out", example.output), ("goes in", example.input)):
        # No schema is asked for: a file is told by the ending of its name.
        for url in services.previews.files_in(value, OutputKind.FILES):
            name = name_in(url)
            kind = by_name(name)
            if kind is not None and kind.media_type.partition("/")[0] in ("image", "audio", "video"):
                found.append(Item(url, name, caption=words))
    return found


def _text(output: object) -> str:
    """An output without files, to be read: a text as it is, everything else as JSON."""
    import json

    if output is None or output == "":
        return "*This example has no output.*"
    if isinstance(output, str):
        return output[:TEXT]
    if isinstance(output, list) and all(isinstance(piece, str) for piece in cast("list[object]", output)):
        return "".join(cast("list[str]", output))[:TEXT]
    return f"```json\n{json.dumps(output, indent=2, ensure_ascii=False)[:TEXT]}\n```"


def _example_input(example: Prediction) -> Text:
    return Text(summary(example.input))


def summary(values: Mapping[str, object]) -> str:
    """An input on one line: the prompt first, then the other values by name."""
    parts = [str(values[name]) for name in ("prompt", "text", "messages") if values.get(name)]
    parts += [f"{name}={value}" for name, value in values.items() if name not in ("prompt", "text", "messages")]
    return wording.one_line("  ".join(parts), 300)


EXAMPLE_COLUMNS: list[Column[Any]] = [Column("input", "Input (enter fills the form)", _example_input, flex=1)]
