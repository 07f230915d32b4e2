"""What a form knows of the files that are kept at Replicate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from tui.widgets.picker import Row


class AtReplicate(Struct, frozen=True):
    """The files that are kept at Replicate, as a form knows them."""

    rows: Callable[[], Awaitable[Sequence[Row]]]
    """Those that can be picked, each by its address."""
    about: Callable[[str], Awaitable[str]]
    """What is known of the file at an address, in words; empty for one that is none of them."""
