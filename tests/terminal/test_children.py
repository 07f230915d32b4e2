"""No program that the console starts is given the token, whichever it is and whatever for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.programs import program
from tests.terminal.conftest import Open, processes_of

pytestmark = pytest.mark.timeout(180)

CANARY = "r8_CANARY0123456789abcdefghijklmnopqrst"
SMALL = ("-i", "prompt=x", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")


class Spies:
    """Programs that write down the environment that they were started with."""

    def __init__(self, folder: Path, *names: str) -> None:
        self._folder = folder
        for name in names:
            seen = folder / f"{name}.seen"
            program(folder, name, f"env > {seen}.part; mv {seen}.part {seen}")

    @property
    def path(self) -> str:
        """A PATH in which they come first."""
        return f"{self._folder}{os.pathsep}{os.environ['PATH']}"

    def seen(self, name: str) -> Path:
        """Where the program of that name writes."""
        return self._folder / f"{name}.seen"


def assert_without_token(environment: str, whose: str) -> None:
    assert "REPLICATE_TUI_HOME" in environment or "PATH" in environment, f"{whose} has seen nothing"
    assert CANARY not in environment and "REPLICATE_API_TOKEN" not in environment, whose


@pytest.mark.skipif(sys.platform != "linux", reason="names the programs of a Linux desktop")
def test_neither_browser_nor_opener_nor_clipboard_nor_the_sandbox_and_its_models_get_the_token(
    console: Open, home: Path, tmp_path: Path
) -> None:
    spies = Spies(tmp_path / "bin", "xdg-open", "tmux", "xclip", "w3m")
    environment = {"PATH": spies.path, "TMUX": "/tmp/none,1,0", "DISPLAY": ":9", "WAYLAND_DISPLAY": None}
    environment |= {"BROWSER": "w3m", "SSH_CONNECTION": None, "REPLICATE_API_TOKEN": CANARY}
    with console("--sandbox", "run", "sandbox/fractal", *SMALL, env=environment, timeout=60) as t:
        t.until("succeeded")
        started = {pid: name for pid, name in processes_of(home).items() if pid != t.pid}
        assert any("--embedded" in name for name in started.values())
        assert any("cog" in name for name in started.values())
        for pid, name in started.items():
            assert_without_token(Path(f"/proc/{pid}/environ").read_bytes().decode(), name)
        for key, names in (("O", ["xdg-open"]), ("y", ["tmux", "xclip"]), ("o", ["w3m"])):
            t.settle()
            t.press(key)
            for name in names:
                t.wait(spies.seen(name).exists, f"{name} was started")
                assert_without_token(spies.seen(name).read_text(), name)


def test_neither_editor_nor_pager_gets_the_token(console: Open, tmp_path: Path) -> None:
    spies = Spies(tmp_path / "bin", "edits", "pages")
    environment = {"PATH": spies.path, "VISUAL": None, "EDITOR": "edits", "PAGER": "pages"}
    environment |= {"REPLICATE_API_TOKEN": CANARY}
    with console("--sandbox", "chat", "sandbox/guide", env=environment, timeout=60) as t:
        t.until("Ask guide · / for commands")
        t.press("ctrl+e")
        t.wait(spies.seen("edits").exists, "the editor was started")
        t.until("Ask guide · / for commands")
        t.type("How do I remap a key?")
        t.until("How do I remap a key?")
        t.press("enter")
        t.until("billed")
        t.until("Ask guide · / for commands")
        t.type("/pager")
        t.until("/pager")
        t.press("enter")
        t.wait(spies.seen("pages").exists, "the pager was started")
    for name in ("edits", "pages"):
        assert_without_token(spies.seen(name).read_text(), name)
