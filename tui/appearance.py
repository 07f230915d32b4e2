"""The console's own themes: one accent, two weights of text and one muted, readable in 256 and in 16 colours.

Every colour of text has a contrast of at least 4.5 on every background that text stands on, the cursor's row included.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.theme import Theme

if TYPE_CHECKING:
    from tui.settings.themes import OwnTheme

LEAST = 4.5
"""The contrast from which on text can be read well (WCAG 2.1, AA)."""
_TEXTS = {
    "foreground": "foreground",
    "muted": "text-muted",
    "accent": "accent",
    "success": "success",
    "warning": "warning",
    "error": "error",
}
_BEHIND = {
    "background": "background",
    "surface": "surface",
    "panel": "panel",
    "row": "block-cursor-blurred-background",
}
"""Colours of text, and what lies behind it: the config file's names, and Textual's."""


def _variables(muted: str, row: str) -> Mapping[str, str]:
    """`muted` is for all text that is not what one looks for; `row` lies under the cursor of a list without focus."""
    return {
        "text-muted": muted,
        "text-disabled": muted,
        "foreground-muted": muted,
        "foreground-disabled": muted,
        "block-cursor-blurred-background": row,
    }


DARK = Theme(
    name="replicate-dark",
    primary="#6cb6ff",
    secondary="#8b949e",
    accent="#6cb6ff",
    success="#57c785",
    warning="#e3b341",
    error="#ff7b72",
    foreground="#dfe3ea",
    background="#0f1115",
    surface="#171a21",
    panel="#1b1f27",
    dark=True,
    variables=dict(_variables("#8f98a5", "#222c3a")),
)
LIGHT = Theme(
    name="replicate-light",
    primary="#0b5cad",
    secondary="#57606a",
    accent="#0b5cad",
    success="#136a2b",
    warning="#7a5400",
    error="#b3202a",
    foreground="#1c2128",
    background="#fbfbfa",
    surface="#f1f1ef",
    panel="#e9e9e6",
    dark=False,
    variables=dict(_variables("#57606a", "#dde6f0")),
)
THEMES = (DARK, LIGHT)


def packaged_themes() -> dict[str, Theme]:
    """The console's own first, then Textual's, by their names."""
    from textual.theme import BUILTIN_THEMES

    return {**{theme.name: theme for theme in THEMES}, **BUILTIN_THEMES}


def theme_names() -> list[str]:
    """Their names."""
    return list(packaged_themes())


def first_theme(wanted: str | None, known: Container[str], light: bool | None = None) -> str:
    """The wanted theme when it is known, else the one for the terminal's background, else the dark one."""
    return wanted if wanted is not None and wanted in known else (LIGHT if light else DARK).name


def own_themes(own: Sequence[OwnTheme], known: Mapping[str, Theme], file: str) -> tuple[list[Theme], list[str]]:
    """The user's own themes, and what is to be warned of: a theme to begin from that is not known, pale text."""
    made: list[Theme] = []
    warnings: list[str] = []
    for one in own:
        where = f"{file}: [themes.{one.name}]"
        if one.base and one.base not in known:
            warnings.append(f"{where}: there is no theme {one.base!r} to begin from.")
        made.append(_made(one, known.get(one.base)))
        if pale := pale_text(made[-1]):
            warnings.append(f"{where}: {pale}")
    return made, warnings


def _made(own: OwnTheme, base: Theme | None) -> Theme:
    colours = own.colours
    if base is None:
        base = LIGHT if _luminance(colours.get("background", DARK.background or "")) > 0.5 else DARK
    given = {name: colour for name, colour in colours.items() if name not in ("muted", "row")}
    if "accent" in colours:
        given["primary"] = colours["accent"]
    variables = dict(base.variables)
    if "muted" in colours or "row" in colours:
        muted = colours.get("muted") or variables.get("text-muted") or colours.get("foreground") or "auto 60%"
        row = colours.get("row") or variables.get("block-cursor-blurred-background") or "$panel"
        variables |= _variables(muted, row)
    dark = _luminance(colours["background"]) <= 0.5 if "background" in colours else base.dark
    return replace(base, name=own.name, dark=dark, variables=variables, **given)


def pale_text(theme: Theme) -> str:
    """What of its text cannot be read well, in words, the worst first; "" where all can."""
    colours = theme.to_color_system().generate()
    pale: list[tuple[float, str]] = []
    for text, front in _TEXTS.items():
        for behind, back in _BEHIND.items():
            # Where Textual makes a colour by itself, it has contrast.
            pair = colours[front], colours[back]
            if all(len(colour) == 7 and colour.startswith("#") for colour in pair):
                contrast = _contrast(*pair)
                if contrast < LEAST:
                    pale.append((contrast, f"{text} on {behind} has a contrast of {contrast:.1f}"))
    if not pale:
        return ""
    worst = [words for _, words in sorted(pale)]
    more = f", and {len(worst) - 3} more" if len(worst) > 3 else ""
    return f"{', '.join(worst[:3])}{more}; text wants {LEAST}."


def _contrast(one: str, other: str) -> float:
    """From 1 to 21, as WCAG has it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """How light #rrggbb is, from 0 to 1."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
