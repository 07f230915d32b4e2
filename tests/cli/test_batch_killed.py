"""A batch under faults that is killed again and again: each row is created once, each file is there once."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Command, Result
from tests.support.sandbox import RunningSandbox, run_sandbox

KILLS = 10
CREATE = "models.predictions.create"
CHAOS = (
    f"predictions.create:lost=0.1, predictions.create:500=0.1, {CREATE}:lost=0.1, {CREATE}:500=0.1, "
    "predictions.get:500=0.1, delivery:half=0.1, *:drop=0.1; seed=7"
)
"""Three creations of ten fail: one is carried out, and two are not."""
FEWER = CHAOS.replace("drop=0.1", "drop=0.1x100").replace("create:500=0.1", "create:500=0.1x5")
"""The same, until so many have failed: each that was not carried out is looked for, for eight seconds."""
LIMITS = ("--rate-limit", "100000/1m", "--other-rate-limit", "1000000/1m")
QUICK = ("-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")


def predictions(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    """Every prediction that was created, by the list of the sandbox, which faults may keep back."""
    found: dict[str, dict[str, Any]] = {}
    path = "/v1/predictions"
    while path:
        try:
            page = sandbox.get(path)
        except OSError:
            continue
        found |= {one["id"]: one for one in page["results"]}
        path = page["next"].removeprefix(sandbox.origin) if page["next"] else ""
    return list(found.values())


def settled(home: Path) -> int:
    """How many rows have come to an end, by the command's own store; 0 before it has one."""
    count = 0
    for store in home.rglob("*.db"):
        connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)
        with contextlib.closing(connection), contextlib.suppress(sqlite3.OperationalError):
            found = connection.execute("SELECT count(*) FROM batch_rows WHERE state NOT IN ('left', 'live')")
            count += int(found.fetchone()[0])
    return count


def kill_on_the_way(replicate: Command, words: tuple[str, ...], so_many: int, chance: random.Random) -> None:
    """Kill the command at some moment after so many rows have come to an end, or when it has none left."""
    process = replicate.start(*words)
    end = time.monotonic() + 120
    while process.poll() is None:
        assert time.monotonic() < end, f"{so_many} rows did not come to an end"
        if settled(replicate.home) >= so_many:
            break
        time.sleep(0.05)
    # A random moment is what is tested: whatever it does just then is broken off.
    time.sleep(chance.random() * 0.5)
    process.kill()
    process.communicate()


def until_decided(replicate: Command, words: tuple[str, ...]) -> Result:
    """Go on until no row is undecided: a person has said each time that those are to be sent once more."""
    done = replicate(*words, timeout=300)
    for _ in range(12):
        if done.code == 0:
            break
        # What is undecided fails the command, is counted, and is told with what decides about it.
        assert done.code == 1, done.err
        assert done.json["counts"]["unknown"] > 0, done.err
        assert f"{done.json['counts']['unknown']:,} undecided" in done.err
        assert "--send-unknown" in done.err
        done = replicate(*words, "--send-unknown", "--yes", "--out", "table.jsonl", timeout=300)
    assert done.code == 0, done.err
    return done


def check(replicate: Command, tmp_path: Path, rows: int, chaos: str) -> None:
    """Run so many rows with faults and kills, and look at all that came of it."""
    content = "prompt,seed,who\n" + "".join(f"lake {row},{row},user {row}\n" for row in range(1, rows + 1))
    (replicate.folder / "rows.csv").write_text(content)
    chance = random.Random(3)
    with run_sandbox(chaos=chaos, state=tmp_path / "state.sqlite", options=LIMITS) as sandbox:
        replicate = replicate.against(sandbox)
        words: tuple[str, ...] = ("batch", "sandbox/fractal", "rows.csv", *QUICK, "--concurrency", "48")
        words += ("--save", "out", "--name", "{row}", "--yes")
        for kill in range(KILLS):
            kill_on_the_way(replicate, words, 1 + kill * rows // (KILLS + 2), chance)
            if kill == 0:
                (batch,) = replicate("batches", "--json").json
                words = ("batches", "resume", str(batch["id"]))
        until_decided(replicate, words)
        made = predictions(sandbox)
    asked = Counter(one["input"]["seed"] for one in made)
    assert {seed: count for seed, count in asked.items() if count > 1} == {}
    assert sorted(asked) == list(range(1, rows + 1))
    table = [json.loads(line) for line in (replicate.folder / "table.jsonl").read_text("utf-8").splitlines()]
    assert [row["row"] for row in table] == list(range(1, rows + 1))
    assert [row["columns"]["who"] for row in table] == [f"user {row}" for row in range(1, rows + 1)]
    ids = {one["input"]["seed"]: one["id"] for one in made}
    assert [row["id"] for row in table] == [ids[row] for row in range(1, rows + 1)]
    assert all(row["status"] == "succeeded" and row["error"] is None and row["seconds"] >= 0 for row in table)
    names = sorted(path.name for path in (replicate.folder / "out").iterdir())
    assert names == sorted(f"{row}.png" for row in range(1, rows + 1))
    assert all(row["files"] == [f"{replicate.folder}/out/{row['row']}.png"] for row in table)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_rows_with_faults_killed_ten_times_are_created_once_each(command: Command, tmp_path: Path) -> None:
    check(command, tmp_path, 80, FEWER)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_thousand_rows_with_faults_killed_ten_times_are_created_once_each(command: Command, tmp_path: Path) -> None:
    check(command, tmp_path, 1000, CHAOS)
