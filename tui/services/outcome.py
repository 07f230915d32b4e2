"""What became of a change that was sent: carried out, refused, or not known. Whoever sent it answers this value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from msgspec import Struct, field

from tui.api.errors import ApiError
from tui.services.refusals import blame

T = TypeVar("T")


class Applied(Struct, Generic[T], frozen=True):
    """It was carried out."""

    what: T
    """The thing as it is now."""
    warning: str = ""
    """What else came of it, in a sentence."""


class Unsure(Struct, frozen=True):
    """It was sent, its answer lost, and what is there does not show it: it is never sent again by itself."""

    words: str


class Refused(Struct, frozen=True):
    """It was not carried out, and that is sure."""

    error: ApiError
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field → what is wrong with it, in the API's words."""
    rest: str = ""
    """What no field caused; empty where all of it was caused by fields."""

    @classmethod
    def of(cls, error: ApiError, fields: Sequence[str], *, absent: str = "") -> Refused:
        """A refusal, laid on the `fields` that caused it. `absent`: the field that a 404 is about."""
        found = blame(error, fields, absent=absent)
        return cls(error, found.fields, found.rest)

    @property
    def words(self) -> str:
        """All of it in one line."""
        told = [f"{name}: {words}" for name, words in self.fields.items()]
        return " ".join([*told, *([self.rest] if self.rest else [])])
