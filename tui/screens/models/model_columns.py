"""A model, and a collection of them, as a line of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.text import Text
from textual.content import Content

from tui import wording
from tui.toolkit.line_view import shorten
from tui.widgets.table.virtual_table import Column

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from tui.api.types import Model

OWNER = 8
"""Cells of an owner's name that are worth more than the same cells of a description."""
LEAST_OWNER = 3
"""Cells below which nothing of an owner is shown."""


def ref_content(model: Model, width: int, style: str = "bold") -> Content:
    """`owner/name` in so many cells: where they are too few, the owner is cut and not the name, which has `style`."""
    return ref_words(model.ref, width, style)


def ref_words(ref: str, width: int, style: str) -> Content:
    """As `ref_content`, for the name of anything that has an owner."""
    owner, _, name = ref.rpartition("/")
    room = width - cell_len(name) - 1
    shown = shorten(owner, room) if owner and room >= LEAST_OWNER else ""
    return Content.assemble((f"{shown}/" if shown else "", "$text-muted"), (name, style))


def _needs(model: Model) -> int:
    return cell_len(model.name) + 1 + min(OWNER, cell_len(model.owner))


def _updated(model: Model) -> datetime | None:
    return model.latest_version.created_at if model.latest_version is not None else None


def model_version(model: Model) -> Hashable:
    """Another value whenever the line would be another."""
    return model.run_count, model.description, _updated(model)


MODEL_COLUMNS: list[Column[Any]] = [
    Column(
        "model",
        "Model",
        lambda m: m.ref,
        fitted=ref_content,
        needs=_needs,
        flex=4,
        min_width=18,
        sort_key=lambda m: m.ref.lower(),
    ),
    Column(
        "description",
        "What it does",
        lambda m: wording.one_line(m.description or ""),
        flex=5,
        min_width=16,
        drop_below=72,
    ),
    Column(
        "updated",
        "Updated",
        lambda m: wording.age(_updated(m)),
        width=10,
        drop_below=112,
        sort_key=_updated,
        largest_first=True,
    ),
    Column(
        "runs",
        "Runs",
        lambda m: wording.count(m.run_count),
        width=7,
        align="right",
        sort_key=lambda m: m.run_count,
        largest_first=True,
    ),
]


COLLECTION_COLUMNS: list[Column[Any]] = [Column("name", "Collections", lambda c: Text(c[1]), flex=1)]


def slug_of(row: tuple[str, str]) -> str:
    """A collection's slug."""
    return row[0]
