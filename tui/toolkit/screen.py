"""A screen that renders and lays out no more than what changed, and paints as soon as it may.

Private names of Textual are used, the same within textual >=8.2.8,<9.
"""

from __future__ import annotations

from asyncio import Event, get_running_loop
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Any, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.dom import DOMNode
from textual.events import ScreenResume
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.timer import Timer
from textual.widget import Widget

from tui.toolkit.compositor import PartialCompositor
from tui.toolkit.stylesheet import CachedStylesheet

HELD_BACK = 1 / 60
"""Seconds until it is looked at again whether updates are still held back."""
FRAME = 1 / 60
"""Seconds for a frame, on average."""
BURST = 3
"""How many frames may follow each other at once: a letter, the list that it filters, what tells of its first row."""

Result = TypeVar("Result")


def updates_are_held(node: DOMNode) -> bool:
    """Whether nothing is painted until what is made now is complete."""
    return bool(cast(Any, node).app._batch_count)


def _styles_of_app(node: DOMNode) -> int:
    """Which styles the app has: a number that goes up with each change."""
    return cast(Any, node).app._css_update_count


def _panes(widget: Widget | None) -> set[DOMNode]:
    """What around a widget, itself among it, looks otherwise while the focus is within."""
    around = widget.ancestors_with_self if widget is not None else []
    return {node for node in around if isinstance(node, Widget) and node._has_focus_within}  # pyright: ignore[reportPrivateUsage]


def paint_held(screen: PartialScreen[Any]) -> None:
    """Paint what was held back."""
    part = cast(Any, screen)
    part._unpainted = False
    waiting = set(part._dirty_widgets)
    part._compositor_refresh()
    # Once it has painted, Textual forgets which widgets wait for a frame, though this was not theirs.
    part._dirty_widgets.update(waiting)
    if waiting:
        part._update_timer.resume()


def hurry(screen: Screen[Any]) -> None:
    """A key was taken: its answer is painted before all else."""
    frames = cast(Any, screen)._frames if isinstance(screen, PartialScreen) else None
    if frames is not None:
        frames.hurry()


class FrameTimer(Timer):
    """Ticks at once when it is resumed after a pause, sixty times a second when it goes on.

    Textual's own ticks on a grid that begins with the first frame after a pause: the second waits for a sixtieth of a
    second, though nothing was painted for long. What answers a key waits for none, whatever else was painted just now.
    """

    def __init__(self, screen: Screen[Any], callback: Callable[[], None]) -> None:
        super().__init__(screen, FRAME, name="screen_update", callback=callback, pause=True)
        driver: object = screen.app._driver  # pyright: ignore
        self._written: Callable[[], Awaitable[None]] | None = getattr(driver, "written", None)
        """Returns when the terminal has taken the frame before; what changes meanwhile is of the next frame."""
        self._waiting: Event | None = None
        self._key_at = self._painted_at = self._hurried_at = 0.0

    def hurry(self) -> None:
        """A key was taken: what changes next is its answer."""
        self._key_at = monotonic()

    def resume(self) -> None:
        super().resume()
        if self._waiting is not None and self._may_hurry():
            self._waiting.set()

    def _may_hurry(self) -> bool:
        """Whether a key has no answer yet; sixty answers a second are painted, though more keys should come."""
        return self._key_at > self._painted_at and monotonic() - self._hurried_at >= FRAME

    async def _wait(self, seconds: float) -> None:
        """Sleep, but not on when a key is answered."""
        self._waiting = Event()
        timer = get_running_loop().call_later(seconds, self._waiting.set)
        try:
            await self._waiting.wait()
        finally:
            timer.cancel()
            self._waiting = None

    async def _run(self) -> None:
        credit, before = float(BURST), monotonic()
        active = cast(Event, self._active)  # pyright: ignore[reportUnknownMemberType] - Textual leaves it open
        while True:
            await active.wait()
            if self._written is not None:
                await self._written()
            now = monotonic()
            credit, before = min(BURST, credit + (now - before) / FRAME), now
            if credit < 1 and not self._may_hurry():
                await self._wait((1 - credit) * FRAME)
                continue
            if credit < 1:
                self._hurried_at = now
            credit, self._painted_at = max(0.0, credit - 1), now
            await self._tick(next_timer=now, count=0)
            # The time of a frame earns nothing: the longer they take, the more is left for keys between them.
            before = monotonic()


