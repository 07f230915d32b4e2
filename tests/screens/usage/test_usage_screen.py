"""The section Usage: bars by what one chooses, what has no price said to have none, and why it is empty."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.fake_api import Api
from tests.support.opened_console import OpenedConsole, opened_console
from tui.api.types import Prediction
from tui.navigation import Place
from tui.screens.usage.usage_words import bar
from tui.services.usage.budget import Budgets
from tui.settings.budget import Budget


async def used(console: OpenedConsole) -> None:
    """Two pictures of a model that is in the book, and three runs of one that is not, one of them failed."""
    services = console.services
    now = services.now()
    runs = [
        Prediction(
            id=f"p{number}",
            model="google/nano-banana" if number < 2 else "acme/open",
            version="hidden" if number < 2 else "f" * 64,
            status="failed" if number == 4 else "succeeded",
            created_at=now - timedelta(minutes=number + 1),
            completed_at=now,
            metrics={"predict_time": 2.0, **({"image_count": 1} if number < 2 else {})},
        )
        for number in range(5)
    ]
    await services.store.save(services.account, runs)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_was_used_is_grouped_by_a_key_and_has_its_cost_or_says_that_none_is_known(
    api: Api, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened_console(api, tmp_path, size=size) as console:
        await used(console)
        await console.press("8")
        await console.shows("≈ $0.078  5 runs  10.0 s  3 without a price")
        await console.press("right_square_bracket")
        await console.shows("nano-banana google")
        line = next(line for line in console.text.splitlines() if "open acme" in line)
        assert "no price" in line and "$" not in line.partition("│")[0]
        await console.press("left_square_bracket", "left_square_bracket")
        await console.shows("of no batch")
        for word in ("Batch", "Deployment", "Hardware"):
            assert word in console.text


async def test_beside_it_stands_what_cost_most_and_what_failed(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, size=(120, 40)) as console:
        await used(console)
        await console.press("8")
        await console.shows("≈ $0.078  google/nano-banana")
        assert "1 run, 2.0 s, no price known" in console.text
        assert "acme/open  3 runs, 6.0 s" in console.text


async def test_a_number_beside_it_stays_with_what_it_counts(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, size=(120, 40)) as console:
        services, name = console.services, "acme/a-model-that-has-a-rather-long-name"
        run = Prediction(
            id="p1",
            model=name,
            version="f" * 64,
            status="succeeded",
            created_at=services.now(),
            completed_at=services.now(),
            metrics={"predict_time": 93.2, "image_count": 4},
        )
        await services.store.save(services.account, [run])
        await console.press("8")
        await console.shows("No price is known of")
        beside = [line.rpartition("│")[2].strip() for line in console.text.splitlines()]
        assert beside[beside.index(name) + 1] == "1 run, 93.2 s, 4 images"


async def test_an_empty_section_says_why_and_what_to_press(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("usage")) as console:
        await console.shows("Nothing was used in the last 30 days")
        assert "R reads what Replicate still lists" in console.text


async def test_the_archive_is_completed_by_what_the_api_lists(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("usage")) as console:
        await console.shows("Nothing was used")
        now = console.services.now()
        api.put(
            "elsewhere1",
            model="google/nano-banana",
            status="succeeded",
            created_at=(now - timedelta(hours=1)).isoformat(),
            metrics={"predict_time": 1.0, "image_count": 1},
        )
        await console.press("R")
        await console.shows("≈ $0.039  1 run")


async def test_the_time_is_chosen_from_a_list_or_typed(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, size=(120, 40)) as console:
        await used(console)
        now = console.services.now()
        old = Prediction(
            id="old", model="acme/old", version="f" * 64, status="succeeded", created_at=now - timedelta(days=45),
            metrics={"predict_time": 3.0},
        )  # fmt: skip
        await console.services.store.save(console.services.account, [old])
        await console.press("8")
        await console.shows("last 30 days  ≈ $0.078  5 runs")
        await console.press("w", *"90", "enter")
        await console.shows("last 90 days  ≈ $0.078  6 runs")
        await console.press("w", *"another", "enter")
        await console.shows("from when on")
        await console.press(*"sometime", "enter")
        await console.shows("'sometime' is no time")
        await console.press("ctrl+u", *"60d 40d", "enter")
        await console.shows("60d 40d  1 run")
        await console.press("w", *"last 24", "enter")
        await console.shows("last 24 hours  ≈ $0.078  5 runs")
        await console.press("w", "escape")
        await console.until(lambda: not console.app.screen.is_modal)
        assert "last 24 hours" in console.text


async def test_the_budget_warns_after_what_was_made_elsewhere_was_read(api: Api, tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("usage"), size=(120, 40)) as console:
        services = console.services
        services.budget = Budgets(services.session, services.usage, Budget(day=0.04))
        await console.shows("Nothing was used")
        now = services.now()
        metrics = {"predict_time": 1.0, "image_count": 1}
        api.put(
            "elsewhere1", model="google/nano-banana", status="succeeded", created_at=now.isoformat(), metrics=metrics
        )
        await console.press("R")
        await console.shows("! ≈ $0.039 of $0.04 today · 8")


async def test_a_budget_that_is_taken_away_warns_no_more_and_leaves_the_rest_of_the_file(
    api: Api, tmp_path: Path
) -> None:
    async with opened_console(api, tmp_path, size=(120, 40)) as console:
        await used(console)
        file = console.app.settings.paths.config_file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text('theme = "nord"  # mine\n[budget]\nwarn = 0.9\nmonth = 3\n')
        await console.press("8", "e", *"0.05 a day", "enter")
        await console.shows("! ≈ $0.078 of $0.05 today")
        assert file.read_text() == 'theme = "nord"  # mine\n[budget]\nwarn = 0.9\nday = 0.05\n'
        await console.press("e")
        await console.shows("What may be spent?")
        await console.press("ctrl+u", *"none", "enter")
        await console.until(lambda: "of $0.05 today" not in console.text)
        assert file.read_text() == 'theme = "nord"  # mine\n[budget]\nwarn = 0.9\n'
        await console.press("e")
        await console.shows("What may be spent?")
        await console.press("escape")
        await console.until(lambda: not console.app.screen.is_modal)
        assert "warn = 0.9" in file.read_text()


def test_a_bar_is_as_long_as_its_share_and_never_nothing_for_something() -> None:
    assert [bar(0, 4), bar(1e-6, 4), bar(0.5, 4), bar(0.62, 4), bar(1, 4)] == ["", "╸", "━━", "━━╸", "━━━━"]
