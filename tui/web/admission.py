"""Who may read: whoever opens an address with a token that nobody has used, and knows the password where there is one.

What a browser is known by afterwards is a cookie, which no page can read: an address is seen in histories and over
shoulders, so that the one with the token is good for nothing once it was opened.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

MOST_GUESSES = 5
"""Wrong passwords for which an address is good."""


class Admission:
    """The address that lets the next browser in, and those that were let in. `renewed` is told of each new token."""

    def __init__(self, password: str = "", renewed: Callable[[str], object] = lambda token: None) -> None:
        self._password = _digest(password) if password else b""
        self._renewed = renewed
        self._sessions: set[bytes] = set()
        self._guesses = 0
        self.token = secrets.token_urlsafe(24)
        """What the address has that lets the next browser in."""

    @property
    def wants_password(self) -> bool:
        return bool(self._password)

    def knows(self, token: str) -> bool:
        """Whether it is the token that nobody has used."""
        return hmac.compare_digest(_digest(token), _digest(self.token))

    def let_in(self, token: str, password: str = "") -> str | None:
        """The session of a browser that has the token, and the password; None for any other. The token is used then."""
        if not self.knows(token):
            return None
        if self._password and not hmac.compare_digest(_digest(password), self._password):
            self._guesses += 1
            if self._guesses >= MOST_GUESSES:
                self._renew()
            return None
        session = secrets.token_urlsafe(32)
        self._sessions.add(_digest(session))
        self._renew()
        return session

    def is_in(self, session: str) -> bool:
        """Whether it is the session of a browser that was let in."""
        return _digest(session) in self._sessions

    def _renew(self) -> None:
        self._guesses = 0
        self.token = secrets.token_urlsafe(24)
        self._renewed(self.token)


def _digest(text: str) -> bytes:
    """Of one length, so that a comparison tells nothing of it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
