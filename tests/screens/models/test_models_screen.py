"""The section Models: what it opens with, what a search puts under the cursor, its orders, and what a model is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api, Request
from tests.support.models_api import Models
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.screen import widget_lines
from tui.widgets.table.virtual_table import VirtualTable


def table(seen: OpenedConsole) -> VirtualTable[Any]:
    return seen.app.screen.query_one("#models-table", VirtualTable)


def lines(seen: OpenedConsole) -> list[str]:
    """The list's lines below its header, as they are read."""
    return [line.strip(" ›") for line in widget_lines(table(seen))[1:] if line.strip()]


def names(seen: OpenedConsole) -> list[str]:
    return [line.split()[0] for line in lines(seen)]


@asynccontextmanager
async def opened(api: Api, home: Path, **options: Any) -> AsyncIterator[OpenedConsole]:
    async with opened_console(api, home, **options) as seen:
        await seen.until(lambda: table(seen).row is not None)
        await seen.until(lambda: not any(w.group in ("models", "used") for w in seen.app.screen.workers))
        yield seen


def shop(api: Api) -> Models:
    """What a young account meets: the newest models, which hardly anybody runs, and collections of the well-known."""
    models = Models(api)
    for number in range(90):
        models.add(f"newcomer/fresh-{number:02}", number % 7, readme="")
    models.add(
        "black-forest-labs/flux-schnell", 190_430_275, listed=False, is_official=True, description="Fast pictures"
    )
    models.add("black-forest-labs/flux-dev", 8_565_312, listed=False, is_official=True)
    models.add("openai/whisper", 56_673_517, listed=False)
    models.add("lucataco/flux-dev", 23, listed=False)
    models.add("lucataco/flux-dev-lora", 900_000_000, listed=False)
    models.collect(
        {"text-to-image": ["lucataco/flux-dev-lora", "black-forest-labs/flux-schnell"], "rest": ["openai/whisper"]}
    )
    return models


async def test_the_first_screen_has_what_people_run_though_the_api_lists_its_newest(api: Api, tmp_path: Path) -> None:
    shop(api)
    async with opened(api, tmp_path) as seen:
        assert names(seen)[:6] == [
            "Official",
            "black-forest-labs/flux-schnell",
            "Most",
            "lucataco/flux-dev-lora",
            "openai/whisper",
            "newcomer/fresh-06",
        ]
        # The cursor stays where it was when these came; the first of them has a README.
        await seen.press("g")
        await seen.shows("What flux-schnell is.")


async def test_what_the_account_ran_comes_first_also_what_the_api_lists_nowhere(api: Api, tmp_path: Path) -> None:
    models = shop(api)
    models.add("ada/my-own", 3, listed=False)
    api.put("one", "succeeded", 60, model="ada/my-own")
    api.put("two", "succeeded", 20, model="openai/whisper")
    api.put("three", "succeeded", 10, model="gone/for-good")
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: names(seen)[:4] == ["Used", "openai/whisper", "ada/my-own", "Official"])
        assert api.count("GET", "/models/gone/for-good") == 1
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: names(seen)[:4] == ["Used", "openai/whisper", "ada/my-own", "Official"])


async def test_pages_that_come_in_leave_the_cursor_on_its_model(api: Api, tmp_path: Path) -> None:
    models = shop(api)
    for number in range(200):
        models.add(f"crowd/many-{number:03}", 100 + number)
    async with opened(api, tmp_path) as seen:
        await seen.press("j", "j", "j")
        under = table(seen).cursor_id
        await seen.press("G")
        await seen.until(lambda: api.count("GET", "/models") >= 3)
        await seen.until(lambda: "crowd/many-199" in seen.text or len(table(seen)) > 40)
        last = table(seen).cursor_id
        assert last is not None and last != under
        await seen.press("R")
        await seen.until(lambda: not any(w.group in ("models", "more") for w in seen.app.screen.workers))
        assert table(seen).cursor_id == last


