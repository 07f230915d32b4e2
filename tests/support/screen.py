"""What a reader of the terminal sees: the text that the compositor shows, line by line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, cast

from textual.app import App
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget


def screen_strips(app: App[Any]) -> list[Strip]:
    """The screen's lines with their styles."""
    return app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage] - there is no public way


def screen_lines(app: App[Any]) -> list[str]:
    """The screen's lines, padding kept."""
    return [strip.text for strip in screen_strips(app)]


def screen_text(app: App[Any]) -> str:
    """The text of the whole screen, without trailing spaces."""
    return "\n".join(line.rstrip() for line in screen_lines(app))


def widget_lines(widget: Widget) -> list[str]:
    """The lines of the screen within a widget's content (no scrollbars), without trailing spaces."""
    region: Region = widget.scrollable_content_region
    strips = screen_strips(cast("App[Any]", widget.app))[region.y : region.bottom]  # pyright: ignore[reportUnknownMemberType]
    return [strip.crop(region.x, region.right).text.rstrip() for strip in strips]


async def until(pilot: Pilot[Any], condition: Callable[[], object], *, seconds: float = 10.0) -> None:
    """Waits until `condition` holds; fails with what is on the screen."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError("never came true; the screen:\n" + screen_text(pilot.app))
        await pilot.pause()
        await asyncio.sleep(0.005)
