"""What the field with the focus asks for, below its form."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable

from textual.content import Content

from tui import wording
from tui.forms import Field
from tui.forms.field import bounds_words, kind_words
from tui.toolkit.static import FixedSizeStatic

LONGEST = 600
"""Characters of a description that are shown."""
READ_ON = " F1 reads on"
"""What is said where there is no room for all of it."""


class FieldHelp(FixedSizeStatic):
    """A field's name and description. It has the room that the longest of its form needs, so that nothing jumps."""

    def __init__(self, *, most: int = 3, named: bool = True, id: str | None = None) -> None:
        """`most`: lines, at most. `named`: whether the name and the rules stand above the description."""
        super().__init__(id=id)
        self._most = most
        self._named = named
        self._longest: Field | None = None
        self._field: Field | None = None
        self._problem = ""
        self._fitted: dict[str, Content] = {}
        """The words of a field, by its name, as far as there is room for them."""

    def explain(self, field: Field, fields: Iterable[Field], problem: str = "") -> None:
        """Shows what a field asks for, or what is wrong with it; `fields` are all that may be explained here."""
        longest = max(fields, key=lambda one: len(one.description), default=field)
        if longest is not self._longest:
            self._longest = longest
            self._make_room()
        self._field, self._problem = field, problem
        # The field itself is painted first: that is what answers the key.
        self.call_after_refresh(self._show)

    def on_resize(self) -> None:
        """Other widths need other room."""
        self._make_room()
        self._show()

    def _show(self) -> None:
        if (field := self._field) is None:
            return
        if self._problem:
            said = f"{field.name} {wording.one_line(self._problem, LONGEST)}"
            self.update(Content.styled(f"✗ {said}", "$error"))
            return
        if field.name not in self._fitted:
            self._fitted[field.name] = self._fit(field)
        self.update(self._fitted[field.name])

    def _make_room(self) -> None:
        self._fitted.clear()
        width = self.content_size.width
        if self._longest is not None and width:
            lines = self._words(self._longest).get_height({}, width)
            self.styles.height = min(lines, self._most) + self.gutter.height

    def _fit(self, field: Field) -> Content:
        """Its words, with an ellipsis where the room ends before them."""
        width, words = self.content_size.width, self._words(field)
        if not width or words.get_height({}, width) <= self._most:
            return words
        longest = bisect(range(2, LONGEST), self._most, key=lambda n: self._cut(field, n).get_height({}, width)) + 1
        return self._cut(field, longest)

    def _cut(self, field: Field, longest: int) -> Content:
        return self._words(field, longest) + Content.styled(READ_ON, "$accent")

    def _words(self, field: Field, longest: int = LONGEST) -> Content:
        description = wording.one_line(field.description, longest)
        if not self._named:
            return Content(description)
        return Content.assemble(
            Content.styled(field.name, "bold"),
            Content.styled("  required" if field.required else "", "$warning"),
            Content.styled(f"  {rules_of(field)}", "$text-muted"),
            f"\n{description}" if description else "",
        )


def rules_of(field: Field) -> str:
    """What may be put into a field, in a few words; its default stands in the field itself."""
    words = (kind_words(field), bounds_words(field), "deprecated" if field.deprecated else "")
    return " · ".join(word for word in words if word)
