"""A prediction or training while it runs: its changes, in order, for whoever follows them."""

import asyncio
import time
from collections.abc import Callable

from msgspec import Struct

from tui.sandbox.jsons import Json, Obj, as_str, dumps
from tui.sandbox.names import now_ns
from tui.sandbox.records import Job

_LOG_LIMIT = 5 * 1024 * 1024
_LOG_PAUSE = 0.1


class Event(Struct, frozen=True):
    """One server-sent event as clients get it (docs/replicate.md, Streaming); the id is made when it happens."""

    id: str
    name: str
    data: str


class EventIds:
    """Ids as `epochSeconds:sequence`; the sequence starts again each second, as recorded."""

    def __init__(self) -> None:
        self._second, self._next = 0, 0

    def new(self) -> str:
        """The next id."""
        second = int(time.time())
        if second != self._second:
            self._second, self._next = second, 0
        self._next += 1
        return f"{second}:{self._next - 1}"


class Live:
    """A job that has not been put to rest. Every change goes through a method, wakes who waits, and is kept."""

    def __init__(self, job: Job, changed: Callable[["Live"], None]) -> None:
        self.job = job
        self.events: list[Event] = []
        self.outputs = 0
        self.logged = 0
        self.on_begin: Callable[[], None] = lambda: None
        self._changed = changed
        self._pulse = asyncio.Event()
        self._ids = EventIds()
        self._log_pending: list[str] = []
        self._log_timer: asyncio.TimerHandle | None = None
        if job.streams == "text":
            self._tell("output", "")

    async def next_change(self) -> None:
        """Until something changes after this call."""
        await self._pulse.wait()

    async def until_done(self) -> None:
        """Until the last status."""
        while not self.job.done:
            await self.next_change()

    def begin(self) -> None:
        """The model has started on it."""
        if not self.job.done and self.job.started_ns is None:
            self.job.status, self.job.started_ns = "processing", now_ns()
            self.on_begin()
            self._wake()

    def add_output(self, chunk: Json) -> None:
        """One more piece of output."""
        if not self.job.done:
            if isinstance(self.job.output, list):
                self.job.output.append(chunk)
            else:
                self.job.output = [chunk]
            self.outputs += 1
            self._flush_logs()
            self._tell("output", chunk if isinstance(chunk, str) else dumps(chunk))
            self._wake()

    def add_log(self, text: str) -> None:
        """More of the log, of which the first 5 MB are kept."""
        if self.job.done or not text or self.logged > _LOG_LIMIT:
            return
        self.logged += len(text)
        if self.logged > _LOG_LIMIT:
            text = "\n[the sandbox keeps the first 5 MB of a log]\n"
        self.job.logs.append(text)
        self._log_pending.append(text)
        if self._log_timer is None:
            self._log_timer = asyncio.get_running_loop().call_later(_LOG_PAUSE, self._log_is_due)

    def add_metric(self, name: str, value: Json) -> None:
        """A metric that the model told."""
        if not self.job.done:
            self.job.metrics[name] = value

    def finish(self, status: str, *, error: str | None = None) -> None:
        """The last status, once; later ones are not heard."""
        job = self.job
        if job.done:
            return
        self._flush_logs()
        job.completed_ns = now_ns()
        if status == "canceled" and job.started_ns is None:
            # Recorded so: one that was canceled before it started "ran" for 2 µs (docs/replicate.md, Cancel).
            job.started_ns = job.completed_ns - 2000
            job.metrics["predict_time"] = 2e-06
        elif job.started_ns is not None:
            job.metrics.setdefault("predict_time", (job.completed_ns - job.started_ns) / 1e9)
        job.metrics["total_time"] = (job.completed_ns - job.created_ns) / 1e9
        job.status, job.error = status, error
        for name, data in ending(job):
            self._tell(name, data)
        self._wake()

    def set_output(self, value: Json) -> None:
        """The whole output, for what does not come in pieces, or to correct what did."""
        if not self.job.done and self.job.output != value:
            self.job.output = value
            for chunk in pieces(value) if self.outputs == 0 else []:
                self._tell("output", chunk)
            self.outputs += 1
            self._wake()

    def _log_is_due(self) -> None:
        self._log_timer = None
        self._flush_logs()
        self._wake()

    def _flush_logs(self) -> None:
        if self._log_timer is not None:
            self._log_timer.cancel()
            self._log_timer = None
        if self._log_pending:
            self._tell("logs", "".join(self._log_pending))
            self._log_pending.clear()

    def _tell(self, name: str, data: str) -> None:
        if self.job.streams:
            self.events.append(Event(self._ids.new(), name, data))

    def _wake(self) -> None:
        pulse, self._pulse = self._pulse, asyncio.Event()
        pulse.set()
        self._changed(self)


def pieces(output: Json) -> list[str]:
    """An output as the pieces that a stream has."""
    chunks = output if isinstance(output, list) else [] if output is None else [output]
    return [chunk if isinstance(chunk, str) else dumps(chunk) for chunk in chunks]


def ending(job: Job) -> list[tuple[str, str]]:
    """The events that close a stream: `done` with its reason, after `error` when it failed.

    Source: docs/replicate.md, Streaming.
    """
    match job.status:
        case "succeeded":
            return [("done", "{}")]
        case "failed":
            detail: Obj = {"detail": as_str(job.error)}
            return [("error", dumps(detail)), ("done", '{"reason":"error"}')]
        case _:
            return [("done", '{"reason":"canceled"}')]


def replay(job: Job) -> list[Event]:
    """The events of a job that is done, from what is kept of it."""
    ids = EventIds()
    told = [("output", "")] if job.streams == "text" else []
    told += [("output", chunk) for chunk in pieces(job.output)]
    return [Event(ids.new(), name, data) for name, data in (*told, *ending(job))]
