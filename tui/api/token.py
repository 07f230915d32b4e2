"""Holds a secret so that no repr, traceback, log line, pickle or dump of attributes shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn


class Token:
    """An API token or a webhook secret. Only `reveal()` gives its value.

    Raises ValueError, without the value in it, for a text that no HTTP header can carry.
    """

    __slots__ = ("_reveal",)

    _reveal: Callable[[], str]

    def __init__(self, value: str) -> None:
        value = value.strip()
        if not value or not value.isascii() or not value.isprintable() or " " in value:
            problem = "is empty" if not value else "has characters that no token has (spaces, line breaks, accents)"
            del value
            raise ValueError(f"The token {problem}.")
        # A closure, because a tool that prints the attributes of everything would print a plain one.
        object.__setattr__(self, "_reveal", lambda: value)

    def reveal(self) -> str:
        """The value itself: only for the Authorization header, a signature, or the place where it is kept."""
        return self._reveal()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("A token does not change.")

    def __repr__(self) -> str:
        return "Token(…)"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        import hmac

        return isinstance(other, Token) and hmac.compare_digest(self.reveal(), other.reveal())

    def __hash__(self) -> int:
        return hash(("Token", self.reveal()))

    def __copy__(self) -> Token:
        return self

    def __deepcopy__(self, memo: object) -> Token:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A token is never written out.")
