"""What Cog's runtime says on the wire, by event stream and by webhook, as one kind of update.

Source: docs/replicate.md, Cog's runtime.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Literal

from msgspec import Struct, field

from tui.sandbox.jsons import Json, Obj, as_list, as_obj, as_str, loads

_ERROR_PREFIX = re.compile(
    r"^Prediction failed: (?:Generator iteration error: |Training failed: )?"
    # An error code comes first at Replicate (docs/replicate.md, Rate limits and errors); of other errors the
    # exception's name says something.
    r"(?:(?:[A-Za-z_][\w.]*: )+(?=E\d{4}\b))?"
)


class Update(Struct, frozen=True):
    """What Cog told of a prediction. `completed` is the last one."""

    kind: Literal["start", "output", "outputs", "log", "metric", "completed"]
    value: Json = None
    status: str = ""
    error: str | None = None
    metrics: Obj = field(default_factory=dict[str, Json])


class HookFollower:
    """Turns Cog's webhooks, each of which holds everything so far, into what is new."""

    def __init__(self, *, iterates: bool) -> None:
        self._iterates = iterates
        self._started = False
        self._outputs = 0
        self._logged = 0

    def read(self, body: Obj) -> list[Update]:
        """What this webhook tells that those before did not."""
        updates: list[Update] = []
        if not self._started:
            self._started = True
            updates.append(Update("start"))
        logs = as_str(body.get("logs"))
        if len(logs) > self._logged:
            updates.append(Update("log", logs[self._logged :]))
            self._logged = len(logs)
        if self._iterates:
            chunks = as_list(body.get("output"))
            updates += [Update("output", chunk) for chunk in chunks[self._outputs :]]
            self._outputs = max(self._outputs, len(chunks))
        if as_str(body.get("status")) not in {"starting", "processing"}:
            updates.append(_completed(body))
        return updates


async def read_events(lines: AsyncIterator[str]) -> AsyncGenerator[Update]:
    """Cog's own vocabulary of events (docs/replicate.md, Cog's runtime) as updates."""
    name, data = "", ""
    async for line in lines:
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data = line[5:].strip()
        elif not line and name:
            # A file comes as a data URI, whose decoding others should not wait for.
            body = as_obj(loads(data or "null") if len(data) < 500_000 else await asyncio.to_thread(loads, data))
            match name:
                case "start":
                    yield Update("start")
                case "log":
                    yield Update("log", as_str(body.get("data")))
                case "output":
                    yield Update("output", body.get("chunk"))
                case "metric":
                    yield Update("metric", body.get("value"), as_str(body.get("name")))
                case "completed":
                    yield _completed(body)
                case _:
                    pass
            name, data = "", ""


def _completed(body: Obj) -> Update:
    error = body.get("error")
    text = _ERROR_PREFIX.sub("", as_str(error)) if error is not None else None
    status = as_str(body.get("status"), "failed")
    if text is not None and text.startswith("Worker crashed"):
        text = "Worker crashed: the model's process ended in the middle of the prediction"
    return Update("completed", body.get("output"), status, text, as_obj(body.get("metrics")))


def refusal(status: int, content: bytes) -> Update:
    """The end of a prediction that Cog did not take, with the reasons it gave."""
    try:
        body = as_obj(loads(content))
    except ValueError:
        body = {}
    reasons = [
        f"{'.'.join(as_str(part) for part in as_list(as_obj(item).get('loc'))[1:])}: {as_str(as_obj(item).get('msg'))}"
        for item in as_list(body.get("detail"))
    ]
    text = "; ".join(reasons) or as_str(body.get("error")) or f"Cog answered {status}"
    return Update("completed", None, "failed", f"E9243 Error starting prediction: {text}")
