"""The section Local, as an author uses it: a real model by Cog's real runtime, edited, run, canceled, attached to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.cog.folders import write_model
from tests.support.fake_api import Api
from tests.support.models_api import Models
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.receiver import receiving
from tests.support.webhook_api import SECRET, STARTED, webhook_api
from tui.cog.beginnings import begin
from tui.cog.source import read_source
from tui.navigation import Place
from tui.screens.local.local_run_screen import LocalRunScreen
from tui.screens.local.local_screen import LocalScreen
from tui.services.local.interpreter import Interpreter
from tui.services.local.local_model import LocalModel
from tui.services.local.model_process import ModelProcess
from tui.store.records import Query
from tui.store.usage import Span

pytestmark = pytest.mark.timeout(120)

WORDS = """
import os, json
from cog import BaseRunner, Input
with open("imported", "w") as file:
    json.dump(dict(os.environ), file)
class Runner(BaseRunner):
    def setup(self):
        print("greetings are loaded")
    def run(self, prompt: str = Input(description="Whom."), times: int = Input(default=1, ge=1, le=9)) -> str:
        return " ".join([f"Hello, {prompt}!"] * times)
"""
SLOW = """
import os, time
from cog import BaseRunner, ConcatenateIterator, Input, streaming
class Runner(BaseRunner):
    def setup(self):
        with open("pid", "w") as file:
            file.write(str(os.getpid()))
    @streaming
    def run(self, steps: int = Input(default=600, ge=0)) -> ConcatenateIterator[str]:
        yield "begun"
        for step in range(steps):
            time.sleep(0.1)
            yield "."
"""


SETUP = """    def setup(self):
        print("loading the weights", flush=True)
        while not os.path.exists("go"):
            time.sleep(0.05)
"""
PICTURE = """
from cog import BaseRunner, Input, Path
from PIL import Image
class Runner(BaseRunner):
    def run(self, width: int = Input(default=8)) -> Path:
        Image.new("RGB", (width, 8)).save("drawn.png")
        return Path("drawn.png")
