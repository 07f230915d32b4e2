"""The palette: every command of every section with its key, and models, records, conversations and deployments."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.binding import Binding
from textual.fuzzy import Matcher
from textual.screen import Screen

from tui import commands as cmd
from tui.navigation import SECTIONS, Place, PlaceKind, Section
from tui.screens.command_host import CommandHost, app_of, console
from tui.screens.dialogs.palette_places import Found, find_places
from tui.toolkit.workers import work
from tui.widgets.picker import MOST_ROWS, Picker, Row

FAR = 0.1
"""The score of what has the words, but not in its name."""
ELSEWHERE = 0.6
"""What the score of a command is worth where another section has to be opened for it."""
_SEARCH = "search all models"


@dataclass(frozen=True)
class Entry:
    """A command, and where it is."""

    command: type[cmd.Command]
    key: str
    reason: str | None = None
    """Why it is not possible now."""
    node: Any = None
    """What answers it on the open screen; None where its section must be opened first."""
    section: Section | None = None
    """The section that it belongs to, where that is another one."""

    @property
    def value(self) -> str:
        """What stands for it in a row."""
        return f"{self.section.name} {self.command.id}" if self.section is not None else self.command.id

    @property
    def row(self) -> Row:
        """Its line: the title, the key, where it is, and what it does."""
        where = f"in {self.section.title} · " if self.section is not None else ""
        what = f"not now: {self.reason}" if self.reason else self.command.help()
        return Row(self.value, self.command.title, f"{self.key} · {where}{what}")

    def score(self, text: str, matcher: Matcher) -> float:
        """How well it fits what was typed, by its name or else by the words of its help."""
        explained = self.command.help().casefold()
        named = matcher.match(f"{self.command.group}: {self.command.title}")
        found = named or (FAR if all(word in explained for word in text.casefold().split()) else 0.0)
        return found * ELSEWHERE if self.section is not None else found


class Palette(Picker):
    """Finds commands by their title, and things by their name. What was picked is done when it has closed."""

    def __init__(self, screen: Screen[Any]) -> None:
        """`screen` is the open one, whose commands come first."""
        self._entries = _here(screen)
        self._things: list[Found] = []
        self._words = ""
        super().__init__("Find a command, a model or a prediction", self._rows_of_commands())

    def _rows_of_commands(self) -> list[Row]:
        return [entry.row for entry in self._entries.values()]

    def on_mount(self) -> None:
        """The commands of the other sections come a moment later: their screens may not be imported yet."""
        work(self, "Commands", "commands", self._find_commands)

    async def _find_commands(self) -> None:
        here = {entry.command for entry in self._entries.values()}
        others = await asyncio.to_thread(_elsewhere, app_of(self), console(self).settings.read_only, here)
        self._entries.update(others)
        self._rows = self._rows_of_commands()
        self._show(self.list.index)

    def on_resize(self) -> None:
        self.list.styles.height = max(1, min(MOST_ROWS, self.size.height - 12))

    def filter(self, text: str) -> None:
        """Shows the commands that match, at once, and the rest when the store has found it."""
        self._words = words = text.strip()
        # What was found for fewer letters stays while the store is asked: nothing flickers.
        self._things = [one for one in self._things if one.has(words)]
        self._show(0)
        if len(words) > 1:
            work(self, "Search", "things", self._find_things, words)

    async def _find_things(self, words: str) -> None:
        services = console(self).services
        if services is None:
            return
        found = await find_places(services, words)
        if words == self._words and found != self._things:
            self._things = found
            self._show(self.list.index)

    def _show(self, index: int) -> None:
        words = self._words
        if not words:
            super().filter("")
            return
        matcher = Matcher(words)
        scored = [(entry.score(words, matcher), entry.row) for entry in self._entries.values()]
        scored = [pair for pair in scored if pair[0] > 0]
        scored.append((0.0, Row(_SEARCH, f"Search all models for “{words}”")))
        scored += [(matcher.match(one.row.words) or FAR, one.row) for one in self._things]
        # The best first; of the same score, in the order in which they were found.
        rows = [row for _, row in sorted(scored, key=lambda pair: -pair[0])]
        self.list.set_rows(rows, index)
        self.show_count(len(rows), len(rows))

    def act(self, row: Row | None) -> None:
        """Do what was picked. A command of another section takes one there: what it would act on is seen first."""
        if row is None or row.value is None:
            return
        if row.value == _SEARCH:
            console(self).visit(Place("models", self._words))
            return
        place = next((one.place for one in self._things if one.row.value == row.value), None)
        if place is not None:
            console(self).visit(place)
            return
        entry = self._entries[row.value]
        app = app_of(self)
        if entry.section is None:
            app.call_later(app.run_action, f"command('{entry.command.id}')", entry.node)
            return
        kind: PlaceKind = entry.section.places[0]  # type: ignore[assignment]
        console(self).visit(Place(kind))
        console(self).say(f"{entry.key}  {entry.command.help()}", title=entry.command.title)


def _here(screen: Screen[Any]) -> dict[str, Entry]:
    """The commands of the open screen, with the node that does each, and why not now."""
    found: dict[str, Entry] = {}
    for active in screen.active_bindings.values():
        command = cmd.REGISTRY.get(active.binding.id or "")
        if command is None or command.id in found or command is cmd.Palette:
            continue
        reason = active.node.why_not(command) if isinstance(active.node, CommandHost) else None
        key = app_of(screen).get_key_display(active.binding)
        found[command.id] = Entry(command, key, reason, active.node)
    return found


def _elsewhere(app: App[Any], read_only: bool, here: set[type[cmd.Command]]) -> dict[str, Entry]:
    """The commands of the sections that the open screen does not have. Imports their screens."""
    found: dict[str, Entry] = {}
    refused = "this console is read-only" if read_only else None
    for section in SECTIONS:
        for binding in _bindings(section.screen_class()):
            command = cmd.REGISTRY.get(binding.id or "")
            if command is not None and command not in here and command is not cmd.Palette:
                key = app.get_key_display(Binding(binding.key.split(",")[0], "", id=binding.id))
                entry = Entry(command, key, refused if command.changes else None, section=section)
                found.setdefault(entry.value, entry)
    return found


def _bindings(screen: type[Screen[Any]]) -> Sequence[Binding]:
    return [one for owner in screen.__mro__ for one in vars(owner).get("BINDINGS", ()) if isinstance(one, Binding)]
