"""A training's detail, as its reader sees it, whatever its status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from textual.app import App, ComposeResult

from tests.support.screen import screen_text, until
from tui.api.decoding import decode
from tui.api.types import Training
from tui.forms.curves import Curves
from tui.screens.records.training_detail import progress_of
from tui.widgets.result.result_words import Shown
from tui.widgets.result.training_view import TrainingView

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def training(status: str, **fields: Any) -> Training:
    return decode(
        Training,
        {
            "id": "t1",
            "model": "acme/trainer",
            "version": "v" * 64,
            "status": status,
            "created_at": (NOW - timedelta(seconds=60)).isoformat(),
            "started_at": (NOW - timedelta(seconds=50)).isoformat(),
            "input": {"steps": 3},
            **fields,
        },
    )


class ViewApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.view = TrainingView(id="result", empty="nothing chosen")

    def compose(self) -> ComposeResult:
        yield self.view

    def show(self, found: Training) -> None:
        curves = Curves()
        curves.read(found.logs, ended=found.is_terminal)
        self.view.show(Shown(found, progress=progress_of(found, NOW), title=found.model))
        self.view.set_curves(curves.families())


LOG = "".join(f"step {n}/10 | loss {3 - n / 10:.2f}\n" for n in range(1, 6))


async def test_a_live_training_shows_its_curve_its_progress_and_the_time_left() -> None:
    app = ViewApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(training("processing", logs=LOG))
        await until(pilot, lambda: "● 2.5  ▾ min 2.5 at step 5" in screen_text(app))
        assert "50 %  5/10  50.0 s left" in screen_text(app)
        app.show(training("processing", logs=LOG + "step 6/10 | loss 2.25\n"))
        await until(pilot, lambda: "▾ min 2.25 at step 6" in screen_text(app))


@pytest.mark.parametrize(
    ("status", "words", "why"),
    [
        ("running", "? running", "Training. The new version appears here"),
        ("queued-for-review", "? queued-for-review", "Status: queued-for-review"),
        ("aborted", "⊗ aborted", "its deadline passed before it started"),
        ("canceled", "⊘ canceled", "Canceled before it gave a version"),
        ("starting", "◌ booting", "Waiting for the trainer"),
        ("", "? unknown", "Status: "),
    ],
)
async def test_any_status_is_shown_with_why_there_is_no_version(status: str, words: str, why: str) -> None:
    app = ViewApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(training(status))
        app.view.open_tab("output")
        await until(pilot, lambda: words in screen_text(app) and why in screen_text(app))


async def test_a_failed_training_shows_its_error_and_the_end_of_its_log() -> None:
    app = ViewApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(training("failed", error="the text has 3 words [/]", logs=LOG))
        app.view.open_tab("output")
        await until(pilot, lambda: "the text has 3 words [/]" in screen_text(app))
        await until(pilot, lambda: "The last of its log" in screen_text(app) and "step 5/10" in screen_text(app))


async def test_an_ended_training_names_its_version_and_copies_it() -> None:
    app = ViewApp()
    async with app.run_test(size=(100, 24)) as pilot:
        found = training("succeeded", output={"version": "ada/poet:" + "a" * 64, "weights": "https://x/w"}, logs=LOG)
        app.show(found)
        app.view.open_tab("output")
        await until(pilot, lambda: "ada/poet:aaaa" in screen_text(app))
        assert "run the new version" in screen_text(app)
        assert app.view.copyable() == ("ada/poet:" + "a" * 64, "Version")
        assert found.goes_to == "ada/poet"
        app.view.open_tab("curves")
        await until(pilot, lambda: "▾ min" in screen_text(app))
        copied = app.view.copyable()
        assert copied is not None and "▾ min" in copied[0]


async def test_an_output_of_another_shape_is_shown_as_it_is() -> None:
    app = ViewApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(training("succeeded", output={"lora": "https://x/y"}))
        app.view.open_tab("output")
        await until(pilot, lambda: '"lora": "https://x/y"' in screen_text(app))
        app.show(training("succeeded", output=["a", 1]))
        await until(pilot, lambda: '"a"' in screen_text(app))


async def test_curves_that_came_while_another_tab_was_open_are_there_when_theirs_is_opened() -> None:
    app = ViewApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.show(training("processing", logs=LOG))
        app.view.open_tab("logs")
        app.show(training("processing", logs=LOG + "step 6/10 | loss 1.125\n"))
        await until(pilot, lambda: "loss 1.125" in screen_text(app))
        app.view.open_tab("curves")
        await until(pilot, lambda: "▾ min 1.125 at step 6" in screen_text(app))
