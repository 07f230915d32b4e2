"""The `.env` file of the working folder: KEY=VALUE lines, of which only REPLICATE_* names are taken."""

from __future__ import annotations

import re
from pathlib import Path

from tui.settings.model import SettingsError

NAMES = ("REPLICATE_API_TOKEN", "REPLICATE_API_BASE_URL", "REPLICATE_BASE_URL")
"""What a `.env` may set. REPLICATE_TUI_HOME is not among them: a folder that somebody else made must not
choose the config file, which can name a command to run."""

_LINE = r"(?a)\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*\Z"
_QUOTED = r"""(?:'([^']*)'|"((?:[^"\\]|\\.)*)")\s*(?:\#.*)?\Z"""
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}
_MAX_BYTES = 1_000_000


def parse(text: str, where: str = ".env") -> dict[str, str]:
    """The REPLICATE_* values of a `.env` text. Lines of other names are not even looked at.

    Raises SettingsError with the line's number where a quote of ours is not closed.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        match = re.match(_LINE, line)
        if match is None or match[1] not in NAMES:
            continue
        found[match[1]] = _value(match[2], f"{where}, line {number}: {match[1]}")
    return found


def _value(raw: str, where: str) -> str:
    if not raw.startswith(("'", '"')):
        return re.split(r"(?:^|\s+)#", raw, maxsplit=1)[0].strip()
    match = re.match(_QUOTED, raw)
    if match is None:
        raise SettingsError(f"{where} has a quote that is not closed, or text after it.")
    if match[1] is not None:
        return match[1]
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), match[2])


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
    return path, parse(data.decode("utf-8", "replace"), str(path))
