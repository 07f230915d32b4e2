"""The `[themes]` table of the config file: colours of the user's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

COLOURS: Mapping[str, str] = {
    "foreground": "text",
    "muted": "text that is not what one looks for",
    "background": "what lies behind the text",
    "surface": "what lies behind fields",
    "panel": "what lies behind bars, dialogs and notices",
    "row": "the cursor's row in a list without focus",
    "accent": "what can be pressed, links and headings",
    "success": "what succeeded",
    "warning": "what wants a look",
    "error": "what failed",
}
"""What a theme may set, and what for."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", re.ASCII)


@dataclass(frozen=True)
class OwnTheme:
    """One `[themes.NAME]` table."""

    name: str
    base: str = ""
    """The theme that it begins from; "" for the dark or the light one, as its background is."""
    colours: Mapping[str, str] = field(default_factory=dict[str, str])
    """By the names of COLOURS, as #rrggbb."""


def read_theme(name: str, table: Mapping[str, object], where: str) -> OwnTheme:
    """The table of one theme. Raises ValueError with the key and what it should be."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{where}: its name must be letters, digits and dashes, 40 at most.")
    base = table.get("base", "")
    if not isinstance(base, str):
        raise ValueError(f"{where}: base must be the name of a theme in quotes.")
    colours: dict[str, str] = {}
    for key in COLOURS:
        value = table.get(key)
        if value is None:
            continue
        if not isinstance(value, str) or not _COLOUR.fullmatch(value):
            raise ValueError(f'{where}: {key} must be a colour in quotes, such as "#1b1f27".')
        colours[key] = value.lower()
    return OwnTheme(name, base, colours)