@pytest.mark.parametrize(
    ("typed", "ref"),
    [
        ("flux-schnell", "black-forest-labs/flux-schnell"),
        ("flux-dev", "black-forest-labs/flux-dev"),
        ("whisper", "openai/whisper"),
    ],
)
async def test_the_model_of_the_very_name_that_runs_most_is_under_the_cursor_and_its_form_opens(
    api: Api, tmp_path: Path, typed: str, ref: str
) -> None:
    shop(api)
    async with opened(api, tmp_path) as seen:
        await seen.press("j", "j", "j", "slash", *typed)
        await seen.until(lambda: table(seen).cursor_id == ref)
        await seen.press("enter", "r")
        await seen.shows(f"{ref}")
        await seen.until(lambda: "prompt" in seen.text)


async def test_a_name_that_only_replicate_knows_comes_under_the_cursor_also_after_enter(
    api: Api, tmp_path: Path
) -> None:
    models = shop(api)
    models.add("known/upscaler", 5)
    async with opened(api, tmp_path) as seen:
        # From now on it is known to the search alone.
        models.add("far/upscaler", 7_000, listed=False)
        await seen.press("slash", *"upscaler", "enter")
        await seen.until(lambda: table(seen).cursor_id == "far/upscaler")
        assert models.searched == ["upscaler"]


async def test_a_cursor_that_was_moved_stays_when_the_search_answers(api: Api, tmp_path: Path) -> None:
    models = shop(api)
    async with opened(api, tmp_path) as seen:
        models.add("far/fresh", 7_000, listed=False)
        await seen.press("slash", *"fresh", "enter", "j", "j")
        under = table(seen).cursor_id
        await seen.until(lambda: "far/fresh" in seen.text)
        assert table(seen).cursor_id == under


async def test_slash_begins_a_new_search(api: Api, tmp_path: Path) -> None:
    shop(api)
    async with opened(api, tmp_path) as seen:
        await seen.press("slash", *"flux", "enter", "slash", *"whisper")
        await seen.until(lambda: names(seen) == ["openai/whisper"])


async def test_s_and_a_click_on_a_title_sort_and_the_second_turns_the_order_round(api: Api, tmp_path: Path) -> None:
    models = Models(api)
    for ref, runs in (("b/one", 5), ("a/two", 900), ("c/three", 70)):
        models.add(ref, runs)
    async with opened(api, tmp_path) as seen:
        assert names(seen) == ["a/two", "c/three", "b/one"]
        header = widget_lines(table(seen))[0]
        await seen.pilot.click("#models-table", offset=(header.index("Model") + 1, 0))
        await seen.until(lambda: names(seen) == ["a/two", "b/one", "c/three"])
        assert "Model ↑" in widget_lines(table(seen))[0]
        await seen.pilot.click("#models-table", offset=(header.index("Model") + 1, 0))
        await seen.until(lambda: names(seen) == ["c/three", "b/one", "a/two"])
        assert "Model ↓" in widget_lines(table(seen))[0]
        await seen.press("S")
        await seen.shows("Sort by")
        await seen.press("r")
        await seen.until(lambda: names(seen) == ["a/two", "c/three", "b/one"])
        assert "Runs ↓" in widget_lines(table(seen))[0] and "Model ↓" not in widget_lines(table(seen))[0]
        assert table(seen).cursor_id == "a/two"
        await seen.press("S", "r")
        await seen.until(lambda: names(seen) == ["b/one", "c/three", "a/two"])


async def test_of_a_long_name_the_owner_is_cut_and_not_the_name(api: Api, tmp_path: Path) -> None:
    models = Models(api)
    long = "a-name-of-seventy-cells-as-there-are-some-in-the-catalogue-of-replicate"
    models.add(f"an-owner-with-a-long-name/{long}", 9, description="what it does " * 9)
    models.add("an-owner-with-a-long-name/short", 8, description="what it does " * 9)
    async with opened(api, tmp_path, size=(200, 50)) as seen:
        assert any(f"…/{long}  what it" in line for line in lines(seen))
        assert any(line.startswith("an-owner-with-a-long-name/short  ") for line in lines(seen))
    async with opened(api, tmp_path, size=(80, 24)) as seen:
        assert any(line.startswith("an-owner-with") and "…/short  what it" in line for line in lines(seen))
        assert any(line.startswith(f"{long[:50]}") and "…" in line for line in lines(seen))


