"""The palette is the map of the console: every command from everywhere, with its key; what is picked is done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.chat_api import Model
from tests.support.deployments_api import Deployed
from tests.support.fake_api import START, Api
from tests.support.opened_console import OpenedConsole, opened_console
from tui import commands as cmd
from tui.api.types import Prediction, decode
from tui.navigation import Place, PlaceKind
from tui.screens.dialogs.palette import Palette
from tui.widgets.picker import Row

pytestmark = pytest.mark.timeout(240)
EVERYWHERE = [
    ("cancel-prediction", "c"),
    ("run-again", "r"),
    ("compare-marked", "d"),
    ("new-training", "n"),
    ("run-version", "v"),
    ("new-chat", "^n"),
    ("edit-question", "e"),
    ("export-chat", "W"),
    ("show-hardware", "H"),
    ("disable-deployment", "Z"),
    ("copy-catalogue", "A"),
    ("start-run", "^r"),
    ("start-training", "^r"),
    ("apply-changes", "^r"),
    ("choose-destination", "^o"),
    ("next-difference", "J"),
    ("quit", "q"),
    ("go-deployments", "5"),
    ("fill-screen", "z"),
]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def palette(console: OpenedConsole, key: str = "colon") -> Palette:
    await console.press(key)
    await console.until(lambda: isinstance(console.app.screen, Palette))
    screen = console.app.screen
    assert isinstance(screen, Palette)
    await console.until(lambda: any(row.words == "Trainings" and row.heading for row in screen.list.rows) or on(screen))
    return screen


def on(screen: Palette) -> bool:
    """Whether the commands of the other sections have come."""
    return len(screen.list.rows) > 60


def by_id(screen: Palette) -> dict[str, Row]:
    return {row.value.split()[-1]: row for row in screen.list.rows if row.value is not None}


@pytest.mark.parametrize("section", ["models", "predictions", "trainings", "chat", "deployments"])
async def test_every_command_is_found_from_every_section_with_its_key(
    api: Api, tmp_path: Path, section: PlaceKind
) -> None:
    async with opened_console(api, tmp_path, Place(section)) as console:
        await console.until(lambda: console.app.screen.is_mounted)
        screen = await palette(console, "ctrl+p")
        rows = by_id(screen)
        assert set(cmd.REGISTRY) - set(rows) == {"palette"}
        for id, key in EVERYWHERE:
            assert rows[id].key == key, id


async def test_the_commands_of_this_screen_come_first_and_those_that_are_possible_before_the_others(
    api: Api, tmp_path: Path
) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        screen = await palette(console)
        titles = [row.words for row in screen.list.rows if row.heading]
        sections = ["Models", "Trainings", "Chat", "Deployments", "Batches", "Webhooks", "Usage", "Local", "Files"]
        assert titles == ["Here", "Everywhere", *sections, "In forms and comparisons"]
        here = [row.dim for row in screen.list.rows[1 : screen.list.rows.index(Row(None, "Everywhere", heading=True))]]
        assert here == sorted(here) and True in here and False in here
        assert screen.list.index == 1
        assert screen.list.rows[2].note and not screen.list.rows[2].note.startswith("in ")


async def test_what_was_used_lately_is_first_and_still_so_in_the_next_console(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await palette(console)
        await console.press(*"hardware")
        await console.press("enter")
        await console.shows("esc goes back")
        await console.press("escape")
        screen = await palette(console)
        assert [row.words for row in screen.list.rows[:2]] == ["Used lately", "Hardware"]
        await console.press("escape")
        await console.until(lambda: not [w for w in console.app.workers if w.group == "used"])
    async with opened_console(api, tmp_path, Place("chat")) as console:
        await console.until(lambda: console.app.used_lately)
        screen = await palette(console, "ctrl+p")
        assert [row.words for row in screen.list.rows[:2]] == ["Used lately", "Hardware"]


async def test_a_command_of_another_section_is_done_there(api: Api, tmp_path: Path) -> None:
    Deployed(api).put("lakes", min_instances=1, max_instances=2)
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await palette(console)
        await console.press(*"scale")
        await console.press("enter")
        await console.until(lambda: console.app.current_mode == "deployments")
        await console.shows("▌ min_instances")


async def test_a_command_of_another_section_that_is_not_possible_there_says_why(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("models")) as console:
        await palette(console)
        await console.press(*"disable")
        await console.press("enter")
        await console.until(lambda: console.app.current_mode == "deployments")
        await console.shows("There is no deployment under the cursor.")


async def test_what_costs_and_asks_nothing_waits_for_its_key_in_its_section(api: Api, tmp_path: Path) -> None:
    model = Model(api)
    async with opened_console(api, tmp_path, Place("chat", "acme/words")) as console:
        await console.shows("Ask words")
        await console.press(*"hello", "enter")
        await console.shows("tokens/s")
        await console.press("escape", "escape", "1")
        await console.until(lambda: console.app.current_mode == "models")
        await palette(console)
        await console.press(*"anew")
        await console.press("enter")
        await console.until(lambda: console.app.current_mode == "chat")
        await console.shows("Have the question answered anew")
        await console.pilot.pause(0.3)
        assert len(model.talks) == 1


async def test_a_command_of_a_form_says_how_the_form_is_opened(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await palette(console)
        await console.press(*"start the training")
        await console.press("enter")
        await console.until(lambda: console.app.current_mode == "trainings")
        await console.shows("n in Trainings opens it")


async def test_a_keymap_is_told_by_the_palette(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        console.app.settings.keymap["disable-deployment"] = "ctrl+g"  # type: ignore[index]
        rows = by_id(await palette(console))
        assert rows["disable-deployment"].key == "^g"


async def test_a_prediction_is_found_by_its_words_and_opened(api: Api, tmp_path: Path) -> None:
    record = decode(Prediction, api.put("harbour1", "succeeded", input={"prompt": "a harbour at dawn"}, output="x"))
    async with opened_console(api, tmp_path, Place("models")) as console:
        await console.services.store.fold_page(console.services.account, [record], START, "prediction")
        await palette(console)
        await console.press(*"harbour")
        await console.shows("acme/words harbour1")
        await console.press("enter")
        await console.until(lambda: console.app.current_mode == "predictions")
        await console.until(lambda: console.app.screen.has_class("-detail") and "x" in console.text)
