"""Addresses in recorded texts: those of the real API and of its file and stream hosts, as the sandbox's own."""

import re

API = "<api>"
ELSEWHERE = "/_elsewhere/"
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*(?:replicate\.(?:delivery|com|net)|replicate-files\.com)")
_ADDRESS = re.compile(rf"https://({_HOST.pattern})(?=/)")
_BACK = re.compile(rf"{re.escape(API)}{ELSEWHERE}({_HOST.pattern})(?=/)")


def neutral(text: str, upstream: str) -> str:
    """A text of the real API with `<api>` for its address, and a path below it for each other host."""
    text = text.replace(upstream, API)
    return _ADDRESS.sub(rf"{API}{ELSEWHERE}\1", text)


def as_here(text: str, origin: str) -> str:
    """The text as a client of the sandbox gets it."""
    return text.replace(API, origin)


def from_here(text: str, origin: str) -> str:
    """What a client of the sandbox sent, with `<api>` for the sandbox's address."""
    return text.replace(origin, API)


def as_there(text: str, upstream: str) -> str:
    """The text as the real API gets it."""
    return _BACK.sub(r"https://\1", text).replace(API, upstream)


def is_known_host(host: str) -> bool:
    """Whether a host is one that Replicate's files and streams come from."""
    return _HOST.fullmatch(host) is not None
