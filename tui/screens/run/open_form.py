"""Opens the form of a model from other sections, which do without the run screen until then."""

from __future__ import annotations

from collections.abc import Mapping

from tui.screens.base import ConsoleScreen


def open_form(screen: ConsoleScreen, ref: str, texts: Mapping[str, str], message: str | None = None) -> None:
    """Open the form of "owner/name" over a screen, with texts by its inputs, and with something to say."""
    from tui.screens.run.run_screen import open_filled

    open_filled(screen, ref, texts, message)
