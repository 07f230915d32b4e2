"""Checks that a webhook comes from Replicate: the Standard Webhooks signature (docs/replicate.md, Webhooks)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from .errors import ApiError
from .token import Token

TOLERANCE = 300.0
"""Seconds that a webhook's timestamp may be off."""


class BadSignature(ApiError):
    """The webhook is not Replicate's, was changed on the way, or is an old one sent again."""


def signature(secret: Token, webhook_id: str, timestamp: str, body: bytes) -> str:
    """ "v1,<base64>": the signature of a webhook. Raises BadSignature for a secret that is none."""
    try:
        key = base64.b64decode(secret.reveal().removeprefix("whsec_"), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if not key:
        raise BadSignature("The webhook secret is not whsec_ and base64.")
    content = b".".join((webhook_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def signed_headers(secret: Token, webhook_id: str, body: bytes, at: int) -> dict[str, str]:
    """The headers of a webhook; `at` is in whole seconds since 1970. Raises BadSignature for a secret that is none."""
    return {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(secret, webhook_id, str(at), body),
    }


def verify(
    secret: Token,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float | None = None,
    tolerance: float = TOLERANCE,
) -> None:
    """Returns when `body`, byte by byte as it came, carries a valid signature; else raises BadSignature.

    `headers` are looked up without regard to case. `now` is in seconds since 1970.
    """
    given = {name.lower(): value for name, value in headers.items()}
    webhook_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not webhook_id or not timestamp.isdecimal() or len(timestamp) > 15:
        raise BadSignature("The webhook has no id or no time.")
    if abs((time.time() if now is None else now) - int(timestamp)) > tolerance:
        raise BadSignature("The webhook is too old, or this machine's clock is wrong.")
    expected = signature(secret, webhook_id, timestamp, body).encode()
    offered = given.get("webhook-signature", "").split()
    # Every one is compared, so that the time taken tells nothing.
    matches = [hmac.compare_digest(expected, one.encode("utf-8", "replace")) for one in offered]
    if not any(matches):
        raise BadSignature("The webhook's signature is wrong.")


def explain_mismatch(secret: Token, headers: Mapping[str, str], body: bytes) -> str:
    """What most likely went wrong where a signature does not fit the body, in a sentence; empty where nothing tells.

    It tries what people meet: a body that was changed on its way, and the key as the official page's whole example
    has it (docs/replicate.md, Webhooks).
    """
    given = {name.lower(): value for name, value in headers.items()}
    webhook_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    offered = given.get("webhook-signature", "").split()

    def fits(content: bytes, key: Token = secret) -> bool:
        try:
            return signature(key, webhook_id, timestamp, content) in offered
        except BadSignature:
            return False

    if fits(body):
        return ""
    text = secret.reveal()
    for as_text in (text, text.removeprefix("whsec_")):
        if fits(body, Token("whsec_" + base64.b64encode(as_text.encode()).decode())):
            return "It was signed with the text of the secret. The key is what follows whsec_, decoded from base64."
    if any(fits(changed) for changed in _line_ends(body)):
        return "The line ends of the body are not those that were signed: keep the bytes as they come."
    if any(fits(changed) for changed in _written_anew(body)):
        return "The JSON was read and written anew on its way: verify the bytes as they come."
    return ""


def _line_ends(body: bytes) -> list[bytes]:
    lines = body.replace(b"\r\n", b"\n")
    bare = body.rstrip(b"\r\n")
    return [bare, bare + b"\n", bare + b"\r\n", lines, lines.replace(b"\n", b"\r\n")]


def _written_anew(body: bytes) -> list[bytes]:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found: list[bytes] = []
    for separators in ((",", ":"), (", ", ": ")):
        for ascii_only in (True, False):
            text = json.dumps(value, separators=separators, ensure_ascii=ascii_only)
            found.append(text.encode("utf-8", "replace"))
    return found
