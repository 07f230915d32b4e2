"""The rate budget of an account whose file fails: creations leave all the same, and what they hear is not counted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.services.conftest import Seen
from tui.services.rate_budget import RateBudget


async def test_a_creation_that_could_not_be_counted_says_nothing_of_the_others(seen: Seen, tmp_path: Path) -> None:
    def read() -> float:
        with sqlite3.connect(tmp_path / "kept.db") as database:
            return database.execute("SELECT tokens FROM rate_budgets").fetchone()[0]

    def rename(old: str, new: str) -> None:
        with sqlite3.connect(tmp_path / "kept.db") as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")

    limit = RateBudget(seen.services.session, lambda *_: None)
    for expected in range(1, 6):
        assert await limit.admit() == expected
    await limit.told(300, 5)
    before = read()
    assert 290 <= before <= 300
    rename("rate_budgets", "away")
    assert await limit.admit() == 0
    rename("away", "rate_budgets")
    await limit.told(20, 0)
    assert read() == before
    await limit.told(20, 5)
    assert read() <= 20
