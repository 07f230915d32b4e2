"""What a model's form can begin with: the examples of its owner, and what was run of it before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from tui import wording
from tui.store.filter_query import Query

if TYPE_CHECKING:
    from tui.api.types import Model, Prediction
    from tui.services.services import Services
    from tui.store.records import RecordRow, SavedOutput

EXAMPLE = "example"
MOST_EXAMPLES = 5
MOST_RUNS = 30
LOOKED_THROUGH = 200
"""Records of models whose names contain this one's, among which its own are looked for."""


class StartingPoint(Struct, frozen=True):
    """An example, or a run from the archive: of that only the row is known until it is looked at."""

    id: str
    words: str
    """Where it comes from: `example`, `3 h ago`."""
    summary: str
    """Its input on one line."""
    took: str = ""
    status: str = "succeeded"
    prediction: Prediction | None = None
    outputs: tuple[SavedOutput, ...] = ()


def of_example(services: Services, example: Prediction, number: int = 0) -> StartingPoint:
    """One of the examples that the owner of the model shows."""
    return StartingPoint(
        example.id or f"example {number}",
        EXAMPLE,
        services.store.summary(example.input),
        wording.duration(example.predict_time),
        example.status or "succeeded",
        example,
    )


def of_run(row: RecordRow) -> StartingPoint:
    """A run from the archive."""
    words = f"{wording.age(row.created_at)} ago"
    return StartingPoint(row.id, words, row.summary, wording.duration(row.predict_time), row.status)


async def past_runs(services: Services, ref: str) -> list[StartingPoint]:
    """What was run of a model, newest first. Raises StoreError."""
    rows = await services.store.rows(services.account, Query(model=ref), LOOKED_THROUGH)
    return [of_run(row) for row in rows if row.model == ref and not row.data_removed][:MOST_RUNS]


async def examples(services: Services, model: Model) -> list[StartingPoint]:
    """The examples of a model, its default one first. Raises an ApiError."""
    first = model.default_example
    listed: Sequence[Prediction] = (await services.catalogue.examples(model.ref)).value
    found = [*([first] if first is not None else []), *listed]
    points = {point.id: point for n, one in enumerate(found) if one.input for point in [of_example(services, one, n)]}
    return list(points.values())[:MOST_EXAMPLES]
