"""Starts Cog's runtime under its guard: the command, the environment of the model, a free port.

Source: docs/replicate.md, Cog's runtime.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

_GUARD = Path(__file__).with_name("guard.py")
NOT_PASSED_ON = ("REPLICATE_", "COG_", "PYTEST_")
"""Begins the names of variables that a model's process does not get: tokens, and what is meant for others."""


class Hold(Protocol):
    """What keeps a guard, and all that it guards, alive."""

    @property
    def pid(self) -> int:
        """The guard's process id."""
        ...

    def let_go(self) -> None:
        """The guard ends all, and itself."""
        ...

    async def ended(self) -> bool:
        """Waits for the guard's end. False when somebody killed it before it could end the others."""
        ...


class Guarded:
    """A process that ends with this one, however this one ends, and takes all with it that it started."""

    def __init__(self, hold: Hold, told: Callable[[], None]) -> None:
        self._hold = hold
        self._told = told
        self.ended = asyncio.Event()
        self._watcher = asyncio.create_task(self._watch())

    @property
    def pid(self) -> int:
        """The guard's process id."""
        return self._hold.pid

    async def _watch(self) -> None:
        if not await self._hold.ended():
            # What it guarded is still in its group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._hold.pid, signal.SIGKILL)
        self.ended.set()
        self._told()

    async def stop(self) -> None:
        """Kill it and all that it started, and wait until they are gone."""
        self._hold.let_go()
        await self.ended.wait()
        await self._watcher


class _Child:
    """A guard that was started from here."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def let_go(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def ended(self) -> bool:
        return await self._process.wait() != -signal.SIGKILL


async def start_guarded(
    command: list[str], folder: Path, environment: Mapping[str, str], log: Path, ended: Callable[[], None]
) -> Guarded:
    """Start the command in the folder; what it prints goes into the log. `ended` is called when it is gone."""
    with log.open("wb") as printed:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(_GUARD),
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=printed,
            stderr=printed,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    return Guarded(_Child(process), ended)


def serve_command(python: str, *, train: bool) -> list[str]:
    """What starts the server."""
    return [python, "-m", "cog.server.http", *serve_arguments(train=train)]


def serve_arguments(*, train: bool) -> list[str]:
    """What the server is told by its command line."""
    # Without --upload-url, which gives a list of files in the order in which their uploads end (0.23.1);
    # they come as data URIs instead, in the model's order (outputs.py).
    arguments = ["--host", "127.0.0.1"]
    return [*arguments, "--x-mode", "train"] if train else arguments


def model_environment(
    path: Path, port: int, runner: str, trainer: str | None, concurrency: int, temporary: Path
) -> dict[str, str]:
    """What a model's process is told; `path` holds the `python` that its worker runs as."""
    environment = common_environment(path, temporary) | {
        "PORT": str(port),
        "COG_MAX_CONCURRENCY": str(concurrency),
        "COG_PREDICT_TYPE_STUB": runner,
    }
    if trainer:
        environment["COG_TRAIN_TYPE_STUB"] = trainer
    return environment


def common_environment(path: Path, temporary: Path) -> dict[str, str]:
    """What is the same for all models whose worker runs as the `python` in `path`."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON) and name != "RUST_LOG"
    }
    return environment | {
        "PATH": f"{path}{os.pathsep}{environment.get('PATH', os.defpath)}",
        "RUST_LOG": "warn",
        "TMPDIR": str(temporary),
    }


def own_packages() -> str:
    """Where this interpreter finds packages, for one that is started from it."""
    return os.pathsep.join(path for path in sys.path if path and not path.endswith(".zip") and Path(path).is_dir())


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def last_words(text: str) -> str:
    """The end of what a process printed, in one line."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return " | ".join(lines[-4:])[-1000:] if lines else "it printed nothing"
