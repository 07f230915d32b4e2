"""The section Batches, as a person uses it: made from a form, paused, gone on with, retried, decided, exported."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.services.conftest import TEXT, TEXT_SCHEMA, WORDS
from tests.support.fake_api import Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tui import commands as cmd
from tui.api.types import Target
from tui.navigation import Place
from tui.screens.records.compare_many import CompareMany
from tui.screens.records.compare_screen import CompareScreen
from tui.services.batches.batches import Limits, Options
from tui.services.batches.plan import Plan, Runnable
from tui.services.usage.budget import Budgets
from tui.settings.budget import Budget
from tui.store.batch import Batch
from tui.widgets.form.form_view import FormView
from tui.widgets.table.virtual_table import VirtualTable

CREATE = ("POST", "/v1/models/acme/words/predictions")


@pytest.fixture
def made(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is created ends at once; a prompt that begins with "bad" fails, with "lost" gets no answer."""
    monkeypatch.setattr("tui.services.runs.adoption.LOOKS", (0.01,))
    prompts: list[str] = []

    async def create(request: Request) -> None:
        prompt = request.json()["input"]["prompt"]
        prompts.append(prompt)
        if prompt.startswith("lost") and prompts.count(prompt) == 1:
            request.drop()
            return
        made = api.create(request)
        failed = prompt.startswith("bad") and prompts.count(prompt) == 1
        made.update(status="failed" if failed else "succeeded", error="index out of range" if failed else None)
        made.update(output=None if failed else ["yes"], metrics={"predict_time": 2.0})
        request.answer(made, 201)

    async def model(request: Request) -> None:
        version = {"id": "hidden", "created_at": "2026-01-01T00:00:00Z", "openapi_schema": TEXT_SCHEMA}
        request.answer({"owner": "acme", "name": "words", "is_official": True, "latest_version": version})

    api.on[CREATE] = create
    api.on[("GET", "/v1/models/acme/words")] = model
    return prompts


@pytest.fixture
async def console(api: Api, made: list[str], tmp_path: Path) -> AsyncIterator[OpenedConsole]:
    async with opened_console(api, tmp_path, Place("batches"), size=(120, 40)) as opened_at:
        yield opened_at


def has_work(console: OpenedConsole) -> bool:
    """Whether a command is still being carried out, or a batch worked on."""
    commands = {cmd.MakeBatch.title, cmd.RetryBatch.title, cmd.CancelBatch.title}
    busy = any(not worker.is_finished for worker in console.app.workers if worker.name in commands)
    return busy or bool(console.services.batch_desk.at_work)


async def planned(console: OpenedConsole, *prompts: str, **limits: Any) -> Batch:
    """A batch of these prompts, of which nothing is sent; the cursor is on it."""
    plan = Plan([Runnable(WORDS, TEXT, TEXT.from_text)], grid={"prompt": prompts})
    options = Options((WORDS,), Limits(**limits))
    batch, _, refused = await console.services.batches.plan("acme/words", "", options, plan.runs(None), [TEXT])
    assert refused == 0
    console.app.visit(Place("batches", batch.id))
    await console.shows(batch.id)
    return batch


async def test_an_empty_section_says_what_a_batch_is_and_how_to_make_one(console: OpenedConsole) -> None:
    await console.shows("No batches yet.")
    for words in ("runs a model on every row of a file", "ctrl+g makes one", "replicate-tui batch owner/model"):
        assert words in console.text


async def test_a_batch_is_gone_on_with_and_shows_its_rows_its_figures_and_their_predictions(
    console: OpenedConsole, made: list[str]
) -> None:
    await planned(console, "lake", "sea")
    await console.shows("2 left")
    assert made == []
    await console.press("p")
    await console.shows("2 done")
    assert sorted(made) == ["lake", "sea"]
    await console.shows("4.0 s billed")
    await console.press("enter", "down", "enter")
    await console.until(lambda: console.app.current_mode == "predictions")
    await console.shows("sea")


