"""The console behind one page: a process of its own, which ends with the page."""

from __future__ import annotations

import asyncio
import contextlib
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import Any

from textual_serve.app_service import AppService

from tui.settings.environment import DRIVER, for_own_commands

PATIENCE = 5.0
"""Seconds in which a console keeps what was typed and ends; then it is killed."""
_OF_THIS_TERMINAL = (
    *("TMUX", "STY", "WT_SESSION", "VTE_VERSION", "TERM_PROGRAM_VERSION", "COLORFGBG", "ESCDELAY", "BROWSER"),
    *("DISPLAY", "WAYLAND_DISPLAY", "SSH_TTY", "SSH_CONNECTION", "SSH_CLIENT"),
)
"""What tells a program of the terminal and the desktop here: the reader has another one."""
_PREFIXES = ("KITTY_", "GHOSTTY_", "ITERM_", "WEZTERM_", "ALACRITTY_", "TEXTUAL")


class PageConsole(AppService):
    """textual-serve's own, which runs its command in a shell, and waits without end for one that hangs."""

    def __init__(self, argv: Sequence[str], **how: Any) -> None:
        super().__init__("", **how)
        self._argv = argv
        self._console: Process | None = None

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._console = self._process = process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=PIPE,
            stdout=PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # its log file has what went wrong
            env=for_page(width, height),
            start_new_session=True,  # a ctrl-c here is for whoever serves; the consoles are told
        )
        # textual-serve prints at its end what it reads from here.
        process.stderr = asyncio.StreamReader()
        process.stderr.feed_eof()
        self._stdin = process.stdin
        return process

    async def on_meta(self, data: bytes) -> None:
        """Tell the page what the console asks of it; it opens addresses of the web alone."""
        asked: dict[str, object] = json.loads(data)
        if asked.get("type") == "open_url" and not str(asked.get("url")).startswith(("https://", "http://")):
            return
        await super().on_meta(data)

    async def run(self) -> None:
        """Hand on what the console shows until it ends; then the page ends too."""
        try:
            await super().run()
        finally:
            await self.remote_close()

    async def stop(self) -> None:
        """End the console, and wait for its end."""
        process = self._console
        if process is None:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                with contextlib.suppress(ConnectionError):
                    await super().stop()
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def for_page(width: int, height: int) -> dict[str, str]:
    """The environment of a console that a browser shows."""
    given = {
        DRIVER: "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TERM_PROGRAM": "textual",
        "COLUMNS": str(width),
        "ROWS": str(height),
    }
    own = for_own_commands(given)
    return {
        name: value
        for name, value in own.items()
        if name in given or not (name in _OF_THIS_TERMINAL or name.startswith(_PREFIXES))
    }
