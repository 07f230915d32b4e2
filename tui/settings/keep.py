"""Keeps a token on this machine so that nobody else can read it, not even while it is written; and what is chosen."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Literal, cast

from tui.api.token import Token
from tui.private_files import make_private
from tui.settings import tokens
from tui.settings.budget import Budget
from tui.settings.config import Profile, read_config, read_credentials, read_toml
from tui.settings.model import DEFAULT_BASE_URL, Settings, SettingsError, TokenError, origin

Where = Literal["credentials", "config", "keyring"]


def save_token(settings: Settings, token: Token, where: Where | None = None) -> str:
    """Keeps the token for the profile and the address of `settings`, and returns where, for a person.

    `where` is credentials.toml unless the profile has its token for that address in the config file. Comments
    and order in the files stay. Each is 0600 from its first byte and is replaced whole. Blocks.
    Raises SettingsError when the place cannot be written, there is no keyring, or another source would win.
    """
    paths, name = settings.paths, settings.profile
    address = settings.base_url
    if settings.sandbox or not address:
        raise SettingsError("The sandbox has a token of its own; none is kept for it.")
    profile = read_config(paths.config_file).profiles.get(name, Profile())
    at_home = origin(profile.base_url or DEFAULT_BASE_URL) == origin(address)
    if profile.token_command is not None and at_home:
        raise SettingsError(f"Profile {name!r} gets its token from token_command in {paths.config_file}.")
    if where is None:
        where = "config" if profile.token is not None and at_home else "credentials"
    if where == "keyring":
        _into_keyring(tokens.keyring_name(name, address), token)
        _update(paths.config_file, ("profiles", name), {"keyring": True})
        return "the keyring"
    if where == "credentials":
        _update(paths.credentials_file, ("tokens", address), {name: token.reveal()})
        return str(paths.credentials_file)
    values: dict[str, str | float | bool | None] = {"token": token.reveal()}
    if not at_home:
        values["base_url"] = address
    _update(paths.config_file, ("profiles", name), values)
    return str(paths.config_file)


def forget_token(settings: Settings) -> list[str]:
    """Removes what is kept of a token for the profile and the address of `settings`; returns from where. Blocks.

    What a command prints, and what stands in the environment or in a `.env`, is not kept by us. Raises SettingsError.
    """
    paths, name, address = settings.paths, settings.profile, settings.base_url
    profile = read_config(paths.config_file).profiles.get(name, Profile())
    places: list[str] = []
    if read_credentials(paths.credentials_file).get(address, {}).get(name) is not None:
        _update(paths.credentials_file, ("tokens", address), {name: None})
        places.append(str(paths.credentials_file))
    if profile.token is not None and origin(profile.base_url or DEFAULT_BASE_URL) == origin(address):
        _update(paths.config_file, ("profiles", name), {"token": None})
        places.append(str(paths.config_file))
    if profile.keyring and _out_of_keyring(tokens.keyring_name(name, address)):
        places.append("the keyring")
    return places


def make_profile(settings: Settings) -> None:
    """Notes the profile of `settings` with its address in the config file. Raises SettingsError."""
    if settings.base_url != DEFAULT_BASE_URL:
        _update(settings.paths.config_file, ("profiles", settings.profile), {"base_url": settings.base_url})


def _out_of_keyring(name: str) -> bool:
    """Removes a token from the keyring; whether there was one."""
    ring = tokens.keyring_module()
    try:
        if not ring.get_password(tokens.KEYRING_SERVICE, name):
            return False
        ring.delete_password(tokens.KEYRING_SERVICE, name)
    except Exception as error:  # noqa: BLE001  (backends raise what they like; a traceback may hold the secret)
        raise TokenError(f"The keyring did not give up the token: {type(error).__name__}.") from None
    return True


def _into_keyring(name: str, token: Token) -> None:
    try:
        tokens.keyring_module().set_password(tokens.KEYRING_SERVICE, name, token.reveal())
    except TokenError:
        raise
    except Exception as error:  # noqa: BLE001  (backends raise what they like; a traceback may hold the secret)
        raise TokenError(f"The keyring did not take the token: {type(error).__name__}.") from None


def save_theme(settings: Settings, theme: str | None) -> str:
    """Keeps the theme in the config file, for the profile where that has one of its own; None keeps none.

    Returns where, for a person. Blocks. Raises SettingsError.
    """
    file, name = settings.paths.config_file, settings.profile
    profile = read_config(file).profiles.get(name, Profile())
    table = ("profiles", name) if profile.theme is not None else ()
    _update(file, table, {"theme": theme})
    return f"{file}, [profiles.{name}]" if table else str(file)


def save_budget(settings: Settings, budget: Budget) -> str:
    """Keeps the budget in the config file; returns where, for a person. Blocks. Raises SettingsError."""
    file = settings.paths.config_file
    _update(file, ("budget",), {"day": budget.day, "month": budget.month})
    return str(file)


def _update(path: Path, table: Sequence[str], values: Mapping[str, str | float | bool | None]) -> None:
    """Sets values of a table, which is made where it is not there, or of the file itself; None takes one away."""
    import tomlkit

    read_toml(path)  # says file and line of what is wrong with it, before it is replaced
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        text = ""
    document = tomlkit.parse(text)
    changed = cast("MutableMapping[str, object]", document)
    for depth, name in enumerate(table, 1):
        fresh = tomlkit.table(is_super_table=depth < len(table))
        changed = cast("MutableMapping[str, object]", changed.setdefault(name, fresh))
    for key, value in values.items():
        if value is None:
            changed.pop(key, None)
        else:
            changed[key] = value
    write_private(path, tomlkit.dumps(document))  # pyright: ignore[reportUnknownMemberType]  (its Mapping is bare)


def write_private(path: Path, text: str) -> None:
    """Replaces the file whole by one that only its owner can read. Raises SettingsError."""
    import secrets

    try:
        target = path.resolve()  # a config file that is a link into somebody's dotfiles stays one
        make_private(path.parent)
        fresh = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror or error}.") from error
