"""The value of a file input: a local path, a URL or a data URI, told apart by its look alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import unquote, urlsplit

FileKind = Literal["path", "url", "data-uri"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Invalid(ValueError):
    """A text that is no value of its field; the message is a clause that says what would be right."""


class FileInput(str):
    """A file as it was given, without a leading `@` and with `~` as typed.

    It is a text, so that `json` writes an input that holds it (msgspec does not know subclasses of str);
    `kind` tells what the text is. Whether a path exists is not asked here.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, given: str) -> FileInput:
        """Read `PATH`, `@PATH`, `file://PATH`, a URL or a data URI.

        Raises Invalid when it is none of them. `parse(str(x))` gives `x` again.
        """
        if isinstance(given, FileInput):
            return given
        value = given.strip()
        local = value.startswith("@")
        if local:
            value = value[1:].strip()
        if value[:7].lower() == "file://" and not local:
            parts = urlsplit(value)
            if parts.netloc not in ("", "localhost"):
                raise Invalid(f"must be a file on this machine, got one on {parts.netloc[:60]!r}")
            value, local = unquote(parts.path), True
        if not value:
            raise Invalid("must be a path, a URL or a data URI, got nothing")
        if local and (value.startswith("@") or _kind(value) != "path" or value[:7].lower() == "file://"):
            value = f"./{value}"
        kind = _kind(value)
        if kind == "data-uri":
            _check_data(value)
        elif _CONTROL.search(value):
            raise Invalid("must not contain control characters")
        elif kind == "url":
            _check_url(value)
        return cls(value)

    @property
    def kind(self) -> FileKind:
        """What the text is."""
        return _kind(self)

    @property
    def path(self) -> str:
        """The local path as typed (`~` is not expanded); empty for a URL or a data URI."""
        return str(self) if self.kind == "path" else ""


def _kind(value: str) -> FileKind:
    if value[:5].lower() == "data:":
        return "data-uri"
    return "url" if _SCHEME.match(value) else "path"


def _check_url(value: str) -> None:
    try:
        host = urlsplit(value).netloc
    except ValueError:
        host = ""
    if not host or any(c.isspace() for c in value):
        raise Invalid(f"must be a whole URL such as https://example.com/cat.png, got {value[:60]!r}")


def _check_data(value: str) -> None:
    head, comma, _ = value[:1000].partition(",")
    if not comma:
        raise Invalid(f"must be a data URI such as data:image/png;base64,…, got {head[:40]!r}")


def missing_file(value: object, exists: Callable[[str], bool]) -> str | None:
    """The first local path in a file input, or in a list of them, that `exists` denies; None when all are there."""
    if isinstance(value, list):
        items: list[object] = list(value)  # pyright: ignore[reportUnknownArgumentType]
        return next((path for path in (missing_file(item, exists) for item in items) if path), None)
    if not isinstance(value, FileInput) or value.kind != "path":
        return None
    return None if exists(value.path) else value.path
