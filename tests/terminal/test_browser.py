"""Which browser a page is opened in, how it is started, and that none is where nobody would see it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from textual.app import App

from tests.support.programs import program
from tests.terminal.conftest import Open
from tui.terminal.browser import open_page

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "linux", reason="names the programs of a Linux desktop"),
]

PAGE = "https://replicate.com/p/abc?x=1&y=2"
NOTE_ADDRESS = 'echo "$@" > "{0}"'


def environment(bin: Path, **more: str) -> dict[str, str]:
    return {"PATH": f"{bin}{os.pathsep}/usr/bin{os.pathsep}/bin", **more}


async def opened(bin: Path, **more: str) -> bool:
    return await open_page(App[None](), PAGE, environment(bin, **more))


@pytest.mark.parametrize("name", ["www-browser", "w3m", "lynx", "links", "elinks", "xdg-open", "firefox"])
async def test_without_a_display_nothing_is_started_that_the_user_did_not_name(tmp_path: Path, name: str) -> None:
    program(tmp_path / "bin", name, f"touch {tmp_path / 'started'}")
    assert not await opened(tmp_path / "bin", SSH_CONNECTION="1 2 3 4")
    assert not await opened(tmp_path / "bin")
    assert not (tmp_path / "started").exists()


async def test_the_program_that_the_user_names_gets_the_address_also_over_ssh(tmp_path: Path) -> None:
    program(tmp_path / "bin", "helper", NOTE_ADDRESS.format(tmp_path / "got"))
    assert await opened(tmp_path / "bin", BROWSER="helper --new", SSH_CONNECTION="1 2 3 4")
    assert (tmp_path / "got").read_text() == f"--new {PAGE}\n"
    assert await opened(tmp_path / "bin", BROWSER="nowhere:helper --url=%s -x &")
    assert (tmp_path / "got").read_text() == f"--url={PAGE} -x\n"


async def test_an_unclosed_quote_in_browser_is_no_crash(tmp_path: Path) -> None:
    assert not await opened(tmp_path / "bin", BROWSER="helper 'it")


async def test_a_desktop_program_that_fails_is_followed_by_the_next(tmp_path: Path) -> None:
    program(tmp_path / "bin", "xdg-open", "exit 3")
    program(tmp_path / "bin", "gio", "exit 1")
    assert not await opened(tmp_path / "bin", DISPLAY=":9")
    program(tmp_path / "bin", "firefox", NOTE_ADDRESS.format(tmp_path / "got"))
    assert await opened(tmp_path / "bin", WAYLAND_DISPLAY="wayland-0")
    assert (tmp_path / "got").read_text() == f"{PAGE}\n"


async def test_it_has_no_terminal_no_token_and_nowhere_to_make_noise(tmp_path: Path) -> None:
    program(
        tmp_path / "bin",
        "firefox",
        f'(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2; ps -o tty= -p $$; echo "[$REPLICATE_API_TOKEN]")'
        f" > {tmp_path / 'got'}",
    )
    # A desktop is there, so that its own opener would be first.
    program(tmp_path / "bin", "xdg-open", "exit 3")
    program(tmp_path / "bin", "gio", "exit 3")
    program(tmp_path / "bin", "x-www-browser", "exit 3")
    assert await opened(tmp_path / "bin", DISPLAY=":9", REPLICATE_API_TOKEN="r8_canary")
    assert (tmp_path / "got").read_text().split() == ["/dev/null", "/dev/null", "/dev/null", "?", "[]"]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "javascript:alert(1)", "-remote", "replicate.com/x", ""])
async def test_only_an_address_of_the_web_is_opened(tmp_path: Path, address: str) -> None:
    program(tmp_path / "bin", "helper", f"touch {tmp_path / 'started'}")
    assert not await open_page(App[None](), address, environment(tmp_path / "bin", BROWSER="helper"))
    assert not (tmp_path / "started").exists()


async def test_the_loop_goes_on_while_a_browser_starts(tmp_path: Path) -> None:
    started, release = tmp_path / "started", tmp_path / "release"
    os.mkfifo(release)
    program(tmp_path / "bin", "helper", f"touch {started}; read line < {release}")
    opening = asyncio.create_task(opened(tmp_path / "bin", BROWSER="helper"))
    while not started.exists():
        await asyncio.sleep(0.01)
    assert not opening.done()
    release.write_text("go\n")
    assert await opening


def test_a_text_browser_that_is_named_gets_the_terminal_and_gives_it_back(console: Open, tmp_path: Path) -> None:
    program(
        tmp_path / "bin", "w3m", 'printf "\\033[2J\\033[Ha page of text: %s" "$1"; read line; echo "$line" > "$0.read"'
    )
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    with console("--sandbox", env={"PATH": path, "BROWSER": "w3m", "SSH_CONNECTION": "1 2 3 4"}) as t:
        t.until("sandbox/guide")
        t.settle()
        t.press("o")
        t.until("a page of text: http")
        assert "Models" not in t.text()
        t.send("2x\n")
        t.until("Opened http")
        t.until("sandbox/guide")
    assert (tmp_path / "bin" / "w3m.read").read_text() == "2x\n"


def test_over_ssh_without_a_browser_the_address_is_shown_and_copied(console: Open, tmp_path: Path) -> None:
    program(tmp_path / "bin", "www-browser", 'echo "IT DRAWS" > /dev/tty')
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    with console("--sandbox", env={"PATH": path, "SSH_CONNECTION": "1 2 3 4", "DISPLAY": None, "BROWSER": None}) as t:
        t.until("sandbox/guide")
        t.settle()
        t.press("o")
        t.until("No browser can be opened here")
        assert "IT DRAWS" not in t.text()
        t.until("sandbox/guide")
        assert "http" in t.text()
        assert b"\x1b]52;c;" in bytes(t.written)
