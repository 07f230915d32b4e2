"""A form and what is beside it: a narrow terminal shows one at a time, and a key changes between them."""

from __future__ import annotations

from collections.abc import Callable

from tui.screens.form_screen import FormScreen

BESIDE = "-result"
"""The class of a narrow screen that shows what is beside the form."""


class Panes:
    """Answers the key, and knows how to come back to the form."""

    def __init__(self, screen: FormScreen, focus_beside: Callable[[], object]) -> None:
        self._screen = screen
        self._focus_beside = focus_beside

    def do_switch_pane(self) -> None:
        """The form, or what is beside it."""
        if self._screen.has_class(BESIDE):
            self.show_form()
        else:
            self.show_beside()

    def show_beside(self) -> None:
        """What is beside the form, with the focus."""
        self._screen.add_class(BESIDE)
        self._screen.call_after_refresh(self._focus_beside)

    def show_form(self) -> None:
        """The form, with the focus where it was."""
        self._screen.remove_class(BESIDE)
        self._screen.form_view.enter()

    def leave_beside(self) -> bool:
        """Back to the form where it is not shown; whether that was so."""
        away = self._screen.narrow and self._screen.has_class(BESIDE)
        if away:
            self.show_form()
        return away
