"""One process of Cog's runtime: started for one version, asked for one prediction at a time, ended for certain."""

import asyncio
import contextlib
import importlib
import shutil
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from msgspec import Struct

from tui.sandbox.cogclient import CogClient, CogError, Mode
from tui.sandbox.cogwire import Update
from tui.sandbox.forks import ForkServer
from tui.sandbox.jsons import Obj, as_obj, as_str, dumps
from tui.sandbox.library import CogCode, Source
from tui.sandbox.runtime import (
    Guarded,
    free_port,
    last_words,
    model_environment,
    own_packages,
    serve_arguments,
    serve_command,
    start_guarded,
)


class Recipe(Struct, frozen=True):
    """All that a process is started from."""

    source: Source
    code: CogCode
    mode: Mode
    weights: Path | None
    internal_url: str
    work: Path
    setup_timeout: float
    forks: ForkServer | None = None
    """What starts the process where it can; else it starts in an interpreter of its own."""


class CogProcess:
    """One running `cog.server.http` under its guard."""

    def __init__(self, recipe: Recipe, folder_name: str) -> None:
        self._recipe = recipe
        self._folder = recipe.work / folder_name
        self._process: Guarded | None = None
        self._client: CogClient | None = None
        self._stopped = False

    @property
    def pid(self) -> int | None:
        """The guard's process id."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether it can be given another prediction."""
        client, process = self._client, self._process
        if self._stopped or client is None or process is None:
            return False
        return not client.sick and not process.ended.is_set()

    async def start(self) -> None:
        """Until the model is set up. CogError says why it is not, with the end of what it printed."""
        forks = self._recipe.forks
        await asyncio.gather(
            # Its import takes a tenth of a second, which requests should not wait for.
            asyncio.to_thread(importlib.import_module, "httpx"),
            asyncio.to_thread(_lay_out, self._folder, self._recipe),
            *([] if forks is None else [forks.prepare()]),
        )
        for attempt in range(3):
            port = free_port()
            source = self._recipe.source
            self._client = client = CogClient(
                f"http://127.0.0.1:{port}",
                self._recipe.mode,
                streams=source.streams,
                yields=source.yields,
                hook_url=self._hook_url,
            )
            process = await self._spawn(port, client)
            try:
                await self._until_ready(client, process)
            except CogError:
                taken = attempt < 2 and "Address already in use" in self._printed()
                await self.stop()
                if not taken:
                    raise
                self._stopped = False
            except BaseException:
                await self.stop()
                raise
            else:
                return

    def _hook_url(self, job_id: str) -> str:
        return f"{self._recipe.internal_url}/hooks/{job_id}"

    async def _spawn(self, port: int, client: CogClient) -> Guarded:
        recipe, code, log = self._recipe, self._folder / "code", self._folder / "cog.log"
        environment, train = _environment(recipe, port), recipe.mode == "train"
        process = None
        if recipe.forks is not None:
            process = await recipe.forks.start(serve_arguments(train=train), code, environment, log, client.end)
        if process is None:
            process = await start_guarded(
                serve_command(sys.executable, train=train), code, environment, log, client.end
            )
        self._process = process
        return process

    async def _until_ready(self, client: CogClient, process: Guarded) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._recipe.setup_timeout):
                while True:
                    health = await client.health()
                    status = health.get("status")
                    if status in {"READY", "BUSY"}:
                        return
                    if status in {"SETUP_FAILED", "DEFUNCT", "UNHEALTHY"} or process.ended.is_set():
                        setup = as_str(as_obj(health.get("setup")).get("logs")) or self._printed()
                        raise CogError(f"E8765 Model setup failed: {last_words(setup)}")
                    # Many that start at once must not be kept from it by being asked.
                    await asyncio.sleep(max(0.02, (time.monotonic() - began) / 8))
        except TimeoutError:
            raise CogError(f"E6716 Model setup took longer than {self._recipe.setup_timeout:g} seconds") from None

    def _printed(self) -> str:
        with contextlib.suppress(OSError):
            return (self._folder / "cog.log").read_text("utf-8", "replace")[-20_000:]
        return ""

    async def predict(self, job_id: str, given: Obj) -> AsyncGenerator[Update]:
        """What Cog tells of one prediction or training, to its end. CogError when the process dies of it."""
        assert self._client is not None
        async with contextlib.aclosing(self._client.predict(job_id, given)) as updates:
            async for update in updates:
                yield update

    def hook(self, job_id: str, body: Obj) -> bool:
        """Takes a webhook that Cog sent; False when it is not about a prediction of this process."""
        return self._client is not None and self._client.hook(job_id, body)

    async def cancel(self, job_id: str) -> None:
        """Asks the model to stop. Whether it does is seen at the end of `predict`."""
        if self._client is not None and not self._stopped:
            await self._client.cancel(job_id)

    async def stop(self) -> None:
        """Kills the process and all that it started, and waits until they are gone."""
        process, client = self._process, self._client
        self._stopped = True
        if process is not None:
            await process.stop()
        if client is not None:
            await client.aclose()

    async def remove(self) -> None:
        """Takes its folder away, after `stop`."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _environment(recipe: Recipe, port: int) -> dict[str, str]:
    # The worker runs as a bare `python` from PATH, and must find this interpreter's packages (docs/replicate.md, Cog's
    # runtime).
    code = recipe.code
    environment = model_environment(
        Path(sys.executable).parent, port, code.runner, code.trainer, code.concurrency, recipe.work / "tmp"
    )
    environment["PYTHONPATH"] = own_packages()
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
