"""The config file: TOML with profiles, checked key by key; an unknown key is a warning, never a crash."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard, TypeVar, cast

from tui.settings import archive
from tui.settings.archive import Keep
from tui.settings.budget import KEYS, Budget, read_budget
from tui.settings.config_schema import COMMAND, PROFILE, THEME, TOP
from tui.settings.model import ATTENTION, DEFAULT_PROFILE, PICTURES, SettingsError
from tui.settings.prices import MODEL_KEYS, PriceTable, read_prices
from tui.settings.themes import OwnTheme, read_theme
from tui.settings.user_commands import UserCommand, read_command

_T = TypeVar("_T")
_NO_TEXT = cast("str | None", None)
_ATTENTION = ("ways", "command")
_PRICES = ("date", "hardware", "models")
_NOT_A_PROFILES = ("authorization", "connection", "content-length", "content-type", "host", "transfer-encoding")
"""Headers that requests have of themselves."""


@dataclass(frozen=True)
class Profile:
    """One `[profiles.NAME]` table."""

    base_url: str | None = None
    token: str | None = field(default=None, repr=False)
    token_command: str | tuple[str, ...] | None = None
    keyring: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Sent with each request to the profile's address, as a gateway before the API may ask for."""
    read_only: bool = False
    sandbox: bool = False
    theme: str | None = None

    @property
    def has_token(self) -> bool:
        """Whether the profile says where its token is."""
        return self.token is not None or self.token_command is not None or self.keyring


@dataclass(frozen=True)
class Config:
    """The whole config file; what it does not set is as here."""

    profile: str = DEFAULT_PROFILE
    theme: str | None = None
    read_only: bool = False
    keymap: Mapping[str, str] = field(default_factory=dict[str, str])
    pictures: str = PICTURES[0]
    attention: tuple[str, ...] = ATTENTION
    attention_command: tuple[str, ...] = ()
    profiles: Mapping[str, Profile] = field(default_factory=dict[str, Profile])
    prices: PriceTable = field(default_factory=PriceTable)
    budget: Budget = field(default_factory=Budget)
    commands: tuple[UserCommand, ...] = ()
    themes: tuple[OwnTheme, ...] = ()
    keep: Keep | None = None
    """What is kept of records; None for all."""
    warnings: tuple[str, ...] = ()


