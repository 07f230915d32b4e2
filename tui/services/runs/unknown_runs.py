"""The runs that wait for a person's decision, read from the store by commands that open no console."""

from __future__ import annotations

import sqlite3

from tui.services.ownership import consoles_of, is_alive
from tui.settings import Settings
from tui.store.cached_models import peek
from tui.store.records import RunIntent
from tui.store.runs import unfinished

LOOK = "replicate-tui predictions opens the console, where x decides about it"
"""What to do about such a run."""


def unknown_runs(settings: Settings) -> list[RunIntent]:
    """Those of this account whose answer was lost, or whose console was killed before it came, oldest first."""
    consoles = consoles_of(settings.paths.store_file)

    def read(connection: sqlite3.Connection, account: str) -> list[RunIntent]:
        return [
            intent
            for intent in unfinished(connection, account)
            if intent.state == "unknown" or (intent.state == "creating" and not is_alive(consoles, intent.owner))
        ]

    return peek(settings, read, [])