class PartialScreen(Screen[Result]):
    """What screens and dialogs of the console are made of."""

    # A widget that gets or loses the focus repaints itself; Textual would repaint the whole screen as well.
    focused = Reactive[Widget | None](None, repaint=False)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """As Textual's."""
        super().__init__(*arguments, **options)
        self._compositor = PartialCompositor()
        self._frames: FrameTimer | None = None
        self._unpainted = False
        self._keeps_styles = False
        self.painted_at = 0.0
        """The monotonic time of the last frame."""
        self.after_paint: Callable[[], object] | None = None
        """Called after each frame: what is shown may be something else now."""

    @property
    def is_current(self) -> bool:
        """Whether it can be seen: it is on top, or all that lies over it can be seen through.

        Textual takes what lies right under an opaque screen to be seen too, and paints all anew for it.
        """
        for screen in reversed(cast(Any, self).app.screen_stack):
            if screen is self:
                return True
            if screen.styles.background.a == 1:
                return False
        return False

    def _watch_focused(self) -> None:
        """Textual's tells of new bindings at once, and where the focus was moved once more after the next frame."""

    def _on_screen_resume(self, event: ScreenResume) -> None:
        if self._keeps_styles:
            event.refresh_styles = self._css_update_count != _styles_of_app(self)

    def _compositor_refresh(self) -> None:
        # While updates are held back Textual renders as well, shows none of it, and renders it again for the screen.
        if not updates_are_held(self):
            self.painted_at = monotonic()
            super()._compositor_refresh()
            if not self.is_active:
                # Behind a dialog Textual asks for one more frame with each that it paints, and so without end.
                self._repaint_required = False
            if self.after_paint is not None:
                self.after_paint()
        elif not self._unpainted:
            self._unpainted = True
            self.set_timer(HELD_BACK, partial(paint_held, self))

    def _update_focus_styles(self, focused: Widget | None = None, blurred: Widget | None = None) -> None:
        """As Textual's, which styles all that is in a pane anew where only the pane's border tells of the focus."""
        sheet: object = cast(Any, self).app.stylesheet
        if not isinstance(sheet, CachedStylesheet) or sheet.focus_reaches_in:
            super()._update_focus_styles(focused, blurred)
            return
        if changed := _panes(focused) ^ _panes(blurred):
            sheet.update_nodes(changed, animate=True)

    def _reset_focus(self, widget: Widget, avoiding: list[Widget] | None = None) -> None:
        """As Textual's, which gives the focus of a hidden list to the input beside it that is hidden with it.

        That would take letters unseen, which are commands of what is shown.
        """
        unseen = not all(node.display for node in widget.ancestors if isinstance(node, Widget))
        super()._reset_focus(widget, [*(avoiding or ()), *(widget.siblings if unseen else ())])

    @property
    def _update_timer(self) -> Timer:
        if self._frames is None:
            self._frames = FrameTimer(self, self._on_timer_update)
            self._frames._start()  # pyright: ignore[reportPrivateUsage] - as set_interval does
            self._timers.add(self._frames)
        return self._frames


def keep_styles(screen: PartialScreen[Any]) -> None:
    """From now on, style all widgets anew when the screen is shown again only if the app's styles changed.

    Every widget was styled when it was mounted.
    """
    part = cast(Any, screen)
    part._keeps_styles, part._css_update_count = True, _styles_of_app(screen)


class DialogScreen(PartialScreen[Result], ModalScreen[Result]):
    """What dialogs are made of."""

    # What the app binds does not reach through a dialog.
    BINDINGS = [Binding("ctrl+c", "app.help_quit", show=False, system=True)]

    def _on_timer_update(self) -> None:
        """As Textual's, which forgets the widgets that asked for a repaint where what lies behind a dialog asked it to
        repaint a piece of itself."""
        if self._repaint_required and not self._layout_required and not updates_are_held(self):
            self._compositor.update_widgets(self._dirty_widgets)
        super()._on_timer_update()

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """As Textual's, which closes the screen on top whoever asks: one that was answered twice closes no other."""
        return super().dismiss(result) if self.is_active else AwaitComplete.nothing()
