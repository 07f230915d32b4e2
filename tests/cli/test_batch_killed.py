"""A batch under faults that is killed again and again: each row is created once, each file is there once."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Command
from tests.support.sandbox import RunningSandbox, run_sandbox

ROWS = int(os.environ.get("BATCH_ROWS", "1000"))
KILLS = 10
CHAOS = "predictions.create:lost=0.1, models.predictions.create:lost=0.1, predictions.get:500=0.1, *:drop=0.1; seed=7"
OPTIONS = ("--rate-limit", "100000/1m", "--other-rate-limit", "1000000/1m")


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


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_thousand_rows_with_faults_killed_ten_times_are_created_once_each(command: Command, tmp_path: Path) -> None:
    content = "prompt,seed,who\n" + "".join(f"lake {row},{row},user {row}\n" for row in range(1, ROWS + 1))
    (command.folder / "rows.csv").write_text(content)
    chance = random.Random(3)
    with run_sandbox(chaos=CHAOS, state=tmp_path / "state.sqlite", options=OPTIONS) as sandbox:
        replicate = command.against(sandbox)
        inputs = ("-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")
        words = ("batch", "sandbox/fractal", "rows.csv", *inputs, "--save", "out", "--name", "{row}", "--yes")
        for kill in range(KILLS):
            process = replicate.start(*words)
            time.sleep(4 + chance.random() * 6)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            if kill == 0:
                (batch,) = replicate("batches", "--json").json
                words = ("batches", "resume", str(batch["id"]))
        for _ in range(20):
            done = replicate(*words, "--out", "table.jsonl", timeout=900)
            if done.code == 0:
                break
        assert done.code == 0, done.err
        made = predictions(sandbox)
    assert len(made) == ROWS
    rows = [json.loads(line) for line in (replicate.folder / "table.jsonl").read_text("utf-8").splitlines()]
    assert [row["row"] for row in rows] == list(range(1, ROWS + 1))
    assert [row["columns"]["who"] for row in rows] == [f"user {row}" for row in range(1, ROWS + 1)]
    assert {row["id"] for row in rows} == {one["id"] for one in made}
    assert all(row["status"] == "succeeded" and row["error"] is None and row["seconds"] >= 0 for row in rows)
    assert sorted(path.name for path in (replicate.folder / "out").iterdir()) == sorted(
        f"{row}.png" for row in range(1, ROWS + 1)
    )
    assert all(row["files"] == [f"{replicate.folder}/out/{row['row']}.png"] for row in rows)
