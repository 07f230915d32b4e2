"""The palette: every command of the open screen, and every model that is known."""

from __future__ import annotations

from typing import Any

from textual.fuzzy import Matcher
from textual.screen import Screen

from tui import commands as cmd
from tui.navigation import Place
from tui.screens.command_host import CommandHost, app_of, console
from tui.toolkit.workers import work
from tui.widgets.picker import MOST_ROWS, Picker, Row

MODELS = 20
"""How many models are shown at most."""
FAR = 0.1
"""The score of what has the words, but not in its name."""
_SEARCH = "search all models"


class Palette(Picker):
    """Finds commands by their title, and models by their name. What was picked is done when it has closed."""

    def __init__(self, screen: Screen[Any]) -> None:
        """`screen` is the one whose commands they are."""
        self._commands = _commands_of(screen)
        self._scored: list[tuple[float, Row]] = []
        self._models: list[Row] = []
        self._words = ""
        rows = [_row(command, reason) for command, _, reason in self._commands.values()]
        super().__init__("Find a command or a model", rows)

    def on_resize(self) -> None:
        self.list.styles.height = max(1, min(MOST_ROWS, self.size.height - 12))

    def filter(self, text: str) -> None:
        """Shows the commands that match, at once, and the models when the store has found them."""
        text = self._words = text.strip()
        if not text:
            super().filter("")
            return
        matcher = Matcher(text)
        self._scored = [
            (score, _row(command, reason))
            for command, _, reason in self._commands.values()
            if (score := _score(command, text, matcher)) > 0
        ]
        self._scored.append((0.0, Row(_SEARCH, f"Search all models for “{text}”")))
        # Those that were found for fewer letters stay while the store is asked: nothing flickers.
        words = text.casefold().split()
        self._models = [
            one for one in self._models if all(word in f"{one.words} {one.note}".casefold() for word in words)
        ]
        self._show_scored(matcher, 0)
        if len(text) > 1:
            work(self, "Models", "models", self._find_models, text, matcher)

    async def _find_models(self, text: str, matcher: Matcher) -> None:
        services = console(self).services
        if services is None:
            return
        models = await services.catalogue.cached(text, limit=MODELS)
        if text != self._words:
            return
        found = [Row(model.ref, model.ref, (model.description or "")[:200]) for model in models]
        if found != self._models:
            self._models = found
            self._show_scored(matcher, self.list.index)

    def _show_scored(self, matcher: Matcher, index: int) -> None:
        models = [(matcher.match(row.words) or FAR, row) for row in self._models]
        # The best first; of the same score, in the order in which they were found.
        rows = [row for _, row in sorted([*self._scored, *models], key=lambda pair: -pair[0])]
        self.list.set_rows(rows, index)
        self.show_count(len(rows), len(rows))

    def act(self, row: Row | None) -> None:
        """Do what was picked."""
        if row is None or row.value is None:
            return
        if row.value == _SEARCH:
            console(self).visit(Place("models", self._words))
            return
        found = self._commands.get(row.value)
        if found is None:
            console(self).visit(Place("model", row.value))
            return
        command, node, _ = found
        app = app_of(self)
        app.call_later(app.run_action, f"command('{command.id}')", node)


def _commands_of(screen: Screen[Any]) -> dict[str, tuple[type[cmd.Command], Any, str | None]]:
    """The commands that can be reached on a screen, by id: with the node that does each, and why not now."""
    found: dict[str, tuple[type[cmd.Command], Any, str | None]] = {}
    for active in screen.active_bindings.values():
        command = cmd.REGISTRY.get(active.binding.id or "")
        if command is None or command.id in found or command is cmd.Palette:
            continue
        reason = active.node.why_not(command) if isinstance(active.node, CommandHost) else None
        found[command.id] = (command, active.node, reason)
    return found


def _score(command: type[cmd.Command], text: str, matcher: Matcher) -> float:
    """How well a command fits what was typed, by its name or else by the words of its help."""
    explained = command.help().casefold()
    return matcher.match(f"{command.group}: {command.title}") or (
        FAR if all(word in explained for word in text.casefold().split()) else 0.0
    )


def _row(command: type[cmd.Command], reason: str | None) -> Row:
    return Row(command.id, command.title, f"not now: {reason}" if reason else command.help())