"""


@pytest.fixture
def words(tmp_path: Path) -> Path:
    return write_model(tmp_path / "words", WORDS, entry="run.py:Runner")


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    return write_model(tmp_path / "slow", SLOW, entry="run.py:Runner")


@pytest.fixture
async def console(api: Api, tmp_path: Path) -> AsyncIterator[OpenedConsole]:
    async with opened_console(api, tmp_path / "home", Place("local"), size=(120, 40)) as opened_at:
        yield opened_at


async def visit(console: OpenedConsole, place: Path | str) -> None:
    console.app.visit(Place("local", str(place)))
    await console.until(lambda: isinstance(console.app.screen, LocalRunScreen) and console.form.fields)


async def run(console: OpenedConsole, prompt: str) -> None:
    """Type a prompt into the form, and run it."""
    console.form.focus_field("prompt")
    await console.press(*prompt)
    await console.until(lambda: console.form.values.get("prompt") == prompt)
    await console.press("ctrl+r")


async def test_an_empty_section_says_what_to_press(console: OpenedConsole) -> None:
    await console.shows("No model of this machine was used here yet.")
    await console.shows("n opens the folder of a Cog model")


async def test_a_folder_that_is_longer_than_its_line_is_shown(
    console: OpenedConsole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / ("f" * 90)
    folder.mkdir()
    monkeypatch.chdir(folder)
    await console.shows("No model of this machine")
    await console.press("n")
    await console.shows("enter goes on")
    await console.shows(str(tmp_path)[:30])
    await console.press("x", "y", "z")
    await console.shows("fffxyz")


async def test_opening_a_folder_runs_nothing_and_a_run_has_its_output_its_setup_and_no_token(
    console: OpenedConsole, words: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_canary")
    await console.shows("No model of this machine")
    await console.press("n")
    await console.shows("Open a Cog model")
    await console.press("ctrl+u", *str(words), "enter")
    await console.shows("○ not started")
    await console.until(lambda: [field.name for field in console.form.fields] == ["prompt", "times"])
    await console.press("ctrl+r")
    await console.shows("1 field needs a look")
    assert not (words / "imported").exists()
    await run(console, "Ada")
    await console.shows("Hello, Ada!")
    await console.shows("● ready")
    assert "set up in " in console.text
    environment = json.loads((words / "imported").read_text())
    assert "PATH" in environment and "REPLICATE_API_TOKEN" not in environment
    assert "r8_canary" not in environment.values()
    await console.press("]", "]", "]", "]")
    await console.shows("greetings are loaded")
    await console.press("escape", "escape")
    await console.shows("Last run")
    assert "✓ succeeded" in console.text
    await console.press("D")
    await console.shows("No model of this machine")


async def test_a_source_that_is_edited_gets_a_new_form_and_what_was_typed_stays(
    console: OpenedConsole, words: Path
) -> None:
    await visit(console, words)
    console.form.focus_field("prompt")
    await console.press(*"Ada")
    (words / "run.py").write_text(WORDS.replace("times: int", "often: int").replace("* times", "* often"))
    await console.until(lambda: [field.name for field in console.form.fields] == ["prompt", "often"])
    assert console.form.values == {"prompt": "Ada"}
    (words / "run.py").write_text(WORDS.replace("* times)", "* times"))
    await console.shows("run.py:10: is no Python")
    await console.press("ctrl+t", "]")
    await console.shows("✗ 10  ")
    assert [field.name for field in console.form.fields] == ["prompt", "often"]


async def test_a_setup_that_fails_is_told_with_the_authors_line(console: OpenedConsole, words: Path) -> None:
    (words / "run.py").write_text(WORDS.replace('print("greetings are loaded")', "import nothing_like_it"))
    await visit(console, words)
    await run(console, "Ada")
    await console.shows("✗ failed")
    await console.shows("run.py:8: import nothing_like_it")
    await console.shows("nothing_like_it is not installed in")
    await console.press("]", "]", "]", "]")
    # The setup's log alone: nothing of what the output says is there.
    await console.until(lambda: "is not installed in" not in console.text and "import nothing_like_it" in console.text)
    await console.until(lambda: console.text.count("Traceback (most recent call last)") == 1)


async def test_a_run_is_canceled_and_what_had_come_stays(console: OpenedConsole, slow: Path) -> None:
    await visit(console, slow)
    await console.press("ctrl+r")
    await console.shows("begun.")
    assert "▶ busy" in console.text
    await console.press("q")
    await console.shows("A model of this machine runs, and ends with the console.")
    await console.press("s")
    await console.until(lambda: not console.app.screen.is_modal)
    await console.press("c")
    await console.shows("⊘ canceled")
    await console.shows("● ready")
    assert "begun." in console.text


async def test_a_process_that_is_stopped_or_dies_is_told(console: OpenedConsole, slow: Path) -> None:
    (slow / "run.py").write_text(SLOW.replace("    def setup(self):\n", SETUP))
    await visit(console, slow)
    await console.press("ctrl+r")
    # What the setup prints is seen while it goes on.
    await console.shows("loading the weights")
    assert "◌ setting up" in console.text
    (slow / "go").touch()
    await console.shows("begun.")
    await console.press("p")
    await console.shows("⊘ canceled")
    await console.press("p")
    await console.shows("● ready")
    # The server lives on without the model in it: the run has it set up anew.
    first = int((slow / "pid").read_text())
    os.kill(first, signal.SIGKILL)
    process = console.app.screen._model._process  # type: ignore[attr-defined] - nothing on the screen tells it
    while (await process.server.health()).get("status") == "READY":
        await console.pilot.pause(0.05)
    await console.press("ctrl+r")
    await console.until(lambda: "▶ busy" in console.text and "begun." in console.text)
    second = int((slow / "pid").read_text())
    assert second != first
    os.kill(second, signal.SIGKILL)
    await console.shows("✗ failed")
    await console.shows("Its process ended before the run did.")
    assert "begun." in console.text
    await console.press("ctrl+r")
    await console.until(lambda: "▶ busy" in console.text and "begun." in console.text)
    await console.press("p")
    await console.shows("⊘ canceled")
    await console.shows("○ not started")


async def test_a_server_that_runs_is_attached_to_and_its_death_in_the_middle_is_told(
    console: OpenedConsole, slow: Path
) -> None:
    python = Interpreter(Path(sys.executable), "3", "0.23.1")
    server = ModelProcess(read_source(slow), python)
    await server.start()
    try:
        await visit(console, server.server.address.removeprefix("http://"))
        await console.shows("● ready")
        await console.press("ctrl+r")
        await console.shows("begun.")
        await console.press("c")
        await console.shows("⊘ canceled")
        # The server is not ours: it goes on, and takes another run.
        await console.shows("● ready")
        await console.press("ctrl+r")
        await console.until(lambda: "▶ busy" in console.text and "begun." in console.text)
        await server.stop()
        await console.shows("∅ gone")
        await console.shows("The server ended before the run did.")
        assert "begun." in console.text
        await console.press("escape", "escape")
        await console.shows("Last run")
        assert "∅ gone" in console.text
    finally:
        await server.stop()


async def test_a_run_is_in_the_archive_marked_local_with_its_file_and_is_run_again_from_there(
    console: OpenedConsole, tmp_path: Path
) -> None:
    await visit(console, write_model(tmp_path / "picture", PICTURE, entry="run.py:Runner"))
    console.form.focus_field("width")
    await console.press(*"16")
    await console.until(lambda: console.form.values == {"width": "16"})
    await console.press("ctrl+r")
    await console.shows("1 file saved here")
    await console.press("2")
    await console.shows("⌂ picture")
    await console.shows("picture · local")
    assert "deleted in" not in console.text
    store, account = console.services.store, console.services.account
    (row,) = await store.rows(account, Query(source="local"))
    (output,) = await store.outputs(account, row.id)
    assert output.path is not None and output.path.read_bytes().startswith(b"\x89PNG")
    # Nobody bills it.
    assert await store.usage.sums(account, [Span(0, 0, 2 * 10**15)]) == []
    await console.press("r")
    await console.until(lambda: isinstance(console.app.screen, LocalRunScreen))
    await console.until(lambda: console.form.values == {"width": "16"})


THERE = {
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "required": ["prompt"],
                "properties": {
                    "prompt": {"type": "string", "x-order": 0},
                    "times": {"type": "integer", "default": 1, "minimum": 1, "maximum": 5, "x-order": 1},
                    "style": {"type": "string", "default": "warm", "x-order": 2},
                },
            },
            "Output": {"type": "string"},
        }
    }
}


async def test_the_source_is_compared_with_the_latest_version_at_replicate(
    api: Api, console: OpenedConsole, words: Path
) -> None:
    models = Models(api)
    models.add("me/words", latest_version={"id": "b" * 64, "created_at": STARTED, "openapi_schema": THERE})
    models.add("me/empty", latest_version=None)
    await visit(console, words)
    await console.press("escape")
    await console.shows("Last run")
    await console.press("d")
    await console.shows("Compare with Replicate")
    await console.press("ctrl+u", *"me/nowhere", "enter")
    await console.shows("me/nowhere cannot be compared with")
    await console.press("d")
    await console.shows("Compare with Replicate")
    await console.press("ctrl+u", *"me/words", "enter")
    await console.shows("words and me/words")
    assert "there  bbbbbbbb" in console.text
    await console.shows("times: 1–5 → 1–9")
    await console.shows("! − style")
    await console.press("escape")
    await console.until(lambda: not console.app.screen.is_modal)
    # It was told once; cog.yaml tells it for good.
    await console.press("d")
    await console.shows("words and me/words")
    await console.press("escape")
    await console.until(lambda: not console.app.screen.is_modal)
    config = words / "cog.yaml"
    config.write_text(f"{config.read_text()}image: r8.im/me/empty\n")
    await console.press("R")
    await console.until(lambda: "me/empty" in [one.at_replicate for one in models_of(console)])
    await console.press("d")
    await console.shows("The model has no version yet")


async def test_a_model_is_trained_and_the_training_is_kept_and_it_predicts_again(
    console: OpenedConsole, tmp_path: Path
) -> None:
    begin(tmp_path / "pupil", "train")
    (tmp_path / "data.txt").write_text("a b a b c")
    await visit(console, tmp_path / "pupil")
    await console.press("escape")
    await console.shows("trains    yes, by t")
    await console.press("t")
    await console.shows("Train pupil")
    await console.shows("train_data")
    console.form.set_values({"train_data": str(tmp_path / "data.txt")})
    await console.press("ctrl+r")
    await console.shows("✓ succeeded")
    await console.shows("1 file saved here")
    store, account = console.services.store, console.services.account
    (row,) = await store.rows(account, Query(kind="training", source="local"))
    assert (row.model, row.status) == ("pupil", "succeeded")
    assert await store.rows(account, Query(source="local")) == []
    await console.press("3")
    await console.shows("⌂ pupil")
    await console.shows("pupil · local")
    await console.press("r")
    await console.shows("t in the section Local (9) opens its form")
    # The process that trained gives way to one that predicts.
    await visit(console, tmp_path / "pupil")
    await run(console, "a")
    query = Query(source="local", status="succeeded")
    while not await store.rows(account, query):
        await console.pilot.pause()


async def test_a_model_without_a_trainer_says_why_it_is_not_trained(console: OpenedConsole, words: Path) -> None:
    await visit(console, words)
    await console.press("escape")
    await console.shows("Last run")
    await console.press("t")
    await console.shows("Its cog.yaml names no `train:`.")


def models_of(console: OpenedConsole) -> list[LocalModel]:
    """The models of the list."""
    found = console.app.screen_stack[-1]
    assert isinstance(found, LocalScreen) and found.models is not None
    return list(found.models.models.values())


async def relay(console: OpenedConsole, url: str) -> None:
    """Ask for the address with W, and give it."""
    await console.press("escape")
    await console.shows("Last run")
    await console.press("W")
    await console.shows("Relay webhooks")
    await console.press("ctrl+u", *url, "enter")
    await console.until(lambda: not console.app.screen.is_modal)


async def test_the_webhooks_of_local_runs_go_to_a_program_signed_and_are_stopped(tmp_path: Path, words: Path) -> None:
    async with webhook_api() as api, opened_console(api, tmp_path / "home", Place("local"), size=(120, 40)) as console:
        with receiving() as receiver:
            await visit(console, words)
            await relay(console, receiver.url)
            await console.shows(f"webhooks  to {receiver.url}")
            await console.press("enter")
            await console.shows(
                f"○ not started  webhooks → {receiver.url.removeprefix('http://').removesuffix('/hook')}"
            )
            await run(console, "Ada")
            await console.until(lambda: any(one.json()["status"] == "succeeded" for one in receiver.taken))
            first, last = receiver.taken[0], receiver.taken[-1]
            assert (first.json()["status"], last.json()["output"]) == ("processing", "Hello, Ada!")
            for one in receiver.taken:
                Webhook(SECRET).verify(one.body, one.headers)
            # The section Webhooks has them too.
            newest, *_ = await console.services.webhooks.newest(10)
            assert (newest.event, newest.url) == ("completed", receiver.url)

            await console.press("escape")
            await console.shows("▌ Ada")
            await console.press("escape")
            await console.shows("Last run")
            await console.press("W")
            await console.until(lambda: f"to {receiver.url}" not in console.text.replace("go to", ""))
            before = len(receiver.taken)
            await visit(console, words)
            await console.press("ctrl+r")
            query = Query(source="local", status="succeeded")
            while len(await console.services.store.rows(console.services.account, query)) < 2:
                await console.pilot.pause()
            assert len(receiver.taken) == before


async def test_what_is_no_text_in_a_mistake_reaches_no_terminal(console: OpenedConsole, words: Path) -> None:
    wrong = '        raise ValueError("[/no] \\x1b[31m red")  # \x1b[31m\n        return'
    (words / "run.py").write_text(WORDS.replace("        return", wrong))
    await visit(console, words)
    await run(console, "Ada")
    await console.shows("ValueError: [/no] ")
    await console.press("]")
    await console.shows("╰╴ ValueError: [/no] ")
    assert "\x1b" not in console.text


def test_a_bare_start_imports_nothing_of_local_models() -> None:
    code = (
        "import sys, tui.app, tui.screens.models.models_screen, tui.services.services\n"
        "rooms = ('tui.cog', 'tui.services.local', 'tui.screens.local')\n"
        "print([name for name in sys.modules if name.startswith(rooms)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
