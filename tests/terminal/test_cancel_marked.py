"""Fifty marked predictions are canceled from the real screen while three of ten answers go wrong."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

import pytest

from tests.support.sandbox import RunningSandbox, run_sandbox
from tests.terminal.conftest import Open

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

MARKED, OTHERS = 50, 10


def create(sandbox: RunningSandbox, count: int) -> None:
    """So many predictions that hang."""
    version = sandbox.get("/v1/models/sandbox/trouble")["latest_version"]["id"]
    body = json.dumps({"version": version, "input": {"kind": "hang"}}).encode()
    headers = {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json"}

    def one(_: int) -> None:
        with urlopen(Request(f"{sandbox.base_url}/predictions", body, headers), timeout=30):
            pass

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one, range(count)))


def statuses(sandbox: RunningSandbox) -> list[str]:
    """The statuses at the server, newest first."""
    return [one["status"] for one in sandbox.get("/v1/predictions")["results"]]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_fifty_marked_ones_end_canceled_each_outcome_shown_and_no_other(console: Open, size: tuple[int, int]) -> None:
    faults = "predictions.cancel:500=0.1, predictions.cancel:lost=0.1, predictions.cancel:drop=0.1; seed=5"
    with run_sandbox(chaos=faults) as sandbox:
        create(sandbox, MARKED + OTHERS)
        t = console(
            "--base-url",
            sandbox.base_url,
            "predictions",
            size=size,
            env={"REPLICATE_API_TOKEN": sandbox.token},
            timeout=60,
        )
        t.until("60 predictions")
        for number in range(MARKED):
            t.press("space")
            t.until(f"{number + 1} marked")
        t.press("c")
        t.until(f"Cancel {MARKED} predictions?")
        t.press("c")
        t.until(f"Canceled {MARKED} of {MARKED}", 180)
        stands = statuses(sandbox)
        assert set(stands[:MARKED]) == {"canceled"}, "those that were marked"
        assert set(stands[MARKED:]) <= {"starting", "processing"}, "and no other"
        assert any(entry["status"] != 200 for entry in sandbox.requests("predictions.cancel")), "the faults struck"
