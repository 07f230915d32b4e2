"""One field of a form and what the user made of it, and how its default and a long text are said in few words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tui.forms import MISSING, Field, Kind, to_text
from tui.toolkit.line_view import printable, shorten
from tui.wording import size as size_words

DEFAULT_SHOWN = 240


@dataclass(eq=False)
class Entry:
    """One field and what the user made of it. The one place where its text lives."""

    field: Field
    text: str | None = None
    """As typed; None while the field is untouched."""
    problem: str | None = None
    note: str | None = None
    """Shown in place of the hint: what a chosen file is."""
    start: str | None = None
    """What it held as the form began."""

    @property
    def changed(self) -> bool:
        """Whether it says something else than the form began with; the default, chosen, says the same as none."""
        text = self.text if self.text is not None else self.default_text
        start = self.start if self.start is not None else self.default_text
        return (text or "") != (start or "")

    @property
    def needed(self) -> bool:
        """Whether the form cannot be sent because this field is empty."""
        return self.field.required and self.text is None

    @cached_property
    def default_text(self) -> str | None:
        """The default as it would be typed; None where there is none, or it is secret."""
        field = self.field
        if field.default is MISSING or field.default is None or field.kind is Kind.SECRET:
            return None
        return to_text(field, field.default)


def default_words(field: Field, limit: int = DEFAULT_SHOWN) -> str:
    """`1024 (default)`, or nothing where there is no default."""
    if field.default is MISSING or field.default is None or field.kind is Kind.SECRET:
        return ""
    text = to_text(field, field.default)
    return f"{printable(shown(text, limit))} (default)" if text else ""


def shown(text: str, limit: int = 60) -> str:
    """A text in a few words: a data URI by its type and size, a long text by its beginning and size."""
    if text[:5].lower() == "data:":
        head, comma, _ = text[:200].partition(",")
        if comma:
            kind = head.split(";")[0]
            length = len(text) - len(head) - 1
            return f"{kind} · {size_words(length * 3 // 4 if head.endswith('base64') else length)}"
    lines = text.count("\n") + 1
    if lines == 1 and len(text) <= limit:
        return text
    first = shorten(" ".join(text[: limit * 2].split()), limit)
    parts = [first]
    if lines > 1:
        parts.append(f"{lines:,} lines")
    if len(text) > 1_000:
        parts.append(size_words(len(text.encode("utf-8", "replace"))))
    return " · ".join(parts)
