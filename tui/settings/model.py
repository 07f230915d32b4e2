"""What settings are: the types that the loader fills and everyone else reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tui.api.address import normal_base_url
from tui.api.token import Token
from tui.settings.archive import Keep
from tui.settings.budget import Budget
from tui.settings.prices import PriceTable
from tui.settings.themes import OwnTheme
from tui.settings.user_commands import UserCommand

APP = "replicate-tui"
DEFAULT_BASE_URL = "https://api.replicate.com/v1"
DEFAULT_PROFILE = "default"
ATTENTION = ("bell", "title", "notice")
"""The ways to call the user when something long ends: the config's `attention` chooses among them."""

PICTURES = ("auto", "kitty", "sextants", "quadrants", "halves")
"""How pictures are shown: as the terminal says, as real pixels by Kitty's protocol, or as one kind of characters."""


class SettingsError(Exception):
    """A setting that cannot be used; the text names where it was set and what would be right."""


class TokenError(SettingsError):
    """A token that cannot be had or used; the text never holds any part of it."""


@dataclass(frozen=True)
class Options:
    """What the command line gives; None and False mean that it was not given."""

    sandbox: bool = False
    base_url: str | None = None
    profile: str | None = None
    read_only: bool = False
    theme: str | None = None

    def as_words(self) -> list[str]:
        """The same as words of a command line."""
        values = (("--base-url", self.base_url), ("--profile", self.profile), ("--theme", self.theme))
        words = [f"{option}={value}" for option, value in values if value]
        return [*words, *(["--sandbox"] if self.sandbox else []), *(["--read-only"] if self.read_only else [])]


@dataclass(frozen=True)
class Paths:
    """The folders of this program; none is made before something is written into it."""

    config: Path
    data: Path
    cache: Path
    log: Path

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def credentials_file(self) -> Path:
        return self.config / "credentials.toml"

    @property
    def log_file(self) -> Path:
        return self.log / "replicate-tui.log"

    @property
    def store_file(self) -> Path:
        return self.data / "store.db"

    @property
    def outputs(self) -> Path:
        return self.data / "outputs"

    @property
    def previews(self) -> Path:
        return self.cache / "previews"


@dataclass(frozen=True)
class Settings:
    """All that is set, each value with the source that won."""

    base_url: str
    """Without a slash at its end; empty for the sandbox, whose address is known once it runs."""
    token: Token | None = field(repr=False)
    token_source: str
    """Where the token comes from, for a person: "REPLICATE_API_TOKEN", a file, a command; "" for none."""
    profile: str
    sandbox: bool
    read_only: bool
    theme: str | None
    paths: Paths
    keymap: Mapping[str, str]
    """Command id → keys, as the user remapped them."""
    no_color: bool
    pictures: str = PICTURES[0]
    attention: tuple[str, ...] = ATTENTION
    attention_command: tuple[str, ...] = ()
    """A program that is run besides, with what ended as its last argument; empty for none."""
    base_url_source: str = "default"
    no_token: str | None = None
    """Why there is no token although one was found, e.g. because it belongs to another address."""
    warnings: tuple[str, ...] = ()
    """What a person should know about the settings: unknown keys, files that others can read."""
    profiles: tuple[str, ...] = (DEFAULT_PROFILE,)
    prices: PriceTable = field(default_factory=PriceTable)
    """What the config file says that things cost."""
    budget: Budget = field(default_factory=Budget)
    """What one wants to spend at most."""
    base_url_is_of_folder: bool = False
    """Whether the working folder's `.env` set the address: a stranger's perhaps."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What the profile adds to each request to its address; a value may be a secret."""
    commands: tuple[UserCommand, ...] = ()
    """The user's own commands."""
    themes: tuple[OwnTheme, ...] = ()
    """The user's own themes."""
    keep: Keep | None = None
    """What is kept here of predictions and trainings; None for all."""
    options: Options = field(default_factory=Options)
    """What the command line gave, for settings that are loaded anew."""

    def whose_token(self, base_url: str) -> str:
        """What is said beside a refusal of the token: who set it, and where it went."""
        return f"The token is the one of {self.token_source}, and was sent to {base_url}."


def default_paths(environ: Mapping[str, str]) -> Paths:
    """The folders by the platform's custom, or all under REPLICATE_TUI_HOME."""
    home = environ.get("REPLICATE_TUI_HOME")
    if home:
        root = Path(home).expanduser().absolute()
        return Paths(root / "config", root / "data", root / "cache", root / "log")
    from platformdirs import PlatformDirs

    dirs = PlatformDirs(APP, appauthor=False)
    return Paths(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path, dirs.user_log_path)


def address_from(text: str, source: str) -> str:
    """The API's address that `source` gives. Raises SettingsError, naming the source, when it is none."""
    try:
        return normal_base_url(unquoted(text))
    except ValueError as error:
        raise SettingsError(f"{source}: {error}") from None


def origin(base_url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what a token belongs to."""
    parts = urlsplit(base_url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname or "", port


def is_loopback(base_url: str) -> bool:
    """Whether the address stays on this machine."""
    host = urlsplit(base_url).hostname or ""
    return host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")


def unquoted(text: str) -> str:
    """The text without white space and one pair of quotes around it, which `docker --env-file` leaves in a value."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"`":
        return text[1:-1].strip()
    return text


def normal_token(text: str, source: str) -> Token | None:
    """The token, or None when it is empty. Raises TokenError when it cannot be one; never quotes it."""
    text = unquoted(text)
    if not text:
        return None
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise TokenError(f"{source}: this is not a token: it holds spaces or characters that no token has.")
    return Token(text)


def others_can_read(path: Path) -> bool:
    """Whether other users can read the file: its own mode, and a way in through every folder above it."""
    if os.name != "posix":
        return False
    try:
        if not path.stat().st_mode & 0o004:
            return False
        return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)
    except OSError:
        return False
