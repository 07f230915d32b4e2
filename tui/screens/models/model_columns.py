"""A model, and a collection of them, as a line of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.content import Content

from tui import wording
from tui.widgets.table.virtual_table import Column

if TYPE_CHECKING:
    from tui.api.types import Model


def _ref(model: Model) -> Content:
    return Content.assemble((f"{model.owner}/", "dim"), (model.name, "bold"))


MODEL_COLUMNS: list[Column[Any]] = [
    Column("model", "Model", _ref, flex=2, min_width=18, sort_key=lambda m: m.ref),
    Column(
        "runs",
        "Runs",
        lambda m: wording.count(m.run_count),
        width=7,
        align="right",
        sort_key=lambda m: m.run_count or 0,
    ),
    Column(
        "description",
        "What it does",
        lambda m: wording.one_line(m.description or ""),
        flex=4,
        min_width=16,
        drop_below=60,
    ),
]


COLLECTION_COLUMNS: list[Column[Any]] = [Column("name", "Collections", lambda c: Text(c[1]), flex=1)]


def slug_of(row: tuple[str, str]) -> str:
    """A collection's slug."""
    return row[0]
