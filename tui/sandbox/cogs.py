"""One process of Cog's runtime: started for one version, asked for one prediction at a time, ended for certain."""

import asyncio
import contextlib
import importlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tui.sandbox.cogwire import HookFollower, Update, read_events, refusal
from tui.sandbox.jsons import Obj, as_obj, as_str, dumps, loads
from tui.sandbox.library import CogCode, Source

if TYPE_CHECKING:
    import httpx

Mode = Literal["predict", "train"]
_BUSY_TRIES = 400
_BUSY_WAIT = 0.025


class CogError(Exception):
    """Cog's runtime could not do it; the text is for the prediction's `error`."""


@dataclass(frozen=True)
class Recipe:
    """All that a process is started from."""

    source: Source
    code: CogCode
    mode: Mode
    weights: Path | None
    internal_url: str
    work: Path
    setup_timeout: float


class CogProcess:
    """One running `cog.server.http` under its guard."""

    def __init__(self, recipe: Recipe, folder_name: str) -> None:
        self._recipe = recipe
        self._folder = recipe.work / folder_name
        self._process: asyncio.subprocess.Process | None = None
        self._client: httpx.AsyncClient | None = None
        self._ended = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None
        self._hooks: dict[str, asyncio.Queue[Obj]] = {}
        self.sick = False

    @property
    def pid(self) -> int | None:
        """The guard's process id."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether it can be given another prediction."""
        return self._process is not None and not self._ended.is_set() and not self.sick

    async def start(self) -> None:
        """Until the model is set up. CogError says why it is not, with the end of what it printed."""
        # Its import takes a tenth of a second, which requests should not wait for.
        await asyncio.to_thread(importlib.import_module, "httpx")
        import httpx

        await asyncio.to_thread(_lay_out, self._folder, self._recipe)
        for attempt in range(3):
            port = _free_port()
            await self._spawn(port)
            # Plain http to this machine: loading the certificates would cost 60 ms for nothing.
            self._client = httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                timeout=httpx.Timeout(10, read=None),
                trust_env=False,
                verify=False,  # noqa: S501 - there is no TLS
            )
            try:
                await self._until_ready()
            except CogError:
                taken = attempt < 2 and "Address already in use" in self._printed()
                await self.stop()
                if not taken:
                    raise
            except BaseException:
                await self.stop()
                raise
            else:
                return

    async def _spawn(self, port: int) -> None:
        recipe = self._recipe
        command = [sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1"]
        # Without --upload-url, which gives a list of files in the order in which their uploads end (0.23.1);
        # they come as data URIs instead, in the model's order (outputs.py).
        if recipe.mode == "train":
            command += ["--x-mode", "train"]
        environment = _environment(recipe, port)
        guard = Path(__file__).with_name("guard.py")
        self._ended = asyncio.Event()
        with (self._folder / "cog.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(guard),
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._folder / "code",
                env=environment,
                start_new_session=True,
            )
        self._watcher = asyncio.create_task(self._watch(self._process, self._ended))

    async def _watch(self, process: asyncio.subprocess.Process, ended: asyncio.Event) -> None:
        if await process.wait() == -signal.SIGKILL:
            # Somebody killed the guard; what it guarded is still in its group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        ended.set()
        for queue in self._hooks.values():
            queue.put_nowait({})

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(self._recipe.setup_timeout):
                while True:
                    health = await self._health()
                    status = health.get("status")
                    if status in {"READY", "BUSY"}:
                        return
                    if status in {"SETUP_FAILED", "DEFUNCT", "UNHEALTHY"} or self._ended.is_set():
                        setup = as_str(as_obj(health.get("setup")).get("logs")) or self._printed()
                        raise CogError(f"E8765 Model setup failed: {_last_words(setup)}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise CogError(f"E6716 Model setup took longer than {self._recipe.setup_timeout:g} seconds") from None

    async def _health(self) -> Obj:
        import httpx

        assert self._client is not None
        try:
            answer = await self._client.get("/health-check", timeout=5)
            return as_obj(loads(answer.content))
        except (httpx.HTTPError, ValueError):
            return {}

    def _printed(self) -> str:
        with contextlib.suppress(OSError):
            return (self._folder / "cog.log").read_text("utf-8", "replace")[-20_000:]
        return ""

    async def predict(self, job_id: str, given: Obj) -> AsyncGenerator[Update]:
        """What Cog tells of one prediction or training, to its end. CogError when the process dies of it."""
        streams = self._recipe.source.streams and self._recipe.mode == "predict"
        updates = self._by_stream(job_id, given) if streams else self._by_hooks(job_id, given)
        async with contextlib.aclosing(updates):
            async for update in updates:
                if update.kind == "completed" and (update.error or "").startswith("Worker crashed"):
                    self.sick = True
                yield update
        if self._ended.is_set():
            self.sick = True

    def _place(self, job_id: str) -> str:
        return f"/{'trainings' if self._recipe.mode == 'train' else 'predictions'}/{job_id}"

    async def _by_stream(self, job_id: str, given: Obj) -> AsyncGenerator[Update]:
        import httpx

        assert self._client is not None
        headers = {"Accept": "text/event-stream", "Content-Type": "application/json"}
        body = dumps({"input": given})
        for _ in range(_BUSY_TRIES):
            try:
                async with self._client.stream("PUT", self._place(job_id), headers=headers, content=body) as answer:
                    if answer.status_code in {409, 503} and self.alive:
                        await asyncio.sleep(_BUSY_WAIT)
                        continue
                    if answer.status_code != 200:
                        yield refusal(answer.status_code, await answer.aread())
                        return
                    async for update in read_events(answer.aiter_lines()):
                        yield update
                        if update.kind == "completed":
                            return
            except httpx.HTTPError as error:
                self.sick = True
                raise CogError(_death(error)) from None
            self.sick = True
            raise CogError("Model process ended before the prediction did")
        raise CogError("E6716 Model was busy for too long")

    async def _by_hooks(self, job_id: str, given: Obj) -> AsyncGenerator[Update]:
        import httpx

        queue: asyncio.Queue[Obj] = asyncio.Queue()
        self._hooks[job_id] = queue
        headers = {"Prefer": "respond-async", "Content-Type": "application/json"}
        body = dumps({"input": given, "webhook": f"{self._recipe.internal_url}/hooks/{job_id}"})
        try:
            answer = await self._put_when_free(job_id, headers, body)
            if answer.status_code != 202:
                yield refusal(answer.status_code, answer.content)
                return
            follower = HookFollower(iterates=self._recipe.source.yields and self._recipe.mode == "predict")
            while True:
                for update in follower.read(await self._next_hook(queue)):
                    yield update
                    if update.kind == "completed":
                        return
        except httpx.HTTPError as error:
            self.sick = True
            raise CogError(_death(error)) from None
        finally:
            del self._hooks[job_id]

    async def _put_when_free(self, job_id: str, headers: dict[str, str], body: str) -> "httpx.Response":
        """Cog frees its slot a moment after its last answer; until then it says 409.

        Source: docs/replicate.md, Cog's runtime.
        """
        assert self._client is not None
        for _ in range(_BUSY_TRIES):
            answer = await self._client.put(self._place(job_id), headers=headers, content=body)
            if answer.status_code not in {409, 503} or not self.alive:
                return answer
            await asyncio.sleep(_BUSY_WAIT)
        raise CogError("E6716 Model was busy for too long")

    async def _next_hook(self, queue: asyncio.Queue[Obj]) -> Obj:
        """The next delivery; Cog's own health is looked at meanwhile, since a last webhook can get lost."""
        while True:
            try:
                async with asyncio.timeout(5):
                    body = await queue.get()
            except TimeoutError:
                health = (await self._health()).get("status")
                if health in {"UNHEALTHY", "DEFUNCT"} and queue.empty():
                    self.sick = True
                    raise CogError("Model process crashed") from None
                continue
            if not body:
                self.sick = True
                raise CogError("Model process ended before the prediction did")
            return body

    def hook(self, job_id: str, body: Obj) -> bool:
        """Takes a webhook that Cog sent; False when it is not about a prediction of this process."""
        queue = self._hooks.get(job_id)
        if queue is not None and body:
            queue.put_nowait(body)
        return queue is not None

    async def cancel(self, job_id: str) -> None:
        """Asks the model to stop. Whether it does is seen at the end of `predict`."""
        import httpx

        if self._client is not None:
            with contextlib.suppress(httpx.HTTPError):
                await self._client.post(f"{self._place(job_id)}/cancel", timeout=5)

    async def stop(self) -> None:
        """Kills the process and all that it started, and waits until they are gone."""
        process, client = self._process, self._client
        self.sick = True
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            await self._ended.wait()
            if self._watcher is not None:
                await self._watcher
        if client is not None:
            await client.aclose()
        self._client = None

    async def remove(self) -> None:
        """Takes its folder away, after `stop`."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _death(error: Exception) -> str:
    return f"Model process ended before the prediction did ({type(error).__name__})"


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return " | ".join(lines[-4:])[-1000:] if lines else "it printed nothing"


def _environment(recipe: Recipe, port: int) -> dict[str, str]:
    # The worker runs as a bare `python` from PATH, and must find this interpreter's packages (docs/replicate.md, Cog's
    # runtime).
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("REPLICATE_", "COG_", "PYTEST_")) and name != "RUST_LOG"
    }
    packages = [path for path in sys.path if path and not path.endswith(".zip") and Path(path).is_dir()]
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}",
        "PYTHONPATH": os.pathsep.join(packages),
        "PORT": str(port),
        "RUST_LOG": "warn",
        "COG_MAX_CONCURRENCY": str(recipe.code.concurrency),
        "COG_PREDICT_TYPE_STUB": recipe.code.runner,
        "TMPDIR": str(recipe.work / "tmp"),
    }
    if recipe.code.trainer:
        environment["COG_TRAIN_TYPE_STUB"] = recipe.code.trainer
    if recipe.weights is not None:
        environment["COG_WEIGHTS"] = str(recipe.weights)
    return environment


def _lay_out(folder: Path, recipe: Recipe) -> None:
    """A folder that may be written to, in which the model's files stand as links beside `.cog`."""
    code = folder / "code"
    shutil.rmtree(folder, ignore_errors=True)
    (code / ".cog").mkdir(parents=True)
    (folder.parent / "tmp").mkdir(exist_ok=True)
    for entry in recipe.code.folder.iterdir():
        if entry.name not in {".cog", ".git", "__pycache__"}:
            (code / entry.name).symlink_to(entry)
    (code / ".cog" / "openapi_schema.json").write_text(dumps(recipe.source.schema))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
