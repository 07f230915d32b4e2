"""Predictions and trainings as they are kept: one Job for both, saved as a row and shown as the API shows it."""

import sqlite3
from typing import Literal

from msgspec import Struct, field

from tui.sandbox.jsons import Json, Obj, as_int, as_list, as_obj, as_str, dumps, loads
from tui.sandbox.names import timestamp

Kind = Literal["prediction", "training"]
TERMINAL = frozenset({"succeeded", "failed", "canceled", "aborted"})
EVENTS = ("start", "output", "logs", "completed")


class Job(Struct):
    """One prediction or training. Times are nanoseconds since 1970; files in it are placeholders (addresses.py)."""

    id: str
    kind: Kind
    model: str
    version: str
    input: Obj
    created_ns: int
    hidden: bool = False
    streams: Literal["", "text", "files"] = ""
    deployment: str | None = None
    destination: str | None = None
    status: str = "starting"
    output: Json = None
    error: str | None = None
    source: str = "api"
    started_ns: int | None = None
    completed_ns: int | None = None
    deadline_ns: int | None = None
    metrics: Obj = field(default_factory=dict[str, Json])
    webhook: str | None = None
    webhook_events: list[str] = field(default_factory=list[str])
    data_removed: bool = False
    logs: list[str] = field(default_factory=list[str])

    @property
    def done(self) -> bool:
        """Whether it has reached its last status."""
        return self.status in TERMINAL

    def logs_text(self) -> str:
        """The whole log; joined once, not at every piece that comes."""
        if len(self.logs) > 1:
            self.logs[:] = ["".join(self.logs)]
        return self.logs[0] if self.logs else ""

    def row(self) -> tuple[str | int | None, ...]:
        """The values of its row in `jobs`, in the table's order."""
        body: Obj = {
            "input": self.input,
            "hidden": self.hidden,
            "streams": self.streams,
            "destination": self.destination,
            "status": self.status,
            "output": self.output,
            "error": self.error,
            "started_ns": self.started_ns,
            "deadline_ns": self.deadline_ns,
            "metrics": self.metrics,
            "webhook": self.webhook,
            "webhook_events": [*self.webhook_events],
        }
        return (
            self.id,
            self.kind,
            self.created_ns,
            self.completed_ns,
            int(not self.done),
            int(self.data_removed),
            self.model,
            self.version,
            self.deployment,
            self.source,
            dumps(body),
            dumps(self.logs_text()),
        )


def job_from_row(row: sqlite3.Row, *, with_logs: bool = True) -> Job:
    """The job that `Job.row` saved."""
    body = as_obj(loads(row["body"]))
    job = Job(
        id=row["id"],
        kind=row["kind"],
        model=row["model"],
        version=row["version"],
        input=as_obj(body.get("input")),
        created_ns=row["created_ns"],
        completed_ns=row["completed_ns"],
        hidden=body.get("hidden") is True,
        deployment=row["deployment"],
        destination=as_str(body.get("destination")) or None,
        status=as_str(body.get("status"), "failed"),
        output=body.get("output"),
        error=as_str(body.get("error")) if body.get("error") is not None else None,
        source=row["source"],
        started_ns=as_int(body.get("started_ns")) or None,
        deadline_ns=as_int(body.get("deadline_ns")) or None,
        metrics=as_obj(body.get("metrics")),
        webhook=as_str(body.get("webhook")) or None,
        webhook_events=[as_str(event) for event in as_list(body.get("webhook_events"))],
        data_removed=bool(row["removed"]),
    )
    streams = as_str(body.get("streams"))
    job.streams = "text" if streams == "text" else "files" if streams == "files" else ""
    if with_logs and (logs := as_str(loads(row["logs"]))):
        job.logs.append(logs)
    return job


def show(job: Job, origin: str, stream_url: str | None, *, with_logs: bool = True) -> Obj:
    """The job as the API gives it, with URLs under `origin`; lists leave the logs out.

    Source: docs/replicate.md, Pages and filters.
    """
    place = f"{origin}/v1/{job.kind}s/{job.id}"
    urls: Obj = {"cancel": f"{place}/cancel", "get": place}
    if job.kind == "prediction":
        urls["web"] = f"{origin}/p/{job.id}"
        if stream_url is not None:
            urls["stream"] = stream_url
    shown: Obj = {
        "id": job.id,
        "model": job.model,
        "version": "hidden" if job.hidden else job.version,
        "input": job.input,
        "output": job.output,
        "error": job.error,
        "status": job.status,
        "source": job.source,
        "created_at": timestamp(job.created_ns),
        "urls": urls,
    }
    if with_logs:
        shown["logs"] = job.logs_text()
    if job.kind == "prediction":
        shown["data_removed"] = job.data_removed
    if job.output is None and (job.kind == "training" or not job.done):
        # A training's is an object or absent; a young prediction's was absent in each recording, whatever the spec
        # requires (docs/replicate.md, Predictions).
        del shown["output"]
    if job.deployment is not None:
        shown["deployment"] = job.deployment
    if job.deadline_ns is not None:
        shown["deadline"] = timestamp(job.deadline_ns)
    if job.started_ns is not None:
        shown["started_at"] = timestamp(job.started_ns)
    if job.completed_ns is not None:
        shown["completed_at"] = timestamp(job.completed_ns)
        shown["metrics"] = job.metrics
    if job.webhook is not None:
        shown["webhook"] = job.webhook
        shown["webhook_events_filter"] = [*job.webhook_events]
    return shown
