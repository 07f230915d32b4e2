"""The palette: every command of every section with its key, and models, records, conversations and deployments."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.fuzzy import Matcher
from textual.screen import Screen
from textual.widgets import Static

from tui.navigation import Place, PlaceKind
from tui.screens.command_host import app_of, console
from tui.screens.dialogs.palette_entries import FAR, Entry, entries_elsewhere, entries_here, grouped
from tui.screens.dialogs.palette_places import Found, find_places
from tui.toolkit.workers import work
from tui.widgets.picker import MOST_ROWS, Picker, Row

if TYPE_CHECKING:
    from tui.screens.base import ConsoleScreen

_SEARCH = "search all models"
ARRIVED = 3.0
"""Seconds that a section has to show what a command is to act on."""
LOOKED_AGAIN = 0.05


class Palette(Picker):
    """Finds commands by their title, and things by their name. What was picked is done when it has closed."""

    KEYS = "↑↓ move · enter does it · esc goes back"

    def __init__(self, screen: Screen[Any]) -> None:
        """`screen` is the open one, whose commands come first."""
        self._entries = {entry.value: entry for entry in entries_here(screen)}
        self._things: list[Found] = []
        self._words = ""
        self._lately: tuple[str, ...] = tuple(console(screen).used_lately)
        super().__init__("Find a command, a model, a prediction, a chat", self._all())

    def _all(self) -> list[Row]:
        return grouped(self._entries.values(), self._lately)

    def on_mount(self) -> None:
        """The commands of the other sections come a moment later: their screens may not be imported yet."""
        work(self, "Commands", "commands", self._find_commands)

    async def _find_commands(self) -> None:
        here = {entry.command for entry in self._entries.values()}
        read_only = console(self).settings.read_only
        others = await asyncio.to_thread(entries_elsewhere, app_of(self), read_only, here)
        self._entries.update({entry.value: entry for entry in others})
        self._rows = self._all()
        self._show(self._moved_to())

    def on_resize(self) -> None:
        self.list.styles.height = max(1, min(max(MOST_ROWS, self.size.height // 2), self.size.height - 12))

    def filter(self, text: str) -> None:
        """Shows the commands that match, at once, and the rest when the store has found it."""
        self._words = words = text.strip()
        # What was found for fewer letters stays while the store is asked: nothing flickers.
        self._things = [one for one in self._things if one.has(words)]
        self._show(None)
        if len(words) > 1:
            work(self, "Search", "things", self._find_things, words)

    async def _find_things(self, words: str) -> None:
        services = console(self).services
        if services is None:
            return
        found = await find_places(services, words)
        if words == self._words and found != self._things:
            self._things = found
            self._show(self._moved_to())

    def _moved_to(self) -> Row | None:
        """The row that the highlight was moved to; None while it is on the first, which the best one takes."""
        first = next((n for n, row in enumerate(self.list.rows) if not row.heading), 0)
        return self.list.current if self.list.index > first else None

    def _show(self, current: Row | None) -> None:
        """The rows of what is typed now, with the highlight on the one that had it, else on the first."""
        words = self._words
        rows = self._found(words) if words else list(self._rows)
        at = next((n for n, row in enumerate(rows) if current is not None and row.value == current.value), 0)
        self.list.set_rows(rows, at)
        count = len({row.value for row in rows if not row.heading})
        self.query_one("#picker-count", Static).update(f"{count:,} · {self.KEYS}")

    def _found(self, words: str) -> list[Row]:
        matcher = Matcher(words)
        scored = [(entry.score(words, matcher), entry.row(grouped=False)) for entry in self._entries.values()]
        scored = [pair for pair in scored if pair[0] > 0]
        scored.append((0.0, Row(_SEARCH, f"Search all models for “{words}”")))
        scored += [(matcher.match(one.row.words) or FAR, one.row) for one in self._things]
        # The best first; of the same score, in the order in which they were found.
        return [row for _, row in sorted(scored, key=lambda pair: -pair[0])]

    def act(self, row: Row | None) -> None:
        """Do what was picked."""
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
        console(self).used(entry.command.id)
        app = app_of(self)
        if entry.section is None:
            app.call_later(app.run_action, f"command('{entry.command.id}')", entry.node)
            return
        kind: PlaceKind = entry.section.places[0]  # type: ignore[assignment]
        console(self).visit(Place(kind))
        work(app, entry.command.title, "palette", _act_there, app, entry)


async def _act_there(app: Any, entry: Entry) -> None:
    """Do a command in the section that was opened for it, once what it acts on is there; or say why not.

    One that costs or changes and asks nothing waits for its key: what it would act on is seen first.
    """
    command = entry.command
    screen: ConsoleScreen = app.screen
    if entry.reason is not None:
        console(screen).say(f"{command.full_title()}: {entry.reason}.", severity="warning")
        return
    if command.changes and not command.asks:
        console(screen).say(f"{entry.key}  {command.help()}", title=command.full_title())
        return
    loop = asyncio.get_running_loop()
    limit = loop.time() + ARRIVED
    while loop.time() < limit and app.screen is screen:
        loading = any(not one.is_finished and one.node is not app for one in app.workers)
        if screen.is_mounted and (screen.why_not(command) is None or not loading):
            break
        await asyncio.sleep(LOOKED_AGAIN)
    if app.screen is screen:
        screen.action_command(command.id)
