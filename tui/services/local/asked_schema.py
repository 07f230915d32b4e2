"""The schema of a model as its own code tells it: imported in a process of its own, which the author has asked for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from tui.cog.annotations import InputType, Obj
from tui.cog.document import document
from tui.cog.signatures import Signature, add_input
from tui.cog.source import Source
from tui.sandbox import guard
from tui.sandbox.runtime import NOT_PASSED_ON, own_packages
from tui.services.local.interpreter import CannotRun, Interpreter
from tui.services.local.mistakes import missing_package, own_line
from tui.settings.environment import for_children

_PATIENCE = 300.0


async def ask_model(source: Source, python: Interpreter) -> Obj:
    """Import the model and put its schema together from what Cog's runtime makes of it. Raises CannotRun."""
    entries = [entry for entry in (source.runner, source.trainer) if entry]
    script = str(Path(str(files("tui.cog"))) / "instrument" / "describe.py")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)}
    if python.is_ours:
        environment["PYTHONPATH"] = own_packages()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(Path(guard.__file__))),
        *(str(python.path), script, *entries),
        cwd=source.folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=for_children(environment),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            out, err = await _until_ended(process)
    except TimeoutError:
        raise CannotRun(f"importing the model took longer than {_PATIENCE:g} s") from None
    finally:
        # The guard ends the model when its stdin ends.
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
    try:
        told = [_signature(one) for one in json.loads(out)]
        predict, train = told[0], told[1] if len(told) > 1 else None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise CannotRun(_why(err.decode("utf-8", "replace"), source, python)) from None
    streams = "x-cog-streaming" in source.schema["paths"]["/predictions"]["post"]
    return document(predict, train, streams=streams)


async def _until_ended(process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = await asyncio.gather(process.stdout.read(), process.stderr.read())
    with contextlib.suppress(ProcessLookupError):
        await process.wait()
    return out, err


def _signature(told: dict[str, Any]) -> Signature:
    signature = Signature(output=told["output"])
    for name, field in told["inputs"].items():
        add_input(signature, name, InputType(field["schema"], field["optional"]), field["given"])
    return signature


def _why(printed: str, source: Source, python: Interpreter) -> str:
    """The last line of what went wrong, the author's own line, the package that is missing."""
    lines = [line for line in printed.splitlines() if line.strip()]
    found = [f"the model cannot be imported: {lines[-1] if lines else 'it printed nothing'}"]
    line = own_line(printed, source.folder)
    if line is not None:
        found.append(line.said(source.folder))
    missing = missing_package(printed, source.config, python.path)
    if missing is not None:
        found.append(missing)
    return "\n".join(found)
