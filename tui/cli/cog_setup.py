"""Sets a model of a folder up for a command, and says for it what stands in the way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine
from pathlib import Path
from typing import Any

from tui.cli.exit_codes import EXIT_API, EXIT_DISK, EXIT_FAILED, EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.cog.modules import CannotRead
from tui.cog.packages import minor
from tui.cog.source import Source
from tui.sandbox.cogclient import Mode
from tui.services.local.cog_server import CannotAttach
from tui.services.local.interpreter import CannotRun, choose, interpreter
from tui.services.local.memory import memory_of
from tui.services.local.mistakes import missing_package, own_line
from tui.services.local.model_process import ModelProcess, SetupFailed
from tui.wording import duration, size


def guarded(work: Coroutine[Any, Any, int], speaker: Speaker, folder: Path) -> int:
    """Do the work; its exit code, or that of what was in its way, which is said."""
    try:
        return asyncio.run(work)
    except CannotRead as error:
        speaker.error(error.finding.said(folder.resolve()))
        return EXIT_USAGE
    except CannotRun as error:
        speaker.error(str(error))
        return EXIT_FAILED
    except CannotAttach as error:
        speaker.error(f"{error}.")
        return EXIT_API
    except OSError as error:
        speaker.error(f"{folder} cannot be run: {error.strerror or error}")
        return EXIT_DISK


@contextlib.asynccontextmanager
async def started(call: Call, speaker: Speaker, source: Source, mode: Mode) -> AsyncGenerator[ModelProcess]:
    """The model, set up; it ends with the block. Raises CannotRun with the author's own line said."""
    for finding in source.findings:
        speaker.say(finding.said(source.folder))
    python = await interpreter(choose(source.folder, call.text("python")))
    wanted = str(source.config.get("build", "python_version") or python.version)
    if minor(wanted) != minor(python.version):
        line = source.config.line("build", "python_version")
        speaker.say(f"cog.yaml:{line}: asks for Python {wanted}; this runs in {python.version} ({python.path}).")
    speaker.hint(f"Setting up with {python.path}…")
    process = ModelProcess(source, python, mode)
    try:
        setup = await process.start()
        speaker.clear()
        if setup.logs.strip():
            speaker.say(setup.logs.rstrip("\n"))
        memory = await asyncio.to_thread(memory_of, process.pid or 0)
        has = f", {size(memory)} of memory" if memory else ""
        speaker.say(f"Set up in {duration(setup.seconds)} (Python {python.version}, Cog {python.cog}{has}).")
        yield process
    except SetupFailed as failure:
        if failure.logs.strip():
            speaker.say(failure.logs.rstrip("\n"))
        explain(failure.logs, source, python.path, speaker)
        raise
    finally:
        await process.stop()


def explain(text: str, source: Source, python: Path, speaker: Speaker) -> None:
    """Say the author's own line of a traceback, and which package is missing."""
    line = own_line(text, source.folder)
    if line is not None:
        speaker.say(line.said(source.folder))
    missing = missing_package(text, source.config, python)
    if missing is not None:
        speaker.say(missing)
