"""Between the panes of a screen by keys, and the screen filled with one of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

from textual.screen import Screen
from textual.widget import Widget

from tui import commands as cmd
from tui.screens.command_host import CommandHost, console
from tui.toolkit.focus import takes_letters
from tui.toolkit.screen import FRAME
from tui.widgets.bars import KeyBar

NOTHING = {-1: "There is nothing at the left of this.", 1: "There is nothing at the right of this."}
"""What is said at an edge, by the way."""
PLACED_WITHIN = 0.5
"""Seconds for which a key waits for the place of what was mounted just now."""
FILLS, ASIDE = "-fills", "-aside"
"""The classes of what fills the screen, with all that it lies in, and of what makes room for it."""


class PaneMoves:
    """The commands about the panes of a screen."""

    def __init__(self, screen: Screen[Any], host: CommandHost) -> None:
        """`host` answers the other commands of the screen."""
        self._screen = screen
        self._host = host
        self._aside: list[Widget] = []
        self._filling: list[Widget] = []

    # ---- from pane to pane

    def why_not_pane_left(self) -> str | None:
        """Only where one is."""
        return None if self._beside(-1) is not None else NOTHING[-1]

    def why_not_pane_right(self) -> str | None:
        """Only where one is."""
        return None if self._beside(1) is not None else NOTHING[1]

    def do_pane_left(self) -> None:
        """Go there."""
        self._go(-1)

    def do_pane_right(self) -> None:
        """Go there."""
        self._go(1)

    def _go(self, by: int) -> None:
        if (go := self._beside(by)) is not None:
            go()

    def _go_once_placed(self, by: int, until: float) -> None:
        """Go there when all has its place, at the latest at a monotonic time."""
        if (found := self._nearest(by)) is not None:
            self._screen.set_focus(found)
        elif self._all_placed or monotonic() > until:
            console(self._screen).say(NOTHING[by])
        else:
            self._screen.set_timer(FRAME, partial(self._go_once_placed, by, until))

    @property
    def _all_placed(self) -> bool:
        """Whether all that takes the focus has a place: what was mounted just now, as an output that came, has none."""
        return all(widget.region.area for widget in self._screen.focus_chain)

    def _beside(self, by: int) -> Callable[[], object] | None:
        """What leads to the pane beside the focus; where one is shown at a time, to the list and to its detail."""
        screen = self._screen
        if (found := self._nearest(by)) is not None:
            return partial(screen.set_focus, found)
        if self._narrow and by < 0 and self._host.why_not(cmd.Back) is None:
            return partial(self._host.action_command, cmd.Back.id)
        if self._narrow:
            return getattr(screen.focused, "action_select", None) if by > 0 else None
        return None if self._all_placed else partial(self._go_once_placed, by, monotonic() + PLACED_WITHIN)

    @property
    def _narrow(self) -> bool:
        return self._screen.has_class("-narrow")

    def _nearest(self, by: int) -> Widget | None:
        """The nearest pane to the right of the focus, or to its left; a field only where nothing else is there."""
        here, chain = self._screen.focused, self._screen.focus_chain
        if here is None:
            return next(iter(chain), None)
        region = here.region
        found: list[tuple[bool, int, int, Widget]] = []
        for widget in chain:
            other = widget.region
            away = other.x - region.right if by > 0 else region.x - other.right
            if widget is not here and away >= 0 and region.area and other.area:
                found.append((takes_letters(widget), away, abs(other.y - region.y), widget))
        return min(found, key=lambda one: one[:3])[-1] if found else None

    # ---- one pane alone

    @property
    def filled(self) -> bool:
        """Whether one pane fills the screen."""
        return bool(self._filling)

    def why_not_fill_screen(self) -> str | None:
        """With something that has the focus."""
        return None if self._screen.focused is not None or self.filled else "Nothing has the focus."

    def do_fill_screen(self) -> None:
        """Fill it, or put everything back."""
        if self.filled:
            self.put_back()
        else:
            self._fill()

    def _fill(self) -> None:
        """Give the screen to the pane that has the focus; all beside it goes out of sight, but for the keys."""
        focused = self._screen.focused
        if focused is None:
            return
        whole = [node for node in focused.ancestors_with_self if isinstance(node, Widget)]
        first = next((n for n, node in enumerate(whole) if getattr(node, "FILLS_WHOLE", False)), 0)
        for node in whole[first:]:
            parent = node.parent
            if isinstance(node, Screen) or parent is None:
                break
            node.add_class(FILLS)
            self._filling.append(node)
            for sibling in parent.children:
                if sibling is node or not sibling.display or isinstance(sibling, KeyBar):
                    continue
                if not sibling.has_class("-textual-system"):
                    sibling.add_class(ASIDE)
                    self._aside.append(sibling)

    def put_back(self) -> None:
        """Everything is in sight again, and the focus where it was."""
        for widget in self._aside:
            widget.remove_class(ASIDE)
        for widget in self._filling:
            widget.remove_class(FILLS)
        self._aside, self._filling = [], []
        if (focused := self._screen.focused) is not None:
            self._screen.call_after_refresh(focused.scroll_visible, animate=False)
