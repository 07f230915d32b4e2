"""Settings and profiles: options > environment > .env > config file > defaults."""

from tui.settings.keep import save_token
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
