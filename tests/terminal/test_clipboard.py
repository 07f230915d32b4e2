"""Copying: which way a text goes, and that the words claim no more than is known."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.programs import program
from tui.terminal import clipboard

SSH = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "PATH": "/usr/bin:/bin"}


def plain(text: str) -> str:
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07"


def wrapped(text: str) -> str:
    return "\x1bPtmux;" + plain(text).replace("\x1b", "\x1b\x1b") + "\x1b\\"


async def test_a_copy_over_ssh_goes_to_the_terminal_and_says_no_more_than_that() -> None:
    sent: list[str] = []
    result = await clipboard.copy("päper", sent.append, SSH)
    assert sent == [plain("päper")]
    assert result == (True, "sent to the terminal's clipboard")


@pytest.mark.parametrize("environment", [{"TMUX": "/tmp/tmux,1,0"}, {"TERM": "tmux-256color"}])
def test_tmux_gets_a_plain_sequence_and_one_to_pass_through(environment: dict[str, str]) -> None:
    assert clipboard.osc52("x", environment) == [plain("x"), wrapped("x")]


@pytest.mark.parametrize("environment", [{"TERM": "screen-256color"}, {"STY": "1.pts", "TERM": "xterm"}])
def test_screen_gets_pieces_that_it_passes_on_and_nothing_longer(environment: dict[str, str]) -> None:
    (sequence,) = clipboard.osc52("x" * 2000, environment)
    pieces = [piece for piece in sequence.split("\x1b\\") if piece]
    assert all(piece.startswith("\x1bP") and len(piece) <= 768 for piece in pieces)
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == plain("x" * 2000)


@pytest.mark.parametrize(("size", "fits"), [(74_993, True), (74_994, True), (74_995, False)])
async def test_what_is_too_long_for_a_terminal_is_not_sent_and_said(size: int, fits: bool) -> None:
    sent: list[str] = []
    result = await clipboard.copy("x" * size, sent.append, SSH)
    assert (bool(sent), result.ok) == (fits, fits)
    assert fits or "too long" in result.words


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("päper", (True, "sent to the browser's clipboard")),
        ("x" * 74_995, (False, "too long for the browser's clipboard (74,995 of 74,994 bytes)")),
    ],
)
async def test_in_a_browser_the_clipboard_is_the_browsers_and_the_serving_machines_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: tuple[bool, str]
) -> None:
    # The machine that serves has a clipboard of its own.
    program(tmp_path, "xclip", f"cat > {tmp_path}/machine")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":99")
    sent: list[str] = []
    result = await clipboard.copy(text, sent.append, {"PATH": str(tmp_path)}, in_browser=True)
    assert sent == ([plain(text)] if told[0] else [])
    assert result == told
    assert not (tmp_path / "machine").exists()


def in_tmux(bin: Path) -> dict[str, str]:
    return {**SSH, "TMUX": "/tmp/none,1,0", "PATH": f"{bin}:/usr/bin:/bin", "REPLICATE_API_TOKEN": "r8_canary"}


async def test_tmux_is_asked_first_and_then_nothing_else_is_sent(tmp_path: Path) -> None:
    program(tmp_path, "tmux", f'echo "$@ [$REPLICATE_API_TOKEN]" > {tmp_path}/called; cat > {tmp_path}/got')
    sent: list[str] = []
    result = await clipboard.copy("it's\n`id`", sent.append, in_tmux(tmp_path))
    assert not sent
    assert result == (True, "sent by tmux to the terminal's clipboard; prefix ] pastes it too")
    assert (tmp_path / "called").read_text() == "load-buffer -w - []\n"
    assert (tmp_path / "got").read_text() == "it's\n`id`"


async def test_a_tmux_without_w_keeps_it_and_the_sequences_are_sent_besides(tmp_path: Path) -> None:
    program(tmp_path, "tmux", f'test "$2" = -w && exit 1; cat > {tmp_path}/got')
    sent: list[str] = []
    result = await clipboard.copy("x", sent.append, in_tmux(tmp_path))
    assert sent == [plain("x"), wrapped("x")]
    assert (tmp_path / "got").read_text() == "x"
    assert result.words == "in tmux: prefix ] pastes it and sent to the terminal's clipboard, if tmux lets it through"


async def test_without_a_tmux_to_ask_the_words_leave_open_whether_it_came_through(tmp_path: Path) -> None:
    program(tmp_path, "tmux", "exit 1")
    sent: list[str] = []
    result = await clipboard.copy("x", sent.append, in_tmux(tmp_path))
    assert sent == [plain("x"), wrapped("x")]
    assert result == (True, "sent to the terminal's clipboard, if tmux lets it through")


async def test_what_is_too_long_for_the_terminal_is_still_kept_in_tmux_and_both_is_said(tmp_path: Path) -> None:
    program(tmp_path, "tmux", f"wc -c > {tmp_path}/got")
    sent: list[str] = []
    result = await clipboard.copy("x" * 200_000, sent.append, in_tmux(tmp_path))
    assert not sent and result.ok
    assert int((tmp_path / "got").read_text()) == 200_000
    assert "prefix ] pastes it" in result.words and "too long for the terminal's clipboard" in result.words


async def test_the_loop_goes_on_while_tmux_takes_its_time(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "release")
    program(tmp_path, "tmux", f"touch {tmp_path}/started; read line < {tmp_path}/release; cat > /dev/null")
    copying = asyncio.create_task(clipboard.copy("x", None, in_tmux(tmp_path)))
    while not (tmp_path / "started").exists():
        await asyncio.sleep(0.01)
    assert not copying.done()
    (tmp_path / "release").write_text("go\n")
    assert (await copying).ok


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_in_a_real_tmux_with_its_defaults_the_text_arrives_in_its_buffer(tmp_path: Path) -> None:
    """tmux's own `set-clipboard external` drops a plain OSC 52, and `allow-passthrough off` a wrapped one."""
    tmux = ["tmux", "-L", f"test-{os.getpid()}", "-f", "/dev/null"]
    code = (
        "import asyncio, sys; from tui.terminal.clipboard import copy; "
        "print(asyncio.run(copy('from inside ✓', sys.stdout.write)).words)"
    )
    said = tmp_path / "said"
    script = program(tmp_path, "inside", f'"{sys.executable}" -c "{code}" > {tmp_path}/said; sleep 60')
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "SSH_CONNECTION": "1 2 3 4", "TERM": "xterm-256color"}
    try:
        subprocess.run([*tmux, "new-session", "-d", str(script)], env=environment, check=True)
        _until(lambda: said.exists() and said.read_text().endswith("\n"))
        shown = subprocess.run([*tmux, "show-buffer"], check=True, capture_output=True, encoding="utf-8")
        assert shown.stdout == "from inside ✓"
        assert "prefix ] pastes it" in said.read_text()
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, stderr=subprocess.DEVNULL)
