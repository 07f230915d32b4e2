"""What the list of models showed the last time: read before anything is connected, for the first paint."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tui.settings import Settings
    from tui.store.model_lists import ShopWindow

T = TypeVar("T")

ROWS = 50
"""Models that are read: more than a screen has lines, and done in a few milliseconds."""


def known_models(settings: Settings) -> ShopWindow | None:
    """What the list of all models begins with, from the cache; None where nothing can be read without waiting.

    The store is not opened, made or changed: that is done, and what fails is told, once the console is connected.
    """
    from tui.store.model_lists import shop_window

    return peek(settings, lambda connection, account: shop_window(connection, account, ROWS), None)


def peek(settings: Settings, read: Callable[[sqlite3.Connection, str], T], otherwise: T) -> T:
    """What `read` makes of the store and the account's key, as things are kept without a console."""
    path = settings.paths.store_file
    if not path.exists():
        return otherwise
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.02)) as connection:
            connection.row_factory = sqlite3.Row
            account = "sandbox" if settings.sandbox else _account(connection, settings)
            return read(connection, account) if account else otherwise
    except (sqlite3.Error, OSError, ValueError):
        return otherwise


def account_note(settings: Settings) -> str:
    """Where the store notes whose token this was at this address the last time."""
    from tui.api.address import normal_base_url
    from tui.store.account_key import note_key

    return note_key(normal_base_url(settings.base_url), settings.token)


def _account(connection: sqlite3.Connection, settings: Settings) -> str | None:
    from tui.store import catalogue

    return catalogue.meta_get(connection, "", account_note(settings))
