"""The question with which profile the console goes on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from tui.screens.command_host import ConsoleApp
from tui.settings import SettingsError, load
from tui.widgets.picker import Picker, Row

if TYPE_CHECKING:
    from typing import Any

    from textual.app import App

    from tui.settings import Options, Settings

_SANDBOX = ""
"""Stands for the sandbox among the names of profiles: none has this one."""


async def other_profile(app: App[Any], settings: Settings) -> Options | None:
    """The options to begin anew with; None where all stays as it is. Says why a profile cannot be used."""
    here = _SANDBOX if settings.sandbox else settings.profile
    rows = [Row(name, name) for name in settings.profiles if name != _SANDBOX]
    rows.append(Row(_SANDBOX, "the sandbox", "no token, no bill"))
    row = await app.push_screen_wait(Picker("With which profile?", rows, here=here))
    if row is None or row.value is None or row.value == here:
        return None
    wanted = replace(settings.options, base_url=None, profile=row.value or None, sandbox=row.value == _SANDBOX)
    try:
        await asyncio.to_thread(load, wanted, run_token_command=False)
    except SettingsError as error:
        cast(ConsoleApp, app).say(str(error), severity="error", title="The profile cannot be used")
        return None
    return wanted
