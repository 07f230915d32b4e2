"""Texts that change often: the screen around them is laid out again only when they need another size."""

from __future__ import annotations

from typing import ClassVar

from textual.geometry import Size
from textual.reactive import Reactive
from textual.visual import VisualType
from textual.widgets import Input, Static


class FixedSizeStatic(Static):
    """A Static whose `update` costs a repaint of itself alone, as long as its text has the room it needs."""

    def update(self, content: VisualType = "", *, layout: bool = True) -> None:
        super().update(content, layout=False)
        if layout and self.is_mounted and self._has_another_size():
            self.refresh(layout=True)

    def _has_another_size(self) -> bool:
        styles = self.styles
        if styles.is_auto_width or not self.content_size.width:
            return True
        if not styles.is_auto_height:
            return False
        wanted = self.get_content_height(self.container_size, self.screen.size, self.content_size.width)
        wanted += self.gutter.height
        least, most = styles.min_height, styles.max_height
        if least is not None and least.is_cells:
            wanted = max(wanted, round(least.value))
        if most is not None and most.is_cells:
            wanted = min(wanted, round(most.value))
        return wanted != self.outer_size.height


class FixedWidthInput(Input):
    """An Input that is as wide as its place: what is typed costs a repaint of itself alone.

    Textual lays out the whole screen with every letter, for inputs that are as wide as their text.
    """

    ENTER_SENDS: ClassVar[bool] = True
    """Whether enter sends or answers something: where it only goes on, one that came in a burst goes on as well."""
    TAKES_LINES: ClassVar[bool] = False
    """Whether a pasted text of several lines is kept as it is."""

    virtual_size = Reactive(Size(0, 0))
