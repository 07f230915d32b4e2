"""Faults on purpose, by operation and rate, seeded.

A plan is a comma-separated list of rules `OPERATION:FAULT[=RATE][xCOUNT][@AMOUNT]`, then `;seed=N` if wished:

    --chaos "predictions.create:lost=1x1, *:latency@200ms, predictions.get:500=0.3, stream:cut=0.5@3; seed=7"

OPERATION  an operation's id (`predictions.get`), `stream` (a prediction's events), `delivery` (an output's
           file), `webhook` (one that the sandbox sends), a group (`predictions.*`, `*.create`), or `*` for all
           operations of the API. `predictions.create` is each way to create one: by version, on a model, through
           a deployment.
FAULT      latency  the answer, or the webhook, waits AMOUNT (`@200ms`; 1s when left out; `latency=200ms` is
                    understood too)
           429      the request is throttled; Retry-After is AMOUNT (`@2s`; 1s when left out)
           credit   the same, as an account with little credit is throttled
           400..599 that answer, before the request was processed; 402 is no credit
           drop     the connection is closed before the request was processed
           lost     the request is processed, and the connection is closed in place of the answer
           half     the answer breaks off in the middle of its body
           cut      a stream breaks off after AMOUNT events (`@3`; 1 when left out)
           cold     a prediction starts after AMOUNT, as one whose model boots first (`@20s`)
           aborted  a prediction ends so, after AMOUNT, before it has started
           failed   a prediction ends so, after AMOUNT
           twice    a webhook is sent twice; `forged`: with a wrong signature; `drop`: not at all
RATE       0..1, how often; always when left out.
COUNT      how many times at most.
The first rule that strikes decides; latency adds to what follows it. The header Sandbox-Chaos of a request holds a
fault for it alone: `Sandbox-Chaos: 429@2s`.
"""

import fnmatch
import random
import re
from collections.abc import Collection

from msgspec import Struct, field

from tui.sandbox.options import parse_duration

_RULE = re.compile(
    r"(?P<operation>[A-Za-z.*]+):(?P<fault>latency|[45]\d\d|credit|drop|lost|half|cut|cold|aborted|failed|twice|forged)"
    r"(?:=(?P<rate>[\d.]+(?:ms|s|m)?))?(?:x(?P<count>\d+))?(?:@(?P<amount>[\d.]+(?:ms|s|m)?))?"
)
_NO_OPERATION = frozenset({"stream", "delivery", "webhook"})
_OF_WEBHOOKS = frozenset({"latency", "drop", "twice", "forged"})
OF_JOBS = frozenset({"cold", "aborted", "failed"})
"""Faults of the prediction that a request creates."""
_CREATIONS = "predictions.create"


class _Rule(Struct):
    operation: str
    fault: str
    rate: float
    left: int | None
    amount: float


class Strike(Struct):
    """What happens to one request."""

    latency: float = 0.0
    fault: str | None = None
    amount: float = field(default=1.0)


class Chaos:
    """A plan of faults. Empty text is a plan of none; ValueError for what is no plan."""

    def __init__(self, plan: str) -> None:
        self.plan = plan
        self._rules: list[_Rule] = []
        self._random = random.Random()  # noqa: S311 - faults, not secrets
        for part in filter(None, (piece.strip() for piece in re.split(r"[,;]", plan))):
            if part.startswith("seed="):
                self._random.seed(int(part[5:]))
            else:
                self._rules.append(_read(part))

    def check(self, operations: Collection[str]) -> None:
        """ValueError where a rule names nothing of these, with the nearest name."""
        for rule in self._rules:
            if not any(covers(rule.operation, operation) for operation in (*operations, *_NO_OPERATION)):
                import difflib

                near = difflib.get_close_matches(rule.operation, sorted({*operations, *_NO_OPERATION}), 1, 0.5)
                hint = f"; is it {near[0]}?" if near else f" (there are {', '.join(sorted(operations))})"
                raise ValueError(f"--chaos: there is no operation {rule.operation[:80]!r}{hint}")
            if not _possible(rule):
                raise ValueError(f"--chaos: {rule.operation} cannot have the fault {rule.fault}")

    def strike(self, operation: str) -> Strike:
        """What the plan does to the next request for `operation`."""
        struck = Strike()
        for rule in self._rules:
            if not covers(rule.operation, operation) or rule.left == 0 or self._random.random() >= rule.rate:
                continue
            if rule.left is not None:
                rule.left -= 1
            if rule.fault == "latency":
                struck.latency += rule.amount
            else:
                struck.fault, struck.amount = rule.fault, rule.amount
                break
        return struck


def covers(pattern: str, operation: str) -> bool:
    """Whether a rule for `pattern` is one for `operation`."""
    if operation in _NO_OPERATION:
        return pattern == operation
    if pattern == _CREATIONS:
        return operation.endswith(_CREATIONS)
    return fnmatch.fnmatchcase(operation, pattern)


def _possible(rule: _Rule) -> bool:
    """Whether the fault is one that such an operation can have."""
    if rule.operation == "webhook":
        return rule.fault in _OF_WEBHOOKS
    if rule.fault in OF_JOBS:
        return covers(rule.operation, _CREATIONS) or rule.operation.endswith(_CREATIONS)
    return rule.fault not in {"twice", "forged"}


def _read(part: str) -> _Rule:
    match = _RULE.fullmatch(part)
    if match is None:
        raise ValueError(f"not a rule for --chaos: {part[:80]!r} (for example predictions.create:lost=0.5x1)")
    rate, amount, fault = match["rate"], match["amount"], match["fault"]
    if fault == "latency" and rate and not amount and rate[-1] in "ms":
        rate, amount = None, rate
    chance = 1.0 if rate is None else float(rate)
    if not 0 <= chance <= 1:
        raise ValueError(f"a rate lies between 0 and 1: {part[:80]!r}")
    count = int(match["count"]) if match["count"] else None
    return _Rule(match["operation"], fault, chance, count, parse_duration(amount) if amount else 1.0)
