"""Which widgets take the letters that are typed, so that keys of one letter are theirs."""

from __future__ import annotations

import sys

from textual.widget import Widget
from textual.widgets import Input


def takes_letters(widget: Widget | None) -> bool:
    """Whether typing a letter writes it into the widget.

    There is no text area before its module is imported, which takes longer than all of the first screen's own.
    """
    areas = sys.modules.get("textual.widgets._text_area")
    return isinstance(widget, Input) or (areas is not None and isinstance(widget, areas.TextArea))
