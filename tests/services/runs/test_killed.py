"""kill -9 at any point of a run loses neither the draft nor the record, and nothing is ever created twice."""

from __future__ import annotations

import asyncio
import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.conftest import TEXT, WORDS, opened
from tests.support.fake_api import Api, Request
from tests.support.lost_runs import leave_sent
from tests.support.paths import ROOT
from tests.support.sandbox import run_sandbox
from tui.services.bus import RunChanged
from tui.services.ownership import Ownership, is_alive
from tui.store.records import RunIntent

ME = "ada@here"

# A console that runs one prediction and dies at a point of its own choosing, as a power cut would have it.
CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from tui.api.client import Client, Target
from tui.api.token import Token
from tui.forms import Form
from tui.services.runs.run_driver import Driver
from tui.services.files.downloads import Downloads
from tui.services.services import Services
from tui.store.store import Store

base_url, token, home, point = sys.argv[1:]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def after(owner, name):
    real = getattr(owner, name)
    async def wrapped(*args, **kwargs):
        result = await real(*args, **kwargs)
        die()
        return result
    setattr(owner, name, wrapped)

if point == "after the draft":
    after(Store, "begin_run")
elif point == "before the send":
    Client.create_prediction = die
elif point == "after the send":
    after(Client, "create_prediction")
elif point == "after the binding":
    after(Driver, "bind")
elif point == "while it runs":
    Driver.on_record = die
elif point == "before the outputs":
    Downloads.save_at_end = die
elif point == "in the outputs":
    Client.download = die

async def main():
    services = await Services.open(
        base_url, Token(token), account="ada@here", store_path=Path(home) / "kept.db",
        outputs_dir=Path(home) / "outputs",
    )
    model = await services.catalogue.model("sandbox/fractal")
    form = Form.parse(model.latest_version.openapi_schema)
    values = {"prompt": "a killed picture", "width": 64, "height": 64, "steps": 3}
    values = {name: value for name, value in values.items() if form.field(name)}
    checked = form.check(values)
    if not checked.ok:
        checked = form.check({"prompt": "a killed picture"})
    run = await services.runs.start(
        Target("sandbox", "fractal", model.latest_version.id), form, checked.input
    )
    await services.runs.wait(run.id)
    print("survived", flush=True)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def own_sandbox():
    with run_sandbox() as running:
        yield running


@pytest.mark.parametrize(
    ("point", "state"),
    [
        ("after the draft", "failed"),
        ("before the send", "unknown"),
        ("after the send", "done"),
        ("after the binding", "done"),
        ("while it runs", "done"),
        ("before the outputs", "done"),
        ("in the outputs", "done"),
    ],
)
async def test_a_killed_run_is_taken_up_where_it_was(own_sandbox, tmp_path: Path, point: str, state: str) -> None:
    before = own_sandbox.count("predictions.create")
    listed = {one["id"] for one in own_sandbox.get("/v1/predictions")["results"]}
    child = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", CHILD, own_sandbox.base_url, own_sandbox.token, str(tmp_path), point],
        cwd=ROOT,
        capture_output=True,
        timeout=50,
    )
    assert child.returncode == -9, child.stderr.decode()
    async with opened(own_sandbox.base_url, tmp_path, token=own_sandbox.token) as seen:
        (intent,) = await seen.services.store.unfinished_runs(ME)
        await seen.services.runs.resume()
        run = seen.services.runs.get(intent.run_id)
        assert run is not None
        if state == "done":
            await seen.until(lambda: (r := seen.services.runs.get(run.id)) is not None and r.ended, "the end", 40)
        else:
            await seen.ended(run)
            await seen.until(lambda: not seen.services.runs._tasks._tasks, "the search")
        run = seen.services.runs.get(run.id)
        assert run is not None and run.state == state, run
        created = 0 if state != "done" else 1
        assert own_sandbox.count("predictions.create") - before == created
        now = {one["id"] for one in own_sandbox.get("/v1/predictions")["results"]}
        assert len(now - listed) == created
        if state == "done":
            assert run.record is not None and run.record.run_id == run.id
            (output,) = run.record.outputs
            assert output.path is not None and output.path.read_bytes().startswith(b"\x89PNG")
            assert [file.name for file in output.path.parent.iterdir()] == [output.path.name]
            assert await seen.services.store.unfinished_runs(ME) == []
        else:
            assert run.input["prompt"] == "a killed picture"
        if state == "failed":
            draft = await seen.services.store.draft(ME, "sandbox/fractal")
            assert draft is not None and draft.values["prompt"] == "a killed picture"