async def test_the_run_count_is_told_however_narrow_the_detail_is(api: Api, tmp_path: Path) -> None:
    models = Models(api)
    models.add("acme/" + "n" * 60, 12_300_000, is_official=True, visibility="private", description="about " * 60)
    async with opened(api, tmp_path, size=(100, 30)) as seen:
        await seen.shows("official · 12.3M runs · private")
    async with opened(api, tmp_path, size=(200, 50)) as seen:
        await seen.shows("official · 12.3M runs · private · updated 2026-01-01")


async def test_a_model_without_a_description_has_no_empty_lines_for_it(api: Api, tmp_path: Path) -> None:
    models = Models(api)
    models.add("acme/silent", 5)
    models.add("acme/talks", 4, description="It talks.")
    async with opened(api, tmp_path) as seen:
        tabs = seen.app.screen.query_one("#model-tabs")
        facts = seen.app.screen.query_one("#model-facts")
        await seen.until(lambda: tabs.region.y == facts.region.y + 2)
        await seen.press("j")
        await seen.until(lambda: tabs.region.y == facts.region.y + 4)
        await seen.shows("It talks.")


async def test_the_readme_of_the_first_row_is_there_when_a_console_starts_again(api: Api, tmp_path: Path) -> None:
    models = Models(api)
    models.add("acme/first", 5)
    models.add("acme/second", 4)
    for _ in range(3):
        async with opened_console(api, tmp_path) as seen:
            await seen.shows("What first is.")


async def test_the_readme_is_no_wider_than_eighty_cells(api: Api, tmp_path: Path) -> None:
    models = Models(api)
    models.add("acme/words", 5, readme="word " * 300)
    async with opened(api, tmp_path, size=(220, 50)) as seen:
        await seen.shows("word word")
        readme = seen.app.screen.query_one("#model-readme")
        assert max(len(line) for line in widget_lines(readme)) <= 80
        assert readme.region.width <= 80


async def test_opening_the_collections_moves_nothing_beside_them(api: Api, tmp_path: Path) -> None:
    models = shop(api)
    models.collect({"one-kind": ["openai/whisper"], "another": ["lucataco/flux-dev"]})
    async with opened(api, tmp_path) as seen:
        before = [seen.app.screen.query_one(one).region for one in ("#models-list", "#model-view")]
        await seen.press("C")
        await seen.shows("One-Kind")
        assert [seen.app.screen.query_one(one).region for one in ("#models-list", "#model-view")] == before
        await seen.press("j", "enter")
        await seen.until(lambda: names(seen) == ["openai/whisper"])
        await seen.press("escape")
        await seen.until(lambda: len(names(seen)) > 5)


async def test_the_detail_tells_as_many_runs_as_the_list_also_after_it_was_read_anew(api: Api, tmp_path: Path) -> None:
    models = shop(api)
    async with opened(api, tmp_path) as seen:
        await seen.press("g", "j", "j", "j")
        await seen.shows("6 runs · updated")
        models.add("newcomer/fresh-06", 4321, listed=False, readme="")
        await seen.press("R")
        await seen.until(lambda: any(line.endswith("4321") for line in lines(seen)))
        await seen.shows("4321 runs · updated")


async def test_where_the_token_is_refused_it_is_said_whose_it_is_and_where_one_gets_another(
    api: Api, tmp_path: Path
) -> None:
    async def refuse(request: Request) -> None:
        request.answer({"detail": "You did not pass a valid authentication token", "status": 401}, 401)

    api.on["GET", "/v1/models"] = refuse
    async with opened_console(api, tmp_path) as seen:
        await seen.shows("R tries again.")
        told = " ".join(" ".join(line.strip() for line in widget_lines(table(seen))).split())
        assert f"and was sent to {api.base_url}. https://replicate.com/account/api-tokens lists yours." in told
        assert "README" not in seen.text, "where there is no model, there are no tabs of one"
