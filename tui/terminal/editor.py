"""The user's own editor and pager: a text is lent to them in a file, with the terminal."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import tempfile
from pathlib import Path
from time import monotonic
from typing import Any

from textual.app import App, SuspendNotSupported

from tui.terminal.programs import lend_terminal

_TAKE_A_LINE = {"vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "ne", "mg"}
"""Editors that go to a line by +N before the file's name."""
AT_ONCE = 0.5
"""Seconds in which nobody edits anything: an editor that ended so soon has opened a window, and waits for nobody."""


async def edit_text(app: App[Any], text: str, name: str, ending: str = "") -> str | None:
    """Edit `text` in $VISUAL or $EDITOR; None where that was not possible or nothing changed.

    The file gets `name`, and `ending` or what the text looks like.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or shutil.which("nano") or shutil.which("vi")
    since = monotonic()
    edited = await _lend(app, command, "$EDITOR", text, name, ending or _ending_of(text))
    if edited is None:
        return None
    if not text.endswith("\n"):
        # Editors end a file with a line's end.
        edited = edited.removesuffix("\n")
    if edited != text:
        return edited
    if monotonic() - since < AT_ONCE:
        words = f"{command} ended at once and changed nothing. One that opens a window must wait, as code --wait does."
        app.notify(words, severity="warning", markup=False)
    return None


async def edit_file(app: App[Any], path: Path, line: int = 0) -> None:
    """Open a file of the user's own in $VISUAL or $EDITOR, at a line where the editor can be told one."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or shutil.which("nano") or shutil.which("vi")
    words = _words(app, command, "$EDITOR")
    if words is None:
        return
    at = [f"+{line}"] if line and Path(words[0]).name in _TAKE_A_LINE else []
    try:
        await lend_terminal(app, [*words, *at, str(path)])
    except SuspendNotSupported:
        app.notify("This terminal cannot be lent to another program.", severity="warning", markup=False)
    except OSError as error:
        app.notify(f"{command}: {error.strerror or error}", severity="error", markup=False)


async def read_in_pager(app: App[Any], text: str, name: str, ending: str = "") -> None:
    """Show `text` in $PAGER."""
    command = os.environ.get("PAGER") or shutil.which("less") or shutil.which("more")
    await _lend(app, command, "$PAGER", text, name, ending or _ending_of(text))


async def _lend(app: App[Any], command: str | None, variable: str, text: str, name: str, ending: str) -> str | None:
    """What is in the file once the program has ended; None, after a word, where it could not be had."""
    words = _words(app, command, variable)
    if words is None:
        return None
    with tempfile.TemporaryDirectory(prefix="replicate-tui-") as folder:
        path = Path(folder) / f"{_safe(name)}{ending}"
        try:
            await asyncio.to_thread(path.write_text, text, encoding="utf-8", errors="replace")
            await lend_terminal(app, [*words, str(path)])
            return await asyncio.to_thread(path.read_text, encoding="utf-8", errors="replace")
        except SuspendNotSupported:
            app.notify("This terminal cannot be lent to another program.", severity="warning", markup=False)
        except FileNotFoundError as error:
            # The program itself, or a file that it took away.
            if error.filename != str(path):
                app.notify(f"{command}: there is no such program.", severity="error", markup=False)
        except OSError as error:
            app.notify(f"{command}: {error.strerror or error}", severity="error", markup=False)
    return None


def _words(app: App[Any], command: str | None, variable: str) -> list[str] | None:
    """The command line of a program of the user's; None, after a word, where there is none."""
    try:
        words = shlex.split(command or "")
    except ValueError as error:
        app.notify(f"{variable} is no command line: {error}.", severity="error", markup=False)
        return None
    if not words:
        app.notify(f"Set {variable} to the program to use.", severity="warning", markup=False)
    return words or None


def _ending_of(text: str) -> str:
    return ".json" if text.lstrip().startswith(("{", "[")) else ".txt"


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c == "-" else "_" for c in name)[:40] or "text"
