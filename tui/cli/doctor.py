"""`doctor`: what works here, each thing with what to do where it does not."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from tui import __version__
from tui.cli import terminal_facts as here
from tui.cli.exit_codes import EXIT_API, EXIT_DONE, EXIT_TOKEN, EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.cli.terminal_facts import Check
from tui.settings import Settings, SettingsError, TokenError, load
from tui.wording import undecided_words

if TYPE_CHECKING:
    from tui.api.client import Client

_MARKS = {"ok": "✓", "note": "·", "warn": "!", "fail": "✗"}


def doctor(call: Call, speaker: Speaker) -> int:
    """Look at everything and print it; 0 unless settings (2), the token (3) or the API (4) fail."""
    checks = [here.program(), here.python(), *here.terminal(speaker.out_is_terminal)]
    code, settings, found = _settings(call)
    checks += found
    if settings is not None:
        checks += here.folders(settings.paths)
        checks += _undecided(settings)
        reached, api_code = _reach(settings, speaker)
        checks += reached
        code = code or api_code
    checks += here.extras()
    speaker.clear()
    if call.json or not speaker.out_is_terminal:
        speaker.object({"version": __version__, "exit_code": code, "checks": [asdict(check) for check in checks]})
    else:
        _show(checks, speaker)
    return code


def _show(checks: list[Check], speaker: Speaker) -> None:
    width = max(len(check.name) for check in checks)
    for check in checks:
        speaker.line(f"{_MARKS[check.state]} {check.name:<{width}}  {check.text}")
        if check.advice:
            speaker.line(f"  {'':<{width}}  → {check.advice}")


def _undecided(settings: Settings) -> list[Check]:
    """The runs whose answer was lost: nobody may have noticed."""
    from tui.services.runs.unknown_runs import unknown_runs, what_to_do

    runs = unknown_runs(settings)
    return (
        [Check("runs", "warn", f"{undecided_words(len(runs))}: the answer was lost", what_to_do(runs))] if runs else []
    )


def _settings(call: Call) -> tuple[int, Settings | None, list[Check]]:
    """The settings as the other commands would have them, the token's source, and what is wrong with either."""
    try:
        settings = load(call.options())
    except TokenError as error:
        # The token alone is at fault: everything else can still be looked at.
        try:
            settings = load(replace(call.options(), sandbox=True, base_url=None))
        except SettingsError:
            return EXIT_TOKEN, None, [Check("token", "fail", str(error))]
        settings = replace(settings, sandbox=False)
        return EXIT_TOKEN, settings, [Check("token", "fail", str(error))]
    except SettingsError as error:
        return EXIT_USAGE, None, [Check("settings", "fail", str(error))]
    from tui.cli.config_file import names_that_are_not

    warnings = (*settings.warnings, *names_that_are_not(settings))
    checks = [Check("settings", "warn", warning) for warning in warnings]
    checks.append(Check("profile", "ok", settings.profile + (", read-only" if settings.read_only else "")))
    if settings.sandbox:
        return EXIT_DONE, settings, [*checks, Check("token", "ok", "the sandbox has its own")]
    if settings.token is None:
        return (
            EXIT_TOKEN,
            settings,
            [
                *checks,
                Check(
                    "token",
                    "fail",
                    settings.no_token or "none was found",
                    "put one into REPLICATE_API_TOKEN, or open the console and paste it; or use --sandbox",
                ),
            ],
        )
    return EXIT_DONE, settings, [*checks, Check("token", "ok", f"from {settings.token_source}")]


def _reach(settings: Settings, speaker: Speaker) -> tuple[list[Check], int]:
    """The API by its account; the sandbox is started for it where it was asked for."""
    from tui.connection import CannotConnect, connect

    if not settings.sandbox and not settings.base_url:
        return [], EXIT_DONE
    speaker.hint("Starting the sandbox…" if settings.sandbox else "Asking the API…")
    try:
        with connect(settings) as connection:
            from tui.api.client import Client

            async def ask() -> tuple[list[Check], int]:
                async with Client(
                    connection.base_url, connection.token, timeout=10, headers=connection.headers
                ) as client:
                    return await _ask(client, connection.base_url, settings)

            return asyncio.run(ask())
    except CannotConnect as error:
        return [Check("API", "fail", str(error))], EXIT_API


async def _ask(client: Client, base_url: str, settings: Settings) -> tuple[list[Check], int]:
    from tui.api.errors import ApiError, Unauthorized
    from tui.cli.failures import exit_code

    source = "the sandbox" if settings.sandbox else settings.base_url_source
    try:
        started = time.perf_counter()
        account = await client.account()
        first = time.perf_counter() - started
        started = time.perf_counter()
        await client.account()
        again = time.perf_counter() - started
    except Unauthorized as error:
        if settings.token is None and not settings.sandbox:
            # Without a token, to be refused is the best answer there is.
            return [Check("API", "ok", f"{base_url} ({source}): is there, and asks for a token")], EXIT_DONE
        return [Check("API", "fail", f"{base_url} ({source}): {error}")], EXIT_TOKEN
    except ApiError as error:
        return [Check("API", "fail", f"{base_url} ({source}): {error}")], exit_code(error)
    except ValueError as error:
        return [Check("API", "fail", f"{base_url} ({source}): {error}")], EXIT_API
    checks = [
        Check("API", "ok", f"{base_url} ({source}): {first * 1000:.0f} ms to connect, {again * 1000:.0f} ms to answer"),
        Check("account", "ok", f"{account.username or 'unnamed'} ({account.type or 'of an unknown kind'})"),
    ]
    remaining = client.rate_limit.remaining
    left = "the API does not say" if remaining is None else f"{remaining} requests left"
    checks.append(Check("rate limit", "note" if remaining is None else "ok", left))
    return checks, EXIT_DONE
