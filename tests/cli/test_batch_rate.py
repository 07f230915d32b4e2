"""How a batch uses what the API lets an account create, beside a console and commands of the same account."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.sandbox import RunningSandbox, run_sandbox
from tests.support.terminal import Terminal

QUICK = ("-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")
SECONDS = 50.0


def statuses(sandbox: RunningSandbox) -> list[int]:
    """What creations were answered so far, in their order."""
    return [
        entry["status"]
        for entry in sandbox.requests()
        if entry["method"] == "POST" and entry["path"].endswith("/predictions") and entry["status"]
    ]


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_batch_beside_a_console_and_commands_uses_the_whole_limit_and_meets_it_once_at_most(
    command: Command, tmp_path: Path
) -> None:
    with run_sandbox(state=tmp_path / "state.sqlite", options=("--rate-limit", "60/1m")) as sandbox:
        replicate = command.against(sandbox)
        words = ("-i", "prompt=lake", *QUICK, "--set", "seed=1..400", "--concurrency", "120", "--yes")
        with Terminal(replicate.argv("models"), env=replicate.env, cwd=replicate.folder) as console:
            console.until("fractal", timeout=60)
            batch = replicate.start("batch", "sandbox/fractal", *words)
            end = time.monotonic() + 60
            while not statuses(sandbox):
                assert time.monotonic() < end, "nothing was sent"
                time.sleep(0.05)
            begun = time.monotonic()
            single = [replicate.start("run", "sandbox/fractal", "-i", "prompt=sea", *QUICK) for _ in range(2)]
            while (lasted := time.monotonic() - begun) < SECONDS:
                console.pump(0.25)
            answers = statuses(sandbox)
            batch.send_signal(signal.SIGINT)
            batch.communicate(timeout=30)
            ended = [one.wait(60) for one in single]
            for one in single:
                one.communicate()
            console.send("q")
        assert ended == [0, 0]
    refused = [place for place, status in enumerate(answers) if status == 429]
    assert len(refused) <= 1, refused
    created = sum(status == 201 for status in answers)
    # A full bucket at the start, and one a second since.
    assert created >= 0.9 * (60 + lasted), (created, lasted)
