"""Which fields of a form are shown, and in which order: what is folded away, and what was looked for."""

from __future__ import annotations

from collections.abc import Sequence

from tui.widgets.form.entry import Entry
from tui.widgets.form.field_order import arranged


class ShownFields:
    """The order is chosen as a form opens, and stays: nothing moves away while one types."""

    def __init__(self) -> None:
        self.order: list[str] = []
        """All names."""
        self.head = 0
        """How many of them stand before the fold."""
        self.unfolded = False
        """Whether those behind the fold are shown."""
        self._revealed: set[str] = set()
        self._found: list[str] | None = None
        self._names: list[str] = []
        self._set: set[str] = set()

    def arrange(self, entries: Sequence[Entry], *, folding: bool) -> None:
        """Choose the order anew; without `folding` it is the schema's, and nothing is folded."""
        if folding:
            self.order, self.head = arranged(entries)
        else:
            self.order = [entry.field.name for entry in entries]
            self.head = len(self.order)
        self._revealed.clear()
        self._found = None
        self._choose()

    @property
    def names(self) -> list[str]:
        """Those that are shown, in their order."""
        return self._names

    def has(self, name: str) -> bool:
        """Whether a field is shown."""
        return name in self._set

    @property
    def folds(self) -> bool:
        """Whether there is a fold, and its line is shown."""
        return self.head < len(self.order) and self._found is None

    @property
    def folded(self) -> int:
        """How many fields the fold hides, or would."""
        return len(self.order) - self.head - (0 if self.unfolded else len(self._revealed))

    def unfold(self, unfolded: bool) -> None:
        """Show what is behind the fold, or fold it away."""
        self.unfolded = unfolded
        self._revealed.clear()
        self._choose()

    def reveal(self, names: Sequence[str]) -> bool:
        """Show these fields, though they are behind the fold; whether that shows any that was not."""
        behind = set(self.order[self.head :])
        self._revealed |= {name for name in names if name in behind}
        before = self._set
        self._choose()
        return self._set != before

    @property
    def finding(self) -> bool:
        """Whether only what was looked for is shown."""
        return self._found is not None

    def find(self, names: Sequence[str] | None) -> None:
        """Show these alone; None shows again what was shown before."""
        self._found = None if names is None else list(names)
        self._choose()

    def _choose(self) -> None:
        if self._found is not None:
            self._names = self._found
        elif self.unfolded:
            self._names = self.order
        else:
            behind = [name for name in self.order[self.head :] if name in self._revealed]
            self._names = [*self.order[: self.head], *behind]
        self._set = set(self._names)
