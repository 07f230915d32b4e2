"""What a run is given beside its input: the webhook that is told of it, of which events, and its deadline."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from urllib.parse import urlsplit

from msgspec import Struct

from tui.forms.form import Form, Problem

# No input of a model has such a name: inputs are Python's arguments.
WEBHOOK = "webhook address"
EVENTS = {
    "start": "webhook on start",
    "output": "webhook on output",
    "logs": "webhook on logs",
    "completed": "webhook on completed",
}
DEADLINE = "cancel after"
UNASKED = ("output", "completed")
"""What a webhook is told of that names no events (docs/replicate.md, Webhooks)."""
_API_NAMES = {"webhook": WEBHOOK, "webhook_events_filter": EVENTS["completed"]}
"""The field that the API means by a name of its own."""
LEAST = 5
"""Seconds that a deadline is away at least (docs/replicate.md, Predictions)."""
_DURATION = re.compile(r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,7}(?:\.\d{1,3})?)s?)?", re.ASCII)
_TOLD = {
    "start": "Whether the webhook is told that it began.",
    "output": "Whether the webhook is told of new output, at most twice a second.",
    "logs": "Whether the webhook is told of new logs, at most twice a second.",
    "completed": "Whether the webhook is told of the end, whichever it is. It alone is sent again where that fails.",
}


class Delivery(Struct, frozen=True):
    """What was chosen."""

    webhook: str | None = None
    events: tuple[str, ...] = ()
    """Of what the webhook is told; empty leaves that to the API."""
    cancel_after: float | None = None
    """Seconds from the creation to the deadline."""


NONE = Delivery()


@cache
def delivery_form(*, deadline: bool = True) -> Form:
    """Its fields; a training has no deadline."""
    properties: dict[str, object] = {
        WEBHOOK: {
            "type": "string",
            "description": "The https address that Replicate posts to. The section Webhooks shows what arrived here.",
            "x-order": 0,
        }
    }
    for order, (event, name) in enumerate(EVENTS.items(), 1):
        default = event in UNASKED
        properties[name] = {"type": "boolean", "default": default, "description": _TOLD[event], "x-order": order}
    if deadline:
        properties[DEADLINE] = {
            "type": "string",
            "description": "It is canceled so long after its creation: 30s, 5m, 1h30m. What ran until then is billed.",
            "x-order": len(properties),
        }
    section = {"type": "object", "properties": properties}
    return Form.parse({"components": {"schemas": {"Input": section}}})


NAMES = frozenset({WEBHOOK, *EVENTS.values(), DEADLINE})
"""The names of all its fields."""


def without(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of a form that are the model's own."""
    return {name: text for name, text in texts.items() if name not in NAMES}


def only(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of a form that are about the delivery."""
    return {name: text for name, text in texts.items() if name in NAMES}


def read(texts: Mapping[str, str]) -> tuple[Delivery, list[Problem]]:
    """What was typed, judged; what is wrong with it is not in the delivery."""
    checked = delivery_form().from_text(only(texts))
    problems = list(checked.problems)
    address = texts.get(WEBHOOK, "").strip()
    found = tuple(event for event, name in EVENTS.items() if checked.input.get(name, event in UNASKED))
    if address and (fault := webhook_fault(address)):
        problems.append(Problem(WEBHOOK, address, fault))
    elif not address and any(texts.get(name) for name in EVENTS.values()) and found != UNASKED:
        problems.append(Problem(WEBHOOK, None, "is required for events to be told of"))
    elif address and not found:
        problems.append(Problem(EVENTS["completed"], False, "must be true, or another event: the webhook gets nothing"))
    after: float | None = None
    if texts.get(DEADLINE, "").strip():
        try:
            after = seconds_of(texts[DEADLINE])
        except ValueError as error:
            problems.append(Problem(DEADLINE, texts[DEADLINE], str(error)))
    wrong = {problem.field for problem in problems}
    webhook = address if address and WEBHOOK not in wrong else None
    return Delivery(webhook, found if webhook and found != UNASKED else (), after), problems


def refused(fields: Mapping[str, str], own: Collection[str]) -> list[Problem]:
    """What the API refused, by its names, as problems of a form whose own fields are called so."""
    return [Problem(name if name in own else _API_NAMES.get(name, name), None, words) for name, words in fields.items()]


def judge(name: str, text: str) -> str | None:
    """What is wrong with the text of one field, for itself."""
    found = (problem.message for problem in read({name: text})[1] if problem.field == name)
    return next(found, None)


def words_of(texts: Mapping[str, str]) -> str:
    """What is chosen, in a few words; empty where nothing is."""
    found, _ = read(texts)
    parts = [f"canceled after {duration_words(found.cancel_after)}" if found.cancel_after else ""]
    parts += [found.webhook or "", f"on {', '.join(found.events)}" if found.events else ""]
    return " · ".join(part for part in parts if part)


def webhook_fault(text: str) -> str:
    """Why the API would not take an address for webhooks, as a clause; "" for a good one.

    On this machine http will do, as the sandbox knows.
    """
    local = is_address(text, ("http",)) and urlsplit(text).hostname in ("127.0.0.1", "localhost", "::1")
    if local or is_address(text, ("https",)):
        return ""
    return f"must be an https address that Replicate can reach, got {text[:60]!r}"


def is_address(text: str, schemes: tuple[str, ...]) -> bool:
    """Whether it is an address of one of these schemes, with a host."""
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and text.isprintable() and " " not in text
    except ValueError:
        return False


def seconds_of(text: str) -> float:
    """Seconds of `90`, `30s`, `5m`, `1h30m45s` (docs/replicate.md, Predictions). Raises ValueError, a clause."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or not any(match.groups()):
        raise ValueError(f"must be a time such as 30s, 5m or 1h30m45s, got {text[:40]!r}")
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if total < LEAST:
        raise ValueError(f"must be at least {LEAST} seconds, got {text[:40]!r}")
    return total


def duration_words(seconds: float) -> str:
    """`5m`, `1h30m45s`: as the API takes it."""
    whole = max(1, round(seconds))
    parts = ((whole // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)
