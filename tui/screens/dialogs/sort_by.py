"""Asks for the column that a list is sorted by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.screens.dialogs.question import Ask, Option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import App

    from tui.widgets.table.virtual_table import Column

_KEYS = "abcdefghijklmnopqrstuvwxyz"


async def ask_column(app: App[Any], columns: Iterable[Column[Any]], otherwise: str) -> str | None:
    """The key of a column that can sort, or None. `otherwise` names the order that comes back at the third time."""
    options: list[Option] = []
    taken: set[str] = set()
    for column in columns:
        if column.sort_key is not None:
            key = next(k for k in (*column.title.lower(), *_KEYS) if k.isalpha() and k not in taken)
            taken.add(key)
            options.append(Option(column.key, key, column.title))
    text = f"The same column again turns the order round; a third time brings back {otherwise}."
    return await app.push_screen_wait(Ask("Sort by", text, options))
