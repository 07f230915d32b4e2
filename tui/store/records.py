"""What the store keeps: records of predictions, their saved outputs, drafts of forms, and intents of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from tui.api.billed import Billed, of_json
from tui.api.types import Prediction, Target
from tui.store.filter_query import Kind as Kind
from tui.store.filter_query import Query as Query
from tui.store.timestamps import micros

RunState: TypeAlias = Literal["draft", "creating", "unknown", "following", "done", "failed"]
AttemptState: TypeAlias = Literal["sent", "lost", "answered", "refused"]
OutputState: TypeAlias = Literal["wanted", "saved", "failed"]
Cursor: TypeAlias = tuple[int, str]
"""Where a list goes on: (microseconds since 1970 of the creation, id) of the last row seen."""

FINISHED: frozenset[str] = frozenset({"done", "failed"})
"""The states of a run that nobody needs to look after any more."""


class SavedOutput(Struct, frozen=True):
    """One file of a prediction's output: `index` counts them in the output's order."""

    index: int
    url: str
    """Where it came from; of a data URI only its type and a digest."""
    path: Path | None = None
    size: int | None = None
    """Bytes."""
    content_type: str | None = None
    state: OutputState = "wanted"
    error: str | None = None


class RecordRow(Struct, frozen=True):
    """What a list shows of a record, without its input, output and logs."""

    id: str
    kind: Kind
    status: str
    live: bool
    model: str
    version: str
    deployment: str | None
    source: str
    created_at: datetime
    """The API's, or when it was first seen here. Aware, UTC."""
    started_at: datetime | None
    completed_at: datetime | None
    predict_time: float | None
    """Seconds."""
    total_time: float | None
    summary: str
    """The input on one line, secrets hidden."""
    destination: str
    """"owner/name" of the model that a training's version goes to, as far as it is told; else empty."""
    error: str | None
    """The first line of the error."""
    progress: float | None
    """0 to 1, from the logs; None where they tell none."""
    has_outputs: bool
    data_removed: bool
    whole: bool
    """Whether its end is known with all of its logs and output, and not from a list alone."""
    confirmed_at: datetime | None
    """When the server last said so."""
    run_id: str | None
    counted: str = "{}"
    """What it may be billed by, as `billed` reads it."""

    @property
    def billed(self) -> Billed:
        """What was counted of it."""
        return of_json(self.counted)

    @property
    def queue_time(self) -> float | None:
        """Seconds before the run: waiting for a machine, and its setup. None while it waits.

        Source: docs/replicate.md, Predictions.
        """
        if self.started_at is not None:
            return max(0.0, (self.started_at - self.created_at).total_seconds())
        if self.total_time is not None and self.predict_time is not None:
            return max(0.0, self.total_time - self.predict_time)
        return None

    @property
    def cursor(self) -> Cursor:
        """Give it to `Store.rows` or `Store.list` to go on after this row."""
        return micros(self.created_at), self.id


@dataclass(frozen=True, slots=True)
class Record:
    """One prediction or training as far as it is known here, and what was kept of it."""

    prediction: Prediction
    kind: Kind
    first_seen: datetime
    confirmed_at: datetime | None
    """When the server last said so; aware, UTC."""
    run_id: str | None
    outputs: tuple[SavedOutput, ...]
    row: RecordRow = field(repr=False)

    @property
    def id(self) -> str:
        """The prediction's id."""
        return self.prediction.id

    @property
    def live(self) -> bool:
        """Whether it may still change."""
        return self.row.live

    @property
    def cursor(self) -> Cursor:
        """Give it to `Store.list` to go on after this record."""
        return self.row.cursor


class PageFold(Struct, frozen=True):
    """What a page of the API's list changed here."""

    known: frozenset[str]
    """The ids that were kept here before."""
    had_some: bool
    """Whether anything of the kind was kept here before."""
    changed: tuple[Record, ...]
    """The records that are new or different."""
    rows: Mapping[str, RecordRow]
    """The row of each id of the page, in the page's order, as it is now."""


class Draft(Struct, frozen=True):
    """A form as it was left. `key` is "owner/name" or "owner/name:version"; `values` are the texts as typed."""

    key: str
    values: dict[str, str]
    updated_at: datetime


class RunIntent(Struct, frozen=True):
    """What was meant to be run, written down before anything is sent. `input` holds no secret."""

    run_id: str
    target: str
    """"owner/name" or "owner/name:version"."""
    input: dict[str, object]
    created_at: datetime
    state: RunState = "draft"
    prediction_id: str | None = None
    save_dir: str | None = None
    error: str | None = None
    options: Mapping[str, object] = msgspec.field(default_factory=dict[str, object])
    """How it was asked for: {"save": bool, "cancel_after": seconds, "deployment": bool, "official": bool, …}."""
    sent_at: datetime | None = None
    """When the creation left, or was about to, by the server's clock; None before, and where that is not known."""
    text: str = ""
    """The streamed text so far, for when its end never arrives."""
    owner: str | None = None
    """The console that looks after it; see services.ownership."""

    @property
    def kind(self) -> Kind:
        """What is created."""
        return "training" if self.options.get("destination") else "prediction"


class Attempt(Struct, frozen=True):
    """One send of a run, as all processes of the store see it. Times are the server's."""

    run_id: str
    fingerprint: str
    """Of the input, its files apart: the same for two sends that could be taken for each other."""
    target: Target
    files: tuple[str, ...]
    """A digest of each file of the input, "data …" or "link …"."""
    since: datetime | None
    """What it created was not created before; None where the server's clock was not known."""
    until: datetime | None = None
    """What it created was not created after; None while nobody knows."""
    state: AttemptState = "sent"
    """`sent`: its answer may still come, as long as `owner` lives; `lost`: it will not."""
    owner: str | None = None
    """The console that sent it; see services.ownership."""
    number: int = 0
    """They are counted as they are sent."""
