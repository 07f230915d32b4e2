"""Which Python runs a model, and whether it has Cog's runtime."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

from msgspec import Struct

from tui.extras import how_to_install
from tui.settings.environment import for_children

_QUESTION = """
import importlib.metadata, json, sys
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
python = ".".join(map(str, sys.version_info[:3]))
print(json.dumps({"python": python, "cog": version("cog"), "coglet": version("coglet")}))
"""
_PATIENCE = 20.0


class CannotRun(Exception):
    """The model cannot be run here; the text says why and what to do."""


class Interpreter(Struct, frozen=True):
    """A Python that can run Cog models."""

    path: Path
    version: str
    cog: str

    @property
    def is_ours(self) -> bool:
        """Whether it is the one that runs this program."""
        return str(self.path) == sys.executable


def choose(folder: Path, given: str | None) -> Path:
    """The Python that was given, else that of a `.venv` beside the model, else this one. Raises CannotRun."""
    if given is not None:
        found = shutil.which(os.path.expanduser(given))  # noqa: PTH111  (a bare name is looked for on PATH)
        if found is None:
            raise CannotRun(f"--python: there is no program {given[:200]!r}")
        return Path(os.path.abspath(found))  # noqa: PTH100  (a link into an environment is what makes it one)
    beside = folder / ".venv" / "bin" / "python"
    return beside if beside.is_file() else Path(sys.executable)


async def interpreter(path: Path) -> Interpreter:
    """Asks the Python for its version and for Cog; nothing of the model is imported. Raises CannotRun."""
    try:
        process = await asyncio.create_subprocess_exec(
            str(path),
            "-c",
            _QUESTION,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=for_children(),
        )
    except OSError as error:
        raise CannotRun(f"{path} cannot be run: {error.strerror or error}") from None
    try:
        async with asyncio.timeout(_PATIENCE):
            out, _ = await process.communicate()
        found = json.loads(out)
        python, cog, coglet = (found[name] for name in ("python", "cog", "coglet"))
    except (TimeoutError, ValueError, LookupError, TypeError):
        raise CannotRun(f"{path} does not answer as Python does") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if not cog or not coglet:
        ours = str(path) == sys.executable
        install = how_to_install("sandbox") if ours else f"{path} -m pip install cog==0.23.1 coglet==0.23.1"
        raise CannotRun(
            f"{path} (Python {python}) has no Cog runtime: {install} "
            "(it needs Python 3.10 or newer, on Linux or a Mac with Apple silicon)"
        )
    return Interpreter(path, str(python), str(cog))
