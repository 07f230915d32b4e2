"""`mcp`: this command line as tools for agents, over stdio by the Model Context Protocol.

Each tool is one of our own commands in a process of its own, so that what holds there holds here: no run is sent twice,
the budget is kept, outputs are saved. Without --allow-runs each is told --read-only, and no tool costs anything.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from typing import Any, cast

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from tui import __version__
from tui.api.text import to_json
from tui.cli.grammar import Call
from tui.connection import Connection
from tui.settings.environment import for_own_commands

_ABOUT = """\
Models on Replicate: find one, read its inputs, say what a run may cost, run it, and search what was run before. Runs
cost money; estimate one first. A run that would pass the user's budget is refused; only the user can change that."""
_MOST = 100
"""Objects of one answer."""


class Commands:
    """Runs commands of ours, as the options of this call say."""

    def __init__(self, call: Call) -> None:
        read_only = call.read_only or not call.allow_runs
        self._options = replace(call.options(), read_only=read_only).as_words()

    async def ask(self, *words: str, given: str = "") -> Any:
        """What the command prints, as JSON; `given` is its stdin. Raises ToolError with its own words."""
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "tui", *self._options, *words],
            env=for_own_commands(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await process.communicate(given.encode())
        except BaseException:
            # Whoever asked does not want it any more. A prediction that was created goes on.
            process.terminate()
            raise
        told = err.decode("utf-8", "replace").strip()
        if not out.strip():
            raise ToolError(told or f"It ended with code {process.returncode}.")
        found = json.loads(out)
        return found if process.returncode in (0, 1) else {"answer": found, "problem": told}


def server(call: Call) -> MCPServer:
    """The server with its tools; those that cost only where the call allows them."""
    made = MCPServer("replicate-tui", instructions=_ABOUT, version=__version__)
    commands = Commands(call)
    _add_reading(made, commands)
    if call.allow_runs and not call.read_only:
        _add_runs(made, commands)
    return made


def _add_reading(made: MCPServer, commands: Commands) -> None:
    @made.tool()
    async def search_models(query: str, limit: int = 10) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """Find models by words; each with its name, description and how often it was run."""
        found = await commands.ask("models", "--json", "--limit", str(_within(limit)), "--", query)
        kept = ("owner", "name", "description", "run_count", "is_official", "url")
        return {"models": [{name: one.get(name) for name in kept} for one in found]}

    @made.tool()
    async def model_inputs(model: str) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """The inputs and the output of a model, OWNER/NAME, as JSON schemas, and its latest version."""
        found = await commands.ask("model", "--json", "--", model)
        version = _table(found, "latest_version")
        schemas = _table(version, "openapi_schema", "components", "schemas")
        told: dict[str, Any] = {"model": model, "description": found.get("description"), "version": version.get("id")}
        return {**told, "schemas": {name: one for name, one in schemas.items() if "Prediction" not in name}}

    @made.tool()
    async def estimate(model: str, input: dict[str, Any]) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """Check an input against the model's schema, and say what the run may cost. Sends nothing."""
        words = ("run", "--input", "-", "--dry-run", "--json", "--", model)
        return await commands.ask(*words, given=to_json(input))

    @made.tool()
    async def find_runs(query: str = "", limit: int = 20) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """Find earlier predictions in this machine's archive by words of prompts, outputs and logs, and by filters:
        status:failed model:flux since:7d. `saved_files` are paths on this machine. Asks nothing of the API."""
        words = ("predictions", "--local", "--json", "--limit", str(_within(limit)), "--", *query.split())
        found = await commands.ask(*words)
        return {"predictions": [{name: one[name] for name in one if name not in ("logs", "urls")} for one in found]}

    @made.tool()
    async def prediction(id: str) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """One prediction as it is now, by its id."""
        return await commands.ask("predictions", "--json", "--", id)

    @made.tool()
    async def code(id: str, language: str = "python") -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """The code that makes a prediction again, in python, node, curl or cli."""
        return await commands.ask("code", "--json", f"--language={language}", "--", id)


def _add_runs(made: MCPServer, commands: Commands) -> None:
    @made.tool()
    async def run(  # pyright: ignore[reportUnusedFunction]
        model: str, input: dict[str, Any], save_into: str = "", cancel_after: str = "10m"
    ) -> dict[str, Any]:
        """Run a model and wait for its end; this costs money. An answer that is lost is looked for, and the run is not
        sent again. `save_into` is a folder for the output files; Replicate deletes them after an hour."""
        words = ["run", "--input", "-", "--json", "--wait", f"--cancel-after={cancel_after}"]
        words += [f"--save={save_into}"] if save_into else []
        words += ["--", model]
        return await commands.ask(*words, given=to_json(input))

    @made.tool()
    async def cancel(id: str) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        """Cancel a prediction. What ran until now is billed."""
        return {"canceled": await commands.ask("cancel", "--json", "--", id)}


def _table(value: Any, *names: str) -> dict[str, Any]:
    """What is found by the names, one in the other; empty where there is none."""
    for name in names:
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _within(limit: int) -> int:
    return max(1, min(limit, _MOST))


def serve(call: Call, connection: Connection) -> int:
    """Serve until stdin ends. The `connection` keeps the sandbox alive between two tools."""
    with connection:
        server(call).run("stdio")
    return 0