def read_toml(path: Path) -> dict[str, object]:
    """The file's table; empty when there is no file. Raises SettingsError with the file and the line."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}.") from error
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text (byte {error.start}).") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error


def read_config(path: Path) -> Config:
    """The config file at `path`. Raises SettingsError for bad TOML and for a value of the wrong kind."""
    table = read_toml(path)
    warnings = list(_unknown(table, TOP, f"{path}: "))
    get = _Reader(table, str(path))
    profiles: dict[str, Profile] = {}
    for name, value in get.tables("profiles").items():
        where = f"{path}: [profiles.{name}]"
        warnings.extend(_unknown(value, PROFILE, f"{where}: "))
        profiles[name] = _profile(_Reader(value, where))
    keymap = get.table("keymap")
    for command_id, keys in keymap.items():
        if not isinstance(keys, str):
            raise SettingsError(f'{path}: keymap.{command_id} must be text, such as "ctrl+x".')
    ways, command, unknown = _attention(table, str(path))
    warnings.extend(unknown)
    prices = get.table("prices")
    warnings.extend(_unknown(prices, _PRICES, f"{path}: [prices]: "))
    commands = get.tables("commands")
    for name, value in commands.items():
        warnings.extend(_unknown(value, COMMAND, f"{path}: [commands.{name}]: "))
    themes = get.tables("themes")
    for name, value in themes.items():
        warnings.extend(_unknown(value, THEME, f"{path}: [themes.{name}]: "))
    try:
        colours = tuple(read_theme(name, one, f"{path}: [themes.{name}]") for name, one in themes.items())
        own = tuple(read_command(name, one, f"{path}: [commands.{name}]") for name, one in commands.items())
        table_of_prices = read_prices(prices, str(path))
        keep = archive.read_keep(get.table("archive"), str(path))
        budget = read_budget(get.table("budget"), str(path))
    except ValueError as error:
        raise SettingsError(str(error)) from error
    warnings.extend(_unknown(get.table("budget"), KEYS, f"{path}: [budget]: "))
    warnings.extend(_unknown(get.table("archive"), archive.KEYS, f"{path}: [archive]: "))
    for ref, value in _Reader(prices, str(path)).table("models").items():
        if _is_table(value):
            warnings.extend(_unknown(value, MODEL_KEYS, f'{path}: [prices.models."{ref}"]: '))
    return Config(
        profile=get.text("profile") or DEFAULT_PROFILE,
        theme=get.text("theme"),
        read_only=get.flag("read_only"),
        keymap={command: str(keys) for command, keys in keymap.items()},
        pictures=get.choice("pictures", PICTURES),
        attention=ways,
        attention_command=command,
        profiles=profiles,
        prices=table_of_prices,
        budget=budget,
        commands=own,
        themes=colours,
        keep=keep,
        warnings=tuple(warnings),
    )


def _attention(table: Mapping[str, object], path: str) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """The ways and the command of `[attention]`, and what to warn of; a list in its place is the ways."""
    value = table.get("attention")
    if not _is_table(value):
        return _Reader(table, path).choices("attention", ATTENTION), (), []
    where = f"{path}: [attention]"
    get = _Reader(value, where)
    command = get.command("command")
    if isinstance(command, str):
        try:
            command = tuple(shlex.split(command))
        except ValueError as error:
            raise SettingsError(f"{where}: command is no command line: {error}.") from error
    return get.choices("ways", ATTENTION), command or (), list(_unknown(value, _ATTENTION, f"{where}: "))


def _profile(get: _Reader) -> Profile:
    return Profile(
        base_url=get.text("base_url"),
        token=get.text("token"),
        token_command=get.command("token_command"),
        keyring=get.flag("keyring"),
        headers=get.headers(),
        read_only=get.flag("read_only"),
        sandbox=get.flag("sandbox"),
        theme=get.text("theme"),
    )


def read_credentials(path: Path) -> dict[str, dict[str, str]]:
    """The tokens that this program kept: address → profile → token. Raises SettingsError for bad TOML."""
    kept: dict[str, dict[str, str]] = {}
    for address, value in _Reader(read_toml(path), str(path)).table("tokens").items():
        if _is_table(value):
            kept[address] = {name: token for name, token in value.items() if isinstance(token, str) and token}
    return kept


def _is_table(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


class _Reader:
    """Values of a table by key, each of the kind that is wanted; SettingsError otherwise, without the value:
    it may be a token."""

    def __init__(self, table: Mapping[str, object], where: str) -> None:
        self._table = table
        self._where = where

    def _get(self, key: str, fits: Callable[[object], bool], kind: str, default: _T) -> _T:
        value = self._table.get(key)
        if value is None:
            return default
        if not fits(value):
            raise SettingsError(f"{self._where}: {key} must be {kind}.")
        return cast("_T", value)

    def text(self, key: str) -> str | None:
        return self._get(key, lambda value: isinstance(value, str), "text in quotes", _NO_TEXT)

    def flag(self, key: str) -> bool:
        return self._get(key, lambda value: isinstance(value, bool), "true or false", False)

    def table(self, key: str) -> dict[str, object]:
        empty: dict[str, object] = {}
        return self._get(key, _is_table, "a table", empty)

    def tables(self, key: str) -> dict[str, dict[str, object]]:
        """The tables in the table of that name."""
        found: dict[str, dict[str, object]] = {}
        for name, value in self.table(key).items():
            if not _is_table(value):
                raise SettingsError(f"{self._where}: [{key}.{name}] must be a table.")
            found[name] = value
        return found

    def headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in self.table("headers").items():
            where = f"{self._where}: headers.{name}"
            if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
                raise SettingsError(f"{where} is not the name of a header.")
            if name.lower() in _NOT_A_PROFILES:
                raise SettingsError(f"{where} is set by the program itself.")
            if not isinstance(value, str) or not value.isascii() or not value.isprintable():
                raise SettingsError(f"{where} must be text in quotes that a header can carry.")
            found[name] = value
        return found

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        return self._get(key, lambda value: value in known, f"one of {', '.join(known)}", known[0])

    def choices(self, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
        value = self._table.get(key)
        if value is None:
            return known
        if isinstance(value, list):
            words = cast("list[object]", value)
            if all(word in known for word in words):
                return tuple(word for word in known if word in words)
        raise SettingsError(f"{self._where}: {key} must be a list of some of {', '.join(known)}; [] for none.")

    def command(self, key: str) -> str | tuple[str, ...] | None:
        value = self._table.get(key)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, list) and value:
            words = cast("list[object]", value)
            if all(isinstance(word, str) for word in words):
                return tuple(str(word) for word in words)
        raise SettingsError(f"{self._where}: {key} must be a command line, or a list of words.")


def _unknown(table: Mapping[str, object], known: Iterable[str], where: str) -> Iterable[str]:
    names = tuple(known)
    for key in table:
        if key not in names:
            import difflib

            near = difflib.get_close_matches(key, names, 1)
            advice = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}."
            yield f"{where}{key!r} is not a setting; {advice}"
