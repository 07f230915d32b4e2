"""Programs that verify webhooks take those of `webhooks forward`, of `webhooks send`, and of the sandbox alike."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.conftest import LIMITLESS
from tests.contract.installing import Installed, from_npm
from tests.sandbox.conftest import until_done, version_of
from tests.support.command import Command
from tests.support.receiver import Receiver, Taken, receiving
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.services.webhooks.receiver_code import NODE, PYTHON

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
KINDS: list[dict[str, Any]] = [
    {"text": "a b"},
    {"text": "a b c d e", "pause": 0.4},
    {"text": "a b", "kind": "fail"},
    {"text": "a b c", "pause": 0.1, "kind": "code"},
    {"text": "a b c d e f g h", "pause": 1.0},
]
EVENTS = ["start", "output", "logs", "completed"]
CANCELED = 4
"""Which of the KINDS is canceled while it runs."""


@pytest.fixture(scope="module")
def running(models: list[Path]) -> Iterator[RunningSandbox]:
    with run_sandbox(cog=models, options=[*LIMITLESS, "--workers", "10"]) as sandbox:
        yield sandbox


@pytest.fixture
def api(running: RunningSandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {running.token}"}
    with httpx.Client(base_url=running.base_url, headers=headers, timeout=30, verify=False) as client:
        yield client


@pytest.fixture
def replicate(running: RunningSandbox, tmp_path: Path) -> Command:
    return Command(tmp_path / "home", tmp_path / "work").against(running)


@contextmanager
def forwarding(command: Command, url: str) -> Iterator[None]:
    """`webhooks forward` from its first word to its end."""
    process = command.start("webhooks", "forward", url, "--json", stdout=subprocess.DEVNULL)
    try:
        assert process.stderr is not None and url in process.stderr.readline()
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stderr.close()  # type: ignore[union-attr]


def sequence(taken: list[Taken]) -> list[str]:
    """The statuses of a prediction's webhooks, in which those that are throttled count as one."""
    found: list[str] = []
    for one in taken:
        body = one.json()
        throttled = body["status"] == "processing" and bool(body["output"] or body["logs"])
        word = "going on" if throttled else body["status"]
        if found[-1:] != [word]:
            found.append(word)
    return found


def by_prediction(receiver: Receiver) -> dict[str, list[Taken]]:
    found: dict[str, list[Taken]] = defaultdict(list)
    for one in receiver.taken:
        found[one.json()["id"]].append(one)
    return found


def test_50_predictions_are_forwarded_as_the_sandbox_delivers_them(api: httpx.Client, replicate: Command) -> None:
    version = version_of(api, "talker")
    with receiving() as own, receiving() as forwarded, forwarding(replicate, forwarded.url):
        made: list[str] = []
        for number in range(50):
            kind = KINDS[number % len(KINDS)]
            body = {"version": version, "input": kind, "webhook": own.url, "webhook_events_filter": EVENTS}
            made.append(api.post("/predictions", json=body).json()["id"])
        for number, id in enumerate(made):
            if number % len(KINDS) == CANCELED:
                time.sleep(0.2)
                api.post(f"/predictions/{id}/cancel")
        ends = {id: until_done(api, f"/predictions/{id}") for id in made}
        for receiver in (own, forwarded):
            receiver.until(lambda r=receiver: {i for i, of in by_prediction(r).items() if _ended(of)} == set(made), 90)
    theirs, ours = by_prediction(own), by_prediction(forwarded)
    for id in made:
        # What is throttled may be left out, and a start may be told with what was printed meanwhile.
        assert [word for word in sequence(ours[id]) if word != "going on"][-1:] == [ends[id]["status"]]
        assert _told(theirs[id]) == _told(ours[id]), (sequence(theirs[id]), sequence(ours[id]))
        assert _same(ours[id][-1].json(), theirs[id][-1].json())
        assert sum(_ended([one]) for one in ours[id]) == 1


def _ended(taken: list[Taken]) -> bool:
    return any("completed_at" in one.json() and one.json()["completed_at"] for one in taken)


def _told(taken: list[Taken]) -> tuple[bool, str]:
    """Whether its start was told, and how it ended."""
    return taken[0].json()["status"] == "processing", taken[-1].json()["status"]


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Two bodies that say the same of a prediction, the address of its own webhook and signed links apart."""
    names = ("id", "model", "version", "status", "input", "output", "error", "logs", "created_at", "started_at")
    return {name: one.get(name) for name in names} == {name: other.get(name) for name in names}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def program(words: list[str], folder: Path, secret: str, port: int) -> Iterator[str]:
    """A program that listens; its address."""
    environment = {**os.environ, "REPLICATE_WEBHOOK_SECRET": secret, "PORT": str(port)}
    process = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        limit = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < limit, process.stdout and process.stdout.read()
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/hook"
    finally:
        process.kill()
        process.wait()


def takes_all_and_refuses_what_was_changed(
    url: str, api: httpx.Client, replicate: Command, running: RunningSandbox
) -> None:
    version = version_of(api, "talker")
    with receiving() as between:
        # Every webhook goes through here, so that the program's answer to it is known.
        answers: list[int] = []

        def hand_on(one: Taken) -> int:
            names = ("content-type", "webhook-id", "webhook-timestamp", "webhook-signature")
            headers = {name: one.headers[name] for name in names}
            answers.append(httpx.post(url, content=one.body, headers=headers).status_code)
            return answers[-1]

        between.judge = hand_on
        with forwarding(replicate, between.url):
            body = {"version": version, "input": {"text": "ü b", "pause": 1.2}, "webhook": between.url}
            made = api.post("/predictions", json=body).json()["id"]
            between.until(lambda: sum(_ended([one]) for one in between.taken) == 2)
        sent = replicate("webhooks", "send", made, between.url, "--json")
        assert sent.code == 0, sent.err
        assert len(answers) >= 5 and set(answers) == {204}
        last = between.taken[-1]
        changed = last.body.replace(b"succeeded", b"Succeeded")
        assert changed != last.body
        assert httpx.post(url, content=changed, headers=last.headers).status_code == 401
        json.loads(last.body)


def test_the_python_program_that_the_console_shows_takes_every_webhook(
    api: httpx.Client, replicate: Command, running: RunningSandbox, tmp_path: Path
) -> None:
    (tmp_path / "receiver.py").write_text(PYTHON)
    port = free_port()
    words = [sys.executable, "-m", "uvicorn", "receiver:app", "--port", str(port)]
    secret = replicate("webhooks", "secret").json["key"]
    with program(words, tmp_path, secret, port) as url:
        takes_all_and_refuses_what_was_changed(url, api, replicate, running)


@pytest.mark.node
@pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="Node.js and npm are not installed")
def test_the_node_program_that_the_console_shows_takes_every_webhook(
    api: httpx.Client,
    replicate: Command,
    running: RunningSandbox,
    installed: Installed,
) -> None:
    folder = installed("node-replicate-1.4.0", from_npm("replicate@1.4.0"))
    (folder / "receiver.cjs").write_text(NODE)
    port = free_port()
    secret = replicate("webhooks", "secret").json["key"]
    with program(["node", "receiver.cjs"], folder, secret, port) as url:
        takes_all_and_refuses_what_was_changed(url, api, replicate, running)
