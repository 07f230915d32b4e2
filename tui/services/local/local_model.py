"""One model of this machine, or a Cog server that runs already: its source, its process, its runs, and its state.

Nothing of the author's code runs before a start or a run is asked for; until then the source is read and not imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from msgspec.structs import replace

from tui.api.text import clean
from tui.api.types import Prediction
from tui.cog.modules import CannotRead, Finding
from tui.cog.source import Source, read_source
from tui.sandbox.cogclient import Mode
from tui.sandbox.jsons import Obj, as_str
from tui.services.local.cog_server import BROKEN, CannotAttach, CogServer, address_of, attach, name_of
from tui.services.local.interpreter import CannotRun, Interpreter, choose, interpreter
from tui.services.local.local_run import LocalRun
from tui.services.local.memory import memory_of
from tui.services.local.mistakes import CodeLine, missing_package, own_line
from tui.services.local.model_process import ModelProcess, SetupFailed
from tui.services.local.source_state import source_state
from tui.services.runs.uploads import as_data_uris, local_files, replaced

State: TypeAlias = Literal["stopped", "starting", "ready", "busy", "failed", "gone"]
if TYPE_CHECKING:
    from tui.store.records import Record

_ASK_EVERY = 0.25
"""Seconds between two looks at what a setup has printed."""


class LocalModel:
    """What is known of it now. `told` is called after each change, on the event loop."""

    def __init__(self, place: str, told: Callable[[LocalModel], None]) -> None:
        """`place` is an absolute folder, or the address of a server."""
        self.place = place
        self.address = address_of(place)
        """None for a folder."""
        self.state: State = "stopped"
        self.problem = ""
        """Why it cannot be read, set up or reached."""
        self.line: CodeLine | None = None
        """The author's own line that the last mistake is at."""
        self.advice = ""
        """What to do about a package that is missing."""
        self.source: Source | None = None
        self.revision = 0
        """How often the source was read: it grows with each edit that is noticed."""
        self.schema: Obj | None = None
        self.setup_log = ""
        self.setup_seconds: float | None = None
        """How long the last setup took, or goes on."""
        self.memory: int | None = None
        self.python: Interpreter | None = None
        self.run: LocalRun | None = None
        """The last run."""
        self.shown: Prediction | None = None
        """The last run as a prediction."""
        self.record: Record | None = None
        """The last run as it is kept in the archive, with its saved files."""
        self.trains = False
        """Whether the last run is a training."""
        self.given: Mapping[str, object] = {}
        """The input of the last run, its secrets hidden."""
        self.at_replicate = ""
        """ "owner/name" of the model that it is pushed to, where cog.yaml or a person has told it."""
        self.relayed_to = ""
        """Where the webhooks of its runs are delivered; empty for nowhere."""
        self._told = told
        self._seen: Mapping[str, tuple[int, int]] = {}
        self._started_from: Mapping[str, tuple[int, int]] = {}
        self._process: ModelProcess | None = None
        self._mode: Mode = "predict"
        """What its process was started for."""
        self._attached: CogServer | None = None
        self._lock = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None
        self._setting_up: asyncio.Task[bool] | None = None
        self._canceled = False
        self._unreadable = False
        """Whether the source as it is now cannot be read."""

    @property
    def name(self) -> str:
        """What it is called: the folder's name, or host and port."""
        return name_of(self.place)

    @property
    def running(self) -> bool:
        """Whether a process of it is up, or on its way."""
        return self.state in ("starting", "ready", "busy") and self.address is None

    @property
    def follows(self) -> bool:
        """Whether logs and output come while a run goes on."""
        server = self._attached or (self._process.server if self._process is not None else None)
        return server is None or server.follows

    @property
    def changed(self) -> bool:
        """Whether its source is another one than its process was started from."""
        return self._process is not None and self._started_from != self._seen

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is not known of its schema, or not as Cog takes it."""
        return self.source.findings if self.source is not None else ()

    @property
    def main_file(self) -> Path | None:
        """The file with the author's code; None for a server."""
        if self.address is not None:
            return None
        entry = self.source.runner.partition(":")[0] if self.source is not None else "cog.yaml"
        return Path(self.place) / entry

    # ---- the source, and the server's schema

    async def read(self) -> bool:
        """Read the source where it has changed, or ask the server; whether anything is other than before."""
        return await (self._look_at_server() if self.address else self._read_source())

    async def _read_source(self) -> bool:
        folder = Path(self.place)
        state = await asyncio.to_thread(source_state, folder)
        if state == self._seen and (self.source is not None or self.problem):
            return False
        self._seen = state
        self.revision += 1
        try:
            self.source = await asyncio.to_thread(read_source, folder)
        except CannotRead as error:
            found, self._unreadable = error.finding, True
            self._mistaken(found.said(folder), CodeLine(found.path, found.line, "") if found.line else None)
            if not state and await asyncio.to_thread(_is_gone, folder):
                self.state = "gone"
        else:
            self.schema, self._unreadable = self.source.schema, False
            self.at_replicate = self.source.pushed_to or self.at_replicate
            if self.state in ("failed", "gone") and self._process is None:
                self.state = "stopped"
            if self.state == "stopped":
                self._mistaken("", None)
        self._told(self)
        return True

    async def _look_at_server(self) -> bool:
        """Ask an attached server how it is; attach to it first."""
        if self.state == "busy":
            return False
        before = self.state, self.problem
        if self._attached is None:
            self.state = "starting" if self.state == "stopped" else self.state
            try:
                self._attached = await attach(cast(str, self.address), "predict")
            except (CannotAttach, OSError) as error:
                # How it went away says more than that it is not there.
                if self.state != "gone":
                    self.state, self.problem = "gone" if self.schema else "failed", str(error)
            else:
                self.schema = self._attached.schema
                self.state, self.problem = "ready", ""
        else:
            status = as_str((await self._attached.health()).get("status"))
            if not status or status in BROKEN:
                await self._detach(f"The server is {status}." if status else "The server does not answer any more.")
            else:
                self.state, self.problem = "ready", ""
        if (self.state, self.problem) != before:
            self._told(self)
            return True
        return False

    async def _detach(self, why: str) -> None:
        attached, self._attached = self._attached, None
        self.state, self.problem = "gone", why
        if attached is not None:
            await attached.aclose()

    # ---- the process

    async def start(self, mode: Mode = "predict") -> bool:
        """Set the model up, unless it is up from the source as it is now; whether it is up. Runs the author's code.

        A process that predicts does not train: it gives way to one that does.
        """
        async with self._lock:
            self._canceled = False
            await self.read()
            if self.address is not None:
                return self._attached is not None
            current = self._mode == mode and not self.changed
            if self._process is not None and current and await self._is_well(self._process):
                return True
            await self._stop()
            self._mode = mode
            source = self.source
            if source is None or self._unreadable:
                self.state = "gone" if self.state == "gone" else "failed"
                self._told(self)
                return False
            self._setting_up = asyncio.create_task(self._set_up(source))
            try:
                return await self._setting_up
            except asyncio.CancelledError:
                if not self._canceled:
                    await _ended(self._setting_up)
                    raise
                return False
            finally:
                self._setting_up = None

    async def _set_up(self, source: Source) -> bool:
        self.state, self.setup_log, self.setup_seconds, self.memory = "starting", "", 0.0, None
        self._mistaken("", None)
        self._started_from = self._seen
        self._told(self)
        process: ModelProcess | None = None
        following: asyncio.Task[None] | None = None
        try:
            python = self.python = await interpreter(choose(source.folder, None))
            process = ModelProcess(source, python, self._mode)
            following = asyncio.create_task(self._follow_setup(process))
            setup = await process.start()
        except (CannotRun, OSError) as error:
            logs = error.logs if isinstance(error, SetupFailed) else ""
            self.setup_log = clean(logs) or self.setup_log
            self.state = "failed"
            self._explain(str(error), logs, source)
            return False
        except BaseException:
            self.state = "stopped"
            raise
        finally:
            if following is not None:
                following.cancel()
                await asyncio.wait([following])
            self._told(self)
        self._process = process
        self.setup_seconds, self.setup_log = setup.seconds, clean(setup.logs)
        self.memory = await asyncio.to_thread(memory_of, process.pid or 0)
        self.state = "ready"
        self._watch = asyncio.create_task(self._watch_process(process))
        self._told(self)
        return True

    async def _is_well(self, process: ModelProcess) -> bool:
        """Whether it can be given a run: its server may live on when the model in it has died."""
        status = as_str((await process.server.health()).get("status"))
        return bool(status) and status not in BROKEN

    async def _follow_setup(self, process: ModelProcess) -> None:
        """What a setup prints, as it comes, and how long it goes on."""
        begun = time.monotonic()
        while True:
            await asyncio.sleep(_ASK_EVERY)
            self.setup_seconds = time.monotonic() - begun
            self.setup_log = clean(await asyncio.to_thread(process.printed))
            self._told(self)

    async def _watch_process(self, process: ModelProcess) -> None:
        """Say it when the process ends by itself."""
        await process.ended()
        if self._process is process and self.state != "busy":
            self._process = None
            self.state, self.problem = "gone", "Its process has ended by itself."
            await process.stop()
            self._told(self)

    async def stop(self) -> None:
        """End its process, and what it runs. A server that was attached goes on."""
        self._give_up()
        async with self._lock:
            await self._stop()
            if self.address is None and self.state != "gone":
                self.state = "stopped"
            self._told(self)

    async def _stop(self) -> None:
        process, self._process = self._process, None
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            await asyncio.wait([watch])
        if process is not None:
            await process.stop()
        self.memory = None

    def _give_up(self) -> None:
        self._canceled = True
        if self._setting_up is not None:
            self._setting_up.cancel()

    async def aclose(self) -> None:
        """End what was started, and leave the server that was attached."""
        await self._stop()
        attached, self._attached = self._attached, None
        if attached is not None:
            await attached.aclose()

    # ---- a run

    def begin(self, shown: Mapping[str, object], *, train: bool = False) -> None:
        """A run is meant: from now on there is one. `shown` is its input without secrets."""
        self.run, self.record, self.given, self.trains = LocalRun(), None, shown, train
        self._show(self.run)

    async def predict(self, given: Mapping[str, object]) -> Prediction:
        """Run what was begun, after a start where the source has changed; how it ended.

        Nothing of it is raised: why it did not come to its end is in its error.
        """
        run = self.run
        assert run is not None
        up = await self.start("train" if self.trains else "predict")
        if not up and not self._canceled:
            run.status, run.error = "failed", self.problem or "The model could not be started."
            run.logs = self.setup_log
            return self._end(run)
        server = self._attached or (self._process.server if self._process is not None else None)
        if self._canceled or server is None:
            run.status = "canceled"
            return self._end(run)
        self.state, self.problem, self.line, self.advice = "busy", "", None, ""
        # A path of this machine would reach the model as a text, and not as a Path.
        try:
            ready = await asyncio.to_thread(as_data_uris, local_files(given))
            sent = {name: replaced(value, ready) for name, value in given.items()}
            async with contextlib.aclosing(run.follow(server, cast(Obj, sent))) as updates:
                async for _ in updates:
                    self._show(run)
        except OSError as error:
            run.status, run.error = "failed", f"a file cannot be read: {error.strerror or error}"
        finally:
            await self._after(run)
        return self._end(run)

    async def _after(self, run: LocalRun) -> None:
        """The state after a run, which may have taken its process with it."""
        process = self._process
        dead = run.lost or (run.error or "").startswith("Worker crashed")
        if dead and self._canceled:
            run.status, run.error, run.lost = "canceled", None, False
        self.state = "ready" if self._attached is not None or process is not None else "stopped"
        if run.error and self.source is not None:
            self._explain(run.error, f"{run.logs}\n{run.error}", self.source)
            self.problem = ""
        if dead and self.address is not None:
            await self._detach("The server ended before the run did.")
        elif dead and process is not None:
            await self._stop()
            self.state, self.problem = "gone", "Its process ended before the run did."
            if self._canceled:
                self.state, self.problem = "stopped", ""
        elif process is not None:
            self.memory = await asyncio.to_thread(memory_of, process.pid or 0)

    async def cancel(self) -> None:
        """Ask the model to end its run; during a setup, end that."""
        self._give_up()
        server = self._attached or (self._process.server if self._process is not None else None)
        if self.state == "busy" and server is not None and self.run is not None:
            await server.cancel(self.run.id)

    def _show(self, run: LocalRun) -> Prediction:
        """Put the run as it is now into `shown`."""
        self.shown = run.as_prediction(self.name, self.place, self.given, train=self.trains)
        self._told(self)
        return self.shown

    def _end(self, run: LocalRun) -> Prediction:
        run.end()
        return self._show(run)

    def kept(self, record: Record | None) -> None:
        """Its last run is in the archive."""
        if record is not None and self.run is not None and record.id == self.run.id:
            self.record = record
            self._told(self)

    # ---- mistakes

    def _mistaken(self, problem: str, line: CodeLine | None, advice: str = "") -> None:
        # Paths, lines of code and messages are the author's: what of them is no text reaches no terminal.
        self.problem, self.advice = clean(problem), clean(advice)
        self.line = replace(line, text=clean(line.text)) if line is not None else None

    def _explain(self, words: str, printed: str, source: Source) -> None:
        """Keep what went wrong, the author's own line of the traceback, and which package is missing."""
        python = self.python.path if self.python is not None else Path("python")
        advice = missing_package(printed, source.config, python) or ""
        self._mistaken(words, own_line(printed, source.folder), advice)


async def _ended(task: asyncio.Task[bool]) -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    await asyncio.wait([task])


def _is_gone(folder: Path) -> bool:
    return not folder.is_dir()
