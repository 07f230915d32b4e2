"""What was in a form before: each change can be undone and done again."""

from __future__ import annotations

from collections.abc import Mapping

MOST = 300
"""Steps that are kept."""

Texts = dict[str, str | None]
"""Texts by field; None for a field that was untouched."""


class FormHistory:
    """Steps back and forth, each the texts of the fields that it changed. Letters that follow each other are one step,
    and so are letters that are taken back one after the other.
    """

    def __init__(self) -> None:
        self._back: list[Texts] = []
        self._forth: list[Texts] = []
        self._typing: tuple[str, bool] | None = None
        """The field that is typed in, and whether its text grows."""

    @property
    def empty(self) -> bool:
        """Whether nothing was changed."""
        return not self._back

    def changed(self, name: str, before: str | None, after: str | None, *, typing: bool) -> None:
        """The user changed a field; `typing`: by a key of the keyboard, which may be one of many."""
        letter = typing and abs(len(after or "") - len(before or "")) <= 1
        typed = (name, len(after or "") > len(before or ""))
        if not (letter and self._typing == typed):
            self.replaced({name: before})
        self._typing = typed if letter else None

    def replaced(self, before: Mapping[str, str | None]) -> None:
        """Several fields are changed at once; `before` is what they held."""
        self._typing = None
        if before:
            self._back = [*self._back[1 - MOST :], dict(before)]
            self._forth.clear()

    def undo(self, now: Mapping[str, str]) -> Texts | None:
        """The texts to put back, of a form that holds `now`; None where nothing was changed."""
        return self._step(self._back, self._forth, now)

    def redo(self, now: Mapping[str, str]) -> Texts | None:
        """The texts that the last undo took away."""
        return self._step(self._forth, self._back, now)

    def _step(self, out: list[Texts], into: list[Texts], now: Mapping[str, str]) -> Texts | None:
        self._typing = None
        if not out:
            return None
        texts = out.pop()
        into.append({name: now.get(name) for name in texts})
        return texts

    def clear(self) -> None:
        """Another form is shown."""
        self._back.clear()
        self._forth.clear()
        self._typing = None
