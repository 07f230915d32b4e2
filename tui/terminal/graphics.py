"""What this terminal can show: real pixels, colours or neither."""

from __future__ import annotations

import sys
from typing import Any, Literal, cast

Colours = Literal["true", "256", "16", "none"]
"""How many colours a terminal shows."""


class Graphics:
    """How this terminal shows real pixels: the widget for it and a cell's size in pixels."""

    widget: type[Any] | None = None
    cell: tuple[int, int] = (8, 16)
    name = ""


def prepare(wanted: bool = True) -> str:
    """Asks the terminal whether it shows real pixels: `kitty`, `sixel`, or an empty text for half blocks.

    Needs the extra `images`. To be called before the app runs, for the question and the answer go over the terminal;
    one that does not answer costs up to two seconds, so `wanted` should be a setting.
    """
    if not wanted or sys.__stdout__ is None or not sys.__stdout__.isatty():
        return ""
    try:
        import textual_image.renderable as found  # pyright: ignore[reportMissingImports]
        import textual_image.widget as widgets  # pyright: ignore[reportMissingImports]
        from textual_image import _terminal  # pyright: ignore

        kind = cast(Any, found)
        Graphics.name = {kind.TGPImage: "kitty", kind.SixelImage: "sixel"}.get(kind.Image, "")
        if Graphics.name:
            cell = cast(Any, _terminal).get_cell_size()
            Graphics.widget, Graphics.cell = cast(Any, widgets).Image, (int(cell.width), int(cell.height))
    except Exception:  # noqa: BLE001 # an extra that fails must not keep the console from starting
        Graphics.name, Graphics.widget = "", None
    return Graphics.name


def colours_of(no_color: bool, system: str | None) -> Colours:
    """The colours that a terminal has, from the app's setting and Rich's name for it."""
    if no_color or system is None:
        return "none"
    return {"truecolor": "true", "256": "256"}.get(system, "16")  # type: ignore[return-value]
