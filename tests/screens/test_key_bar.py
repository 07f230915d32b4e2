"""The last line offers what is possible now and nothing else, in every section and state; the maps are always in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.chat_api import PROMPT, Model
from tests.support.deployments_api import Deployed
from tests.support.fake_api import START, Api
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.screen import screen_lines
from tui import commands as cmd
from tui.api.types import Prediction, Training, decode
from tui.navigation import Place, PlaceKind
from tui.screens.command_host import CommandHost
from tui.screens.run.run_screen import RunScreen
from tui.widgets.bars import key_word

pytestmark = pytest.mark.timeout(240)

HELP, FIND = ("? Help", "f1 Help"), (": Find", "^p Find")


def bar(console: OpenedConsole) -> str:
    return screen_lines(console.app)[-1].strip()


def offered(console: OpenedConsole) -> list[str]:
    """What the bar offers, as `key Title`."""
    return [part.strip() for part in bar(console).split("  ") if part.strip()]


def impossible(console: OpenedConsole) -> list[str]:
    """What the bar offers although the command says that it is not possible, or its key does something else."""
    screen, found = console.app.screen, offered(console)
    wrong: list[str] = []
    for words in found:
        key, title = words.split(" ", 1)
        done = [
            active
            for name, active in screen.active_bindings.items()
            if key_word(name) == key and active.binding.description == title
        ]
        if len(done) != 1:
            wrong.append(f"{words}: {len(done)} bindings")
            continue
        command, node = cmd.REGISTRY[done[0].binding.id or ""], done[0].node
        assert isinstance(node, CommandHost)
        if reason := node.why_not(command):
            wrong.append(f"{words}: {reason}")
    return wrong


async def settled(console: OpenedConsole, *there: str, gone: tuple[str, ...] = ()) -> list[str]:
    """The bar, once it offers `there` and nothing of `gone`; Help and Find are in it, and nothing is impossible."""

    def right() -> bool:
        now = offered(console)
        return all(one in now for one in there) and not any(one in now for one in gone)

    await console.until(right)
    await console.until(lambda: not impossible(console))
    now = offered(console)
    assert now[-1] in FIND and now[-2] in HELP, now
    return now


def titles(found: list[str]) -> list[str]:
    return [words.split(" ", 1)[1] for words in found]


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def listed(console: OpenedConsole, *records: Prediction, kind: Any = "prediction") -> None:
    from tui.services.bus import RecordsListed

    services = console.services
    fold = await services.store.fold_page(services.account, list(records), START, kind)
    services.bus.publish(RecordsListed(fold.changed))


@pytest.mark.parametrize("section", ["models", "predictions", "trainings", "deployments"])
async def test_an_empty_list_offers_nothing_about_what_is_not_there(
    api: Api, tmp_path: Path, section: PlaceKind
) -> None:
    async with opened_console(api, tmp_path, Place(section)) as console:
        # The bar is drawn once before the keys of the list are known to it.
        new = {"trainings": ["n New training…"], "deployments": ["n New…"]}.get(section, [])
        found = await settled(console, *new, "/ Filter", "? Help", ": Find")
        assert sorted(found) == sorted([*new, "/ Filter", "? Help", ": Find"]), found


async def test_a_live_prediction_can_be_canceled_and_an_ended_one_saved(api: Api, tmp_path: Path) -> None:
    live = decode(Prediction, api.put("live1", "processing"))
    done = decode(
        Prediction,
        api.put("done1", "succeeded", 60, output="words", urls={"web": "https://replicate.com/p/done1"}),
    )
    failed = decode(Prediction, api.put("failed1", "failed", 120, error="no"))
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, live, done, failed)
        await settled(console, "c Cancel", "r Run again", "? Help", gone=("s Save", "esc Back", "d Compare"))
        await console.press("j")
        await settled(console, "s Save", "y Copy", gone=("c Cancel", "O Open file"))
        await console.press("j")
        await settled(console, "r Run again", gone=("c Cancel", "s Save"))
        await console.press("space", "k", "space")
        await settled(console, "d Compare", "c Cancel")
        await console.press("d")
        await settled(console, "J Next difference", "= Only differences", "esc Back", gone=("d Compare",))


async def test_marked_rows_offer_what_is_done_with_all_of_them(api: Api, tmp_path: Path) -> None:
    done = [decode(Prediction, api.put(f"done{n}", "succeeded", 60 + n, output="words")) for n in range(2)]
    marked = ("u Unmark all", "^g Batch…")
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, *done)
        await settled(console, "s Save", gone=marked)
        await console.press("space")
        await settled(console, *marked)
        await console.press("u")
        await settled(console, "s Save", gone=marked)


async def test_usage_offers_its_groupings_the_bill_and_what_is_new(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("usage"), size=(80, 24)) as console:
        await settled(console, "] Next grouping", "[ Grouping before", "o The bill")
    async with opened_console(api, tmp_path, Place("usage"), size=(100, 24)) as console:
        await settled(console, "o The bill", "R Read what is new")


async def test_a_prediction_that_ends_under_the_cursor_is_not_offered_to_be_canceled(api: Api, tmp_path: Path) -> None:
    record = api.put("live1", "processing")
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, decode(Prediction, record))
        await settled(console, "c Cancel")
        record.update(status="succeeded", completed_at=START.isoformat(), output="said")
        await listed(console, decode(Prediction, record))
        await settled(console, "s Save", gone=("c Cancel",))


async def test_the_version_of_a_training_is_offered_once_there_is_one(api: Api, tmp_path: Path) -> None:
    going = decode(Training, api.put("going1", "processing", kind="trainings"))
    version = {"version": f"ada/poet:{'c' * 64}"}
    done = decode(Training, api.put("done1", "succeeded", 60, kind="trainings", output=version))
    async with opened_console(api, tmp_path, Place("trainings")) as console:
        await listed(console, going, done, kind="training")
        await settled(console, "n New training…", "c Cancel", gone=("v Run it", "B Compare with base"))
        await console.press("j")
        await settled(console, "v Run it", "B Compare with base", gone=("c Cancel",))


async def test_a_read_only_console_offers_nothing_that_costs_or_changes(api: Api, tmp_path: Path) -> None:
    Deployed(api).put()
    live = decode(Prediction, api.put("live1", "processing"))
    async with opened_console(api, tmp_path, Place("predictions"), read_only=True) as console:
        await listed(console, live)
        await settled(console, "r Run again", gone=("c Cancel",))
        await console.press("5")
        await console.shows("photos")
        await settled(console, "e Edit…", gone=("Z Disable", "U Enable"))


async def test_a_deployment_offers_to_disable_what_is_on_and_to_enable_what_is_off(api: Api, tmp_path: Path) -> None:
    deployed = Deployed(api)
    deployed.put("lakes", min_instances=1, max_instances=2)
    deployed.put("off", min_instances=0, max_instances=0)
    async with opened_console(api, tmp_path, Place("deployments")) as console:
        await console.shows("lakes")
        await settled(console, "Z Disable", "r Run…", gone=("U Enable",))
        await console.press("j")
        await settled(console, "U Enable", gone=("Z Disable", "r Run…"))
        await console.press("n")
        await console.shows("name")
        found = await settled(console, "^r Send", gone=("r Run…",))
        assert titles(found)[-3:] == ["Back", "Help", "Find"]
        assert found[-2:] == ["f1 Help", "^p Find"]


async def test_without_a_connection_nothing_that_needs_one_is_offered(api: Api, tmp_path: Path) -> None:
    api.put("live1", "processing")
    api.down = True
    for section in ("models", "predictions", "trainings", "chat", "deployments"):
        async with opened_console(api, tmp_path / section, Place(section)) as console:  # type: ignore[arg-type]
            await settled(console, gone=("c Cancel", "r Run…", "^r Send"))


@pytest.mark.parametrize("section", ["models", "predictions", "deployments"])
async def test_while_something_is_wrong_with_the_connection_the_first_key_asks_again(
    api: Api, tmp_path: Path, section: PlaceKind
) -> None:
    async with opened_console(api, tmp_path, Place(section)) as console:
        await settled(console, "/ Filter", gone=("R Reload",))
        console.app.standing.stale(START, "the network is down")
        console.app.status.publish(None)
        assert (await settled(console, "R Reload"))[0] == "R Reload"
        console.app.standing.stale(None, None)
        console.app.status.publish(None)
        await settled(console, "/ Filter", gone=("R Reload",))


async def test_a_form_offers_keys_that_are_not_typed_into_it(api: Api, tmp_path: Path) -> None:
    fields: dict[str, Any] = {
        "prompt": {"type": "string", "x-order": 0},
        "style": {"type": "string", "enum": ["plain", "copied", "saved"], "x-order": 1},
        "loud": {"type": "boolean", "x-order": 2},
        "steps": {"type": "integer", "minimum": 1, "maximum": 8, "x-order": 3},
    }
    Model(api, fields)
    async with opened_console(api, tmp_path) as console:
        screen = RunScreen("acme/words")
        console.app.push_screen(screen)
        await console.until(lambda: screen.is_mounted and screen.request is not None and console.form.focused_field)
        for _ in fields:
            found = await settled(console, "^r Run", "esc Back")
            assert all(len(words.split(" ", 1)[0]) > 1 for words in found if words not in ("? Help", ": Find"))
            await console.press("tab")


async def test_a_run_offers_to_cancel_it_while_it_goes_and_then_to_save(api: Api, tmp_path: Path) -> None:
    model = Model(api, {"prompt": {"type": "string"}})
    model.held = True
    async with opened_console(api, tmp_path) as console:
        screen = RunScreen("acme/words")
        console.app.push_screen(screen)
        await console.until(lambda: screen.is_mounted and screen.request is not None and console.form.focused_field)
        await settled(console, "^r Run", gone=("c Cancel", "s Save"))
        await console.press("ctrl+r")
        await console.until(lambda: model.talks and not console.form.has_focus_within)
        await settled(console, "c Cancel", gone=("s Save",))
        model.talks[0].gate.set()
        await settled(console, "s Save", gone=("c Cancel",))


async def test_the_chat_names_no_key_that_would_be_typed(api: Api, tmp_path: Path) -> None:
    model = Model(api, PROMPT)
    model.held = True
    async with opened_console(api, tmp_path, Place("chat", "acme/words")) as console:
        await console.shows("Ask words")

        def typed(found: list[str]) -> list[str]:
            return [words for words in found if len(words.split(" ", 1)[0]) == 1]

        found = await settled(console, "^n New chat", "^o Model", "f1 Help", gone=("^c Stop", "^r Answer anew"))
        assert typed(found) == []
        await console.press(*"hello")
        assert typed(await settled(console, "^n New chat", gone=("^c Stop",))) == []
        await console.press("enter")
        await console.until(lambda: model.talks)
        assert typed(await settled(console, "^c Stop", gone=("^r Answer anew",))) == []
        model.talks[0].gate.set()
        assert typed(await settled(console, "^r Answer anew", gone=("^c Stop",))) == []
        await console.press("escape")
        await settled(console, "i Write", "y Copy", "? Help", ": Find")


@pytest.mark.parametrize("width", [30, 60, 80, 100, 120, 200])
async def test_help_and_find_are_at_the_right_at_every_width(api: Api, tmp_path: Path, width: int) -> None:
    Deployed(api).put("lakes", min_instances=1, max_instances=2)
    async with opened_console(api, tmp_path, Place("deployments"), size=(width, 24)) as console:
        await console.until(lambda: console.app.screen.focused is not None)
        await settled(console, "? Help", ": Find")
        assert screen_lines(console.app)[-1].rstrip().endswith("? Help  : Find")
        assert len(screen_lines(console.app)[-1].rstrip()) == width - 1


async def test_a_dialog_takes_the_keys_of_the_screen_below_out_of_the_bar(api: Api, tmp_path: Path) -> None:
    live = decode(Prediction, api.put("live1", "processing"))
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, live)
        await settled(console, "c Cancel")
        await console.press("c")
        await console.shows("Let it run")
        await console.until(lambda: bar(console) == "")
        await console.press("k")
        await settled(console, "c Cancel")


async def test_a_click_on_a_key_does_what_the_key_does(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("predictions"), size=(80, 24)) as console:
        await settled(console, "? Help")
        at = screen_lines(console.app)[-1].index("? Help")
        await console.pilot.click(offset=(at + 2, 23))
        await console.shows("type to filter")


async def test_moving_through_a_list_draws_the_bar_only_when_other_keys_are_possible(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [decode(Prediction, api.put(f"done{n}", "succeeded", n, output="x")) for n in range(30)]
    async with opened_console(api, tmp_path, Place("predictions")) as console:
        await listed(console, *records)
        await settled(console, "N Use in…")
        drawn: list[object] = []
        from tui.widgets.bars import KeyBar

        shown: Callable[..., None] = KeyBar.show
        monkeypatch.setattr(KeyBar, "show", lambda bar, *given: (drawn.append(given), shown(bar, *given)))
        await console.press(*["j"] * 20)
        await console.pilot.pause(0.3)
        assert drawn == []
