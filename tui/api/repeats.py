"""Notices a list that goes on under new cursors and brings nothing new, which would be read for ever."""

from __future__ import annotations

from collections.abc import Iterable

PAGES = 3
"""So many pages in a row without anything new are the end: one may repeat the page before where the list has grown."""


class RepeatGuard:
    """One reading of a list, page by page from its beginning."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._in_a_row = 0

    def ends(self, ids: Iterable[str]) -> bool:
        """Whether the page with these ids is the last to read, because the list only repeats itself."""
        fresh = set(ids) - self._seen
        self._seen |= fresh
        self._in_a_row = 0 if fresh else self._in_a_row + 1
        return self._in_a_row >= PAGES
