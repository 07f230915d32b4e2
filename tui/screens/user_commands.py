"""Runs the user's own commands of the config file on what is under the cursor.

The program gets the facts in its words and in its environment. The token is only given to the one that asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from textual.app import App, SuspendNotSupported
from textual.keys import key_to_character

from tui import commands as cmd
from tui.screens.command_host import NOT_CONNECTED, CommandHost, console
from tui.settings.user_commands import PLACES, UserCommand, variables
from tui.toolkit.focus import takes_letters

if TYPE_CHECKING:
    from tui.connection import Connection

_SECTION_OF = {"model": "models", "prediction": "predictions", "training": "trainings", "deployment": "deployments"}


class UserCommands:
    """The commands of one config file, by the ids that they have here."""

    def __init__(self, app: App[Any], commands: Sequence[UserCommand]) -> None:
        self._app = app
        self._by_id: dict[str, UserCommand] = {}
        self.kinds: list[type[cmd.Command]] = []
        """What the keys, the help and the palette know of them."""
        for one in commands:
            kind = cmd.user_command(one.name, one.key, one.title or one.name, f"Run {' '.join(one.run)}.")
            self._by_id[kind.id] = one
            self.kinds.append(kind)

    def __contains__(self, command_id: object) -> bool:
        return command_id in self._by_id

    def takes_key(self, command_id: str) -> bool:
        """Whether its key is its own now, and no text field's or other command's."""
        command, screen = self._by_id[command_id], self._app.screen
        writes = key_to_character(command.key) is not None or len(command.key) == 1
        if screen.is_modal or (writes and takes_letters(screen.focused)):
            return False
        return self._is_here(command)

    def _is_here(self, command: UserCommand) -> bool:
        if not command.wants and command.where == PLACES:
            return True
        return _SECTION_OF.get(self._facts().get("kind", "")) in command.where

    def _facts(self) -> Mapping[str, str]:
        """What is under the cursor, as the screen or one of its command objects tells it."""
        screen = self._app.screen
        for owner in (screen, *screen.command_objects) if isinstance(screen, CommandHost) else ():
            if (tell := getattr(owner, "selected_facts", None)) is not None:
                return {name: text for name, text in tell().items() if text}
        return {}

    def why_not(self, command_id: str) -> str | None:
        """Why it cannot be run now."""
        command, settings = self._by_id[command_id], console(self._app.screen).settings
        if command.token and settings.read_only:
            return f"{command.title or command.name} wants the token, and this console is read-only."
        if not self._is_here(command):
            return f"It works on what is in {', '.join(command.where)}, and there is nothing of it here."
        facts = self._facts()
        missing = [name for name in command.wants if not facts.get(name)]
        return f"There is no {missing[0]} here that it could be given." if missing else None

    async def run(self, command_id: str, connection: Connection | None) -> None:
        """Run the program: in the terminal until it ends, or beside the console."""
        from tui.terminal.programs import lend_terminal, start_apart

        command, out = self._by_id[command_id], console(self._app.screen)
        facts = self._facts()
        words, given = command.words(facts), variables(facts)
        if command.token:
            if connection is None or connection.token is None:
                out.say(NOT_CONNECTED, severity="warning")
                return
            given["REPLICATE_API_BASE_URL"] = connection.base_url
            given["REPLICATE_API_TOKEN"] = connection.token.reveal()
        if command.background:
            if not await start_apart(words, os.environ, given):
                out.say(f"{words[0]} did not do it.", severity="warning", title=command.name)
            return
        try:
            code = await lend_terminal(self._app, words, given)
        except SuspendNotSupported:
            out.say("This terminal cannot be lent to another program.", severity="warning")
        except FileNotFoundError:
            out.say(f"{words[0]}: there is no such program.", severity="error", title=command.name)
        except OSError as error:
            out.say(f"{words[0]}: {error.strerror or error}", severity="error", title=command.name)
        else:
            if code:
                out.say(f"{PurePath(words[0]).name} ended with code {code}.", severity="warning", title=command.name)
