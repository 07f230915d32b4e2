"""Turns a refusal into the error that says what happened, in the words of whoever refused.

Source: docs/replicate.md, Rate limits and errors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypedDict, cast

from tui.api import rate_limits as limits
from tui.api.decoding import is_object
from tui.api.errors import ApiError, InvalidInput, NotFound, PaymentRequired, RateLimited, ServerError, Unauthorized
from tui.api.text import clean, clean_line

_TAGS = re.compile(r"<(script|style|head)\b.{0,20000}?</\1\s*>|<[^>]{0,2000}>", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,500}?)</title", re.IGNORECASE | re.DOTALL)
_EXTRA = re.compile(r"[Aa]dditional property (\S+) is not allowed")
_REQUIRED = re.compile(r"^'?([\w.-]+)'? is (?:a )?required")
_DETAIL_LINE = re.compile(r"^\s*-\s*([\w.()-]+)\s*:\s*(.+)$", re.MULTILINE)
_LEADS = {
    401: "The token was not accepted",
    402: "The account's credit does not suffice",
    403: "The token may not do this",
    404: "Not found",
    413: "The file or the request is too large",
    429: "Too many requests",
}
"""What a refusal means, before what the API says of it."""
_REQUEST_IDS = ("x-request-id", "request-id", "x-replicate-request-id", "cf-ray")


def error_from(status: int, headers: Mapping[str, str], body: bytes) -> ApiError:
    """The error for an answer with `status` 300 or above. `headers` must be looked up in lower case."""
    problem = _parse(body)
    title, detail = _words(problem, headers, body)
    # Where the status has words of its own, the title only says them again.
    said = _sentence(None if detail and status in _LEADS else title, detail)
    common = _Common(status=status, title=title, detail=detail, request_id=_request_id(headers))
    lead = _LEADS.get(status, "")
    if status in (401, 403):
        if problem is None and _is_page(headers, body):
            return ApiError(_join(f"A firewall, a proxy or a VPN on the way refused it ({status})", said), **common)
        return Unauthorized(_join(lead, said), **common)
    if status == 402:
        return PaymentRequired(_join(lead, said), **common)
    if status == 404:
        return NotFound(_join(lead, said), **common)
    if status in (400, 413, 422):
        message = _join(lead, said) if said or lead else "The API refused the request without a reason."
        return InvalidInput(message, fields=_fields(problem), **common)
    if status == 429:
        wait = limits.told_wait(headers, problem if problem is not None else detail)
        return RateLimited(_join(lead, said), retry_after=1.0 if wait is None else wait, **common)
    if status >= 500:
        return ServerError(_join(f"The API failed with status {status}", said), **common)
    if 300 <= status < 400:
        return ApiError(f"The API redirects ({status}) to another place, which is not followed.", status=status)
    return ApiError(_join(f"The API answered with status {status}", said), **common)


def readable(content_type: str, body: bytes) -> str:
    """What a body that is not JSON says, on one line: a page's title, or the beginning of its text."""
    text = body[:20_000].decode("utf-8", "replace")
    if "html" in content_type or text.lstrip()[:1] == "<":
        import html

        title = _TITLE.search(text)
        text = html.unescape(title[1] if title and title[1].strip() else _TAGS.sub(" ", text))
    return clean_line(text)


def _is_page(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether an answer is for a browser: the API's own refusals are JSON."""
    return "html" in headers.get("content-type", "") or body.lstrip()[:1] == b"<" or body.startswith(b"error code:")


class _Common(TypedDict):
    """What every error carries."""

    status: int
    title: str | None
    detail: str | None
    request_id: str | None


def _parse(body: bytes) -> dict[str, object] | None:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if is_object(value) else None


def _words(problem: dict[str, object] | None, headers: Mapping[str, str], body: bytes) -> tuple[str | None, str | None]:
    """The title and the detail of a refusal, whichever way it is written."""
    if problem is None:
        return None, readable(headers.get("content-type", ""), body) or None
    title = problem.get("title")
    detail = problem.get("detail", problem.get("error", problem.get("message")))
    if isinstance(detail, list):
        detail = "; ".join(f"{name}: {said}" if name else said for name, said in _cog_fields(problem))
    elif is_object(detail):
        detail = json.dumps(detail)[:2000]
    return (
        title if isinstance(title, str) and title.strip() else None,
        clean(detail) if isinstance(detail, str) and detail.strip() else None,
    )


def _sentence(title: str | None, detail: str | None) -> str:
    """Title and detail in one line, the detail's bullets as clauses."""
    lines = [line.strip().removeprefix("- ").strip() for line in (detail or "").splitlines()]
    said = "; ".join(line for line in lines if line)
    if title and said and title.rstrip(".").lower() not in said.lower():
        return f"{title}: {said}"
    return said or title or ""


def _join(lead: str, said: str) -> str:
    # The API may say the same itself, more than once where a server passes on the words of another.
    while lead and said[: len(lead)].lower() == lead.lower() and not said[len(lead) : len(lead) + 1].isalnum():
        said = said[len(lead) :].lstrip(" .:;,-")
    if not lead or not said:
        return lead + "." if lead else said
    return f"{lead}: {said}"


def _request_id(headers: Mapping[str, str]) -> str | None:
    return next((headers[name] for name in _REQUEST_IDS if headers.get(name)), None)


def _fields(problem: dict[str, object] | None) -> dict[str, str]:
    """Form field name → what is wrong with it, from whichever form the API used; the first reason stays."""
    fields: dict[str, str] = {}
    if problem is None:
        return fields
    for found in (_invalid_fields, _pointers, _cog_fields, _detail_lines):
        for name, said in found(problem):
            if name and said:
                fields.setdefault(name, said)
        if fields:
            break
    return fields


def _objects(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, list):
        yield from (item for item in cast("list[object]", value)[:200] if is_object(item))


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _named(path: str, said: str) -> str:
    """The input's name in a path such as "input.width", "(root)" or "input"; else the one that `said` names."""
    parts = [part for part in re.split(r"[./]", path) if part and part != "(root)"]
    if parts and parts[0] == "body":
        parts = parts[1:]
    if parts and parts[0] == "input":
        parts = parts[1:]
    if parts:
        return parts[0]
    found = _EXTRA.search(said) or _REQUIRED.search(said)
    return found[1].split(".")[-1] if found else ""


def _invalid_fields(problem: dict[str, object]) -> Iterator[tuple[str, str]]:
    for item in _objects(problem.get("invalid_fields")):
        said = _string(item.get("description")) or _string(item.get("type")).replace("_", " ")
        yield _named(_string(item.get("field")), said), said


def _pointers(problem: dict[str, object]) -> Iterator[tuple[str, str]]:
    for item in _objects(problem.get("errors")):
        said = _string(item.get("detail")) or _string(item.get("message"))
        yield _named(_string(item.get("pointer")), said), said


def _cog_fields(problem: dict[str, object]) -> Iterator[tuple[str, str]]:
    for item in _objects(problem.get("detail")):
        place = item.get("loc")
        parts = cast("list[object]", place) if isinstance(place, list) else []
        path = "/".join(str(part) for part in parts)
        said = _string(item.get("msg"))
        yield _named(path, said), said


def _detail_lines(problem: dict[str, object]) -> Iterator[tuple[str, str]]:
    detail = _string(problem.get("detail"))[:20_000]
    for path, said in _DETAIL_LINE.findall(detail):
        yield _named(path, said.strip()), said.strip()
    for line in detail.splitlines():
        said = line.strip().removeprefix("- ").strip()
        if _EXTRA.search(said) or _REQUIRED.search(said):
            yield _named("", said), said
