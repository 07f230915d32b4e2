"""The runs that wait for a person's decision, read from the store by commands that open no console."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from tui.services.ownership import consoles_of, is_alive
from tui.settings import Settings
from tui.store.before_connecting import peek
from tui.store.records import RunIntent
from tui.store.runs import unfinished


def what_to_do(runs: Sequence[RunIntent]) -> str:
    """What to do about such runs, of which there is one at least."""
    section = "predictions" if any(run.kind == "prediction" for run in runs) else "trainings"
    return f"replicate-tui {section} opens the console, where x decides about {'it' if len(runs) == 1 else 'each'}"


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
