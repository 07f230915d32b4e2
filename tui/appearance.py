"""The console's own themes: one accent, readable in 256 and in 16 colours."""

from __future__ import annotations

from collections.abc import Container

from textual.theme import Theme

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
)
LIGHT = Theme(
    name="replicate-light",
    primary="#0b5cad",
    secondary="#57606a",
    accent="#0b5cad",
    success="#1a7f37",
    warning="#8a6100",
    error="#c2252f",
    foreground="#1c2128",
    background="#fbfbfa",
    surface="#f1f1ef",
    panel="#e9e9e6",
    dark=False,
)
THEMES = (DARK, LIGHT)


def first_theme(wanted: str | None, known: Container[str]) -> str:
    """The wanted theme when it is known, else the dark one."""
    return wanted if wanted is not None and wanted in known else DARK.name
