"""Keys that come faster than they are dealt with, as they do over a slow line: each finds what the one before left.

Textual hands a letter to the focused widget and takes a key that is bound through every widget above it. Of keys that
come together, the letters win: of `a`, backspace, `b` the `b` goes, a text with an enter in it is sent with what
follows the enter, and of `/` and a name the list gets the name as so many commands. And what waits is typed into what
was clicked after it, so clicks stand in the same line.

Where no widget on that way has a say of its own in keys, the way is left out: what is bound is done at once.

Of keys that came in one burst (`bursts.py` has the rule) those that would send, answer or destroy are left out here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import lru_cache
from time import monotonic
from typing import Any, cast

from textual import events
from textual.app import App, ScreenStackError
from textual.dom import DOMNode
from textual.errors import NoWidget
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Input

from tui.toolkit.bursts import Burst, UnmarkedPaste, burst_of
from tui.toolkit.focus import takes_letters
from tui.toolkit.screen import hurry
from tui.toolkit.static import FixedWidthInput

HELD = 2.0
"""Seconds for which a key waits for the one before; one that takes longer is overtaken rather than that all hangs."""
LOOKED_AFTER = 0.05
"""Seconds after which it is looked whether what a key waits for went down with its widget."""

PASTED = "That came all at once, like a paste: it stands in the field, and nothing was sent."
LEFT_OUT = "Keys that come all at once, like a paste, do nothing here. Press them one by one."
ANSWERS = ("enter", "space", "delete", "backspace")
"""Keys without a letter that answer a dialog or destroy."""
TOLD_FOR = 8.0
"""Seconds for which it is shown that something was left out."""

Typed = events.Key | events.Paste | events.MouseEvent
Press = events.MouseDown | events.MouseUp


class InputQueue:
    """Deals with a key, a paste or a click when the one before has found its widget or its binding, and it was done."""

    def __init__(self, app: App[Any], deal_with: Callable[[events.Event], Awaitable[None]]) -> None:
        """`deal_with` is the app's own way to deal with an event."""
        self._app = app
        self._deal_with = deal_with
        self._waiting: deque[Typed] = deque()
        self._before: Typed | Screen[object] | None = None
        """What the next key waits for: a key that is under way, or a screen that opens."""
        self._since = 0.0
        self._way: MessagePump = app
        self._at: MessagePump = app
        self._screen: Screen[object] | None = None
        self.in_burst = False
        """Whether the last key belonged to a burst: what is done on its account was perhaps not asked for."""

    async def on_event(self, event: events.Event) -> None:
        """The app's, but for keys, pastes and clicks, one after the other."""
        if isinstance(event, UnmarkedPaste):
            event = event.as_paste()
        if not isinstance(event, Typed) or (isinstance(event, events.MouseEvent) and self._overtakes(event)):
            await self._deal_with(event)
        elif event.is_forwarded:
            await self._deal_with(event)
            if event is self._before:
                # A focus that the binding moved comes through this queue.
                self._app.call_later(self._done, event)
        elif not self._waiting and self._may_go() and self._app.screen is self._screen:
            await self._take(event)
        else:
            self._waiting.append(event)
            if len(self._waiting) == 1:
                self._app.set_timer(LOOKED_AFTER, self._look_after)
                await self._go_on()
                self._follow()

    def _overtakes(self, event: events.MouseEvent) -> bool:
        """Whether it came up from a widget, or the mouse only moves or scrolls and no click of before waits."""
        if isinstance(event, Press):
            return event.is_forwarded
        return not any(isinstance(waiting, Press) for waiting in self._waiting)

    def _may_go(self) -> bool:
        """Whether the next key has nothing to wait for; after a letter it may go when its widget has taken it."""
        before = self._before
        if isinstance(before, events.Key) and before.is_printable and _is_stopped(before):
            self._before = None
        return self._before is None

    async def _take(self, event: Typed) -> None:
        if isinstance(event, events.MouseEvent) and not isinstance(event, Press):
            await self._deal_with(event)
            return
        event = self._by_itself(event)
        if self._is_left_out(event):
            return
        self._before, self._since = event, monotonic()
        hurry(self._app.screen)
        if isinstance(event, events.MouseEvent):
            self._way = self._widget_under(event)
            await self._deal_with(event)
            self._walk(event, self._way, self._done, kept=False)
            return
        self._way = self._at = self._app.focused or self._app.screen
        if isinstance(event, events.Key) and self._goes_straight(event):
            if not await self._app._check_bindings(event.key, priority=True):  # pyright: ignore[reportPrivateUsage]
                # As if it had come up to the app.
                event._set_forwarded()  # pyright: ignore[reportPrivateUsage] - as Textual does where it hands it on
                await self._deal_with(event)
            self._app.call_later(self._done, event)
            return
        await self._deal_with(event)
        if not event.is_forwarded:
            self._app.call_later(self._done, event)
        elif self._waiting:
            self._follow()

    def _by_itself(self, event: Typed) -> Typed:
        """An enter of a burst in a field: pressed after a letter or two, else a line end where there are many lines."""
        burst, focus = burst_of(event), self._app.focused
        if burst is None or not isinstance(event, events.Key) or event.key != "enter" or not takes_letters(focus):
            return event
        if burst.is_typed_line:
            return event.copy()
        return event if isinstance(focus, Input) else UnmarkedPaste("\n", burst).as_paste()

    def _is_left_out(self, event: Typed) -> bool:
        """Whether nothing becomes of a key or a paste, by the rule of bursts; says so."""
        burst = burst_of(event)
        self.in_burst = burst is not None
        if burst is None:
            return False
        focus = self._app.focused
        if isinstance(event, events.Paste):
            return self._is_paste_left_out(event, burst, focus)
        if not isinstance(event, events.Key):
            return False
        if burst.is_words and not burst.told and not takes_letters(focus) and not self._opens_field(event):
            burst.left_out = True
        if burst.left_out or self._answers(event, focus):
            self._tell(burst, LEFT_OUT)
            return True
        return False

    def _is_paste_left_out(self, event: events.Paste, burst: Burst, focus: Widget | None) -> bool:
        taken = takes_letters(focus)
        self._tell(burst, PASTED if taken else LEFT_OUT)
        if isinstance(focus, Input) and not (isinstance(focus, FixedWidthInput) and focus.TAKES_LINES):
            event.text = " ".join(event.text.splitlines())
        return not taken or not event.text

    def _answers(self, event: events.Key, focus: Widget | None) -> bool:
        """Whether a key would send, press a button or answer a question."""
        if takes_letters(focus):
            return event.key == "enter" and not (isinstance(focus, FixedWidthInput) and not focus.ENTER_SENDS)
        if isinstance(focus, Button):
            return event.key in ("enter", "space")
        return self._app.screen.is_modal and (event.is_printable or event.key in ANSWERS)

    def _opens_field(self, event: events.Key) -> bool:
        found = self._app.screen.active_bindings.get(event.key)
        return found is not None and found.binding.action.startswith("at_once(")

    def _tell(self, burst: Burst, words: str) -> None:
        if not burst.told:
            burst.told = True
            self._app.notify(words, severity="warning", markup=False, timeout=TOLD_FOR)

    def _widget_under(self, event: events.MouseEvent) -> MessagePump:
        if self._app.mouse_captured is not None:
            return self._app.mouse_captured
        try:
            return self._app.get_widget_at(event.x, event.y)[0]
        except NoWidget:
            return self._app.screen

    def _goes_straight(self, event: events.Key) -> bool:
        """Whether nothing but bindings deals with a key where the focus is."""
        screen = self._app.screen
        if not self._app.app_focus or screen.maximized is not None:
            return False
        return all(
            not node.disabled and not _listens(type(node), event.is_printable, (*event.name_aliases,))
            for node in (screen.focused or screen).ancestors_with_self
            if isinstance(node, Widget)
        )

    def _follow(self) -> None:
        """Walk behind the key before, through the queues of the widgets that it comes by, until one has kept it."""
        if isinstance(self._before, Typed):
            self._walk(self._before, self._at, self._done, kept=True)

    def _done(self, event: Typed) -> None:
        """Once more from where it began, behind all that it set off: what was submitted closes its dialog first."""
        if event is not self._before:
            return
        if self._waiting:
            self._walk(event, self._way, self._next, kept=False)
        else:
            self._before = None

    def _walk(self, event: Typed, way: MessagePump, ended: Callable[[Typed], object], *, kept: bool) -> None:
        """Go through a queue and those above it; `kept` ends it where one of them has kept the key."""
        self._at = way
        if not way.call_later(self._walked, event, way, ended, kept):
            self._app.call_later(ended, event)

    def _walked(self, event: Typed, way: MessagePump, ended: Callable[[Typed], object], kept: bool) -> None:
        if event is not self._before:
            return
        if isinstance(way, DOMNode) and way.parent is not None and not (kept and _is_stopped(event)):
            self._walk(event, way.parent, ended, kept=kept)
        else:
            self._app.call_later(ended, event)

    async def _next(self, before: Typed | Screen[object]) -> None:
        if self._before is before:
            self._before = None
            await self._go_on()

    async def _go_on(self) -> None:
        while self._waiting and self._may_go():
            try:
                screen = self._app.screen
            except ScreenStackError:
                # The console has ended: nobody is there for what still waits.
                self._waiting.clear()
                return
            if screen is self._screen:
                await self._take(self._waiting.popleft())
                continue
            # A new screen gets its widgets, and its focus, through its own queue.
            self._before, self._since, self._at = screen, monotonic(), screen
            self._screen = screen
            if not screen.call_later(self._app.call_later, self._next, screen):
                self._app.call_later(self._next, screen)

    async def _look_after(self) -> None:
        before = self._before
        if before is not None and (not self._at.is_running or monotonic() - self._since > HELD):
            # A focus that moved meanwhile stands in this queue.
            self._app.call_later(self._next, before)
        await self._go_on()
        if self._waiting:
            self._app.set_timer(LOOKED_AFTER, self._look_after)


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
