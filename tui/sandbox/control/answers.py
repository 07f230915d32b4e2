"""Answers that a test chose for a model's next predictions."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from msgspec import Struct

from tui.sandbox.cogwire import Update
from tui.sandbox.jsons import Json, Obj, as_str
from tui.sandbox.problems import planned

_KINDS = ("output", "error", "status")
_MOST_DELAY = 3600.0


class Answer(Struct, frozen=True):
    """One answer: an output, an error of the prediction, or a refusal of the request. `delay` is in seconds."""

    output: Json = None
    error: str | None = None
    status: int | None = None
    detail: str = ""
    logs: str = ""
    delay: float = 0.0

    async def refuse(self) -> None:
        """Problem, if this answer is a refusal."""
        if self.status is not None:
            await asyncio.sleep(self.delay)
            problem = planned(self.status)
            problem.detail = self.detail or problem.detail
            raise problem

    async def updates(self, *, piecewise: bool) -> AsyncGenerator[Update]:
        """The life of a prediction that ends so; an output in pieces where the model gives it in pieces."""
        yield Update("start")
        if self.logs:
            yield Update("log", self.logs)
        await asyncio.sleep(self.delay)
        if self.error is not None:
            yield Update("completed", None, "failed", self.error)
            return
        for piece in self.output if piecewise and isinstance(self.output, list) else []:
            yield Update("output", piece)
        yield Update("completed", self.output, "succeeded")


class Answers:
    """What the next predictions of each model will be, by the model's full name."""

    def __init__(self) -> None:
        self._next: dict[str, deque[Answer]] = {}

    def put(self, model: str, answers: list[Answer]) -> None:
        """These, in place of those that were left."""
        self._next[model] = deque(answers)

    def take(self, model: str) -> Answer | None:
        """The next one, which is used up by that."""
        waiting = self._next.get(model)
        return waiting.popleft() if waiting else None

    def left(self) -> dict[str, int]:
        """How many wait for each model."""
        return {model: len(waiting) for model, waiting in self._next.items() if waiting}

    def clear(self) -> None:
        """None for anybody."""
        self._next.clear()


def read_answer(value: Json) -> Answer:
    """The answer that a test wrote. ValueError says what is wrong with it."""
    if not isinstance(value, dict):
        raise ValueError("an answer is an object")
    kinds = [kind for kind in _KINDS if kind in value]
    if len(kinds) != 1:
        raise ValueError(f"an answer has one of {', '.join(_KINDS)}, not {' and '.join(kinds) or 'none'}")
    unknown = value.keys() - {*_KINDS, "detail", "logs", "delay"}
    if unknown:
        raise ValueError(f"an answer has no {', '.join(sorted(unknown))}")
    return Answer(
        output=value.get("output"),
        error=as_str(value["error"]) if "error" in value else None,
        status=_status(value) if "status" in value else None,
        detail=as_str(value.get("detail")),
        logs=as_str(value.get("logs")),
        delay=_delay(value),
    )


def _status(value: Obj) -> int:
    status = value["status"]
    if not isinstance(status, int) or isinstance(status, bool) or not 400 <= status <= 599:
        raise ValueError("status is a number from 400 to 599")
    return status


def _delay(value: Obj) -> float:
    delay = value.get("delay", 0)
    if not isinstance(delay, int | float) or isinstance(delay, bool) or not 0 <= delay <= _MOST_DELAY:
        raise ValueError(f"delay is a number of seconds from 0 to {_MOST_DELAY:g}")
    return float(delay)
