"""webhooks verify: whether a webhook is Replicate's, told from its bytes, and why not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from msgspec import Struct

from tui.api.token import Token
from tui.api.webhooks import TOLERANCE, BadSignature, explain_mismatch, verify
from tui.cli.exit_codes import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker

MOST_BYTES = 64 * 1024 * 1024
"""A webhook's body is no larger than an answer of the API."""
_HEADERS = {"id": "webhook-id", "timestamp": "webhook-timestamp", "signature": "webhook-signature"}


class NotGiven(ValueError):
    """Something that the signature is made of is missing, or cannot be read; the text is for the user."""


class Given(Struct, frozen=True):
    """A webhook as it came."""

    headers: dict[str, str]
    body: bytes


def verify_with_variable(call: Call, speaker: Speaker) -> int:
    """Verify by the secret that a variable of the environment holds; asks nobody."""
    name = call.text("secret_env") or ""
    value = os.environ.get(name, "").strip()
    if not value:
        speaker.error(f"The variable {name} is not set: it should hold the secret, whsec_….")
        return EXIT_USAGE
    try:
        return verify_webhook(call, speaker, Token(value), as_json=call.json or not speaker.out_is_terminal)
    except (NotGiven, ValueError) as error:
        speaker.error(str(error))
        return EXIT_USAGE


def verify_webhook(call: Call, speaker: Speaker, secret: Token, *, as_json: bool) -> int:
    """Verify what the call names. Raises NotGiven."""
    given = _given(call)
    tolerance = call.number("tolerance")
    seconds = TOLERANCE if tolerance is None else float(tolerance) if tolerance else float("inf")
    problem, likely = "", ""
    try:
        verify(secret, given.headers, given.body, tolerance=seconds)
    except BadSignature as error:
        problem = str(error)
        likely = explain_mismatch(secret, given.headers, given.body)
    if as_json:
        speaker.object({"valid": not problem, "problem": problem or None, "likely": likely or None})
    elif not problem:
        speaker.line("It is valid: signed with this secret, and its body is as it was sent.")
    for line in (problem, likely):
        if line:
            speaker.say(line)
    return EXIT_FAILED if problem else EXIT_DONE


def _given(call: Call) -> Given:
    """The webhook that a call names. Raises NotGiven."""
    request = call.text("request")
    if request is not None:
        if call.words:
            raise NotGiven("Give either a FILE with the body, or --request with the whole request.")
        return _of_request(_read(request))
    headers = {header: call.text(name) or "" for name, header in _HEADERS.items()}
    missing = [f"--{name}" for name, header in _HEADERS.items() if not headers[header]]
    if missing:
        raise NotGiven(f"{', '.join(missing)} must be given, or --request with the whole request.")
    return Given(headers, _read(call.words[0] if call.words else "-"))


def _read(name: str) -> bytes:
    shown = "stdin" if name == "-" else repr(name[:200])
    try:
        if name == "-":
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(name).expanduser().open("rb") as file:
                content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        raise NotGiven(f"{shown} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if len(content) > MOST_BYTES:
        raise NotGiven(f"{shown} is larger than {MOST_BYTES // 1024 // 1024} MB: that is no webhook.")
    return content


def _of_request(content: bytes) -> Given:
    """The headers and the body of an HTTP request as it came over the line. Raises NotGiven."""
    import h11

    if b"\r\n" not in content.partition(b"\n\n")[0]:
        # Saved by hand: the head has bare line ends.
        head, blank, rest = content.partition(b"\n\n")
        content = head.replace(b"\n", b"\r\n") + (b"\r\n\r\n" if blank else b"") + rest
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1024 * 1024)
    headers: dict[str, str] = {}
    body = bytearray()
    try:
        connection.receive_data(content)
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                headers = {bytes(name).decode("ascii"): bytes(value).decode("latin-1") for name, value in event.headers}
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return Given(headers, bytes(body))
            elif event is h11.NEED_DATA:
                raise NotGiven("The request is cut short: its body has fewer bytes than its head says.")
            else:
                break
    except h11.RemoteProtocolError as error:
        raise NotGiven(f"That is no HTTP request: {error}.") from None
    raise NotGiven("That is no HTTP request.")
