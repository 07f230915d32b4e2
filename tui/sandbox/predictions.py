"""The life of predictions and trainings: created, started, followed, canceled, ended by a deadline, kept."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path

from msgspec import Struct

from tui.sandbox.addresses import Addresses
from tui.sandbox.catalog import Catalog, Version
from tui.sandbox.cogclient import CogError, Mode
from tui.sandbox.cogs import CogProcess, Recipe
from tui.sandbox.cogwire import Update
from tui.sandbox.forks import ForkServer, can_fork
from tui.sandbox.inputs import Inputs
from tui.sandbox.jsons import Json, as_list, as_obj, as_str
from tui.sandbox.library import CogCode
from tui.sandbox.live import Live
from tui.sandbox.names import now_ns
from tui.sandbox.options import Options
from tui.sandbox.outputs import OutputFiles
from tui.sandbox.pools import Pool
from tui.sandbox.records import Job
from tui.sandbox.state import STOPPED, State
from tui.sandbox.stubs.performing import perform
from tui.sandbox.stubs.stub import Stub
from tui.sandbox.webhooks import Webhooks

_SAVE_EVERY = 1.0


class Fate(Struct, frozen=True):
    """What a test planned for one job: seconds before it starts, its end before that, or the answer that it gets."""

    wait: float = 0.0
    aborted: bool = False
    answer: AsyncGenerator[Update] | None = None


class _Run(Struct):
    """What belongs to one live job beside the job."""

    live: Live
    version: Version
    fate: Fate
    task: asyncio.Task[None] | None = None
    deadline: asyncio.TimerHandle | None = None
    save: asyncio.TimerHandle | None = None
    process: CogProcess | None = None


class Engine:
    """Runs jobs on Cog's processes. All of it happens on the event loop."""

    def __init__(
        self,
        state: State,
        catalog: Catalog,
        inputs: Inputs,
        addresses: Addresses,
        webhooks: Webhooks,
        options: Options,
    ) -> None:
        self._state = state
        self._catalog = catalog
        self._inputs = inputs
        place = f"{addresses.placeholder}/delivery"
        self.outputs = OutputFiles(state.files, place, inline=options.outputs == "data")
        self._addresses = addresses
        self._webhooks = webhooks
        self._options = options
        self._runs: dict[str, _Run] = {}
        self._pools: dict[str, Pool] = {}
        self._forks = ForkServer(state.work, options.idle) if can_fork() else None
        self._gates: dict[str, asyncio.Event] = {}
        """Of each deployment of a stub: whether it may have instances."""
        self._chores: set[asyncio.Task[None]] = set()
        self.on_success: Callable[[Job], None] = lambda job: None

    def prepare(self) -> None:
        """Who wishes several processes of a model has work for them soon: what they are forked from starts now."""
        if self._forks is not None and self._options.workers > 1:
            self._chore(self._forks.prepare())

    async def create(self, job: Job, version: Version, fate: Fate | None = None) -> Live:
        """Keeps the job, then starts it, or lets happen to it what was planned. It is on disk when this returns."""
        await self._state.add_job(job)
        live = Live(job, self._changed)
        self._state.live[job.id] = live
        run = self._runs[job.id] = _Run(live, version, fate or Fate())
        run.task = asyncio.create_task(self._run(run))
        loop = asyncio.get_running_loop()
        if job.deadline_ns is not None:
            run.deadline = loop.call_later(max(0.0, (job.deadline_ns - now_ns()) / 1e9), self._too_late, run)
        else:
            run.deadline = loop.call_later(self._options.timeout, self._too_long, run)
        self._webhooks.follow(live)
        return live

    def cancel(self, job: Job) -> None:
        """The user's wish: canceled at once; the model is told, and killed if it does not listen."""
        run = self._runs.get(job.id)
        if run is not None:
            self._end(run, "canceled", None)

    def _too_late(self, run: _Run) -> None:
        started = run.live.job.started_ns is not None
        self._end(run, "canceled" if started else "aborted", None)

    def _too_long(self, run: _Run) -> None:
        self._end(run, "failed", f"Prediction timed out after {self._options.timeout:g} seconds")

    def _end(self, run: _Run, status: str, error: str | None) -> None:
        if run.live.job.done:
            return
        run.live.finish(status, error=error)
        if run.process is None:
            if run.task is not None:
                run.task.cancel()
        else:
            self._chore(self._stop_model(run, run.process))

    async def _stop_model(self, run: _Run, process: CogProcess) -> None:
        assert run.task is not None
        await process.cancel(run.live.job.id)
        done, _ = await asyncio.wait([run.task], timeout=self._options.kill_after)
        if not done:
            await process.stop()

    async def _run(self, run: _Run) -> None:
        live, job = run.live, run.live.job
        try:
            await self._execute(run)
        except CogError as error:
            live.finish("failed", error=str(error))
        except asyncio.CancelledError:
            if not job.done:
                raise
        except Exception as error:  # noqa: BLE001 - the edge of a job: it fails, the sandbox goes on
            live.finish("failed", error=f"E1000 Unknown error in the sandbox: {type(error).__name__}: {error}")
        finally:
            for timer in (run.deadline, run.save):
                if timer is not None:
                    timer.cancel()
            if job.done:
                await asyncio.shield(self._put_to_rest(run))

    async def _put_to_rest(self, run: _Run) -> None:
        job = run.live.job
        await self._state.save_job(job)
        self._state.live.pop(job.id, None)
        self._runs.pop(job.id, None)
        if job.status == "succeeded":
            self.on_success(job)

    async def _execute(self, run: _Run) -> None:
        await asyncio.sleep(run.fate.wait)
        if (gate := self._gates.get(run.live.job.deployment or "")) is not None:
            await gate.wait()
        if run.fate.aborted:
            run.live.finish("aborted")
            return
        async with contextlib.aclosing(self._updates(run)) as updates:
            async for update in updates:
                await self._apply(run, update)
        if not run.live.job.done:
            run.live.finish("failed", error="E8367 Stopped in non-terminal state: the model gave no result")

    def _updates(self, run: _Run) -> AsyncGenerator[Update]:
        """Who gives this job its result: an answer that was chosen before, a stub, or Cog."""
        source, job = run.version.source, run.live.job
        if run.fate.answer is not None:
            return run.fate.answer
        if isinstance(source.code, Stub):
            return perform(source.code, source.schema, job.input, training=job.kind == "training")
        return self._by_cog(run)

    async def _by_cog(self, run: _Run) -> AsyncGenerator[Update]:
        job, source = run.live.job, run.version.source
        part = "Input" if job.kind == "prediction" else "TrainingInput"
        given = await self._inputs.for_model(job.input, source.schema, part, job.id)
        async with self._pool_of(job, run.version).process() as process:
            run.process = process
            async with contextlib.aclosing(process.predict(job.id, given)) as updates:
                async for update in updates:
                    yield update

    async def _apply(self, run: _Run, update: Update) -> None:
        live = run.live
        match update.kind:
            case "start":
                live.begin()
            case "output":
                live.begin()
                live.add_output(await self._keep_piece(run, update.value))
            case "outputs":
                live.set_output(update.value)
            case "log":
                live.add_log(as_str(update.value))
            case "metric":
                live.add_metric(update.status, update.value)
            case "completed":
                await self._complete(run, update)

    async def _complete(self, run: _Run, update: Update) -> None:
        live, job = run.live, run.live.job
        if job.done:
            return
        live.begin()
        for name, value in update.metrics.items():
            live.add_metric(name, value)
        if update.status != "succeeded":
            error = update.error if update.status == "failed" else None
            live.finish(update.status if update.status == "canceled" else "failed", error=error or "Unknown error")
        else:
            output = await self._final_output(run, update.value)
            live.set_output(await self._trained(run, output) if job.kind == "training" else output)
            live.finish("succeeded")

    async def _final_output(self, run: _Run, value: Json) -> Json:
        """The whole output with its files kept; those that came before, piece by piece, are not kept twice."""
        job, source = run.live.job, run.version.source
        if job.kind == "training":
            return await self.outputs.keep(value, source.training_output, source.schema, job.id, "weights")
        if source.yields_files and isinstance(value, list):
            before = as_list(job.output)
            rest = value[len(before) :]
            kept = await self.outputs.keep([*rest], source.output, source.schema, job.id, "output", len(before))
            return before + as_list(kept)
        return await self.outputs.keep(value, source.output, source.schema, job.id, "output")

    async def _keep_piece(self, run: _Run, piece: Json) -> Json:
        """One piece of an output that comes piece by piece."""
        source = run.version.source
        if not source.yields_files:
            return piece
        item = as_obj(source.output.get("items"))
        return await self.outputs.keep(piece, item, source.schema, run.live.job.id, "output", run.live.outputs)

    async def _trained(self, run: _Run, output: Json) -> Json:
        """Makes a version of the weights, and says which (docs/replicate.md, Trainings)."""
        job = run.live.job
        weights = as_str(as_obj(output).get("weights")) or as_str(output)
        prefix = f"{self.outputs.place}/"
        if job.destination is None or not weights.startswith(prefix):
            raise CogError("The training gave no file as `weights`")
        owner, _, name = job.destination.partition("/")
        key = weights.removeprefix(prefix).partition("/")[0]
        version = await self._catalog.add_trained(owner, name, run.version, key)
        return {"version": f"{job.destination}:{version.id}", "weights": weights}

    def _pool_of(self, job: Job, version: Version) -> Pool:
        if job.deployment is not None:
            pool = self._pools.get(f"deployment {job.deployment}")
            if pool is not None:
                return pool
        mode: Mode = "train" if job.kind == "training" else "predict"
        key = f"{mode} {version.id}"
        if key not in self._pools:
            folder_name = f"{version.name}-{mode}-{version.id[:12]}"
            recipe = self._recipe(version, mode)
            most = self._options.workers if mode == "predict" else 1
            self._pools[key] = Pool(folder_name, recipe, least=0, most=most, idle=self._options.idle)
        return self._pools[key]

    def _recipe(self, version: Version, mode: Mode) -> Recipe:
        weights: Path | None = self._catalog.weights_path(version) if mode == "predict" else None
        assert isinstance(version.source.code, CogCode)
        return Recipe(
            source=version.source,
            code=version.source.code,
            mode=mode,
            weights=weights,
            internal_url=self._addresses.internal,
            work=self._state.work,
            setup_timeout=self._options.setup_timeout,
            forks=self._forks,
        )

    async def deploy(self, name: str, version: Version, release: int, least: int, most: int) -> None:
        """A deployment's own instances: made, resized, or made anew for another version."""
        key, folder = f"deployment {name}", f"deployment-{name.replace('/', '-')}-{version.id[:12]}-{release}"
        pool = self._pools.get(key)
        if isinstance(version.source.code, Stub):
            # It has no instances, but none of them must answer all the same.
            gate = self._gates.setdefault(name, asyncio.Event())
            gate.set() if most else gate.clear()
        elif pool is None or pool.version_id != version.id:
            new = Pool(folder, self._recipe(version, "predict"), least=least, most=most, idle=self._options.idle)
            new.version_id = version.id
            self._pools[key] = new
            if pool is not None:
                self._chore(pool.close())
            new.pump()
        else:
            pool.resize(least, most)
        if most == 0:
            for run in list(self._runs.values()):
                if run.live.job.deployment == name:
                    self.cancel(run.live.job)

    async def undeploy(self, name: str) -> None:
        """Ends a deployment's instances."""
        self._gates.pop(name, None)
        pool = self._pools.pop(f"deployment {name}", None)
        if pool is not None:
            await pool.close()

    def hook(self, job_id: str, body: Json) -> None:
        """Hands a webhook of Cog's on to the process that follows this job."""
        run = self._runs.get(job_id)
        if run is not None and run.process is not None:
            run.process.hook(job_id, as_obj(body))

    def process_ids(self) -> dict[str, list[int]]:
        """The guards of all processes, by the name of their pool."""
        return {
            key: [process.pid for process in pool.processes() if process.pid is not None]
            for key, pool in self._pools.items()
        }

    def _changed(self, live: Live) -> None:
        run = self._runs.get(live.job.id)
        if run is not None and run.save is None and not live.job.done:
            run.save = asyncio.get_running_loop().call_later(_SAVE_EVERY, self._save_soon, run)

    def _save_soon(self, run: _Run) -> None:
        run.save = None
        if not run.live.job.done:
            self._chore(self._state.save_job(run.live.job))

    def _chore(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def reset(self) -> None:
        """Ends every job, and the instances of every deployment."""
        for run in list(self._runs.values()):
            self._end(run, "canceled", None)
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        await asyncio.gather(*tasks, *self._chores, return_exceptions=True)
        for key in [key for key in self._pools if key.startswith("deployment ")]:
            await self._pools.pop(key).close()
        self._gates.clear()

    async def close(self) -> list[Job]:
        """Ends every process and returns what was unfinished, with its last status."""
        unfinished = [run.live.job for run in self._runs.values() if not run.live.job.done]
        for job in unfinished:
            status = "failed" if job.started_ns is not None else "aborted"
            self._runs[job.id].live.finish(status, error=STOPPED)
        for run in self._runs.values():
            for timer in (run.deadline, run.save):
                if timer is not None:
                    timer.cancel()
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._chores, return_exceptions=True)
        if self._forks is not None:
            await self._forks.close()
        return unfinished
