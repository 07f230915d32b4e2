"""The console's own themes: one accent, two weights of text and one muted, readable in 256 and in 16 colours.

Every colour of text has a contrast of at least 4.5 on every background that text stands on, the cursor's row included.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from textual.theme import Theme


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


def theme_names() -> list[str]:
    """The console's own first, then Textual's."""
    from textual.theme import BUILTIN_THEMES

    return [*(theme.name for theme in THEMES), *BUILTIN_THEMES]


def first_theme(wanted: str | None, known: Container[str], light: bool | None = None) -> str:
    """The wanted theme when it is known, else the one for the terminal's background, else the dark one."""
    return wanted if wanted is not None and wanted in known else (LIGHT if light else DARK).name
