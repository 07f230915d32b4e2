"""What a webhook would meet at an address: its name, its connection, its certificate, and its answer."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import secrets
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from tui.api import certificates
from tui.api.client import Client
from tui.api.webhook_posts import PATIENCE
from tui.api.webhooks import signed_headers

SLOW = 2.0
"""Seconds from which an answer is worth a word: "respond within a few seconds" (docs/replicate.md, Webhooks)."""
SOON = timedelta(days=14)
_CONNECT = 10.0
_CERTIFICATES = {
    9: "The certificate is not valid yet. Look at the clock of the server.",
    10: "The certificate has expired. Renew it.",
    18: "The certificate is self-signed: nobody vouches for it. Replicate refuses it; use one of a public authority.",
    19: "The certificate's authority is not one that is trusted publicly. Use one of a public authority.",
    20: "The certificate's authority is not known, or the server leaves out the certificates between (the chain).",
    21: "The server leaves out the certificates between its own and its authority's (the chain).",
    62: "The certificate is for another name than {host}.",
    64: "The certificate is not for the address {host}.",
}
"""OpenSSL's verify codes (openssl-verification-options), in words."""
_STATUSES = {
    401: "It wants credentials. Replicate sends none: the signature says who it is.",
    403: "It forbids the request. A firewall, or a check of the origin, may refuse what has no browser behind it.",
    404: "There is nothing at this path.",
    405: "It takes no POST. Webhooks are POST requests.",
    413: "It finds the body too large. A prediction with its output may have megabytes.",
    415: "It does not take application/json.",
    429: "It limits how often it may be called. Webhooks of output come twice a second.",
}


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    step: str
    """"address", "name", "connection", "certificate" or "webhook"."""
    good: bool
    text: str


async def check(client: Client, url: str) -> AsyncIterator[Finding]:
    """Look at an address step by step; what makes the rest pointless ends it. Raises ApiError for the secret alone."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    yield _scheme(parts)
    addresses = await _looked_up(host, port)
    if isinstance(addresses, Finding):
        yield addresses
        return
    yield _where(host, addresses)
    connected = await _connect(host, port, secure=parts.scheme == "https")
    for finding in connected:
        yield finding
    if all(finding.good for finding in connected):
        yield await _posted(client, url)


def _scheme(parts: SplitResult) -> Finding:
    if parts.scheme == "https":
        return Finding("address", True, "It is https.")
    return Finding("address", True, "It is http: Replicate takes https addresses only.")


async def _looked_up(host: str, port: int) -> list[str] | Finding:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Finding("name", False, f"The name {host} is not found: {reason}.")
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def _where(host: str, addresses: list[str]) -> Finding:
    named = f"{host} is {', '.join(addresses[:4])}"
    if any(_is_private(address) for address in addresses):
        return Finding("name", True, f"{named}: an address of this machine or network, which Replicate cannot reach.")
    return Finding("name", True, f"{named}.")


def _is_private(address: str) -> bool:
    try:
        return not ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


async def _connect(host: str, port: int, *, secure: bool) -> list[Finding]:
    context = await asyncio.to_thread(certificates.trusted) if secure else None
    try:
        async with asyncio.timeout(_CONNECT):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except TimeoutError:
        return [Finding("connection", False, f"Port {port} does not answer. A firewall may drop what comes to it.")]
    except ssl.SSLCertVerificationError as error:
        said = _CERTIFICATES.get(error.verify_code, f"The certificate is refused: {error.verify_message}.")
        return [Finding("certificate", False, said.format(host=host))]
    except ssl.SSLError as error:
        return [Finding("certificate", False, f"There is no TLS at port {port}: {error.reason or error}.")]
    except OSError as error:
        reason = error.strerror or str(error)
        return [Finding("connection", False, f"Nothing takes a connection at port {port}: {reason}.")]
    found = [Finding("connection", True, f"Port {port} takes connections.")]
    if secure:
        found.append(_expiry(writer.get_extra_info("peercert")))
    writer.close()
    return found


def _expiry(certificate: object) -> Finding:
    text = certificate.get("notAfter") if isinstance(certificate, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(text, str):
        return Finding("certificate", True, "The certificate is good.")
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    soon = ", which is soon" if until - datetime.now(UTC) < SOON else ""
    return Finding("certificate", True, f"The certificate is good until {until:%Y-%m-%d}{soon}.")


async def _posted(client: Client, url: str) -> Finding:
    body = _test_body()
    secret = await client.webhook_secret()
    headers = signed_headers(secret, f"msg_{secrets.token_hex(13)}", body, int(datetime.now(UTC).timestamp()))
    receipt = await client.post_webhook(url, headers, body)
    took = f"{receipt.seconds * 1000:,.0f} ms"
    if receipt.taken:
        slow = ", which is slow: answer first, and work afterwards" if receipt.seconds > SLOW else ""
        return Finding("webhook", True, f"A signed test webhook was taken with {receipt.status} in {took}{slow}.")
    if receipt.status is None:
        late = receipt.seconds >= PATIENCE
        more = " Answer first, and work afterwards." if late else ""
        return Finding("webhook", False, f"The test webhook was not answered: {receipt.problem}{more}")
    known = _STATUSES.get(receipt.status, "It fails on the test webhook." if receipt.status >= 500 else "")
    said = " ".join(part for part in (known, receipt.problem) if part)
    return Finding("webhook", False, f"The test webhook was answered with {receipt.status}. {said}".strip())


def _test_body() -> bytes:
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    test: dict[str, object] = {
        "id": "test00000000000000000000",
        "model": "replicate-tui/webhook-test",
        "version": "hidden",
        "input": {"text": "This is a test webhook of replicate-tui. Nothing was run."},
        "output": None,
        "logs": "",
        "error": None,
        "status": "succeeded",
        "created_at": now,
        "started_at": now,
        "completed_at": now,
        "urls": {},
        "metrics": {},
    }
    return json.dumps(test).encode()
