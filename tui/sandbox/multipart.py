"""Reads multipart/form-data: the parts of an upload, without copying the file."""

import re

from msgspec import Struct

_PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))')


class Part(Struct, frozen=True):
    """One part: its field's name, and the file's name and type if it said them."""

    name: str
    filename: str | None
    content_type: str | None
    content: memoryview


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a Content-Type header names; None when it is no multipart form."""
    kind, _, rest = content_type.partition(";")
    boundary = _parameters(";" + rest).get("boundary", "")
    if kind.strip().lower() != "multipart/form-data" or not boundary or len(boundary) > 200:
        return None
    return boundary.encode("latin-1", "replace")


def parse(body: bytes, boundary: bytes) -> list[Part]:
    """The parts in order; ValueError when the body is not what it says."""
    mark = b"--" + boundary
    view = memoryview(body)
    parts: list[Part] = []
    at = body.find(mark)
    while at != -1:
        start = at + len(mark)
        if body[start : start + 2] == b"--":
            return parts
        head_end = body.find(b"\r\n\r\n", start)
        following = body.find(b"\r\n" + mark, max(start, head_end + 2))
        if head_end == -1 or following == -1 or len(parts) > 1000:
            break
        parts.append(_part(body[start:head_end], view[min(head_end + 4, following) : following]))
        at = following + 2
    raise ValueError("the multipart form is cut off")


def _part(head: bytes, content: memoryview) -> Part:
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    disposition = _parameters(headers.get("content-disposition", ""))
    if "name" not in disposition:
        raise ValueError("a part of the form has no name")
    return Part(disposition["name"], disposition.get("filename"), headers.get("content-type"), content)


def _parameters(text: str) -> dict[str, str]:
    return {
        match[1].lower(): re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3].strip()
        for match in _PARAMETER.finditer(text)
    }
