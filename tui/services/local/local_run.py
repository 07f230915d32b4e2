"""One run of a local model, put together from what the server tells."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from tui.api.text import clean
from tui.sandbox.cogclient import CogError
from tui.sandbox.cogwire import Update
from tui.sandbox.jsons import Json, Obj
from tui.services.local.cog_server import CogServer

_PREFIX = "Prediction failed: "


@dataclass
class LocalRun:
    """What is known of a run. When its server dies, what had come stays."""

    id: str = field(default_factory=lambda: secrets.token_hex(13))
    status: str = "starting"
    logs: str = ""
    chunks: list[Json] = field(default_factory=list[Json])
    """The output, piece by piece, where it comes so."""
    output: Json = None
    error: str | None = None
    metrics: Obj = field(default_factory=dict[str, Json])
    seconds: float = 0.0
    lost: bool = False
    """Whether the server was gone before it had ended."""

    async def follow(self, server: CogServer, given: Obj) -> AsyncGenerator[Update]:
        """Run it; each thing that is told, once it is taken in."""
        begun = time.monotonic()
        try:
            async for update in server.predict(self.id, given):
                self.seconds = time.monotonic() - begun
                self._take(update)
                yield update
        except CogError as error:
            self.seconds = time.monotonic() - begun
            self.status, self.error, self.lost = "failed", str(error), True
        if self.output is None and self.chunks:
            self.output = list(self.chunks)

    def _take(self, update: Update) -> None:
        match update.kind:
            case "start":
                self.status = "processing"
            case "log":
                self.logs += str(update.value)
            case "output":
                self.chunks.append(update.value)
            case "metric":
                self.metrics[update.status] = update.value
            case "completed":
                self.status, self.error = update.status, _said(update.error)
                self.output = update.value
                self.metrics |= update.metrics
            case "outputs":
                pass

    @property
    def as_json(self) -> dict[str, object]:
        """As a prediction looks in the API."""
        return {
            "id": self.id,
            "status": self.status,
            "output": self.output,
            "error": self.error,
            "logs": self.logs,
            "metrics": {**self.metrics, "total_time": round(self.seconds, 6)},
            "source": "local",
        }


def _said(error: str | None) -> str | None:
    """The error without Cog's own words, which it may say twice."""
    if error is None:
        return None
    while error.startswith(_PREFIX):
        error = error.removeprefix(_PREFIX)
    return clean(error)
