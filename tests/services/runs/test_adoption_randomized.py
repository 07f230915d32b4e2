"""Hundreds of runs over eight processes of one store, with twins, cuts, kills and clocks that are an hour apart.

Each ends with its own prediction, or is unknown and visible: none is shared, and none is doubled.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import opened
from tests.support.paths import ROOT

PROCESSES = 8
EACH = 65
"""Runs that each process intends: 520 in all."""
SEED = 20261130
SERVER_IS_AHEAD = -2_000.0
"""Seconds that the server's clock is off this machine's."""

# One console with a clock of its own. It says each run that it has written down, and each that has ended.
CONSOLE = """
import asyncio, json, sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tui.api.client import Target
from tui.api.token import Token
from tui.forms import Form
from tui.services.services import Services
from tui.services.session import Clock
from tests.support.counting_api import SCHEMA, VERSION

base_url, home, offset, wishes = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), json.loads(sys.argv[4])

async def quick(seconds):
    await asyncio.sleep(seconds / 5)

async def main():
    clock = Clock(now=lambda: datetime.now(UTC) + timedelta(seconds=offset), sleep=quick)
    services = await Services.open(
        base_url, Token("r8_x"), account="tester@here", store_path=home / "kept.db", outputs_dir=home, clock=clock
    )
    await services.runs.resume()
    slots = asyncio.Semaphore(4)
    form = Form.parse(SCHEMA)

    async def one(number, prompt):
        async with slots:
            if await services.store.run("tester@here", f"run-{number}") is not None:
                # An earlier life has written it down, and was killed before it could say so.
                print(number, flush=True)
                return
            run = await services.runs.start(
                Target("acme", "thing", VERSION), form, {"prompt": prompt}, save=False, run_id=f"run-{number}",
                webhook=f"https://hook.example/{number}",
            )
            print(number, flush=True)
            await services.runs.wait(run.id)

    await asyncio.gather(*(one(number, prompt) for number, prompt in wishes))
    while any(run.state not in ("unknown",) or run.message for run in services.runs.active.values()):
        await asyncio.sleep(0.05)
    await services.aclose()
    print("end", flush=True)

asyncio.run(main())
"""

Wish = tuple[int, str]


@pytest.fixture
def api() -> Iterator[str]:
    command = [sys.executable, str(ROOT / "tests" / "support" / "counting_api.py"), str(SEED), str(SERVER_IS_AHEAD)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    server.kill()
    server.wait()
    server.stdout.close()


def told(api: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{api}/log") as answer:
        return json.loads(answer.read())


def wishes_of(dice: random.Random) -> list[list[Wish]]:
    """What each process intends; every third is one of a few, so that it has twins in all processes."""
    numbers = iter(range(PROCESSES * EACH))
    return [
        [
            (n, f"twin {dice.randrange(12)}" if dice.random() < 0.33 else f"alone {n}")
            for n, _ in zip(numbers, range(EACH), strict=False)
        ]
        for _ in range(PROCESSES)
    ]


async def console(api: str, home: Path, wishes: list[Wish], dice: random.Random) -> None:
    """A console that is killed twice in the middle of its runs, and started again with those not yet begun."""
    left = dict(wishes)
    for life in range(3):
        offset = dice.uniform(-3600, 3600)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            CONSOLE,
            f"{api}/v1",
            str(home),
            str(offset),
            json.dumps(list(left.items())),
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        fatal = dice.randrange(8, 25) if life < 2 else None
        begun = 0
        while line := (await process.stdout.readline()).decode().strip():
            if line == "end":
                break
            left.pop(int(line), None)
            begun += 1
            if begun == fatal:
                await asyncio.sleep(dice.random() * 0.2)
                process.send_signal(signal.SIGKILL)
        await process.wait()
        assert process.returncode in (0, -signal.SIGKILL), "a console failed"
    assert not left


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_each_run_ends_with_its_own_prediction_or_is_unknown_and_visible(api: str, tmp_path: Path) -> None:
    dice = random.Random(SEED)
    wishes = wishes_of(dice)
    prompts = dict(wish for some in wishes for wish in some)
    await asyncio.gather(*(console(api, tmp_path, some, random.Random(dice.random())) for some in wishes))
    async with opened(f"{api}/v1", tmp_path, account="tester@here") as seen:
        await seen.services.runs.resume()
        await seen.until(lambda: all(run.needs_decision for run in seen.services.runs.active.values()), "an end", 60)
        visible = {run.id for run in seen.services.runs.unknown}
        kept = {n: await seen.services.store.run("tester@here", f"run-{n}") for n in prompts}
    log = told(api)
    bound = {n: intent.prediction_id for n, intent in kept.items() if intent is not None and intent.prediction_id}
    sent = {int(intent) for intent in log["intents"].values()} | {int(intent) for intent in log["cut"]}

    assert len(set(bound.values())) == len(bound), "no prediction belongs to two runs"
    assert max(Counter(log["intents"].values()).values()) == 1, "no run was created twice"
    made = {int(intent) for intent in log["intents"].values()}
    for number, prediction_id in bound.items():
        assert prediction_id in log["intents"], "a run has what another machine made"
        # Twins whose answers were both lost may have each other's: which is which does not matter.
        assert prompts[int(log["intents"][prediction_id])] == prompts[number], "a run has another's prediction"
        assert number in made, "a run that was never made has its twin's prediction"
    for number in sent - bound.keys():
        assert f"run-{number}" in visible, f"run {number} was sent, and nobody is told of it"
    # That all would be unknown is no proof: what has no twin and was made is found.
    alone = [n for n in prompts if prompts[n].startswith("alone") and str(n) in log["intents"].values()]
    assert [n for n in alone if n not in bound] == []
    assert len([n for n in alone if log["cut"].get(str(n)) == "after"]) > 15
    assert visible and len(bound) > 400
