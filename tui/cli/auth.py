"""`auth`: a token that is kept for a profile and its address, whose it is, and its end. It is never printed."""

from __future__ import annotations

import asyncio
import getpass
import sys
from dataclasses import replace

from tui.api.client import Client
from tui.api.errors import ApiError, Unauthorized
from tui.api.token import Token
from tui.api.types import Account
from tui.cli.exit_codes import EXIT_DONE, EXIT_TOKEN, EXIT_USAGE
from tui.cli.failures import exit_code, explain, no_token
from tui.cli.grammar import Call
from tui.cli.printing import Speaker, is_terminal
from tui.settings import DEFAULT_BASE_URL, Options, Settings, SettingsError, TokenError, load, save_token
from tui.settings.model import address_from, normal_token

_LONGEST = 4096
_SEEN = (
    "A token in the command line is seen by whoever looks at this machine's processes, and kept by the shell: make a "
    "new one at https://replicate.com/account/api-tokens and give it by --token-stdin, or type it when you are asked."
)


class NotKept(Exception):
    """Why no token is kept; the text is for the user."""


def auth(call: Call, speaker: Speaker) -> int:
    """auth login|status|logout"""
    try:
        if call.command == "auth login":
            return _login(call, speaker)
        if call.command == "auth logout":
            return _logout(call, speaker)
        return _status(call, speaker)
    except (NotKept, SettingsError) as error:
        speaker.error(str(error))
        return EXIT_TOKEN if isinstance(error, TokenError) else EXIT_USAGE


def _login(call: Call, speaker: Speaker) -> int:
    if call.words:
        raise NotKept(_SEEN)
    settings, is_new = _for_login(call.options())
    if settings.sandbox:
        raise NotKept("The sandbox has a token of its own; none is kept for it.")
    if settings.base_url_is_of_folder:
        raise NotKept(
            f"{settings.base_url_source} sets the address {settings.base_url}. To keep a token for it, say so: "
            f"--base-url {settings.base_url}"
        )
    token = normal_token(_typed(call, speaker, settings), "The token")
    if token is None:
        raise NotKept("No token was given; nothing is kept.")
    account = _whose(settings, token, speaker)
    if isinstance(account, int):
        return account
    if is_new:
        from tui.settings.keep import make_profile

        make_profile(settings)
    where = save_token(settings, token, "keyring" if call.keyring else None)
    told = {"profile": settings.profile, "base_url": settings.base_url, "username": account.username, "kept_in": where}
    if call.json or not speaker.out_is_terminal:
        speaker.object(told)
    else:
        speaker.line(f"Profile {settings.profile}: {account.username}. The token is kept in {where}.")
    now = load(call.options(), run_token_command=False)
    if now.token is not None and now.token.reveal() != token.reveal():
        speaker.say(f"It is not the one that is used here: the one of {now.token_source} goes before it.")
    return EXIT_DONE


def _for_login(options: Options) -> tuple[Settings, bool]:
    """The settings to keep a token for, and whether their profile is a new one. No token of theirs is needed."""
    if options.profile is not None:
        others = load(replace(options, profile=None), run_token_command=False)
        if options.profile not in others.profiles:
            address = address_from(options.base_url, "--base-url") if options.base_url else DEFAULT_BASE_URL
            source = "--base-url" if options.base_url else "default"
            new = replace(others, profile=options.profile, base_url=address, base_url_source=source)
            return replace(new, base_url_is_of_folder=False, sandbox=options.sandbox, headers={}), True
    return load(options, run_token_command=False), False


def _typed(call: Call, speaker: Speaker, settings: Settings) -> str:
    """The token as it was given."""
    if call.token_stdin:
        return sys.stdin.readline(_LONGEST)
    if not (is_terminal(sys.stdin) and speaker.err_is_terminal):
        raise NotKept("Nobody is here to be asked for the token: --token-stdin reads it from stdin.")
    return getpass.getpass(f"Token for {settings.base_url}: ")


def _whose(settings: Settings, token: Token | None, speaker: Speaker) -> Account | int:
    """The account that a token belongs to, or the exit code, with the reason said."""

    async def ask() -> Account:
        async with Client(settings.base_url, token, headers=settings.headers) as client:
            return await client.account()

    try:
        return asyncio.run(ask())
    except Unauthorized:
        speaker.error(f"{settings.base_url} does not know this token. Replicate's begin with r8_.")
        return EXIT_TOKEN
    except ApiError as error:
        for number, line in enumerate(explain(error, settings, settings.base_url)):
            (speaker.say if number else speaker.error)(line)
        return exit_code(error)


def _status(call: Call, speaker: Speaker) -> int:
    settings = load(call.options())
    if settings.sandbox:
        raise NotKept("The sandbox has a token of its own.")
    if settings.token is None:
        for number, line in enumerate(no_token(settings)):
            (speaker.say if number else speaker.error)(line)
        return EXIT_TOKEN
    account = _whose(settings, settings.token, speaker)
    if isinstance(account, int):
        speaker.say(settings.whose_token(settings.base_url))
        return account
    if call.json or not speaker.out_is_terminal:
        told = {"profile": settings.profile, "base_url": settings.base_url, "token_source": settings.token_source}
        speaker.object({**told, "username": account.username, "type": account.type})
    else:
        where = f"the token of {settings.token_source}, sent to {settings.base_url}"
        speaker.line(f"Profile {settings.profile}: {account.username}, by {where}.")
    return EXIT_DONE


def _logout(call: Call, speaker: Speaker) -> int:
    from tui.settings.keep import forget_token

    settings = load(call.options(), run_token_command=False)
    if settings.sandbox:
        raise NotKept("The sandbox has a token of its own.")
    places = forget_token(settings)
    if call.json or not speaker.out_is_terminal:
        told = {"profile": settings.profile, "base_url": settings.base_url, "removed_from": places}
        speaker.object(told)
    elif places:
        speaker.line(f"Profile {settings.profile}: the token is removed from {' and '.join(places)}.")
    else:
        speaker.line(f"Profile {settings.profile}: no token is kept for {settings.base_url}.")
    left = load(replace(call.options(), profile=None), run_token_command=False)
    if left.token_source and left.base_url == settings.base_url:
        speaker.say(f"There is still the one of {left.token_source}.")
    if places:
        speaker.say("At Replicate it goes on to work until you revoke it.")
    return EXIT_DONE
