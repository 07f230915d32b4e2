"""Whether a widget is being taken away."""

from __future__ import annotations

from textual.widget import Widget


def is_leaving(widget: Widget) -> bool:
    """Whether a widget's screen is being closed, or is gone: what is mounted into it now does not get there.

    A screen may be closed while it opens. Its widgets hear of their mounting all the same, after that.
    """
    return widget._pruning or not widget.is_attached  # pyright: ignore[reportPrivateUsage] - no public name tells
