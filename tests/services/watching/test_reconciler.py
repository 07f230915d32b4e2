"""Pages, answers and webhooks in any order make the same record, never a backward step, and one end each."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.api.types import Page, Prediction, Training, decode
from tui.services.bus import Bus, Ended, Event, RecordChanged, RecordsListed
from tui.services.session import Clock
from tui.services.watching.live_set import LiveSet
from tui.services.watching.reconciler import Reconciler
from tui.store.fold import rank
from tui.store.records import Kind, Record
from tui.store.store import Store

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def at(seconds: float) -> str:
    return (NOW + timedelta(seconds=seconds)).isoformat()


@st.composite
def lives(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """All that is said of each of a few, from their start to their end."""
    found: list[list[dict[str, Any]]] = []
    for number in range(draw(st.integers(1, 3))):
        lines = draw(st.lists(st.sampled_from(["a", "10%|#| 1/10", "b c"]), max_size=4))
        base = {"id": f"p{number}", "model": "a/b", "created_at": at(number), "input": {"n": number}, "logs": ""}
        said = [{**base, "status": "starting"}]
        for count in range(len(lines)):
            logs = "\n".join(lines[: count + 1])
            said.append({**base, "status": draw(st.sampled_from(["processing", "running"])), "logs": logs})
        end = draw(st.sampled_from(["succeeded", "failed", "canceled", "aborted"]))
        whole = {**base, "status": end, "completed_at": at(60 + number), "logs": "\n".join(lines), "output": {"x": 1}}
        found.append([*said, whole])
    return found


Way = tuple[str, list[tuple[int, int]]]
"""How it is told ("page", or "whole" for an answer, an event or a webhook), and of what: (which one, how far it is)."""


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[list[dict[str, Any]]], list[Way], Kind]:
    """Sightings in any order, doubled, late, and left out, with the last word among them."""
    said = draw(lives())
    steps = [(one, far) for one, life in enumerate(said) for far in range(len(life))]
    ways: list[Way] = []
    for _ in range(draw(st.integers(0, 8))):
        told = draw(st.lists(st.sampled_from(steps), min_size=1, max_size=3, unique_by=lambda step: step[0]))
        ways.append((draw(st.sampled_from(["page", "whole"])), told))
    for one, life in enumerate(said):
        ways.insert(draw(st.integers(0, len(ways))), ("whole", [(one, len(life) - 1)]))
    return said, ways, draw(st.sampled_from(["prediction", "training"]))


class Console:
    """One console's part of it, with all that it told."""

    def __init__(self, store: Store, account: str) -> None:
        self.events: list[Event] = []
        self.live_set = LiveSet()
        bus = Bus()
        bus.subscribe(self.events.append)
        session = SimpleNamespace(store=store, bus=bus, account=account, clock=Clock(now=lambda: NOW))
        self.reconciler = Reconciler(cast(Any, session), self.live_set)

    async def see(self, way: Way, said: list[list[dict[str, Any]]], kind: Kind) -> None:
        made = Training if kind == "training" else Prediction
        how, told = way
        if how == "page":
            items = [{k: v for k, v in said[one][far].items() if k not in ("logs", "output")} for one, far in told]
            page: Page[Prediction] = Page(results=tuple(decode(made, item) for item in items))
            await self.reconciler.page(page, kind, 0.0)
        else:
            for one, far in told:
                await self.reconciler.one(decode(made, said[one][far]), kind, 0.0)

    def records(self) -> list[Record]:
        """All records in the order in which they were told."""
        found: list[Record] = []
        for event in self.events:
            found += [event.record] if isinstance(event, RecordChanged) else []
            found += event.records if isinstance(event, RecordsListed) else []
        return found


def check(console: Console, seen_live: set[str], kind: Kind) -> None:
    ranks: dict[str, int] = {}
    logs: dict[str, str] = {}
    for record in console.records():
        assert record.kind == kind
        assert rank(record.prediction.status) >= ranks.get(record.id, 0), "a status went backwards"
        assert record.prediction.logs.startswith(logs.get(record.id, "")), "a log went backwards"
        ranks[record.id], logs[record.id] = rank(record.prediction.status), record.prediction.logs
    ends = [event.record.id for event in console.events if isinstance(event, Ended)]
    assert sorted(ends) == sorted(seen_live), "each end that was seen coming is told once, and no other"
    assert not console.live_set.live and not console.live_set.wanted


@pytest.mark.parametrize("consoles", [1, 2])
@given(story=stories(), data=st.data())
@settings(max_examples=25, deadline=None)
def test_any_interleaving_ends_in_the_same_records_and_tells_each_end_once(
    consoles: int, story: tuple[list[list[dict[str, Any]]], list[Way], Kind], data: st.DataObject
) -> None:
    said, ways, kind = story
    turns = [data.draw(st.integers(0, consoles - 1)) for _ in ways]

    async def run() -> None:
        with tempfile.TemporaryDirectory() as home:
            store = await Store.open(Path(home) / "s.db", now=lambda: NOW)
            try:
                all_consoles = [Console(store, "me") for _ in range(consoles)]
                seen_live: list[set[str]] = [set() for _ in all_consoles]
                over: set[str] = set()
                for way, turn in zip(ways, turns, strict=True):
                    for one, far in way[1]:
                        if far == len(said[one]) - 1:
                            over.add(f"p{one}")
                        elif f"p{one}" not in over:
                            seen_live[turn].add(f"p{one}")
                    await all_consoles[turn].see(way, said, kind)
                for console, live in zip(all_consoles, seen_live, strict=True):
                    # Every console asks once more in the end, as it does for all that it takes to be live.
                    for one, life in enumerate(said):
                        if f"p{one}" in console.live_set.live or f"p{one}" in console.live_set.wanted:
                            await console.see(("whole", [(one, len(life) - 1)]), said, kind)
                    check(console, live, kind)
                for one, life in enumerate(said):
                    record = await store.get("me", f"p{one}")
                    assert record is not None and record.kind == kind
                    assert isinstance(record.prediction, Training) == (kind == "training")
                    assert (record.prediction.status, record.prediction.logs) == (life[-1]["status"], life[-1]["logs"])
                    assert record.prediction.output == {"x": 1} and not record.live and record.row.whole
            finally:
                await store.close()

    asyncio.run(run())
