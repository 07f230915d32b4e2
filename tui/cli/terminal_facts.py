"""What this machine and this terminal are, without asking either anything that could disturb it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from msgspec import Struct

from tui import __version__
from tui.extras import how_to_install
from tui.sandbox.missing import why_not
from tui.settings import Paths

State = Literal["ok", "note", "warn", "fail"]

_CLIPBOARD_TOOLS = ("pbcopy", "wl-copy", "xclip", "xsel", "clip.exe", "termux-clipboard-set")


class Check(Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    state: State
    text: str
    advice: str | None = None


def program() -> Check:
    """This program and where it runs from."""
    return Check("replicate-tui", "ok", f"{__version__}, {Path(__file__).resolve().parents[1]}")


def python() -> Check:
    """The Python that runs it."""
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    return Check("Python", "ok" if sys.version_info >= (3, 11) else "fail", text)


def terminal(is_terminal: bool) -> list[Check]:
    """Kind, size, colours, and what stands between it and us."""
    term = os.environ.get("TERM", "")
    columns, lines = shutil.get_terminal_size()
    if not is_terminal:
        checks = [Check("terminal", "note", "stdout is no terminal")]
    elif term in ("", "dumb"):
        checks = [Check("terminal", "warn", f"TERM is {term or 'not set'}", "the console needs a real terminal")]
    elif columns < 80 or lines < 24:
        checks = [Check("terminal", "warn", f"{term}, {columns}×{lines}", "80×24 is the least that shows everything")]
    else:
        checks = [Check("terminal", "ok", f"{term}, {columns}×{lines}")]
    return [*checks, _colours(term), _between(), _locale()]


def _colours(term: str) -> Check:
    if os.environ.get("NO_COLOR"):
        return Check("colours", "note", "none: NO_COLOR is set")
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return Check("colours", "ok", "16 million")
    if "256" in term:
        advice = "if your terminal has more: export COLORTERM=truecolor"
        return Check("colours", "ok", "256", advice)
    return Check("colours", "warn" if term in ("", "dumb") else "ok", "16 or fewer")


def _between() -> Check:
    between: list[str] = []
    if os.environ.get("TMUX"):
        between.append("tmux (desktop notices need: set -g allow-passthrough on)")
    elif os.environ.get("STY"):
        between.append("screen")
    if os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"):
        between.append("SSH")
    return Check("in between", "note", ", ".join(between) or "nothing: no tmux, screen or SSH")


def _locale() -> Check:
    encoding = (getattr(sys.stdout, "encoding", None) or "unknown").lower()
    if encoding.replace("-", "") == "utf8":
        return Check("encoding", "ok", "UTF-8")
    return Check("encoding", "warn", encoding, "export LANG=C.UTF-8, so that symbols and names can be shown")


def folders(paths: Paths) -> list[Check]:
    """The folders, and whether this user can write there."""
    named = {"config": paths.config, "data": paths.data, "cache": paths.cache, "log": paths.log}
    checks: list[Check] = []
    for name, folder in named.items():
        if _writable(folder):
            note = "" if folder.exists() else " (made when it is needed)"
            checks.append(Check(name, "ok", f"{folder}{note}"))
        else:
            checks.append(Check(name, "warn", f"{folder} cannot be written", "REPLICATE_TUI_HOME names another folder"))
    return checks


def _writable(folder: Path) -> bool:
    nearest = next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def extras() -> list[Check]:
    """What is installed beside, and the programs that are called."""
    return [_images(), _clipboard(), _keyring(), _cog(), _docker(), _editor()]


def _has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _images() -> Check:
    from tui.terminal.graphics import blocks_of

    words = "pixels where the terminal is Kitty or Ghostty, else characters"
    return Check("images", "ok", f"{words} ({blocks_of(os.environ)})")


def _clipboard() -> Check:
    tool = next((tool for tool in _CLIPBOARD_TOOLS if shutil.which(tool)), None)
    remote = bool(os.environ.get("SSH_CONNECTION"))
    if tool and not remote:
        return Check("clipboard", "ok", f"by the terminal (OSC 52) and by {tool}")
    return Check("clipboard", "note", "by the terminal alone (OSC 52); whether it takes it cannot be known")


def _keyring() -> Check:
    if _has("keyring"):
        return Check("keyring", "ok", "installed; a token is kept there when you ask for it")
    return Check("keyring", "note", "not installed: a token is kept in a file of mode 0600", how_to_install("keyring"))


def _cog() -> Check:
    reason = why_not(lambda: how_to_install("sandbox"))
    if reason is None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            versions = f"cog {version('cog')}, coglet {version('coglet')}"
        except PackageNotFoundError:
            versions = "cog and coglet"
        return Check("Cog", "ok", f"{versions}: the sandbox can run its models")
    words, _, command = reason.partition(": ")
    return Check("Cog", "note", words, command or None)


def _docker() -> Check:
    found = shutil.which("docker")
    text = found or "not found; only building Cog models needs it, the sandbox does not"
    return Check("Docker", "ok" if found else "note", text)


def _editor() -> Check:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    pager = os.environ.get("PAGER")
    words = [f"EDITOR {editor}" if editor else "EDITOR is not set", f"PAGER {pager}" if pager else "PAGER is not set"]
    known = editor is not None and shutil.which(editor.split()[0] if editor.split() else "") is not None
    if editor and not known:
        return Check("editor", "warn", f"{editor} was not found", "export EDITOR=vi, or another that is installed")
    return Check("editor", "ok" if editor else "note", ", ".join(words))
