"""Where a profile's token comes from: the config file, a command, the keyring, or credentials.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from tui.api.scrubbing import without_tokens
from tui.api.text import clean
from tui.api.token import Token
from tui.settings.command_output import run_command
from tui.settings.config import Profile
from tui.settings.model import (
    DEFAULT_BASE_URL,
    DEFAULT_PROFILE,
    Paths,
    TokenError,
    address_from,
    normal_token,
    origin,
    others_can_read,
)

KEYRING_SERVICE = "replicate-tui"
COMMAND_TIMEOUT = 30.0
"""Seconds: some commands wait for a person to touch a key."""


class Keyring(Protocol):
    """What is used of the `keyring` package, which is an extra."""

    def get_password(self, service_name: str, username: str) -> str | None: ...
    def set_password(self, service_name: str, username: str, password: str) -> None: ...
    def delete_password(self, service_name: str, username: str) -> None: ...


@dataclass(frozen=True)
class Found:
    """A token, or why there is none, and what a person should know about it."""

    token: Token | None = None
    source: str = ""
    why_not: str | None = None
    warning: str | None = None


def keyring_module() -> Keyring:
    """The keyring package. Raises TokenError when the extra is not installed."""
    try:
        return cast("Keyring", import_module("keyring"))
    except ImportError as error:
        from tui.extras import how_to_install

        raise TokenError(f"There is no keyring here: {how_to_install('keyring')}") from error


def of_profile(
    name: str,
    profile: Profile,
    credentials: Mapping[str, Mapping[str, str]],
    base_url: str,
    paths: Paths,
    *,
    run: bool = True,
) -> Found:
    """The token that the profile keeps for `base_url`.

    A kept token goes only to the address that it was kept for: an address given for one call by an option or
    the environment does not get it. `run=False` does not start token_command. Raises TokenError.
    """
    config = paths.config_file
    home = address_from(profile.base_url or DEFAULT_BASE_URL, f"{config}: [profiles.{name}]")
    at_home = origin(home) == origin(base_url)
    why_not = None
    if profile.token is not None and at_home:
        token = normal_token(profile.token, f"{config}: [profiles.{name}]: token")
        return Found(token, str(config), warning=exposed(config))
    if profile.token_command is not None and at_home:
        source = f"token_command of profile {name!r}"
        return Found(from_command(profile.token_command, name) if run else None, source)
    if profile.keyring:
        found = _from_keyring(name, base_url)
        if found.token is not None:
            return found
        why_not = found.why_not
    text = credentials.get(base_url, {}).get(name)
    if text is not None:
        where = paths.credentials_file
        return Found(normal_token(text, f"{where}: {name}"), str(where), warning=exposed(where))
    if not at_home and (profile.token is not None or profile.token_command is not None):
        why_not = (
            f"The token of profile {name!r} is for {home} and is not sent to {base_url}. "
            "Give that address its own: REPLICATE_API_TOKEN, or a profile with its base_url."
        )
    return Found(why_not=why_not)


def exposed(path: Path) -> str | None:
    """The warning for a file with a token that other users of this machine can read."""
    if not others_can_read(path):
        return None
    import shlex

    advice = f"chmod 600 {shlex.quote(str(path))}"
    return f"{path} holds a token and other users of this machine can read it: {advice}"


def keyring_name(profile: str, base_url: str) -> str:
    """The name under which the keyring keeps the token of a profile for an address."""
    return f"{profile} {base_url}"


def _from_keyring(profile: str, base_url: str) -> Found:
    try:
        text = keyring_module().get_password(KEYRING_SERVICE, keyring_name(profile, base_url))
    except TokenError:
        raise
    except Exception as error:  # noqa: BLE001  (backends raise what they like; a traceback may hold the secret)
        raise TokenError(f"The keyring does not answer: {type(error).__name__}.") from None
    if not text:
        return Found(why_not=f"The keyring holds no token of profile {profile!r} for {base_url}.")
    return Found(normal_token(text, "The keyring"), "keyring")


def from_command(command: str | tuple[str, ...], profile: str = DEFAULT_PROFILE) -> Token:
    """The token that the command prints: its stdout without the white space around it.

    Text goes to the shell, a list of words does not. Raises TokenError: failed, too slow, no token.
    """
    where = f"token_command of profile {profile!r}"
    try:
        ended = run_command(command, COMMAND_TIMEOUT)
    except (OSError, ValueError) as error:
        raise TokenError(f"{where} does not start: {error}.") from error
    if ended is None:
        raise TokenError(f"{where} gave no answer within {COMMAND_TIMEOUT:g} s.")
    code, out, err = ended
    if code != 0:
        said = clean(err).strip().splitlines()
        last = f": {without_tokens(said[-1])[:200]}" if said else ""
        raise TokenError(f"{where} failed with exit code {code}{last}")
    token = normal_token(out, where)
    if token is None:
        raise TokenError(f"{where} printed nothing.")
    return token
