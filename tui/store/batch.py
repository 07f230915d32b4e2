"""A batch and a row of it, as they are kept."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct, field

BatchState: TypeAlias = Literal["planning", "open", "canceling", "canceled", "done"]
RowState: TypeAlias = Literal["left", "live", "unknown", "done", "failed", "canceled", "invalid"]
"""`left` was never sent; `live` may have been, and its run says how far it came; `unknown` waits for a person;
`invalid` was refused by the schema, and is never sent."""

_OF_A_ROW = re.compile(r"([0-9a-f]{8})-[0-9]+-[0-9a-f]{8}")


def new_run_id(batch_id: str, number: int) -> str:
    """The id of the next run of a row."""
    return f"{batch_id}-{number}-{secrets.token_hex(4)}"


def batch_of(run_id: str) -> str | None:
    """The batch that a run is of, by the form of its id alone; None where it is of none."""
    match = _OF_A_ROW.fullmatch(run_id)
    return match[1] if match is not None else None


class Batch(Struct, frozen=True):
    """Many runs that were asked for together."""

    id: str
    model: str
    """What it runs on, as it was typed; several are separated by commas."""
    label: str
    created_at: datetime
    state: BatchState = "planning"
    """`open`: there is work left, whether or not somebody does it (`owner`)."""
    error: str | None = None
    """Why it stopped before its end, in a sentence."""
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    owner: str | None = None
    """Who works on it; see services.ownership."""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many rows are in each state."""


class BatchRow(Struct, frozen=True):
    """One run of a batch. `input` holds no secret, and local files as their paths."""

    number: int
    """They are counted from 1, in the order of the input."""
    source: int
    """The row of the file; 0 where there is none."""
    target: int
    """Which of the batch's targets."""
    columns: dict[str, object]
    """What distinguishes it: the columns of its row, and the values of the grid."""
    input: dict[str, object]
    state: RowState = "left"
    tries: int = 0
    """How often it failed in a way that can pass."""
    due: int = 0
    """Not to be sent before this time, in microseconds since 1970."""
    run_id: str | None = None
    prediction_id: str | None = None
    seconds: float | None = None
    """The billed seconds."""
    cost: float | None = None
    """The estimated dollars, where the price is known."""
    file: str | None = None
    """The file that an output of text was saved as."""
    reason: str = ""
    """Whose fault a failure is: "model", "input", "credit", "network", …"""
    error: str | None = None


class BatchFailure(Struct, frozen=True):
    """Rows of a batch that did not succeed for the same reason."""

    state: RowState
    reason: str
    error: str
    count: int
    first: int
    """The number of the first of them."""
