"""Puts the settings together from their five sources, each overriding the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tui.settings import dotenv, environment, tokens
from tui.settings.config import Config, Profile, read_config, read_credentials
from tui.settings.model import (
    DEFAULT_BASE_URL,
    DEFAULT_PROFILE,
    Options,
    Paths,
    Settings,
    SettingsError,
    address_from,
    default_paths,
    is_loopback,
    normal_token,
    origin,
)
from tui.settings.tokens import Found

_URL_NAMES = ("REPLICATE_API_BASE_URL", "REPLICATE_BASE_URL")
_TOKEN_NAME = "REPLICATE_API_TOKEN"  # noqa: S105  (the name of a variable)


def load(
    options: Options | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    run_token_command: bool = True,
    use_dotenv: bool = True,
) -> Settings:
    """The settings for `options`, with `environ` and the `.env` of `folder` (the working folder).

    `environ` is the process's own environment, with the token that it began with. May block for as long as
    token_command runs (30 s at most). Changes nothing. Raises SettingsError, and its subclass TokenError where only
    the token is at fault.
    """
    options = options or Options()
    environ = environment.current() if environ is None else environ
    paths = default_paths(environ)
    config = read_config(paths.config_file)
    credentials = read_credentials(paths.credentials_file)
    name = options.profile or config.profile
    kept = [name for by_profile in credentials.values() for name in by_profile]
    known = tuple(dict.fromkeys((DEFAULT_PROFILE, *config.profiles, *kept)))
    if name not in known:
        raise SettingsError(
            f"There is no profile {name!r} in {paths.config_file}; known are {', '.join(known)}. "
            f"To make one, add a [profiles.{name}] table there."
        )
    profile = config.profiles.get(name, Profile())
    sources = _Sources(
        options=options,
        profile=profile,
        name=name,
        credentials=credentials,
        environ=environ,
        folder=folder or _working_folder(),
        paths=paths,
        run_token_command=run_token_command,
        use_dotenv=use_dotenv,
    )
    sandbox = options.sandbox or (profile.sandbox and options.base_url is None)
    base_url, url_source = ("", "sandbox") if sandbox else sources.base_url()
    found = Found(source="the sandbox's own") if sandbox else sources.token(base_url, url_source)
    return Settings(
        base_url=base_url,
        token=found.token,
        token_source=found.source,
        profile=name,
        sandbox=sandbox,
        read_only=options.read_only or profile.read_only or config.read_only,
        theme=options.theme or profile.theme or config.theme,
        paths=paths,
        keymap=config.keymap,
        pictures=config.pictures,
        attention=config.attention,
        attention_command=config.attention_command,
        no_color=bool(environ.get("NO_COLOR")),
        base_url_source=url_source,
        base_url_is_of_folder=sources.led_away(base_url, url_source),
        no_token=found.why_not,
        warnings=(*config.warnings, *_warnings(config, found, base_url)),
        profiles=known,
        prices=config.prices,
        budget=config.budget,
        commands=config.commands,
        themes=config.themes,
        keep=config.keep,
        headers=sources.headers(base_url),
        options=options,
    )


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:  # the folder was deleted under us
        return Path("/")


def _warnings(config: Config, found: Found, base_url: str) -> list[str]:
    warnings = [found.warning] if found.warning else []
    if found.token is not None and base_url.startswith("http:") and not is_loopback(base_url):
        warnings.append(f"{base_url} is not encrypted: the token can be read on its way there.")
    return warnings


@dataclass
class _Sources:
    """The sources of one call, and the order in which they are asked for the address and for the token."""

    options: Options
    profile: Profile
    name: str
    credentials: Mapping[str, Mapping[str, str]]
    environ: Mapping[str, str]
    folder: Path
    paths: Paths
    run_token_command: bool
    use_dotenv: bool
    _dotenv: tuple[Path, dict[str, str]] | None = field(default=None)

    @property
    def chosen(self) -> bool:
        """Whether the profile was named by an option, and so stands above the environment."""
        return self.options.profile is not None

    @property
    def dotenv_path(self) -> Path:
        return self.folder / ".env"

    @property
    def dotenv(self) -> tuple[Path, dict[str, str]]:
        if self._dotenv is None:
            self._dotenv = dotenv.read(self.folder) if self.use_dotenv else (self.dotenv_path, {})
        return self._dotenv

    def headers(self, base_url: str) -> Mapping[str, str]:
        """The profile's own headers, which go where its token goes: to the address of the profile alone."""
        if not self.profile.headers or not base_url:
            return {}
        return self.profile.headers if origin(self._profile_url()[0]) == origin(base_url) else {}

    def base_url(self) -> tuple[str, str]:
        """The address and its source. Raises SettingsError."""
        if self.options.base_url is not None:
            return address_from(self.options.base_url, "--base-url"), "--base-url"
        if self.chosen and (self.profile.base_url or self._keeps_token):
            return self._profile_url()
        path, values = self.dotenv
        for source, mapping in (("", self.environ), (f"{path}: ", values)):
            for name in _URL_NAMES:
                text = mapping.get(name, "").strip()
                if text:
                    return address_from(text, f"{source}{name}"), str(path) if source else name
        return self._profile_url()

    def _profile_url(self) -> tuple[str, str]:
        if not self.profile.base_url:
            return DEFAULT_BASE_URL, "default"
        where = str(self.paths.config_file)
        return address_from(self.profile.base_url, f"{where}: [profiles.{self.name}]: base_url"), where

    @property
    def _keeps_token(self) -> bool:
        return self.profile.has_token or any(self.name in names for names in self.credentials.values())

    def led_away(self, base_url: str, url_source: str) -> bool:
        """Whether the working folder's `.env` leads to another place than the user's own address."""
        return url_source == str(self.dotenv_path) and origin(base_url) != origin(self._profile_url()[0])

    def token(self, base_url: str, url_source: str) -> Found:
        """The token for `base_url`. Raises TokenError."""
        if self.chosen and self._keeps_token:
            return self._profile_token(base_url)
        path, values = self.dotenv
        from_dotenv = Found(
            normal_token(values.get(_TOKEN_NAME, ""), f"{path}: {_TOKEN_NAME}"),
            str(path),
            warning=tokens.exposed(path),
        )
        from_environ = normal_token(self.environ.get(_TOKEN_NAME, ""), _TOKEN_NAME)
        if self.led_away(base_url, url_source):
            # A folder that somebody else made must not lead the user's own token to an address of its choice.
            if from_dotenv.token is not None:
                return self._in_place_of_own(from_dotenv, _TOKEN_NAME if from_environ else self._own_source)
            return Found(
                why_not=f"{path} sets the address {base_url} but no token, and no other token is sent to an "
                f"address from such a file. Put {_TOKEN_NAME} there too, or give the address with --base-url."
            )
        if from_environ is not None:
            return Found(from_environ, _TOKEN_NAME)
        if from_dotenv.token is not None:
            return self._in_place_of_own(from_dotenv, self._own_source)
        return self._profile_token(base_url)

    @property
    def _own_source(self) -> str | None:
        """Where the user's own token is, when the environment has none."""
        return f"profile {self.name!r}" if self._keeps_token else None

    def _in_place_of_own(self, found: Found, own: str | None) -> Found:
        """The token of a `.env`, with a word where it takes the place of the user's own."""
        if own is None:
            return found
        taken = f"The token of {found.source} takes the place of your own, the one of {own}: what you run goes there."
        return replace(found, warning=f"{taken} {found.warning}" if found.warning else taken)

    def _profile_token(self, base_url: str) -> Found:
        return tokens.of_profile(
            self.name, self.profile, self.credentials, base_url, self.paths, run=self.run_token_command
        )