async def test_a_paused_batch_sends_nothing_more_until_it_goes_on(
    api: Api, console: OpenedConsole, made: list[str]
) -> None:
    batch = await planned(console, *(f"prompt {number}" for number in range(40)), concurrency=1)
    await console.press("p")
    await console.until(lambda: len(made) >= 2)
    await console.press("p")
    await console.until(lambda: batch.id not in console.services.batch_desk.at_work)
    await console.shows("it was paused: p goes on")
    sent = len(made)
    assert sent < 40
    await console.press("p")
    await console.shows("40 done")
    assert sorted(made) == sorted(f"prompt {number}" for number in range(40))


@pytest.mark.parametrize(("answer", "again"), [("r", True), ("s", False), ("escape", False)])
async def test_what_failed_is_run_again_only_after_a_yes(
    console: OpenedConsole, made: list[str], answer: str, again: bool
) -> None:
    await planned(console, "lake", "bad one")
    await console.press("p")
    await console.shows("1 failed")
    await console.shows("index out of range")
    await console.press("r")
    await console.shows("1 of 2 rows are run again, and billed again.")
    await console.press(answer)
    if again:
        await console.shows("2 done")
    await console.until(lambda: not console.app.screen.is_modal and not has_work(console))
    assert made.count("bad one") == (2 if again else 1)


@pytest.mark.parametrize(("answer", "sent"), [("s", 2), ("l", 1), ("escape", 1)])
async def test_a_row_whose_answer_was_lost_waits_for_a_person(
    console: OpenedConsole, made: list[str], answer: str, sent: int
) -> None:
    batch = await planned(console, "lost one", "lake")
    await console.press("p")
    await console.shows("1 undecided, their answers were lost: x decides")
    await console.shows("stopped")
    await console.press("x")
    await console.shows("is paid twice")
    await console.press(answer)
    if sent == 2:
        await console.shows("2 done")
    await console.until(lambda: batch.id not in console.services.batch_desk.at_work)
    assert made.count("lost one") == sent


@pytest.mark.parametrize(("answer", "canceled"), [("c", True), ("s", False)])
async def test_a_batch_is_canceled_only_after_a_yes(console: OpenedConsole, answer: str, canceled: bool) -> None:
    batch = await planned(console, "lake", "sea")
    await console.press("c")
    await console.shows("2 rows are not sent any more")
    await console.press(answer)
    if canceled:
        await console.shows("2 canceled")
    await console.until(lambda: not console.app.screen.is_modal and not has_work(console))
    kept = await console.services.batches.get(batch.id)
    assert kept.counts == ({"canceled": 2} if canceled else {"left": 2})


@pytest.mark.parametrize(("answer", "gone"), [("d", True), ("s", False)])
async def test_a_batch_is_forgotten_only_after_a_yes(console: OpenedConsole, answer: str, gone: bool) -> None:
    await planned(console, "lake")
    await console.press("D")
    await console.shows("1 row is forgotten. Their predictions and files stay.")
    await console.press(answer)
    if gone:
        await console.shows("No batches yet.")
    await console.until(lambda: not console.app.screen.is_modal and not has_work(console))
    assert len(await console.services.batches.all_of()) == (0 if gone else 1)


async def test_the_table_is_written_into_the_file_that_is_named(console: OpenedConsole, tmp_path: Path) -> None:
    await planned(console, "lake", "sea")
    await console.press("p")
    await console.shows("2 done")
    await console.press("W")
    await console.shows("Into which file?")
    await console.press("ctrl+u", *str(tmp_path / "t.jsonl"), "enter")
    await console.shows("2 rows are in")
    lines = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text("utf-8").splitlines()]
    assert [(line["row"], line["status"], line["columns"]) for line in lines] == [
        (1, "succeeded", {"prompt": "lake"}),
        (2, "succeeded", {"prompt": "sea"}),
    ]


async def test_rows_are_filtered_by_words_and_state_and_failures_are_grouped(console: OpenedConsole) -> None:
    await planned(console, "lake", "bad one", "bad two")
    await console.press("p")
    await console.shows("2 failed")
    await console.press("slash", *"state:failed two", "enter")
    await console.until(lambda: "bad one" not in console.text)
    assert "bad two" in console.text and "lake" not in console.text
    await console.press("slash", "escape", "right_square_bracket", "right_square_bracket")
    await console.shows("index out of range")
    assert "row 2" in console.text and "      2  failed" in console.text


