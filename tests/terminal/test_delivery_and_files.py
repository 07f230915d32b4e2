"""Webhooks out of a form, and files, by keyboard alone, in a real terminal on a real sandbox."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.receiver import receiving
from tests.support.sandbox import RunningSandbox, run_sandbox
from tests.support.terminal import Terminal
from tests.terminal.conftest import COMMAND, Open

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(240)

PICTURE = ROOT / "tui/sandbox/models/caption/examples/harbour.jpg"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """One that takes some seconds for an upload, so that its bar is seen."""
    with run_sandbox(chaos="files.create:latency@4s") as running:
        yield running


def opened(console: Open, sandbox: RunningSandbox, *words: str, **options: Any) -> Terminal:
    """A console at a sandbox."""
    return console("--base-url", sandbox.base_url, *words, env={"REPLICATE_API_TOKEN": sandbox.token}, **options)


@contextmanager
def listening(home: Path, sandbox: RunningSandbox, forward: str) -> Iterator[str]:
    """`webhooks listen`, from its first word to its end; its address."""
    words = ["--base-url", sandbox.base_url, "webhooks", "listen", "--port", "0", "--forward", forward]
    process = subprocess.Popen(
        [COMMAND, *words],
        env={"PATH": "/usr/bin:/bin", "REPLICATE_TUI_HOME": str(home), "REPLICATE_API_TOKEN": sandbox.token},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        yield process.stderr.readline().split()[4].rstrip(".")
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def choose_delivery(t: Terminal, address: str, after: str) -> None:
    """Open the part at the end of the form, and fill it in."""
    t.to_field("▸ Delivery")
    t.press("enter")
    t.until("webhook on completed")
    t.fill("webhook address", address)
    t.to_field("webhook on output")
    t.press("right")
    t.until("false")
    t.fill("cancel after", after)


def test_a_run_with_a_webhook_and_a_deadline_out_of_the_form_its_deliveries_and_one_sent_again(
    console: Open, home: Path, sandbox: RunningSandbox
) -> None:
    with receiving() as receiver, opened(console, sandbox, "run", "sandbox/guide") as t:
        t.until("▸ Delivery")
        with listening(home, sandbox, receiver.url) as address:
            t.fill("prompt", "How do I cancel?")
            choose_delivery(t, address, "10m")
            t.press("ctrl+r")
            t.until("succeeded", 60)
            (made,) = sandbox.get("/v1/predictions")["results"]
            whole = sandbox.get(f"/v1/predictions/{made['id']}")
            assert (whole["webhook"], whole["webhook_events_filter"]) == (address, ["completed"])
            assert whole["deadline"]
            t.press("escape")
            t.until("▌ cancel after")
            t.press("escape")
            t.until("sandbox/fractal")
            t.press("7")
            t.until(made["id"], 60)
            t.until("✓ 200", 60)
            t.press("r")
            t.until("leaves once more")
            t.press("enter")
            t.until_gone("leaves once more")
            t.wait(lambda: len(receiver.taken) == 2, "it was not sent again")
            assert receiver.taken[0].body == receiver.taken[1].body


def add(t: Terminal, path: Path) -> None:
    """Add a file in the dialog."""
    t.type(str(path))
    t.press("enter")
    t.until(f"{path.name}  ")


def test_two_files_are_uploaded_with_a_bar_and_one_is_used_in_a_form(
    console: Open, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    paths = [shutil.copy(PICTURE, tmp_path / name) for name in ("quay.jpg", "boats.jpg")]
    with opened(console, sandbox, "files") as t:
        t.until("There are no files at Replicate.")
        t.press("n")
        t.until("Upload files")
        for path in paths:
            add(t, Path(path))
        t.press("enter")
        t.until("▲ 2 on the way")
        t.until("100 %")
        t.until("2 files,")
        t.press("g")
        chosen = t.until_match(r"› +(quay|boats)\.jpg")[1]
        t.press("N")
        t.until("Use it as an input of which model?")
        t.type("sandbox/caption")
        t.until("image")
        t.press("enter")
        t.until("▌ image")
        t.until(f"{chosen}.jpg · 23 h 59 min")
        t.press("ctrl+r")
        t.until("succeeded", 60)
        (used, *_) = sandbox.get("/v1/predictions")["results"]
        address = sandbox.get(f"/v1/predictions/{used['id']}")["input"]["image"]
        named = {one["urls"]["get"]: one["name"] for one in sandbox.get("/v1/files")["results"]}
        assert named[address] == f"{chosen}.jpg"
        t.press("escape")
        t.until("▌ image")
        t.press("escape")
        t.until("Used by 1 run")


def test_a_file_is_seen_to_expire(console: Open, tmp_path: Path) -> None:
    path = tmp_path / "quay.jpg"
    shutil.copy(PICTURE, path)
    with run_sandbox(options=["--file-retention", "3s"]) as short, opened(console, short, "files") as t:
        t.until("There are no files at Replicate.")
        t.press("n")
        t.until("Upload files")
        add(t, path)
        t.press("enter")
        t.until("1 file,")
        t.until("expired")
        t.press("R")
        t.until("There are no files at Replicate.")
