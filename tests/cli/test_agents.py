"""An agent's session over the Model Context Protocol, driven by the official client."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Command
from tests.support.sandbox import RunningSandbox, run_sandbox

mcp = pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
pytestmark = pytest.mark.timeout(120)
READING = {"search_models", "model_inputs", "estimate", "find_runs", "prediction", "code"}
QUESTION = {"prompt": "How do I cancel?", "delay": 0}


@contextlib.asynccontextmanager
async def agent(command: Command, *words: str) -> AsyncIterator[Any]:
    server = mcp.StdioServerParameters(
        command=sys.executable, args=["-m", "tui", "mcp", *words], env=command.env, cwd=str(command.folder)
    )
    async with mcp.Client(server) as client:
        yield client


async def told(client: Any, tool: str, **given: Any) -> dict[str, Any]:
    """What a tool answers."""
    result = await client.call_tool(tool, given)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def refused(client: Any, tool: str, **given: Any) -> str:
    result = await client.call_tool(tool, given)
    assert result.is_error
    return str(result.content)


async def test_without_leave_an_agent_reads_and_nothing_is_created(command: Command, sandbox: RunningSandbox) -> None:
    replicate = command.against(sandbox)
    before = len(replicate("predictions", "--json", "--limit", "0").json)
    async with agent(replicate) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING
        models = (await told(client, "search_models", query="guide"))["models"]
        assert "guide" in [one["name"] for one in models]
        inputs = await told(client, "model_inputs", model="sandbox/guide")
        assert "prompt" in inputs["schemas"]["Input"]["properties"]
        estimate = await told(client, "estimate", model="sandbox/guide", input=QUESTION)
        assert "prompt" in str(estimate)
        assert "must be" in await refused(client, "estimate", model="sandbox/guide", input={**QUESTION, "delay": -1})
        # A name that looks like an option is a name.
        assert "'--yes'" in await refused(client, "estimate", model="--yes", input=QUESTION)
        await refused(client, "run", model="sandbox/guide", input=QUESTION)
        assert (await told(client, "find_runs", query="anything"))["predictions"] == []
    assert len(replicate("predictions", "--json", "--limit", "0").json) == before


@pytest.mark.long
async def test_with_leave_a_run_is_made_kept_found_and_told_as_code(
    command: Command, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    async with agent(command.against(sandbox), "--allow-runs") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING | {"run", "cancel"}
        ran = await told(client, "run", model="sandbox/guide", input=QUESTION)
        assert ran["status"] == "succeeded" and "cancel" in "".join(ran["output"]).lower()
        found = (await told(client, "find_runs", query="status:succeeded cancel"))["predictions"]
        assert [one["id"] for one in found] == [ran["id"]]
        # Words that look like options are words: nothing is deleted.
        assert (await told(client, "find_runs", query="--delete --yes status:succeeded"))["predictions"] == []
        found = (await told(client, "find_runs", query="status:succeeded cancel"))["predictions"]
        assert [one["id"] for one in found] == [ran["id"]]
        assert (await told(client, "prediction", id=ran["id"]))["id"] == ran["id"]
        assert "import replicate" in (await told(client, "code", id=ran["id"]))["code"]
        picture = {"prompt": "a lake", "width": 64, "height": 64, "steps": 1, "pace": 0}
        await told(client, "run", model="sandbox/fractal", input=picture, save_into=str(tmp_path / "out"))
        assert (tmp_path / "out" / "output-0.png").exists()


@pytest.mark.long
async def test_a_run_that_would_pass_the_budget_is_refused(command: Command, sandbox: RunningSandbox) -> None:
    (command.home / "config").mkdir(parents=True)
    (command.home / "config" / "config.toml").write_text(
        '[budget]\nday = 1\n[prices.models."sandbox/guide"]\nper_run = 5\n'
    )
    replicate = command.against(sandbox)
    before = len(replicate("predictions", "--json", "--limit", "0").json)
    async with agent(replicate, "--allow-runs") as client:
        assert "budget" in await refused(client, "run", model="sandbox/guide", input=QUESTION)
    assert len(replicate("predictions", "--json", "--limit", "0").json) == before


@pytest.mark.long
async def test_a_lost_answer_gives_one_run(command: Command) -> None:
    with run_sandbox(chaos="*.create:lost=1x1") as broken:
        replicate = command.against(broken)
        async with agent(replicate, "--allow-runs") as client:
            ran = await told(client, "run", model="sandbox/guide", input=QUESTION)
        assert [one["id"] for one in replicate("predictions", "--json").json] == [ran["id"]]


@pytest.mark.long
async def test_a_console_that_is_read_only_gives_no_leave(command: Command, sandbox: RunningSandbox) -> None:
    async with agent(command.against(sandbox), "--allow-runs", "--read-only") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING
