"""A model's processes: forked from one that has imported Cog's runtime, or each started for itself."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import schema, write_model
from tui.sandbox.cogs import CogProcess, Recipe
from tui.sandbox.forks import ForkServer
from tui.sandbox.library import CogCode, load_library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")

REPORTER = """
import json, os, signal, subprocess, sys, tempfile
from typing import Iterator
from cog import BaseRunner, Input

class Runner(BaseRunner):
    def setup(self):
        print("set up", flush=True)

    def run(self, kind: str = Input(default="report")) -> Iterator[str]:
        print("running", flush=True)
        if kind == "exit":
            os._exit(3)
        if kind == "child":
            subprocess.Popen(["sleep", "300"])
        umask = os.umask(0)
        os.umask(umask)
        said = subprocess.run(["python", "-c", "import sys; print(sys.argv)"], stdout=subprocess.PIPE, text=True)
        yield json.dumps({
            "argv": sys.argv,
            "path": [os.path.relpath(entry) if "code" in entry else entry for entry in sys.path],
            "flags": repr(sys.flags),
            "executable": sys.executable,
            "main": [name for name in vars(sys.modules["__main__"]) if not name.startswith("__")],
            "ours": [name for name in sys.modules if name.partition(".")[0] == "tui"],
            "environment": {name: value for name, value in os.environ.items() if name not in ("PORT", "PWD")},
            "folder": os.path.basename(os.getcwd()),
            "umask": umask,
            "temporary": tempfile.gettempdir(),
            "signals": [str(signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)],
            "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
            "input": sys.stdin.fileno(),
            "leads": os.getsid(0) == os.getpid(),
            "python": said.stdout,
        })
"""
REPORTER_SCHEMA = schema(
    {"kind": {"type": "string", "default": "report"}},
    [],
    {"type": "array", "items": {"type": "string"}, "x-cog-array-type": "iterator"},
    streaming=True,
)


def reporter(folder: Path, forks: ForkServer | None) -> Recipe:
    """What a process of the model that reports is started from."""
    made = folder / "reporter"
    if not made.exists():
        write_model(made, REPORTER, REPORTER_SCHEMA, 'run: "run.py:Runner"\n')
    source = load_library((made,)).models["sandbox/reporter"].source
    assert isinstance(source.code, CogCode)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return Recipe(source, source.code, "predict", None, "http://127.0.0.1:9", work, 60.0, forks)


@asynccontextmanager
async def forking(folder: Path, idle: float = 60.0) -> AsyncGenerator[ForkServer]:
    forks = ForkServer(folder / "work", idle)
    try:
        yield forks
    finally:
        await forks.close()


@asynccontextmanager
async def running(recipe: Recipe, name: str = "one") -> AsyncGenerator[CogProcess]:
    process = CogProcess(recipe, name)
    await process.start()
    try:
        yield process
    finally:
        await process.stop()


async def report(process: CogProcess, kind: str = "report") -> Any:
    """What the model says of the world that it runs in."""
    pieces = [update.value async for update in process.predict("job", {"kind": kind}) if update.kind == "output"]
    return json.loads(str(pieces[0]))


def fork_servers(folder: Path) -> list[int]:
    """The fork servers that live; each stands in its own folder, and nothing else does."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").resolve(strict=True) == (folder / "work" / "forks").resolve():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


async def until_none(folder: Path) -> None:
    async with asyncio.timeout(20):
        while fork_servers(folder):
            await asyncio.sleep(0.02)


def test_a_model_meets_the_same_world_in_a_fork_as_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_secret")
    monkeypatch.setenv("OF_THE_USER", "kept")

    async def seen(forks: ForkServer | None) -> Any:
        async with running(reporter(tmp_path, forks)) as process:
            return await report(process)

    async def both() -> tuple[Any, Any]:
        async with forking(tmp_path) as forks:
            forked = await seen(forks)
            assert fork_servers(tmp_path), "it was not forked"
        return forked, await seen(None)

    forked, alone = asyncio.run(both())
    assert forked == alone
    assert (forked["argv"], forked["ours"], forked["folder"]) == (["-c"], [], "code")
    assert (forked["path"][0], forked["input"], forked["interrupt"]) == ("", 0, True)
    assert forked["temporary"] == str(tmp_path / "work" / "tmp")
    assert forked["environment"]["OF_THE_USER"] == "kept"
    assert not [name for name in forked["environment"] if "TOKEN" in name]
    assert forked["environment"]["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert forked["python"] == "['-c']\n"


def test_models_live_on_without_the_fork_server_and_the_next_gets_another(tmp_path: Path) -> None:
    async def look() -> None:
        async with forking(tmp_path) as forks, running(reporter(tmp_path, forks)) as first:
            (before,) = fork_servers(tmp_path)
            os.kill(before, signal.SIGKILL)
            await until_none(tmp_path)
            assert (await report(first))["argv"] == ["-c"]
            async with running(reporter(tmp_path, forks), "two") as second:
                assert (await report(second))["argv"] == ["-c"]
                (after,) = fork_servers(tmp_path)
                assert after != before

    asyncio.run(look())


def test_the_fork_server_ends_when_no_model_ran_for_a_while_and_not_before(tmp_path: Path) -> None:
    async def look() -> None:
        async with forking(tmp_path, idle=0.3) as forks:
            async with running(reporter(tmp_path, forks)) as process:
                await asyncio.sleep(0.6)  # longer than it may be idle: nothing must happen in it
                assert fork_servers(tmp_path)
                assert process.alive
            await until_none(tmp_path)
            async with running(reporter(tmp_path, forks)) as process:
                assert (await report(process))["argv"] == ["-c"]

    asyncio.run(look())


def test_a_model_starts_for_itself_where_no_fork_server_can(tmp_path: Path) -> None:
    async def look() -> None:
        recipe = reporter(tmp_path, None)
        (tmp_path / "work" / "forks").write_text("a file stands where its folder should")
        async with forking(tmp_path) as forks:
            recipe = reporter(tmp_path, forks)
            for _ in range(2):
                async with running(recipe) as process:
                    assert (await report(process))["argv"] == ["-c"]

    asyncio.run(look())


def test_a_worker_that_ends_takes_its_server_out_of_use(tmp_path: Path) -> None:
    async def look() -> None:
        async with forking(tmp_path) as forks, running(reporter(tmp_path, forks)) as process:
            assert process.alive
            last = [update async for update in process.predict("job", {"kind": "exit"})][-1]
            assert (last.status, last.error) == (
                "failed",
                "Worker crashed: the model's process ended in the middle of the prediction",
            )
            assert not process.alive

    asyncio.run(look())


@pytest.mark.parametrize("forked", [True, False])
def test_a_guard_that_was_killed_leaves_nothing_behind(tmp_path: Path, forked: bool) -> None:
    async def look() -> None:
        async with forking(tmp_path) as forks:
            process = CogProcess(reporter(tmp_path, forks if forked else None), "one")
            await process.start()
            assert process.pid is not None
            await report(process, "child")
            assert len(group(process.pid)) >= 4, "the guard, Cog's server, its worker, and what that started"
            os.kill(process.pid, signal.SIGKILL)
            async with asyncio.timeout(20):
                while process.alive or group(process.pid):
                    await asyncio.sleep(0.02)
            await process.stop()

    asyncio.run(look())


def group(leader: int) -> list[int]:
    """Who lives in this process group."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            facts = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if facts[0] != "Z" and int(facts[2]) == leader:
            found.append(int(entry.name))
    return found
