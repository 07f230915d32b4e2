"""Which fields of a form are shown, and in which order: what is folded away, the part at its end, and what was looked
for."""

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
        self.end = 0
        """Where the part at the end of the form begins among them."""
        self.part_open = False
        """Whether the fields of that part are shown."""
        self.unfolded = False
        """Whether those behind the fold are shown."""
        self._revealed: set[str] = set()
        self._found: list[str] | None = None
        self._names: list[str] = []
        self._set: set[str] = set()

    def arrange(self, entries: Sequence[Entry], *, folding: bool, part: Sequence[str] = ()) -> None:
        """Choose the order anew; without `folding` it is the schema's, and nothing is folded. `part` are the names of
        the part at the end.
        """
        if folding:
            self.order, self.head = arranged(entries)
        else:
            self.order = [entry.field.name for entry in entries]
            self.head = len(self.order)
        self.end = len(self.order)
        self.order = [*self.order, *part]
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
        return self.head < self.end and self._found is None

    @property
    def parts(self) -> bool:
        """Whether there is a part at the end, and its line is shown."""
        return self.end < len(self.order) and self._found is None

    @property
    def of_part(self) -> int:
        """How many of the fields that are shown belong to the part at the end."""
        return len(self._set.intersection(self.order[self.end :]))

    @property
    def own(self) -> int:
        """How many of them do not."""
        return len(self._names) - self.of_part

    @property
    def folded(self) -> int:
        """How many fields the fold hides, or would."""
        return self.end - self.head - (0 if self.unfolded else len(self._revealed))

    def unfold(self, unfolded: bool) -> None:
        """Show what is behind the fold, or fold it away."""
        self.unfolded = unfolded
        self._revealed.clear()
        self._choose()

    def open_part(self, opened: bool) -> None:
        """Show the part at the end, or fold it away."""
        self.part_open = opened
        self._choose()

    def reveal(self, names: Sequence[str]) -> bool:
        """Show these fields, though they are behind a fold; whether that shows any that was not."""
        behind, part = set(self.order[self.head : self.end]), set(self.order[self.end :])
        self._revealed |= {name for name in names if name in behind}
        self.part_open = self.part_open or any(name in part for name in names)
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
        else:
            behind = self.order[self.head : self.end]
            if not self.unfolded:
                behind = [name for name in behind if name in self._revealed]
            part = self.order[self.end :] if self.part_open else []
            self._names = [*self.order[: self.head], *behind, *part]
        self._set = set(self._names)
