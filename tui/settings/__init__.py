"""Settings and profiles: options > environment > .env > config file > defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.settings.load import load
from tui.settings.model import (
    DEFAULT_BASE_URL,
    DEFAULT_PROFILE,
    Options,
    Paths,
    Settings,
    SettingsError,
    TokenError,
)

if TYPE_CHECKING:
    from tui.api.token import Token
    from tui.settings.keep import Where

__all__ = [
    "DEFAULT_BASE_URL",
    "DEFAULT_PROFILE",
    "Options",
    "Paths",
    "Settings",
    "SettingsError",
    "TokenError",
    "load",
    "save_token",
]


def save_token(settings: Settings, token: Token, where: Where | None = None) -> str:
    """`keep.save_token`, imported when there is a token to keep."""
    from tui.settings import keep

    return keep.save_token(settings, token, where)
