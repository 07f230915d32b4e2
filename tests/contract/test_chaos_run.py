"""Five hundred creations while nearly every third answer fails: each intended prediction is made once, and kept."""

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import LIMITLESS
from tests.sandbox.conftest import schema, write_model, write_talker
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.api.client import Client, Target
from tui.api.errors import ApiError, OutcomeUnknown
from tui.api.token import Token
from tui.api.types import Prediction
from tui.forms import Form
from tui.services.runs.run import Run
from tui.services.services import Services
from tui.services.session import Clock

pytestmark = pytest.mark.timeout(900)
AT_ONCE = 25
FASTER = 20
"""How much faster than life the console's own pauses pass."""

# Six faults of 5 % each, of what is left by those before: 26 %, and 5 % that are only late.
FAULTS = "latency=0.05@30ms, *:lost=0.05, *:half=0.05, *:drop=0.05, *:500=0.05, *:503=0.05, *:429=0.05@1s"
PLAN = f"*:{FAULTS}, delivery:drop=0.1, delivery:half=0.15, delivery:503=0.1, stream:cut=0.3@2; seed=20261121"

STAMPER = """
import hashlib, tempfile
from cog import BaseRunner, Input, Path

class Runner(BaseRunner):
    def run(self, number: int = Input(), files: int = Input(default=1, ge=1, le=3)) -> list[Path]:
        print("stamping", number, flush=True)
        made = []
        for index in range(files):
            path = Path(tempfile.mkdtemp()) / f"stamp-{index}.bin"
            path.write_bytes(hashlib.sha256(f"{number} {index}".encode()).digest() * 500)
            made.append(path)
        return made
"""
STAMPER_SCHEMA = schema(
    {
        "number": {"type": "integer"},
        "files": {"type": "integer", "minimum": 1, "maximum": 3, "default": 1},
    },
    ["number"],
    {"type": "array", "items": {"type": "string", "format": "uri"}},
)


Wish = tuple[str, dict[str, Any]]
"""A model of the sandbox, and an input for it."""


def stamp(number: int, index: int) -> bytes:
    return hashlib.sha256(f"{number} {index}".encode()).digest() * 500


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    parent = tmp_path_factory.mktemp("chaos")
    about = {"model__json": json.dumps({"description": "Stamps numbers into files"})}
    stamper = write_model(parent / "stamper", STAMPER, STAMPER_SCHEMA, 'run: "run.py:Runner"\n', **about)
    return [stamper, write_talker(parent)]


def intended(count: int) -> list[Wish]:
    """So many wishes: files mostly, each fifth a text, and each tenth the same, word for word, as the one before."""
    wishes: list[Wish] = []
    for number in range(count):
        if number % 10 == 9:
            wishes.append(wishes[-1])
        elif number % 5 == 0:
            wishes.append(("talker", {"text": f"number {number} is said aloud", "pause": 0.002}))
        else:
            wishes.append(("stamper", {"number": number, "files": 1 + number % 3}))
    return wishes


def key(model: str, given: dict[str, Any]) -> str:
    return f"{model} {json.dumps(given, sort_keys=True)}"


def compare_counts(listed: list[dict[str, Any]], wishes: list[Wish]) -> None:
    there = Counter(key(item["model"].removeprefix("sandbox/"), item["input"]) for item in listed)
    assert there == Counter(key(*wish) for wish in wishes)


async def calm(running: RunningSandbox) -> list[dict[str, Any]]:
    """Everything that the server has, newest first, through a client that goes on until it was told all."""
    found: list[dict[str, Any]] = []
    async with Client(running.base_url, Token(running.token), sleep=hurried) as client:
        page = await insist(lambda: client.predictions().first())
        while True:
            found += [item.raw for item in page.results]
            if page.next is None:
                return found
            url = page.next
            page = await insist(lambda url=url: client.predictions().page(url))


async def insist(ask: Any) -> Any:
    """The answer to a question that may be asked for ever."""
    while True:
        try:
            return await ask()
        except ApiError as error:
            assert error.status is None or error.status >= 429, error


