"""The `.env` file of the working folder: KEY=VALUE lines, of which only REPLICATE_* names are taken."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from pathlib import Path

from tui.settings.model import SettingsError

NAMES = ("REPLICATE_API_TOKEN", "REPLICATE_API_BASE_URL", "REPLICATE_BASE_URL")
"""What a `.env` may set. REPLICATE_TUI_HOME is not among them: a folder that somebody else made must not
choose the config file, which can name a command to run."""

# One setting. A quoted value may have several lines; one whose quote is not closed is a value of one line.
_SETTING = re.compile(
    r"""
    ^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*(?:=|:[ \t])[ \t]*
    (?:(?:'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|`(?P<back>[^`]*)`)[ \t]*(?:\#.*)?$|(?P<bare>[^\n]*)$)
    """,
    re.VERBOSE | re.MULTILINE | re.ASCII,
)
_REFERENCE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?\}", re.ASCII)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_MAX_BYTES = 1_000_000


def parse(text: str, where: str = ".env") -> dict[str, str]:
    """The REPLICATE_* values of a `.env` text.

    `${NAME}` gives what the same file set before. The environment is not looked at: the file may be a stranger's, and
    its address too. Raises SettingsError with the line's number for another reference, and for a quote of ours that
    is not closed.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found: dict[str, str] = {}
    place = 0
    while (match := _SETTING.search(text, place)) is not None:
        place = match.end() + 1
        name = match["name"]
        line = text.count("\n", 0, match.start()) + 1
        try:
            found[name] = _value(match, found)
        except ValueError as error:
            if name in NAMES:
                raise SettingsError(f"{where}, line {line}: {name} {error}") from None
    return {name: value for name, value in found.items() if name in NAMES}


def _value(match: re.Match[str], known: Mapping[str, str]) -> str:
    """The value of one setting. Raises ValueError, without the value in it."""
    if match["single"] is not None or match["back"] is not None:
        return match["single"] or match["back"] or ""
    if match["double"] is not None:
        pieces = re.split(r"(\\.)", match["double"], flags=re.DOTALL)
        # What was escaped is no reference.
        return "".join(_ESCAPE.sub(_unescaped, one) if one[:1] == "\\" else _expanded(one, known) for one in pieces)
    bare = match["bare"]
    if bare.startswith(("'", '"', "`")):
        raise ValueError("has a quote that is not closed, or text after it.")
    return _expanded(re.split(r"(?:^|\s+)#", bare, maxsplit=1)[0].strip(), known)


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[1], found[1] if found[1] in '"\\$' else found[0])


def _expanded(text: str, known: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        if known.get(name) or default is None:
            if name not in known:
                raise ValueError(
                    f"refers to ${{{name}}}, which this file does not set above it. Write the value itself."
                )
            return known[name]
        return default

    return _REFERENCE.sub(value, text)


def read(folder: Path) -> tuple[Path, dict[str, str]]:
    """The `.env` of the folder and its REPLICATE_* values; none when it is not there or cannot be read."""
    path = folder / ".env"
    try:
        if not path.is_file():
            return path, {}
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES)
    except OSError:
        return path, {}
    return path, parse(_decoded(data), str(path))


def _decoded(data: bytes) -> str:
    """The text: UTF-8, or UTF-16 as PowerShell writes it, with its mark or without."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", "replace")
    if data[:1] == b"\0":
        return data.decode("utf-16-be", "replace")
    return data.decode("utf-8", "replace")
