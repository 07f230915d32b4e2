"""The `cog` command and Docker, which build and push images: looked for, started, followed."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from tui.settings.environment import for_children

_STEP = re.compile(r"\[\s*(?:[\w.-]+\s+)?(\d+)/(\d+)\]")
_LONGEST = 64 * 1024
_HOW_TO_GET_COG = (
    "the `cog` command is not here. On Linux: sudo curl -o /usr/local/bin/cog -L "
    "https://github.com/replicate/cog/releases/latest/download/cog_$(uname -s)_$(uname -m) && "
    "sudo chmod +x /usr/local/bin/cog; on a Mac: brew install replicate/tap/cog"
)
_HOW_TO_GET_DOCKER = "Docker is not here, which cog builds with: https://docs.docker.com/engine/install/"


class MissingTool(Exception):
    """What builds images is not here; the text says how to get it."""


class Step(Struct, frozen=True):
    """How far a build is."""

    number: int
    of: int


def step_in(line: str) -> Step | None:
    """The step that a line of a build tells of: `#12 [ 5/9] RUN …`."""
    found = _STEP.search(line)
    if found is None:
        return None
    number, of = int(found[1]), int(found[2])
    return Step(number, of) if 0 < number <= of else None


async def find_cog() -> str:
    """The `cog` command, where Docker answers too. Raises MissingTool."""
    cog, docker = shutil.which("cog"), shutil.which("docker")
    missing = [text for found, text in ((cog, _HOW_TO_GET_COG), (docker, _HOW_TO_GET_DOCKER)) if found is None]
    if cog is None or docker is None:
        raise MissingTool("\n".join(missing))
    process = await asyncio.create_subprocess_exec(
        docker,
        "info",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=for_children(),
    )
    _, err = await process.communicate()
    if process.returncode != 0:
        why = err.decode("utf-8", "replace").strip().splitlines()
        raise MissingTool(f"Docker is installed, but does not answer: {why[-1] if why else 'docker info failed'}")
    return cog


async def follow(command: list[str], folder: Path, told: Callable[[str], None]) -> int:
    """Run the command in the folder, told each line that it prints; its exit code. Canceled, it is ended."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=for_children(),
        start_new_session=True,
    )
    assert process.stdout is not None
    rest = b""
    try:
        while piece := await process.stdout.read(_LONGEST):
            # A progress bar rewrites its line: each state of it is a line here.
            *lines, rest = re.split(rb"\r\n|\r|\n", rest + piece)
            for line in lines:
                if line.strip():
                    told(line.decode("utf-8", "replace"))
            if len(rest) > _LONGEST:
                told(rest.decode("utf-8", "replace"))
                rest = b""
        if rest.strip():
            told(rest.decode("utf-8", "replace"))
        return await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await process.wait()
