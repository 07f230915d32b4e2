"""A model of a folder, run by Cog's runtime in the author's own Python, without Docker and without a token.

The model's working folder is its own, so that what it fetches stays there; `.cog/openapi_schema.json` is written
into it, as `cog build` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import shutil
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from msgspec import Struct

from tui.cog.source import Source
from tui.sandbox.cogclient import Mode
from tui.sandbox.jsons import as_obj, as_str, loads
from tui.sandbox.runtime import Guarded, free_port, model_environment, own_packages, serve_command, start_guarded
from tui.services.local.cog_server import BROKEN, READY, CogServer, connect
from tui.services.local.interpreter import CannotRun, Interpreter
from tui.settings.environment import for_children

_ASK_EVERY = 0.05
_LOOKS = 2
"""How often what a silent setup has printed is looked for when it is ready."""
_OF_SETUP = "[coglet::setup] "
"""What Cog's runtime puts before each line that setup() has printed."""
_TAKEN = "Address already in use"


class Setup(Struct, frozen=True):
    """How the setup went."""

    seconds: float
    logs: str


class SetupFailed(CannotRun):
    """The model did not come up; `logs` are what it printed."""

    def __init__(self, text: str, logs: str) -> None:
        super().__init__(text)
        self.logs = logs


class ModelProcess:
    """One running model. All its processes end with it, and with this program however that ends."""

    def __init__(self, source: Source, python: Interpreter, mode: Mode = "predict") -> None:
        self._source = source
        self._python = python
        self._mode: Mode = mode
        self._folder: Path | None = None
        self._process: Guarded | None = None
        self._server: CogServer | None = None

    @property
    def server(self) -> CogServer:
        """The server, once it is started."""
        assert self._server is not None
        return self._server

    @property
    def pid(self) -> int | None:
        """The process id of the guard, whose descendants are the model's."""
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path | None:
        """The file into which everything is printed that belongs to no run."""
        return self._folder / "cog.log" if self._folder else None

    def printed(self) -> str:
        """What it has printed that belongs to no run: all of setup()'s. Blocks."""
        return printed_words(_end_of(self.log)) if self.log is not None else ""

    async def ended(self) -> None:
        """Until the process is gone."""
        if self._process is not None:
            await self._process.ended.wait()

    async def start(self, patience: float | None = None) -> Setup:
        """Until the model is set up. Raises SetupFailed with what it printed, CannotRun, OSError."""
        begun = time.monotonic()
        self._folder = await asyncio.to_thread(self._lay_out)
        try:
            for _ in range(3):
                await self._spawn(free_port())
                try:
                    async with asyncio.timeout(patience):
                        logs = await self._until_ready()
                except SetupFailed as failure:
                    if _TAKEN not in failure.logs:
                        raise
                    await self._end()
                else:
                    return Setup(time.monotonic() - begun, logs)
            raise CannotRun("no free port was found")
        except TimeoutError:
            await self.stop()
            raise SetupFailed(f"setup() took longer than {patience:g} s", "") from None
        except BaseException:
            await self.stop()
            raise

    def _lay_out(self) -> Path:
        """Write the schema beside the code, and make a folder with the `python` that Cog's worker runs as."""
        source = self._source
        place = source.folder / ".cog"
        place.mkdir(exist_ok=True)
        (place / "openapi_schema.json").write_text(json.dumps(source.schema, indent=2, sort_keys=True))
        folder = Path(tempfile.mkdtemp(prefix="replicate-tui-cog-"))
        (folder / "tmp").mkdir()
        (folder / "bin").mkdir()
        python = folder / "bin" / "python"
        # A link would lose the environment that the Python belongs to.
        python.write_text(f'#!/bin/sh\nexec {shlex.quote(str(self._python.path))} "$@"\n')
        python.chmod(0o755)
        return folder

    async def _spawn(self, port: int) -> None:
        assert self._folder is not None
        source, train = self._source, self._mode == "train"
        environment = for_children(
            model_environment(
                self._folder / "bin",
                port,
                source.runner,
                source.trainer,
                source.slots,
                self._folder / "tmp",
            )
        )
        # What setup() prints is known from here alone. What of it comes when the setup is just over is the user's,
        # and in no setup's log (Cog 0.23.1).
        environment["RUST_LOG"] = "warn,coglet::setup=info,coglet::user=info"
        environment |= self._author_variables(environment.get("PYTHONPATH", ""))
        self._server = await connect(f"http://127.0.0.1:{port}", source.schema, self._mode)
        command = serve_command(str(self._python.path), train=train)
        log = self._folder / "cog.log"
        self._process = await start_guarded(command, source.folder, environment, log, self._server.client.end)

    def _author_variables(self, path: str) -> dict[str, str]:
        """What has the author's own functions print their tracebacks."""
        source = self._source
        entries = [entry.partition(":") for entry in (source.runner, source.trainer) if entry]
        places = [str(Path(str(files("tui.cog"))) / "instrument"), own_packages() if self._python.is_ours else path]
        return {
            "COG_AUTHOR_FILES": os.pathsep.join(str(source.folder / file) for file, _, _ in entries),
            "COG_AUTHOR_TRACEBACKS": str(self._folder / "tracebacks") if self._folder else "",
            "COG_AUTHOR_NAMES": ",".join(name for _, _, name in entries),
            "PYTHONPATH": os.pathsep.join(place for place in places if place),
        }

    async def _until_ready(self) -> str:
        """What setup printed. Raises SetupFailed."""
        assert self._process is not None
        while True:
            health = await self.server.health()
            status, setup = as_str(health.get("status")), as_str(as_obj(health.get("setup")).get("logs"))
            if status in READY:
                # What the server has gathered is whole before the last of it is printed; what it has missed is printed.
                return setup.replace(_OF_SETUP, "") or await self._printed_last()
            if status in BROKEN or self._process.ended.is_set():
                raise SetupFailed("the model's setup failed", await asyncio.to_thread(self._why, setup))
            await asyncio.sleep(_ASK_EVERY)

    async def _printed_last(self) -> str:
        """What was printed, when the server has had the time to print it."""
        for _ in range(_LOOKS):
            if words := await asyncio.to_thread(self.printed):
                return words
            await asyncio.sleep(_ASK_EVERY)
        return ""

    def _why(self, setup: str) -> str:
        """What Cog says of a setup that failed, or what was printed, and the traceback of the author's code."""
        assert self._folder is not None
        printed, traceback = self.printed() or setup.strip(), _end_of(self._folder / "tracebacks")
        # As much of it as came through before the end was printed too, perhaps not all.
        told = set(traceback.splitlines())
        found = ["\n".join(line for line in printed.splitlines() if line not in told), traceback]
        return "\n".join(text for text in found if text)

    async def _end(self) -> None:
        process, server = self._process, self._server
        self._process = self._server = None
        if process is not None:
            await process.stop()
        if server is not None:
            await server.aclose()

    async def stop(self) -> None:
        """End the model and all its processes, and take its folder away."""
        await self._end()
        folder, self._folder = self._folder, None
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _end_of(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text("utf-8", "replace")[-50_000:].strip()
    return ""


def printed_words(log: str) -> str:
    """What a model and its server have printed, without the clothes that Cog's runtime gives to each line."""
    return "\n".join(_words_of(line) for line in log.splitlines())


def _words_of(line: str) -> str:
    if not line.startswith("{"):
        return line
    try:
        told = as_obj(loads(line))
    except ValueError:
        return line
    return as_str(as_obj(told.get("fields")).get("message")) or line
