"""What came of a local run, and beside it what only a model of this machine has: its setup, its source, its schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from tui.widgets.result.result_view import ResultView
from tui.widgets.text.source_view import SourceText, SourceView

if TYPE_CHECKING:
    from tui.widgets.text.json_view import JsonView
    from tui.widgets.text.log_view import LogView


class LocalView(ResultView):
    """A ResultView with the model's own tabs; the screen gives what they show."""

    HELP = "The result: ] and [ walk through the tabs. Source stands at the line of the last mistake, E edits it there."
    tabs: ClassVar[Sequence[tuple[str, str]]] = (
        ("output", "Output"),
        ("source", "Source"),
        ("input", "Input"),
        ("logs", "Logs"),
        ("setup", "Setup"),
        ("metrics", "Metrics"),
        ("json", "JSON"),
        ("schema", "Schema"),
    )

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__(id=id, empty=empty)
        self._source: SourceText | None = None
        self._setup = ""
        self._schema: object = None

    def set_source(self, source: SourceText | None) -> None:
        """The file to show, and where the mistake is."""
        if source != self._source:
            self._source = source
            self._show_again("source")

    def set_setup(self, log: str) -> None:
        """What the setup has printed."""
        if log != self._setup:
            self._setup = log
            self._show_again("setup")

    def set_schema(self, schema: object) -> None:
        """The document that the form is made of."""
        if schema is not self._schema:
            self._schema = schema
            self._show_again("schema")

    def _show_again(self, name: str) -> None:
        if self.tab == name:
            self.draw_other(name)
        else:
            self.dirty(name)

    def draw_other(self, name: str) -> None:
        """The tabs that only a local model has."""
        if name == "source":
            self.pane("source", SourceView).show_source(self._source)
        elif name == "setup":
            from tui.widgets.text.log_view import LogView

            view: LogView = self.pane("setup", LogView)
            view.set_text(self._setup or "The setup has printed nothing.")
        elif name == "schema":
            from tui.widgets.text.json_view import JsonView

            tree: JsonView = self.pane("schema", JsonView)
            tree.set_value(self._schema)

    def copyable(self) -> tuple[str, str] | None:
        """What `copy` copies, by the open tab."""
        if self.tab == "source":
            return (self._source.text, "Source") if self._source is not None else None
        if self.tab == "setup":
            return (self._setup, "Setup log") if self._setup else None
        if self.tab == "schema":
            from tui.api.text import to_json

            return (to_json(self._schema, indent=2), "Schema") if self._schema is not None else None
        return super().copyable()
