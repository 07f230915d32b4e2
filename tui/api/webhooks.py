"""Checks that a webhook comes from Replicate: the Standard Webhooks signature (docs/replicate.md, Webhooks)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
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
