"""Which widgets take the letters that are typed, so that keys of one letter are theirs."""

from __future__ import annotations

import sys

from textual.widget import Widget
from textual.widgets import Input


def takes_letters(widget: Widget | None) -> bool:
    """Whether typing a letter writes it into the widget.

    There is no text area before its module is imported, which takes longer than all of the first screen's own.
    """
    # Another thread may be importing the module in this moment: then it has no class yet, and no widget is one.
    area = getattr(sys.modules.get("textual.widgets._text_area"), "TextArea", None)
    return isinstance(widget, Input) or (area is not None and isinstance(widget, area))