async def test_a_form_becomes_a_batch_over_a_range(console: OpenedConsole, made: list[str]) -> None:
    console.app.visit(Place("run", "acme/words", {"prompt": "lake"}))
    await console.shows("acme/words")
    await console.until(lambda: getattr(console.app.screen, "request", None) is not None)
    await console.press("ctrl+g")
    await console.shows("Name a file, a range or another model.")
    await console.press("tab", *"prompt=a,b,c")
    await console.shows("3 runs")
    assert "prompt=b" in console.text
    await console.press("ctrl+r")
    await console.until(lambda: console.app.current_mode == "batches")
    await console.shows("3 done")
    assert sorted(made) == ["a", "b", "c"]


@pytest.mark.parametrize(("answer", "sent"), [("s", ["a", "b"]), ("b", []), ("escape", [])])
async def test_a_batch_that_would_pass_the_budget_asks_first(
    console: OpenedConsole, made: list[str], answer: str, sent: list[str]
) -> None:
    services = console.services
    services.budget = Budgets(services.session, services.usage, Budget(day=0.0))
    console.app.visit(Place("run", "acme/words", {"prompt": "lake"}))
    await console.until(lambda: getattr(console.app.screen, "request", None) is not None)
    await console.press("ctrl+g", "tab", *"prompt=a,b")
    await console.shows("2 runs")
    await console.press("ctrl+r")
    await console.shows("Pass the budget?")
    assert made == []
    await console.press(answer)
    await console.until(lambda: not console.app.screen.is_modal)
    if sent:
        await console.shows("2 done")
    else:
        await console.until(lambda: not has_work(console))
        assert await services.batches.all_of() == []
    assert sorted(made) == sent


async def test_what_cannot_be_sent_is_said_in_the_dialog_and_is_not_sent(
    console: OpenedConsole, made: list[str], tmp_path: Path
) -> None:
    console.app.visit(Place("run", "acme/words", {"prompt": "lake"}))
    await console.until(lambda: getattr(console.app.screen, "request", None) is not None)
    await console.press("ctrl+g", *"gone.csv")
    await console.shows("gone.csv cannot be read")
    await console.press("ctrl+r", "tab", *"nothing=1..2", "shift+tab", "ctrl+u")
    await console.shows("2 runs, of which 2 are refused")
    await console.press("ctrl+r", "escape")
    await console.until(lambda: "many times" not in console.text)
    assert made == [] and await console.services.batches.all_of() == []


@pytest.mark.parametrize(("answer", "sent"), [("r", ["lake"]), ("s", [])])
async def test_marked_predictions_are_run_again_as_one_batch_after_a_yes(
    api: Api, console: OpenedConsole, made: list[str], answer: str, sent: list[str]
) -> None:
    api.put("one", input={"prompt": "lake"}, model="acme/words", version="hidden", status="succeeded", output=["yes"])
    console.app.visit(Place("predictions"))
    await console.shows("lake")
    await console.press("space", "ctrl+g")
    await console.shows("Run 1 prediction again?")
    await console.press(answer)
    if sent:
        await console.until(lambda: console.app.current_mode == "batches")
        await console.shows("1 done")
    await console.until(lambda: not console.app.screen.is_modal and not has_work(console))
    assert made == sent


async def test_quitting_while_a_batch_is_sent_asks(console: OpenedConsole, made: list[str]) -> None:
    await planned(console, *(f"prompt {number}" for number in range(200)), concurrency=1, rate=600.0)
    await console.press("p")
    await console.until(lambda: len(made) >= 1)
    await console.press("q")
    await console.shows("being sent. It stops where it is")
    await console.press("s")
    await console.until(lambda: "Quit?" not in console.text)


async def test_a_read_only_console_goes_on_with_nothing(api: Api, made: list[str], tmp_path: Path) -> None:
    async with opened_console(api, tmp_path, Place("batches"), read_only=True) as console:
        await planned(console, "lake")
        await console.press("p")
        await console.shows("read-only")
        assert made == []


def serve_verse(api: Api) -> None:
    """A second model, beside acme/words."""

    async def model(request: Request) -> None:
        version = {"id": "hidden", "created_at": "2026-01-01T00:00:00Z", "openapi_schema": TEXT_SCHEMA}
        request.answer({"owner": "acme", "name": "verse", "is_official": True, "latest_version": version})

    api.on[("GET", "/v1/models/acme/verse")] = model
    api.on[("POST", "/v1/models/acme/verse/predictions")] = api.on[CREATE]


