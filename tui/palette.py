"""The palette: every command of the open screen, and every model that is known."""

from __future__ import annotations

from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui import commands as cmd
from tui.places import Place
from tui.screens.base import CommandHost, console


class ConsoleProvider(Provider):
    """Finds commands by their title and help, and models by their name."""

    def _commands(self) -> list[tuple[type[cmd.Command], Any, str | None]]:
        found: dict[str, tuple[type[cmd.Command], Any, str | None]] = {}
        for active in self.screen.active_bindings.values():
            command = cmd.REGISTRY.get(active.binding.id or "")
            if command is None or command.id in found or command is cmd.Palette:
                continue
            reason = active.node.why_not(command) if isinstance(active.node, CommandHost) else None
            found[command.id] = (command, active.node, reason)
        return list(found.values())

    def _run(self, command: type[cmd.Command], node: Any) -> None:
        self.app.call_later(self.app.run_action, f"command('{command.id}')", node)

    async def discover(self) -> Hits:
        """All commands that are possible here."""
        for command, node, reason in self._commands():
            yield DiscoveryHit(
                Content(command.title),
                partial(self._run, command, node),
                text=command.title,
                help=f"Not now: {reason}" if reason else command.help(),
            )

    async def search(self, query: str) -> Hits:
        """Commands and models that match."""
        matcher = self.matcher(query)
        for command, node, reason in self._commands():
            score = matcher.match(f"{command.group}: {command.title}")
            if score > 0:
                yield Hit(
                    score,
                    Content(command.title),
                    partial(self._run, command, node),
                    text=command.title,
                    help=f"Not now: {reason}" if reason else command.help(),
                )
        services = console(self.screen).services
        if services is None or len(query) < 2:
            return
        for model in await services.catalogue.cached(query, limit=20):
            score = matcher.match(model.ref) or 0.1
            yield Hit(
                score,
                Content(model.ref),
                partial(self._open_model, model.ref),
                text=model.ref,
                help=(model.description or "")[:200],
            )

    def _open_model(self, ref: str) -> None:
        console(self.screen).visit(Place("model", ref))
