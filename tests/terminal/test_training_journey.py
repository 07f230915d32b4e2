"""A training from its form to the text that its version writes, by keyboard alone, in a real terminal."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.paths import ROOT
from tests.support.sandbox import run_sandbox
from tests.support.terminal import Terminal
from tests.terminal.conftest import Open, wait_until

# Real terminals, a real trainer, and a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(420)

SLOW = 120.0


def _text(path: Path, size: int) -> Path:
    """A text of about `size` bytes in the sonnets' own words."""
    chance = random.Random(7)
    words = (ROOT / "tui/sandbox/models/bard/sonnets.txt").read_text().split()
    lines: list[str] = []
    while size > 0:
        lines.append(" ".join(chance.choice(words) for _ in range(9)))
        size -= len(lines[-1]) + 1
    path.write_text("\n".join(lines))
    return path


def _start(terminal: Terminal, data: Path, **fields: str) -> None:
    """From the section's list to the confirmed start."""
    terminal.until("n picks a trainer", SLOW)
    terminal.press("n")
    terminal.until("Train which model?", SLOW)
    terminal.until("sandbox/bard")
    terminal.press("enter")
    terminal.until("destination model", SLOW)
    terminal.fill("destination model", "sandbox/poet")
    terminal.fill("train_data", str(data))
    for name, text in fields.items():
        terminal.fill(name, text)
    terminal.press("ctrl+r")
    terminal.until("Start the training?", SLOW)
    terminal.until("sandbox/poet is made first")
    terminal.press("s")


def test_a_training_is_created_watched_and_its_version_writes_text_at_80_columns(console: Open, tmp_path: Path) -> None:
    data = _text(tmp_path / "small.txt", 20_000)
    with console("--sandbox", "trainings", size=(80, 24)) as t:
        _start(t, data, epochs="6")
        t.until_match("loss +● ", SLOW)
        t.until("succeeded", SLOW)
        t.press("right", "enter")
        t.until("a train perplexity")
        t.press("]")
        t.until("held-out perplexity")
        t.press("]")
        t.until("sandbox/poet:")
        t.press("v")
        t.until("Run  ^r", SLOW)
        t.fill("max_tokens", "12")
        t.press("ctrl+r")
        t.until("succeeded", SLOW)
        t.until_match(r"ran [\d.]+ s")
        t.press("escape")
        t.until("Run  ^r")
        t.press("escape")
        t.until("sandbox/poet:", SLOW)
        t.press("B")
        t.until("Run  ^r", SLOW)
        t.fill("max_tokens", "9")
        t.press("ctrl+r")
        t.until("two predictions are billed", SLOW)
        t.press("r")
        t.until("Next difference", SLOW)
        t.until_match("[≠‹›]", SLOW)


def test_a_training_that_cannot_start_says_why_at_its_fields(console: Open, tmp_path: Path) -> None:
    with console("--sandbox", "trainings") as t:
        t.until("n picks a trainer", SLOW)
        t.press("n")
        t.until("sandbox/bard")
        t.press("enter")
        t.until("destination model", SLOW)
        t.fill("destination model", "nobody/poet")
        t.until("must be a model of yours: sandbox/poet", SLOW)
        t.fill("epochs", "4000")
        t.press("ctrl+r")
        t.until("2 fields need a look")
        t.until("is required")
        t.until("✗ at most 100")
        t.fill("epochs", "3")
        t.fill("train_data", str(tmp_path / "none.txt"))
        t.press("ctrl+r")
        t.until("no such file")
        t.press("escape")
        t.until("No trainings yet")
        t.press("2", "3")
        t.until("No trainings yet")


NEAR = "127.0.0.2"
"""Where the relay listens, on the sandbox's own port: by that the sandbox knows its own files' addresses."""


class Wire:
    """A TCP relay that can be cut and mended, as a network can."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._cut = False
        self._open: list[socket.socket] = []
        self._listener = socket.create_server((NEAR, port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._cut = True
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to))
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=(one, other), daemon=True).start()

    def _relay(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
                end.close()


@pytest.mark.long
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_training_on_a_megabyte_survives_a_restart_a_cut_connection_and_a_closed_terminal(
    console: Open, tmp_path: Path, size: tuple[int, int]
) -> None:
    data = _text(tmp_path / "big.txt", 1_000_000)
    options = ["--allow-host", NEAR]
    with run_sandbox(options=options) as sandbox, contextlib.closing(Wire(urlsplit(sandbox.origin).port or 0)) as wire:
        env = {"REPLICATE_API_TOKEN": sandbox.token}
        at = ("--base-url", sandbox.base_url.replace("127.0.0.1", NEAR), "trainings")
        with console(*at, size=size, env=env) as t:
            _start(t, data, epochs="60", pause="0.7")
            t.until_match("loss +● ", SLOW)
            t.until_match(r"\d+ %", SLOW)
            t.press("q")
            t.until("Quit?")
            t.press("l")
            assert t.wait_exit(30) == 0
        training = sandbox.get("/v1/trainings")["results"][0]
        t = console(*at, training["id"], size=size, env=env)
        t.until_match("loss +● ", SLOW)
        wire.cut()
        t.until_match("(?i)not answer|stale|cannot be reached|offline|no answer|connect", SLOW)
        t.until_match("loss +● ")
        wire.mend()
        steps = _steps(sandbox.get(f"/v1/trainings/{training['id']}"))
        t.until_match(rf"(?:{'|'.join(str(n) for n in range(steps + 1, 61))})/60", SLOW)
        t.hang_up()
        wait_until(lambda: not t.alive(), "the console ended with its terminal", 30)
        with console(*at, training["id"], size=size, env=env) as again:
            again.until_match("loss +● ", SLOW)
            again.until("succeeded", SLOW)
            again.press("v")
            again.until("Run  ^r", SLOW)
            again.fill("max_tokens", "12")
            again.press("ctrl+r")
            # A notice tells of the training that succeeded meanwhile: this is the head of the run.
            again.until("✓ succeeded", SLOW)
        assert sandbox.count("trainings.create") == 1
        assert sandbox.count("files.create") == 1
        written = [one for one in sandbox.get("/v1/predictions")["results"] if one["model"] == "sandbox/poet"]
        assert "".join(sandbox.get(f"/v1/predictions/{written[0]['id']}")["output"]).strip()


def _steps(training: dict[str, str]) -> int:
    return training["logs"].count("\nstep ")
