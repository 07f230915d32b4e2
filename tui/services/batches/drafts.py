"""A batch as it is asked for in the console: over the rows of a file, over ranges, or of predictions that there are."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from tui.api.types import Target
from tui.forms import REDACTED, Form
from tui.forms.delivery import NONE, Delivery
from tui.services.batches.batches import COUNTED_BY, Batches, Limits, Options
from tui.services.batches.grid import BadGrid, parse_grid
from tui.services.batches.plan import Plan, Planned, Runnable, Wrong
from tui.services.batches.row_reader import BadRows, read_rows
from tui.services.runs.input_check import check_input
from tui.services.usage.cost import BatchPart
from tui.store.batch import Batch
from tui.store.records import Record

COUNTED = 5000
"""Runs that are counted while one still types; what is more is counted before it is sent."""


class Draft(Struct, frozen=True):
    """What was asked for."""

    models: Sequence[tuple[Target, Form]]
    texts: dict[str, str]
    """What every run gets, as typed into the form."""
    file: str = ""
    ranges: str = ""
    """`seed=1..8 guidance=3,5,7`."""
    save: str = ""
    delivery: Delivery = NONE
    """What every run gets beside its input."""

    @property
    def folder(self) -> Path | None:
        """Where the outputs go beside where every output is kept."""
        return Path(self.save).expanduser().absolute() if self.save else None

    @property
    def hidden(self) -> dict[str, object]:
        """The secrets that every run gets, which are kept nowhere."""
        form = self.models[0][1]
        found = form.from_text(self.texts).input
        shown = form.redact(found)
        return {name: value for name, value in found.items() if shown[name] == REDACTED}

    def plan(self) -> Plan:
        """How it becomes runs. Raises BadGrid."""
        runnables = [Runnable(target, form, partial(check_input, form)) for target, form in self.models]
        try:
            pairs = shlex.split(self.ranges)
        except ValueError as error:
            raise BadGrid(f"The ranges cannot be read: {error}.") from None
        wrong = next((pair for pair in pairs if "=" not in pair), None)
        if wrong is not None:
            raise BadGrid(f"{wrong[:60]!r} is no range: write seed=1..8 or guidance=3,5,7.")
        return Plan(runnables, texts=dict(self.texts), grid=parse_grid(pairs))

    def runs(self, plan: Plan) -> Iterator[Planned]:
        """Every run. Raises BadRows, OSError. Blocks."""
        if not self.file:
            yield from plan.runs(None)
            return
        with Path(self.file).expanduser().open("rb") as source:
            yield from plan.runs(read_rows(source, Path(self.file).name, plan.names(), plan.line_name()))


class Outlook(Struct, frozen=True):
    """What a draft would send, as far as it was counted."""

    count: int
    more: bool
    """Whether there are more than were counted."""
    first: tuple[Planned, ...]
    wrong: tuple[Wrong, ...]
    refused: int
    unknown: tuple[str, ...]
    """Columns that fill no input."""
    models: tuple[str, ...] = ()
    """What the runs are on, by their `target`."""
    parts: tuple[BatchPart, ...] = ()
    """What would be sent to each of the models, as far as it was counted."""


def outlook(draft: Draft, most: int = COUNTED, shown: int = 3) -> Outlook:
    """What would be sent. Raises BadGrid, BadRows, OSError. Blocks."""
    plan = draft.plan()
    first: list[Planned] = []
    wrong: list[Wrong] = []
    count = refused = 0
    more = False
    counts = [0 for _ in draft.models]
    inputs: list[list[dict[str, object]]] = [[] for _ in draft.models]
    for one in draft.runs(plan):
        if count >= most:
            more = True
            break
        count += 1
        if one.wrong:
            refused += 1
            wrong += one.wrong[: shown - len(wrong)]
            continue
        counts[one.target] += 1
        if len(first) < shown:
            first.append(one)
        if len(inputs[one.target]) < COUNTED_BY:
            inputs[one.target].append(one.input)
    targets = [target for target, _ in draft.models]
    parts = tuple(BatchPart(*part) for part in zip(targets, counts, inputs, strict=True) if part[1])
    models = tuple(target.ref or str(target) for target in targets)
    return Outlook(count, more, tuple(first), tuple(wrong), refused, tuple(plan.unknown), models, parts)


async def write_down(batches: Batches, draft: Draft) -> tuple[Batch, list[Wrong], int]:
    """Judge every run and write all of them down; nothing is sent yet. See `Batches.plan`."""
    plan = draft.plan()
    models = ", ".join(target.ref or str(target) for target, _ in draft.models)
    delivery = draft.delivery
    options = Options(
        tuple(target for target, _ in draft.models),
        Limits(cancel_after=delivery.cancel_after),
        save=draft.folder,
        webhook=delivery.webhook,
        webhook_events=delivery.events,
    )
    return await batches.plan(models, "", options, draft.runs(plan), [form for _, form in draft.models])


def again(records: Sequence[Record], models: Sequence[tuple[Target, Form]], which: Sequence[int]) -> Iterator[Planned]:
    """Predictions once more, each on the model of `models` that `which` says."""
    for place, (record, target) in enumerate(zip(records, which, strict=True), 1):
        checked = models[target][1].check(record.prediction.input or {})
        wrong = [Wrong(place, problem.field, problem.message) for problem in checked.problems]
        wrong += [Wrong(place, name, "is required, and is not kept") for name in checked.missing]
        yield Planned(place, target, {"of": record.id}, checked.input, tuple(wrong))


__all__ = ["BadGrid", "BadRows", "Draft", "Outlook", "again", "outlook", "write_down"]
