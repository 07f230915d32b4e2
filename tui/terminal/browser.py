"""Opens a page of the web in the desktop's browser or in the text browser that the user named.

Which browser: $BROWSER first, as far as its programs are there, then the desktop's own where a window can be seen.
A text browser is used only where $BROWSER names it: it takes the terminal, and shows little of Replicate's pages.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from tui.terminal.programs import lend_terminal, shows_windows, start_apart

TEXT_BROWSERS = frozenset(
    ("browsh", "carbonyl", "cha", "elinks", "links", "links2", "lynx", "retawq", "w3m", "www-browser")
)
_DESKTOP = (("xdg-open",), ("gio", "open"), ("x-www-browser",), ("firefox",), ("chromium",), ("google-chrome",))


async def open_page(app: App[Any], address: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Show the page; whether a browser took it. With False nothing was opened."""
    if not address.startswith(("https://", "http://")):
        return False
    if app.is_web:
        app.open_url(address)
        return True
    for words, reads_terminal in await asyncio.to_thread(_browsers, address, environment):
        if not reads_terminal:
            if await start_apart(words, environment):
                return True
            continue
        try:
            await lend_terminal(app, words)
        except (OSError, SuspendNotSupported):
            continue
        return True
    return False


def _browsers(address: str, environment: Mapping[str, str]) -> list[tuple[list[str], bool]]:
    """The command lines that may open it, the best first, each with whether it takes the terminal.

    Only of programs that are there. Blocks.
    """
    path = environment.get("PATH")
    found: list[tuple[list[str], bool]] = []
    for entry in environment.get("BROWSER", "").split(os.pathsep):
        try:
            words = shlex.split(entry.strip().removesuffix("&"))
        except ValueError:
            continue
        if words and (program := shutil.which(words[0], path=path)):
            options = [word.replace("%s", address) for word in words[1:]]
            if options == words[1:]:
                options.append(address)
            found.append(([program, *options], _is_text_browser(program)))
    if environment.get("WSL_DISTRO_NAME") and (program := shutil.which("wslview", path=path)):
        found.append(([program, address], False))
    if shows_windows(environment):
        for name, *options in (("open",),) if sys.platform == "darwin" else _DESKTOP:
            if program := shutil.which(name, path=path):
                found.append(([program, *options, address], False))
    return found


def _is_text_browser(program: str) -> bool:
    return Path(program).name in TEXT_BROWSERS or Path(program).resolve().name in TEXT_BROWSERS