async def hurried(seconds: float) -> None:
    await asyncio.sleep(seconds / FASTER)


def struck(running: RunningSandbox) -> float:
    """The share of requests that were not answered as they should have been; halves do not show."""
    entries = running.requests()
    bad = [entry for entry in entries if entry["status"] is None or entry["status"] >= 429]
    return len(bad) / len(entries)


async def targets_of(client: Client) -> dict[str, tuple[Target, Form]]:
    found: dict[str, tuple[Target, Form]] = {}
    for name in ("stamper", "talker"):
        model = await insist(lambda name=name: client.model("sandbox", name))
        version = model.latest_version
        target = Target("sandbox", name, version.id, official=bool(model.is_official))
        found[name] = (target, Form.parse(version.openapi_schema))
    return found


@pytest.mark.long
async def test_the_client_makes_each_of_five_hundred_once_under_faults(models: list[Path]) -> None:
    # No wish twice: a client alone cannot tell its own from an equal one.
    wishes = [wish for number, wish in enumerate(intended(556)) if number % 10 != 9][:500]
    with run_sandbox(cog=models, chaos=PLAN, options=LIMITLESS) as running:
        slots = asyncio.Semaphore(AT_ONCE)
        async with Client(running.base_url, Token(running.token), sleep=hurried) as client:
            targets = await targets_of(client)

            async def make(model: str, given: dict[str, Any]) -> Prediction:
                async with slots:
                    return await create(client, targets[model][0], given)

            made = await asyncio.gather(*(make(*wish) for wish in wishes))
        listed = await calm(running)
        assert struck(running) > 0.15
    assert len({item.id for item in made}) == len(wishes)
    assert {item.id for item in made} == {item["id"] for item in listed}
    compare_counts(listed, wishes)
    for item, wish in zip(made, wishes, strict=True):
        assert key(item.model.removeprefix("sandbox/"), item.input) == key(*wish)


async def create(client: Client, target: Target, given: dict[str, Any]) -> Prediction:
    """As a user would: what is unknown is looked for, and sent again only when it is surely not there."""
    while True:
        try:
            return await client.create_prediction(target, given)
        except OutcomeUnknown as lost:
            unknown = lost
        except ApiError as refused:
            assert refused.status is None or refused.status >= 429, refused
            continue
        since, until = client.clock.earliest(unknown.sent), client.clock.latest(unknown.lost)
        assert since is not None and until is not None
        until += timedelta(seconds=5)
        sighting = await insist(lambda u=unknown, s=since, e=until: client.look_for(u.request, s, e, sent=u.sent))
        if sighting.candidates:
            (found,) = sighting.candidates
            assert found.sure
            return found.prediction


@asynccontextmanager
async def console(running: RunningSandbox, home: Path) -> AsyncIterator[Services]:
    services = await Services.open(
        running.base_url,
        Token(running.token),
        account="sandbox",
        store_path=home / "kept.db",
        outputs_dir=home / "outputs",
        clock=Clock(monotonic=lambda: time.monotonic() * FASTER, sleep=hurried),
    )
    try:
        yield services
    finally:
        await services.aclose()


async def arrived(running: RunningSandbox) -> None:
    """Wait until every creation that has reached the server was carried out, whoever waits for its answer."""
    while not all(entry["ended"] for entry in await asyncio.to_thread(running.requests, "predictions.create")):
        await asyncio.sleep(0.01)


async def carried(running: RunningSandbox, services: Services, run_id: str) -> Run:
    """The run at its end, with a person's decisions about what is unknown."""
    while True:
        run = await services.runs.wait(run_id)
        if run.state != "unknown":
            return run
        # What was under way when a console ended may be carried out after it.
        await arrived(running)
        try:
            run = await insist(lambda: services.runs.resolve(run_id, "look"))
        except KeyError:
            # It was found before it was asked about.
            continue
        if run.state == "unknown":
            await decide(services, run)
            while (run := services.runs.get(run_id)) is not None and run.state == "unknown":
                await asyncio.sleep(0.001)


