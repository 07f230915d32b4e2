"""The commands that ask the API and print, or change something: each is a function of its family."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module

from tui.api.client import Client
from tui.cli.api_command import Asker, BadWord
from tui.cli.exit_codes import EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.connection import Connection
from tui.settings import Settings

_FAMILIES = {
    **dict.fromkeys(("models", "model", "versions", "examples", "readme"), "models"),
    **dict.fromkeys(("predictions", "cancel", "trainings"), "predictions"),
    "code": "code",
    "deployments": "deployments",
    "files": "files",
    "batches": "batches",
    "usage": "usage",
    "webhooks": "webhooks",
}
"""The first word of a command → the module of its family."""


async def look(call: Call, settings: Settings, connection: Connection, speaker: Speaker, *, as_json: bool) -> int:
    """Do one command; returns its exit code. Raises ApiError."""
    async with Client(
        connection.base_url, connection.token, read_only=settings.read_only, headers=connection.headers
    ) as client:
        client.on_wait = lambda seconds, reason: speaker.status(f"{reason}: waiting {seconds:.0f} s")
        asker = Asker(call, client, speaker, as_json, settings, connection)
        try:
            return await command(call.command)(asker)
        except BadWord as error:
            speaker.error(str(error))
            return EXIT_USAGE


def command(name: str) -> Callable[[Asker], Awaitable[int]]:
    """What does a command."""
    family = import_module(f"tui.cli.families.{_FAMILIES.get(name.split()[0], 'catalogue')}")
    commands: dict[str, Callable[[Asker], Awaitable[int]]] = family.COMMANDS
    return commands[name]
