"""What a reader of the terminal sees: the text that the compositor shows, line by line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from textual.app import App
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widget import Widget


def screen_lines(app: App[object]) -> list[str]:
    """The screen's lines, padding kept."""
    strips = app.screen._compositor.render_strips()
    return [strip.text for strip in strips]


def screen_text(app: App[object]) -> str:
    """The text of the whole screen, without trailing spaces."""
    return "\n".join(line.rstrip() for line in screen_lines(app))


def widget_lines(widget: Widget) -> list[str]:
    """The lines of the screen within a widget's content (no scrollbars), without trailing spaces."""
    region: Region = widget.scrollable_content_region
    strips = widget.app.screen._compositor.render_strips()[region.y : region.bottom]
    return [strip.crop(region.x, region.right).text.rstrip() for strip in strips]


async def until(pilot: Pilot[object], condition: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Waits until `condition` holds; fails with what is on the screen."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError("never came true; the screen:\n" + screen_text(pilot.app))
        await pilot.pause()
        await asyncio.sleep(0.005)
