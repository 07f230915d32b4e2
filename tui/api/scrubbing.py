"""Hides the client's own secrets in what a server says: one that quotes the request quotes the token with it.

A secret is replaced by as many asterisks, so that lengths stay true. It is looked for as it is and in the ways that
servers write a request down: escaped for JSON, for HTML or for an address, in base64, in hex, in UTF-16.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable

SHORTEST = 8
"""Characters of a secret that is looked for: a shorter one stands in many texts that do not quote it."""

_LIKELY = re.compile(r"\b(?:r8_\w+|(?=\w*[A-Za-z])(?=\w*\d)[\w+=-]{20,})|(?<=Bearer )\S+")

_NAMED = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}


def without_tokens(text: str) -> str:
    """`text` without what looks like a token, for where nobody knows which secrets it may quote."""
    return _LIKELY.sub("…", text)


class Scrubber:
    """Hides some secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = [secret for secret in dict.fromkeys(secrets) if len(secret) >= SHORTEST]
        self._forms = list(dict.fromkeys(form for secret in known for form in _forms(secret)))
        self._escaped = [(_longest_word(secret), _escaped(secret)) for secret in known]
        self.longest = max((7 * len(secret) for secret in known), default=0)
        """Bytes of the longest form of a secret."""

    def body(self, data: bytes) -> bytes:
        """`data` with each secret hidden; just as long."""
        for form in self._forms:
            if form in data:
                data = data.replace(form, b"*" * len(form))
        for word, pattern in self._escaped:
            # The pattern is slow. What escapes some letters leaves the others, which are found in no time.
            if word in data:
                data = re.sub(pattern, lambda found: b"*" * len(found[0]), data)
        return data

    def text(self, text: str) -> str:
        """`text` with each secret hidden."""
        if not self._forms:
            return text
        data = text.encode("utf-8", "surrogatepass")
        scrubbed = self.body(data)
        return text if scrubbed is data or scrubbed == data else scrubbed.decode("utf-8", "surrogatepass")

    async def chunks(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """The chunks with each secret hidden, also one that two chunks share."""
        held = b""
        async for chunk in chunks:
            data = self.body(held + chunk)
            ready = max(0, len(data) - self.longest)
            held = data[ready:]
            if ready:
                yield data[:ready]
        if held:
            yield held


def _forms(secret: str) -> Iterable[bytes]:
    """The secret as it is, and in the encodings in which nothing of its own letters is left."""
    plain = secret.encode()
    yield plain
    for way in ("\\u{:04x}", "\\u{:04X}", "\\x{:02x}", "%{:02x}", "%{:02X}", "&#{};", "&#x{:x};", "&#x{:X};"):
        yield "".join(way.format(code) for code in plain).encode()
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    yield secret.encode("utf-16-le")
    yield secret.encode("utf-16-be")
    for before in range(3):
        # What lies before it shifts the letters. Those at both ends hold bits of its neighbours too, and stay.
        first, last = -(-before * 8 // 6), (before + len(plain)) * 8 // 6
        shifted = bytes(before) + plain
        yield base64.b64encode(shifted)[first:last]
        yield base64.urlsafe_b64encode(shifted)[first:last]


def _longest_word(secret: str) -> bytes:
    return max(re.findall(r"[A-Za-z0-9]+", secret), key=len, default="").encode()


def _escaped(secret: str) -> bytes:
    """A pattern for the secret with any of its letters escaped."""
    return b"".join(_letter(letter) for letter in secret)


def _letter(letter: str) -> bytes:
    code = ord(letter)
    ways = [
        re.escape(letter),
        rf"\\+u00(?i:{code:02x})",
        rf"\\+x(?i:{code:02x})",
        rf"%(?:25)*(?i:{code:02x})",
        rf"&\#0*{code};",
        rf"&\#[xX]0*(?i:{code:02x});",
    ]
    if not letter.isalnum():
        ways.append(rf"\\+{re.escape(letter)}")
    if letter in _NAMED:
        ways.append(f"&{_NAMED[letter]};")
    return f"(?:{'|'.join(ways)})".encode()
