"""The list of themes: one is shown when the cursor is on it, and kept in the config file when it is picked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from textual.timer import Timer

from tui.appearance import LIGHT, THEMES
from tui.screens.command_host import ConsoleApp, app_of
from tui.settings import SettingsError
from tui.widgets.picker import Picker, Row

if TYPE_CHECKING:
    from typing import Any

    from textual.app import App

    from tui.settings import Settings

UNSET = ""
"""Stands for the theme that the terminal's background asks for."""
SHOWN = 0.12
"""Seconds that the cursor rests on a theme before it is shown: a key that is held passes over them."""


class ThemePicker(Picker):
    """Shows the theme that the cursor is on."""

    KEYS = "↑↓ show · enter keeps · esc goes back"

    def __init__(self, rows: Sequence[Row], here: str, unset: str) -> None:
        """`unset` is the theme that is shown where none is kept."""
        super().__init__("Which theme?", rows, here=here)
        self._unset = unset
        self._timer: Timer | None = None

    def filter(self, text: str) -> None:
        super().filter(text)
        self._show_soon()

    def action_move(self, step: int) -> None:
        super().action_move(step)
        self._show_soon()

    def action_page(self, direction: int) -> None:
        super().action_page(direction)
        self._show_soon()

    def _show_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SHOWN, self._show_theme)

    def _show_theme(self) -> None:
        row = self.list.current
        if row is not None and row.value is not None:
            app_of(self).theme = row.value or self._unset


async def choose_theme(app: App[Any], settings: Settings, unset: str) -> Settings:
    """The settings with the theme that was picked, which is shown and kept; those of before where none was.

    `unset` is the theme for the terminal's background.
    """
    console = cast(ConsoleApp, app)
    before = app.theme
    row = await app.push_screen_wait(ThemePicker(_rows(app, settings), settings.theme or UNSET, unset))
    if row is None or row.value is None:
        app.theme = before
        return settings
    app.theme = row.value or unset
    theme = row.value or None
    if theme == settings.theme:
        return settings
    try:
        from tui.settings.keep import save_theme

        where = await asyncio.to_thread(save_theme, settings, theme)
    except SettingsError as error:
        console.say(str(error), severity="error", title="The theme is not kept")
    else:
        console.say(f"{row.words}: kept in {where}")
    return replace(settings, theme=theme)


def _rows(app: App[Any], settings: Settings) -> list[Row]:
    """Ours, the user's own, and Textual's."""
    ours = [theme.name for theme in THEMES]
    own = [theme.name for theme in settings.themes]
    others = sorted(name for name in app.available_themes if name not in (*ours, *own))
    notes = {**dict.fromkeys(own, "your own"), LIGHT.name: "light"}
    rows = [Row(name, name, notes.get(name, "")) for name in (*ours, *own, *others)]
    return [Row(UNSET, "as the terminal says", "dark or light"), *rows]
