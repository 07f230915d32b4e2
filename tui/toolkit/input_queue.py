"""Keys that come faster than they are dealt with, as they do over a slow line: each finds what the one before left.

Textual hands a letter to the focused widget and takes a key that is bound through every widget above it. Of keys that
come together, the letters win: of `a`, backspace, `b` the `b` goes, a text with an enter in it is sent with what
follows the enter, and of `/` and a name the list gets the name as so many commands. And what waits is typed into what
was clicked after it, so clicks stand in the same line.

Where no widget on that way has a say of its own in keys, the way is left out: what is bound is done at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from time import monotonic
from typing import Any, TypeVar, cast

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.errors import NoWidget
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

HELD = 2.0
"""Seconds for which a key waits for the one before; one that takes longer is overtaken rather than that all hangs."""
LOOKED_AFTER = 0.05
"""Seconds after which it is looked whether what a key waits for went down with its widget."""

Result = TypeVar("Result")
Typed = events.Key | events.Paste | events.MouseEvent
Press = events.MouseDown | events.MouseUp


class InOrder(App[Result]):
    """Deals with a key, a paste or a click when the one before has found its widget or its binding, and it was done."""

    def __init__(self) -> None:
        super().__init__()
        self._keys_waiting: deque[Typed] = deque()
        self._key_before: Typed | Screen[object] | None = None
        """What the next key waits for: a key that is under way, or a screen that opens."""
        self._key_since = 0.0
        self._key_way: MessagePump = self
        self._key_at: MessagePump = self
        self._key_screen: Screen[object] | None = None

    async def on_event(self, event: events.Event) -> None:
        """Textual's, but for keys, pastes and clicks, one after the other."""
        if not isinstance(event, Typed) or (isinstance(event, events.MouseEvent) and self._overtakes(event)):
            await super().on_event(event)
        elif event.is_forwarded:
            await super().on_event(event)
            if event is self._key_before:
                # A focus that the binding moved comes through this queue.
                self.call_later(self._key_done, event)
        elif not self._keys_waiting and self._keys_may_go() and self.screen is self._key_screen:
            await self._deal_with_key(event)
        else:
            self._keys_waiting.append(event)
            if len(self._keys_waiting) == 1:
                self.set_timer(LOOKED_AFTER, self._look_after_keys)
                await self._go_on_with_keys()
                self._follow_key()

    def _overtakes(self, event: events.MouseEvent) -> bool:
        """Whether it came up from a widget, or the mouse only moves or scrolls and no click of before waits."""
        if isinstance(event, Press):
            return event.is_forwarded
        return not any(isinstance(waiting, Press) for waiting in self._keys_waiting)

    def _keys_may_go(self) -> bool:
        """Whether the next key has nothing to wait for; after a letter it may go when its widget has taken it."""
        before = self._key_before
        if isinstance(before, events.Key) and before.is_printable and _is_stopped(before):
            self._key_before = None
        return self._key_before is None

    async def _deal_with_key(self, event: Typed) -> None:
        if isinstance(event, events.MouseEvent) and not isinstance(event, Press):
            await super().on_event(event)
            return
        self._key_before, self._key_since = event, monotonic()
        if isinstance(event, events.MouseEvent):
            self._key_way = self._widget_under(event)
            await super().on_event(event)
            self._walk(event, self._key_way, self._key_done, kept=False)
            return
        self._key_way = self._key_at = self.focused or self.screen
        if isinstance(event, events.Key) and self._goes_straight(event):
            if not await self._check_bindings(event.key, priority=True):
                # As if it had come up to the app.
                event._set_forwarded()  # pyright: ignore[reportPrivateUsage] - as Textual does where it hands it on
                await super().on_event(event)
            self.call_later(self._key_done, event)
            return
        await super().on_event(event)
        if not event.is_forwarded:
            self.call_later(self._key_done, event)
        elif self._keys_waiting:
            self._follow_key()

    def _widget_under(self, event: events.MouseEvent) -> MessagePump:
        if self.mouse_captured is not None:
            return self.mouse_captured
        try:
            return self.get_widget_at(event.x, event.y)[0]
        except NoWidget:
            return self.screen

    def _goes_straight(self, event: events.Key) -> bool:
        """Whether nothing but bindings deals with a key where the focus is."""
        screen = self.screen
        if not self.app_focus or screen.maximized is not None:
            return False
        return all(
            not node.disabled and not _listens(type(node), event.is_printable, (*event.name_aliases,))
            for node in (screen.focused or screen).ancestors_with_self
            if isinstance(node, Widget)
        )

    def _follow_key(self) -> None:
        """Walk behind the key before, through the queues of the widgets that it comes by, until one has kept it."""
        if isinstance(self._key_before, Typed):
            self._walk(self._key_before, self._key_at, self._key_done, kept=True)

    def _key_done(self, event: Typed) -> None:
        """Once more from where it began, behind all that it set off: what was submitted closes its dialog first."""
        if event is not self._key_before:
            return
        if self._keys_waiting:
            self._walk(event, self._key_way, self._next_key, kept=False)
        else:
            self._key_before = None

    def _walk(self, event: Typed, way: MessagePump, ended: Callable[[Typed], object], *, kept: bool) -> None:
        """Go through a queue and those above it; `kept` ends it where one of them has kept the key."""
        self._key_at = way
        if not way.call_later(self._walked, event, way, ended, kept):
            self.call_later(ended, event)

    def _walked(self, event: Typed, way: MessagePump, ended: Callable[[Typed], object], kept: bool) -> None:
        if event is not self._key_before:
            return
        if isinstance(way, DOMNode) and way.parent is not None and not (kept and _is_stopped(event)):
            self._walk(event, way.parent, ended, kept=kept)
        else:
            self.call_later(ended, event)

    async def _next_key(self, before: Typed | Screen[object]) -> None:
        if self._key_before is before:
            self._key_before = None
            await self._go_on_with_keys()

    async def _go_on_with_keys(self) -> None:
        while self._keys_waiting and self._keys_may_go():
            screen = self.screen
            if screen is self._key_screen:
                await self._deal_with_key(self._keys_waiting.popleft())
                continue
            # A new screen gets its widgets, and its focus, through its own queue.
            self._key_before, self._key_since, self._key_at = screen, monotonic(), screen
            self._key_screen = screen
            if not screen.call_later(self.call_later, self._next_key, screen):
                self.call_later(self._next_key, screen)

    async def _look_after_keys(self) -> None:
        before = self._key_before
        if before is not None and (not self._key_at.is_running or monotonic() - self._key_since > HELD):
            # A focus that moved meanwhile stands in this queue.
            self.call_later(self._next_key, before)
        await self._go_on_with_keys()
        if self._keys_waiting:
            self.set_timer(LOOKED_AFTER, self._look_after_keys)


@lru_cache(4096)
def _listens(kind: type[Widget], printable: bool, names: tuple[str, ...]) -> bool:
    """Whether widgets of a kind look at a key themselves, besides what they bind. An input does so at letters."""
    own = cast(Any, kind)
    if own._on_key is not cast(Any, Widget)._on_key and (printable or own._on_key is not cast(Any, Input)._on_key):
        return True
    if any(hasattr(kind, f"{prefix}key_{name}") for prefix in ("", "_") for name in names):
        return True
    return any(
        "on_key" in vars(base) or events.Key in vars(base).get("_decorated_handlers", ()) for base in kind.__mro__
    )


def _is_stopped(event: Typed) -> bool:
    return event._stop_propagation  # pyright: ignore[reportPrivateUsage] - Textual does not tell it otherwise