async def test_a_form_becomes_a_batch_of_its_model_and_another_one_by_keys(
    api: Api, console: OpenedConsole, made: list[str]
) -> None:
    serve_verse(api)
    console.app.visit(Place("run", "acme/words", {"prompt": "lake"}))
    await console.until(lambda: getattr(console.app.screen, "request", None) is not None)
    await console.press("ctrl+g", "tab", *"prompt=a,b", "tab", *"acme/verse")
    await console.shows("4 runs")
    for words in ("words  prompt=a", "verse  prompt=a", "words  prompt=b"):
        assert words in console.text
    await console.press("ctrl+r")
    await console.shows("4 done")
    assert sorted(made) == ["a", "a", "b", "b"]
    for words in ("model=words  prompt=b", "model=verse  prompt=b"):
        await console.shows(words)


async def two_models(api: Api, console: OpenedConsole, made: list[str]) -> None:
    """A batch of two prompts over two models, which has come to its end."""
    serve_verse(api)
    verse = Target("acme", "verse", official=True)
    plan = Plan([Runnable(one, TEXT, TEXT.from_text) for one in (WORDS, verse)], grid={"prompt": ("lake", "sea")})
    batch, _, refused = await console.services.batches.plan(
        "acme/words, acme/verse", "", Options((WORDS, verse)), plan.runs(None), [TEXT, TEXT]
    )
    assert refused == 0
    console.app.visit(Place("batches", batch.id))
    await console.shows("4 left")
    await console.press("p")
    await console.shows("4 done")
    assert sorted(made) == ["lake", "lake", "sea", "sea"]


async def test_the_rows_of_two_models_are_told_apart_by_the_model_and_the_value(
    api: Api, console: OpenedConsole, made: list[str]
) -> None:
    await two_models(api, console, made)
    for model in ("words", "verse"):
        for prompt in ("lake", "sea"):
            await console.shows(f"model={model}  prompt={prompt}")


@pytest.mark.parametrize(("marks", "compared"), [(0, 4), (2, 2), (3, 3)])
async def test_d_compares_the_marked_rows_or_all_that_succeeded(
    api: Api, console: OpenedConsole, made: list[str], marks: int, compared: int
) -> None:
    await two_models(api, console, made)
    await console.press("enter", *["space"] * marks)
    await console.press("d")
    wanted = CompareScreen if compared == 2 else CompareMany
    await console.until(lambda: isinstance(console.app.screen, wanted))
    if wanted is CompareMany:
        table = cast("VirtualTable[Any]", console.app.screen.query_one("#many-table"))
        await console.until(lambda: len(table.loaded) == compared)


async def test_one_row_is_nothing_to_compare(console: OpenedConsole) -> None:
    await planned(console, "lake", "sea")
    await console.press("d")
    await console.shows("two rows or more must have succeeded")
    await console.press("p")
    await console.shows("2 done")
    await console.press("enter", "space", "d")
    await console.shows("two rows or more must have succeeded")


async def test_an_output_on_the_sheet_goes_into_the_form_of_another_model(
    console: OpenedConsole, made: list[str], tmp_path: Path
) -> None:
    plan = Plan([Runnable(WORDS, TEXT, TEXT.from_text)], grid={"prompt": ("lake", "sea")})
    options = Options((WORDS,), save=tmp_path / "out")
    batch, _, _ = await console.services.batches.plan("acme/words", "", options, plan.runs(None), [TEXT])
    console.app.visit(Place("batches", batch.id))
    await console.shows("2 left")
    await console.press("N")
    await console.shows("There is no output here that a model could get.")
    await console.press("p")
    await console.shows("2 done")
    await console.press("enter", "right_square_bracket")
    await console.shows("prompt=sea")
    await console.press("right", "N")
    await console.shows("Use it as an input of which model?")
    await console.press(*"acme/words")
    await console.shows("▸  acme/words")
    await console.press("enter")
    await console.until(lambda: bool(console.app.screen.query(FormView)) and console.form.values == {"prompt": "yes"})
    assert sorted(made) == ["lake", "sea"]
