"""Every text of every screen has a contrast of at least 4.5 with what is behind it, in both themes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.color import Color

from tests.support.chat_api import PROMPT, Model
from tests.support.contrast import pale, ratio
from tests.support.deployments_api import Deployed
from tests.support.fake_api import START, Api
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.served_files import serve
from tui.api.types import Prediction, Training, decode
from tui.appearance import DARK, LIGHT
from tui.navigation import Place
from tui.screens.dialogs.outcomes import Outcomes
from tui.screens.dialogs.prompt import Prompt
from tui.screens.dialogs.question import Ask, Option
from tui.screens.dialogs.viewer import Viewer
from tui.screens.dialogs.welcome import Welcome
from tui.screens.run.run_screen import RunScreen
from tui.services.bus import RecordsListed

pytestmark = pytest.mark.timeout(240)
THEMES = [DARK.name, LIGHT.name]
SAID = "# Title\n\n> quoted\n\n`code` and [a link](https://x.y)\n\n- one\n\n```python\nx = 1  # one\n```\n"


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def readable(console: OpenedConsole, where: str) -> None:
    """What is on the screen now, and once the next frames have come."""
    await console.pilot.pause()
    await console.pilot.pause(0.1)
    assert [(where, one) for one in pale(console.app)] == []


def in_theme(console: OpenedConsole, theme: str) -> None:
    console.app.theme = theme


def test_black_on_white_has_the_contrast_that_wcag_says() -> None:
    assert round(ratio(Color.parse("#000000"), Color.parse("#ffffff")), 1) == 21.0
    assert round(ratio(Color.parse("#777777"), Color.parse("#ffffff")), 2) == 4.48


@pytest.mark.parametrize("theme", THEMES)
async def test_lists_and_details(api: Api, tmp_path: Path, theme: str) -> None:
    statuses = ["processing", "succeeded", "failed", "canceled", "aborted", "starting"]
    output: dict[str, Any] = {"words": ["a", 1, True, None], "more": {"x": 2.5}}
    records = [
        decode(
            Prediction,
            api.put(
                f"one{n}", status, n, output=output, error="It broke." if status == "failed" else None, logs="a\n50%|#"
            ),
        )
        for n, status in enumerate(statuses)
    ]
    training = decode(
        Training,
        api.put("t1", "succeeded", kind="trainings", logs="".join(f"step {n} loss {9 / n}\n" for n in range(1, 30))),
    )
    Deployed(api).put("lakes", min_instances=1, max_instances=2)
    async with opened_console(api, tmp_path, Place("predictions"), size=(140, 40)) as console:
        in_theme(console, theme)
        services = console.services
        for kind, some in (("prediction", records), ("training", [training])):
            fold = await services.store.fold_page(services.account, some, START, kind)  # type: ignore[arg-type]
            services.bus.publish(RecordsListed(fold.changed))
        for _ in statuses:
            await readable(console, "predictions")
            await console.press("j")
        await console.press("k", "k", "space", "k", "space")
        await readable(console, "marked")
        await console.press("enter")
        for _ in range(5):
            await readable(console, "a prediction's tab")
            await console.press("right_square_bracket")
        await console.press("escape", "slash", "x")
        await readable(console, "filter")
        await console.press("escape", "d")
        await readable(console, "comparison")
        await console.press("escape", "3")
        await console.shows("acme/words")
        await console.press("enter")
        for _ in range(3):
            await readable(console, "a training's tab")
            await console.press("right_square_bracket")
        await console.press("5")
        await console.shows("lakes")
        await readable(console, "deployments")
        await console.press("enter")
        await readable(console, "a deployment")
        await console.press("escape", "e")
        await console.shows("min_instances")
        await readable(console, "a deployment's form")


@pytest.mark.parametrize("theme", THEMES)
async def test_models_forms_and_the_chat(api: Api, tmp_path: Path, theme: str) -> None:
    fields: dict[str, Any] = {
        "prompt": {"type": "string", "x-order": 0, "description": "What to say."},
        "style": {"type": "string", "enum": ["plain", "loud"], "default": "plain", "x-order": 1},
        "loud": {"type": "boolean", "default": False, "x-order": 2},
        "steps": {"type": "integer", "minimum": 1, "maximum": 8, "default": 4, "x-order": 3},
        "scale": {"type": "number", "minimum": 0, "maximum": 1, "x-order": 4},
        "image": {"type": "string", "format": "uri", "x-order": 5},
        "old": {"type": "string", "deprecated": True, "x-order": 6},
        "extra": {"type": "object", "x-order": 7},
    }
    model = Model(api, PROMPT)
    model.publish("acme/paint", fields, required=("prompt",))
    model.answer = lambda given: [SAID]
    async with opened_console(api, tmp_path, size=(140, 40)) as console:
        in_theme(console, theme)
        services = console.services
        for ref in ("acme/words", "acme/paint"):
            await services.catalogue.model(ref)
        await console.press("R")
        await readable(console, "models")
        screen = RunScreen("acme/paint")
        console.app.push_screen(screen)
        await console.until(lambda: screen.is_mounted and screen.request is not None and console.form.focused_field)
        for _ in fields:
            await readable(console, "form")
            await console.press("tab")
        await console.press("ctrl+r")
        await readable(console, "problems of a form")
        await console.press("escape")
        console.app.visit(Place("chat", "acme/words"))
        await console.shows("Ask words")
        await readable(console, "an empty chat")
        await console.press(*"hello", "enter")
        await console.shows("tokens/s")
        await readable(console, "a chat")
        await console.press("escape")
        await readable(console, "an answer")
        await console.press("ctrl+t")
        await console.shows("max_tokens")
        await readable(console, "parameters")


@pytest.mark.parametrize("theme", THEMES)
async def test_dialogs_and_notices(api: Api, tmp_path: Path, theme: str) -> None:
    async with opened_console(api, tmp_path, Place("predictions"), size=(120, 40)) as console:
        in_theme(console, theme)
        await console.press("question_mark")
        await readable(console, "help")
        await console.press(*"zzzz")
        await readable(console, "help without a line")
        await console.press("escape", "colon")
        await readable(console, "palette")
        await console.press(*"run")
        await readable(console, "palette with words")
        await console.press("escape")
        options = [Option("a", "c", "Yes"), Option("b", "k", "No")]
        console.app.push_screen(Ask("Cancel it?", "What ran is billed.", options))
        await readable(console, "question")
        await console.press("escape")
        for severity in ("information", "warning", "error"):
            console.app.say("It is so.", severity=severity, title="Words")
        await readable(console, "notices")
        console.app.clear_notifications()
        console.app.push_screen(Welcome())
        await readable(console, "welcome")
        await console.press("enter")
        await readable(console, "welcome without a token")


@pytest.mark.parametrize("theme", THEMES)
async def test_files_and_the_screen_that_one_of_them_fills(api: Api, tmp_path: Path, theme: str) -> None:
    urls = serve(api, "a.png") + serve(api, "b.txt", content=b"Some words.\n", kind="text/plain")
    urls += serve(api, "c.mp4", content=b"\0" * 99, kind="video/mp4")
    urls.append(f"{api.origin}/files/gone.png")
    api.put("p1", "succeeded", output=urls)
    async with opened_console(api, tmp_path, Place("predictions"), size=(120, 40)) as console:
        in_theme(console, theme)
        await console.shows("64×64 PNG")
        await console.shows("It is no longer")
        await readable(console, "a sheet")
        await console.press("enter", "z")
        await console.until(lambda: isinstance(console.app.screen, Viewer))
        for place, words in enumerate(("64×64 PNG", "Some words.", "MP4", "no longer there"), 1):
            await console.shows(f"{place}/4")
            await console.shows(words)
            await readable(console, f"the viewer at {words}")
            await console.press("right")


@pytest.mark.parametrize("theme", THEMES)
async def test_what_is_asked_and_told_about_records(api: Api, tmp_path: Path, theme: str) -> None:
    for number, status in enumerate(("processing", "starting", "succeeded")):
        api.put(f"one{number}", status, number, logs="a\nb\n")
    async with opened_console(api, tmp_path, Place("predictions"), size=(120, 40)) as console:
        in_theme(console, theme)
        await console.shows("3 predictions")
        for key, words in (("S", "Sort by"), ("c", "Cancel it"), ("X", "Cancel them")):
            await console.press(key)
            await console.shows(words)
            await readable(console, words)
            await console.press("escape")
        console.app.push_screen(Prompt("Find in the log", "J and K walk from one to the next."))
        await console.shows("enter goes on")
        await readable(console, "a prompt")
        await console.press("escape")
        told = Outcomes("Canceling", [("one0", "words"), ("one1", "words"), ("one2", "words")])
        console.app.push_screen(told)
        await console.until(lambda: told.is_mounted)
        told.tell("one0", "✓", "canceled", "success")
        told.tell("one1", "✗", "not found", "error")
        await readable(console, "outcomes")
        told.sum_up("1 canceled, 1 NOT canceled")
        await readable(console, "outcomes at the end")
