"""One run of a local model, put together from what the server tells."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime

from msgspec import Struct, field

from tui.api.decoding import decode
from tui.api.text import clean
from tui.api.types import Prediction, Training
from tui.sandbox.cogclient import CogError
from tui.sandbox.cogwire import Update
from tui.sandbox.jsons import Json, Obj
from tui.services.local.cog_server import CogServer

_PREFIX = "Prediction failed: "


def _now() -> datetime:
    return datetime.now(UTC)


class LocalRun(Struct):
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
    created: datetime = field(default_factory=_now)
    started: datetime | None = None
    """When the model got it."""
    ended: datetime | None = None

    async def follow(self, server: CogServer, given: Obj) -> AsyncGenerator[Update]:
        """Run it; each thing that is told, once it is taken in."""
        begun = time.monotonic()
        self.started = _now()
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

    def end(self) -> None:
        """Nothing more happens to it."""
        self.ended = _now()

    def as_prediction(self, model: str, place: str, given: Mapping[str, object], *, train: bool = False) -> Prediction:
        """As it is now, for the screen and the archive. `given` is its input, the secrets hidden."""
        told = self.as_json
        if self.output is None and self.chunks:
            told["output"] = list(self.chunks)
        if self.ended is None:
            told["status"] = "processing" if self.started is not None else "starting"
        seconds = (self.ended - self.started).total_seconds() if self.ended and self.started else None
        metrics = {**self.metrics, **({"predict_time": seconds} if seconds is not None else {})}
        dates = {"created_at": self.created, "started_at": self.started, "completed_at": self.ended}
        return decode(
            Training if train else Prediction,
            {
                **told,
                "metrics": metrics,
                "model": model,
                "place": place,
                "input": dict(given),
                **{name: date.isoformat() if date is not None else None for name, date in dates.items()},
            },
        )

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