async def test_an_unsent_draft_does_not_replace_what_was_typed_since(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.store.begin_run(ME, RunIntent("r", "acme/words", {"prompt": "old"}, seen.services.now()))
        await seen.services.store.save_draft(ME, "acme/words", {"prompt": "newer"})
        await seen.services.runs.resume()
        draft = await seen.services.store.draft(ME, "acme/words")
        assert draft is not None and draft.values == {"prompt": "newer"}


async def test_an_unknown_run_is_unknown_again_after_a_restart_and_can_be_sent(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        intent = RunIntent(
            "r", "acme/words", {"prompt": "x"}, seen.services.now(), "creating", options={"official": True}
        )
        await seen.services.store.begin_run(ME, intent)
        await seen.services.runs.resume()
        assert seen.services.runs.active["r"].state == "unknown"
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.runs.resume()
        await seen.until(lambda: not seen.services.runs._tasks._tasks, "the search")
        assert seen.services.runs.active["r"].state == "unknown"
        await seen.services.runs.resolve("r", "send")
        await seen.until(lambda: api.predictions)
        api.predictions["made0"].update(status="succeeded", output=["x"], logs="")
        end = await seen.ended(seen.services.runs.active["r"])
        assert end.state == "done"
        assert api.count("POST", "/models/acme/words/predictions") == 1


async def test_a_run_whose_secret_was_not_kept_is_not_sent_without_it(api: Api, tmp_path: Path) -> None:
    values = {"prompt": "x", "api_key": "[secret]"}
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.store.begin_run(ME, RunIntent("r", "acme/words", values, seen.services.now(), "unknown"))
        await seen.services.runs.resume()
        with pytest.raises(ValueError, match="secret"):
            await seen.services.runs.resolve("r", "send")
        assert api.count("POST", "/predictions") == 0


async def test_a_run_with_a_secret_is_found_again_all_the_same(api: Api, tmp_path: Path) -> None:
    values = {"prompt": "x", "api_key": "[secret]"}
    async with opened(api.base_url, tmp_path) as seen:
        api.put(
            "theirs",
            input={"prompt": "x", "api_key": "hunter2"},
            created_at=seen.services.now().isoformat(),
            status="succeeded",
            logs="",
        )
        await leave_sent(seen.services, "r", values)
        await seen.services.runs.resume()
        await seen.until(lambda: "r" not in seen.services.runs.active, "the end")
        run = seen.services.runs.get("r")
        assert run is not None and run.record is not None and run.record.id == "theirs"


async def test_a_prediction_of_another_run_is_never_adopted(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        api.put("taken", created_at=seen.services.now().isoformat())
        for run_id in ("one", "two"):
            await leave_sent(seen.services, run_id, {"prompt": "x"})
        await seen.services.runs.resume()
        # It is one of theirs, and nobody can tell whose.
        await seen.until(lambda: [run.needs_decision for run in seen.services.runs.active.values()] == [True, True])
        for run in seen.services.runs.unknown:
            assert [one.prediction.id for one in run.candidates] == ["taken"]


async def test_what_an_earlier_run_created_is_not_taken_for_a_lost_one(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        store, now = seen.services.store, seen.services.now()
        api.put("taken", created_at=now.isoformat())
        done = RunIntent("one", "acme/words", {"prompt": "x"}, now, "done", prediction_id="taken")
        await store.begin_run(ME, done)
        await leave_sent(seen.services, "two", {"prompt": "x"})
        await seen.services.runs.resume()
        await seen.until(lambda: not seen.services.runs._tasks._tasks, "the search")
        assert seen.services.runs.active["two"].state == "unknown"


async def test_a_creation_is_looked_for_until_the_api_is_back(api: Api, tmp_path: Path) -> None:
    async def quick(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))

    api.down = True
    async with opened(api.base_url, tmp_path, sleep=quick) as seen:
        now = seen.services.now()
        await leave_sent(seen.services, "r", {"prompt": "x"})
        await seen.services.runs.resume()
        await seen.until(lambda: "looking for it" in (seen.services.runs.active["r"].message or ""))
        api.put("there", created_at=now.isoformat())
        api.down = False
        await seen.until(lambda: seen.services.runs.active["r"].state == "following", "the adoption")


async def test_a_text_that_streamed_before_the_kill_goes_on(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        api.put("p", "processing", output=["so ", "far "])
        await seen.services.watcher.ask("p")
        intent = RunIntent(
            "r",
            "acme/words",
            {"prompt": "x"},
            seen.services.now(),
            "following",
            prediction_id="p",
            options={"output": TEXT.output.value},
            text="so f",
        )
        await seen.services.store.begin_run(ME, intent)
        await seen.services.runs.resume()
        await seen.until(lambda: seen.services.runs.active["r"].text == "so far ")
        api.predictions["p"].update(status="succeeded", output=["so ", "far ", "good"], logs="")
        assert (await seen.ended(seen.services.runs.active["r"])).text == "so far good"


async def test_a_run_that_another_living_console_looks_after_is_left_to_it(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as one:
        run = await one.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await one.until(lambda: one.services.runs.active[run.id].record)
        async with opened(api.base_url, tmp_path) as two:
            await two.services.runs.resume()
            assert two.services.runs.active == {}
    async with opened(api.base_url, tmp_path) as three:
        await three.services.runs.resume()
        assert three.services.runs.active[run.id].state == "following"


async def test_the_console_that_ends_in_the_middle_of_a_creation_finds_it_later(api: Api, tmp_path: Path) -> None:
    arrived = asyncio.Event()

    async def slow(request: Request) -> None:
        api.create(request)
        arrived.set()
        await asyncio.sleep(30)

    api.on["POST", "/v1/models/acme/words/predictions"] = slow
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await arrived.wait()
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.runs.resume()
        await seen.until(lambda: any(run.state == "following" for run in seen.services.runs.active.values()))
        assert api.count("POST", "/models/acme/words/predictions") == 1
        assert seen.of(RunChanged)[0].run.state == "unknown"


async def test_an_open_console_takes_over_what_a_command_leaves_unknown_and_leaves_alone_what_lives(
    api: Api, tmp_path: Path
) -> None:
    async with opened(api.base_url, tmp_path) as one:
        mine = await one.services.runs.start(WORDS, TEXT, {"prompt": "mine"})
        await one.until(lambda: one.services.runs.active[mine.id].record, "its own run")
        async with opened(api.base_url, tmp_path) as command:
            owner = command.services.session.ownership.name
            await leave_sent(command.services, "r", {"prompt": "x"}, owner=owner)
            await one.services.take_over()
            assert set(one.services.runs.active) == {mine.id}
        before = one.services.runs.active[mine.id]
        await one.services.take_over()
        assert one.services.runs.active[mine.id] is before
        assert one.services.runs.active["r"].state == "unknown"
        await one.until(lambda: one.services.runs.active["r"].needs_decision, "the search")
        # It has an owner now: nobody takes it a second time.
        async with opened(api.base_url, tmp_path) as two:
            await two.services.take_over()
            assert two.services.runs.active == {}


@pytest.mark.parametrize("sent", [True, False])
async def test_a_run_is_taken_over_as_its_console_left_it_and_not_as_it_was_when_the_list_was_read(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        runs, store = seen.services.runs, seen.services.store
        await store.begin_run(ME, RunIntent("r", "acme/words", {"prompt": "x"}, seen.services.now(), owner="7-gone"))
        loop = asyncio.get_running_loop()

        def dies_now(_: str | None) -> bool:
            # The list has been read; the run goes on by a step, and then its console ends.
            change = store.update_run(ME, "r", state="creating" if sent else "failed", error=None)
            asyncio.run_coroutine_threadsafe(change, loop).result()
            return False

        monkeypatch.setattr(seen.services.session.ownership, "alive", dies_now)
        await runs.take_over()
        kept = await store.run(ME, "r")
        assert kept is not None and kept.error is None, "it was taken for one that was never sent"
        assert [run.id for run in runs.unknown] == (["r"] if sent else [])


async def test_of_two_open_consoles_one_takes_over_and_follows_to_the_end(api: Api, tmp_path: Path) -> None:
    api.put("p", "processing", output=["so ", "far "])
    async with opened(api.base_url, tmp_path) as one, opened(api.base_url, tmp_path) as two:
        async with opened(api.base_url, tmp_path) as gone:
            await gone.services.watcher.ask("p")
            await gone.services.store.begin_run(
                ME,
                RunIntent(
                    "r",
                    "acme/words",
                    {"prompt": "x"},
                    gone.services.now(),
                    "following",
                    prediction_id="p",
                    options={"output": TEXT.output.value},
                    owner=gone.services.session.ownership.name,
                ),
            )
        await asyncio.gather(*(seen.services.take_over() for seen in (one, two, one, two)))
        (taker,) = [seen for seen in (one, two) if seen.services.runs.active]
        api.predictions["p"].update(status="succeeded", output=["so ", "far ", "good"], logs="")
        assert (await taker.ended(taker.services.runs.active["r"])).text == "so far good"


async def test_whoever_asked_to_take_over_and_is_gone_leaves_nothing_half_taken(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as one:
        for number in range(20):
            intent = RunIntent(f"r{number}", "acme/words", {"prompt": "x"}, one.services.now(), "unknown")
            await one.services.store.begin_run(ME, intent)
        asking = asyncio.create_task(one.services.take_over())
        await one.until(lambda: one.services.runs.active, "the first")
        asking.cancel()
        await one.until(lambda: len(one.services.runs.active) == 20, "the others")


def test_who_looks_whether_a_console_lives_is_not_taken_for_it(tmp_path: Path) -> None:
    """Else a run of a console that was killed is passed over, since another run's twins are told apart just then."""
    gone = tmp_path / "1-gone"
    with gone.open("w") as looked_at:
        fcntl.flock(looked_at, fcntl.LOCK_SH)
        assert not is_alive(tmp_path, gone.name)
    with gone.open("w") as owned:
        fcntl.flock(owned, fcntl.LOCK_EX)
        assert is_alive(tmp_path, gone.name)


def test_a_console_that_is_gone_is_known_to_be(tmp_path: Path) -> None:
    mine = Ownership(tmp_path)
    code = "from tui.services.ownership import Ownership; from pathlib import Path; import sys\n"
    code += f"o = Ownership(Path({str(tmp_path)!r})); print(o.name, flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin is not None and other.stdout is not None
    name = other.stdout.readline().strip()
    try:
        assert mine.alive(name) and mine.alive(mine.name)
        assert not mine.alive("nobody") and not mine.alive(None) and not mine.alive("../x")
    finally:
        other.kill()
        other.wait()
        other.stdin.close()
        other.stdout.close()
    assert not mine.alive(name)
    mine.close()
    mine.close()
    assert list(tmp_path.iterdir()) == []