async def decide(services: Services, run: Run) -> None:
    """As a person would: what is there is this run's or its twin's, which is all the same; else it is sent again."""
    for candidate in run.candidates:
        try:
            await insist(lambda candidate=candidate: services.runs.adopt(run.id, candidate.prediction.id))
            return
        except ValueError:
            continue
    await services.runs.resolve(run.id, "send")


async def start_and_carry(
    running: RunningSandbox, services: Services, target: Target, form: Form, given: dict[str, Any]
) -> Run:
    while True:
        run = await carried(running, services, (await services.runs.start(target, form, given)).id)
        if run.record is not None:
            return run
        # It was told that nothing was created: the count in the end shows whether that was true.
        assert run.state == "failed", run


@pytest.mark.long
async def test_the_console_keeps_five_hundred_runs_under_faults_and_a_restart(
    models: list[Path], tmp_path: Path
) -> None:
    wishes = intended(500)
    with run_sandbox(cog=models, chaos=PLAN, options=LIMITLESS) as running:
        left = await until_it_ends_early(running, tmp_path, wishes[:250])
        async with console(running, tmp_path) as services:
            await services.runs.resume()
            await asyncio.gather(*(taken_up(running, services, run_id, wish) for run_id, wish in left))
            await many(running, services, wishes[250:])
            await all_saved(services)
            await all_listed(services)
            compare_counts(listed := await calm(running), wishes)
            await compare(services, listed)
        assert struck(running) > 0.15


async def until_it_ends_early(running: RunningSandbox, home: Path, wishes: list[Wish]) -> list[tuple[str, Wish]]:
    """A console that does all but the last of them, and ends in the midst of those: their runs are given back."""
    async with console(running, home) as services:
        await many(running, services, wishes[:-AT_ONCE])
        targets = await targets_of(services.client)
        started = [(await services.runs.start(*targets[model], given)).id for model, given in wishes[-AT_ONCE:]]
        await services.runs.wait(started[0])
        return list(zip(started, wishes[-AT_ONCE:], strict=True))


async def taken_up(running: RunningSandbox, services: Services, run_id: str, wish: Wish) -> None:
    """A run of the console before: followed to its end, or begun again when it was never sent."""
    intent = await services.store.run(services.account, run_id)
    assert intent is not None
    if intent.state == "done":
        return
    ended = services.runs.get(run_id) is None
    run = None if ended else await carried(running, services, run_id)
    if ended or (run is not None and run.record is None):
        assert intent.prediction_id is None
        targets = await targets_of(services.client)
        await start_and_carry(running, services, *targets[wish[0]], wish[1])


async def many(running: RunningSandbox, services: Services, wishes: list[Wish]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)
    targets = await targets_of(services.client)

    async def one(model: str, given: dict[str, Any]) -> None:
        async with slots:
            await start_and_carry(running, services, *targets[model], given)

    await asyncio.gather(*(one(*wish) for wish in wishes))


async def all_saved(services: Services) -> None:
    async with asyncio.timeout(120):
        while await services.store.wanted_outputs(services.account):
            await asyncio.sleep(0.05)


async def all_listed(services: Services) -> None:
    """Reads on to the end of the list, as one who scrolls there."""
    await insist(services.watcher.refresh)
    while await insist(services.watcher.older) is not None:
        pass


async def compare(services: Services, listed: list[dict[str, Any]]) -> None:
    """The store's list is the server's, and every output is on the disk as the model made it."""
    kept = await services.store.list(services.account, limit=1000)
    assert [record.id for record in kept] == [item["id"] for item in listed]
    for record, item in zip(kept, listed, strict=True):
        assert (record.prediction.status, item["status"]) == ("succeeded", "succeeded")
        assert record.prediction.output == item["output"]
        given = item["input"]
        outputs = await services.store.outputs(services.account, record.id)
        if "text" in given:
            assert "".join(item["output"]) == given["text"] and not outputs
            continue
        assert [output.state for output in outputs] == ["saved"] * given["files"]
        for output in outputs:
            assert output.path is not None and output.path.read_bytes() == stamp(given["number"], output.index)
