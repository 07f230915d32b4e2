"""The style sheet: Textual's, which parses a rule once and not with every new screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

SOURCES = 512
"""Sheets whose rules are kept; Textual keeps 64, fewer than a console with all its widgets has."""


class CachedStylesheet(Stylesheet):
    """Textual parses all sheets again for each screen that it has not shown yet, though only a theme changes them."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = cast(Any, LRUCache(SOURCES))
        self._focus_reaches_in: bool | None = None

    @property
    def focus_reaches_in(self) -> bool:
        """Whether a rule says how something in a widget looks while the focus is within that widget."""
        if self._focus_reaches_in is None:
            self._focus_reaches_in = any(
                "focus-within" in selector.pseudo_classes
                for rule in self.rules
                for selectors in rule.selector_set
                for selector in selectors.selectors[:-1]
            )
        return self._focus_reaches_in

    def parse(self) -> None:
        """Parse the sources."""
        super().parse()
        self._focus_reaches_in = None

    def copy(self) -> CachedStylesheet:
        """A new sheet of the same sources."""
        sheet = CachedStylesheet(variables=self._variables.copy())
        sheet.source = self.source.copy()
        return sheet

    def set_variables(self, variables: dict[str, str]) -> None:
        """Use these variables; the same again change nothing."""
        if variables != self._variables:
            super().set_variables(variables)

    async def parse_ahead(self, paths: Sequence[Path]) -> None:
        """Parse sheets that are not read yet, one after the other: keys come between."""
        for path in paths:
            text = await asyncio.to_thread(path.read_text, "utf-8")
            # As `read` and `parse` do, which then find it.
            self._parse_rules(text, (str(path.absolute()), ""))

    def reparse(self) -> None:
        """Parse what is not known yet: what is in the cache was parsed with the present variables."""
        # As in Textual, a sheet with an error leaves the rules as they were: parse sets them last.
        self.parse()
