"""The floor: a bare Textual app with a header, an input, a table and a footer. `python bench/floor.py`."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Footer, Header, Input


class Floor(App[None]):
    """Nothing but the widgets."""

    def compose(self) -> ComposeResult:
        yield Header()
        yield Input(placeholder="filter")
        yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("Model", "Runs", "What it does")
        for number in range(40):
            table.add_row(f"owner/model-{number}", str(number * 37), "A model that does something with its input")
        table.focus()


if __name__ == "__main__":
    Floor().run()
