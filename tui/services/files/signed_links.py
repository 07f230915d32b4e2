"""The signed link by which a file's content is to be had: the API gives it for nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

SIGNED = ("owner", "expiry", "signature")
"""What a link is signed with (docs/replicate.md, Files)."""


class SignedLink(NamedTuple):
    """A link, taken apart."""

    file_id: str
    owner: str
    expiry: int
    signature: str


def parse(word: str, given: Mapping[str, str]) -> SignedLink:
    """The link that a word is, or a file's id together with what is `given` besides. Raises ValueError, a sentence."""
    found = {name: given.get(name, "") for name in SIGNED}
    shown = word[:80]
    if word.startswith(("https://", "http://")):
        parts = urlsplit(word)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        # A plus in a link's signature was none of a blank's.
        found = {name: found[name] or query.get(name, "").replace(" ", "+") for name in SIGNED}
        word = unquote(parts.path.removesuffix("/download").rstrip("/").rsplit("/", 1)[-1])
    missing = [name for name in SIGNED if not found[name]]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise ValueError(
            f"{shown!r} is no signed link: {', '.join(missing)} {are} missing. "
            "The API gives a file's content for a signed link only, not for its id and a token."
        )
    expiry = found["expiry"]
    if not expiry.isascii() or not expiry.isdecimal() or len(expiry) > 15:
        raise ValueError(f"expiry: must be seconds since 1970, got {expiry[:40]!r}")
    return SignedLink(word, found["owner"], int(expiry), found["signature"])
