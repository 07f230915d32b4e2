"""The result of a prediction as its reader walks through it by keys."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from tests.support.screen import screen_text, until, widget_lines
from tui.api.decoding import decode
from tui.api.types import Prediction, Training
from tui.widgets.result.result_view import ResultView
from tui.widgets.result.result_words import Shown
from tui.widgets.result.training_view import TrainingView

WORDS = "a quick brown fox jumps over the lazy dog " * 6


def made(kind: type[Prediction], **fields: object) -> Prediction:
    return decode(
        kind,
        {
            "id": "p1",
            "model": "acme/words",
            "version": "v" * 64,
            "status": "succeeded",
            "created_at": datetime(2026, 11, 21, tzinfo=UTC).isoformat(),
            "input": {"prompt": "no1"},
            "logs": "".join(f"log line {n}\n" for n in range(200)),
            "output": WORDS,
            "metrics": {"predict_time": 1.0},
            **fields,
        },
    )


class Host(App[None]):
    """A result beside something else that takes the focus, as on the screens that have one."""

    BINDINGS = [Binding("right_square_bracket", "tab(1)"), Binding("left_square_bracket", "tab(-1)")]

    def __init__(self, view: ResultView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield Input()
        yield self.view

    def action_tab(self, by: int) -> None:
        self.view.step_tab(by)


def shown(prediction: Prediction) -> Shown:
    return Shown(prediction, code=lambda language: f"code in {language}\n" * 60)


@pytest.mark.parametrize("key", ["right_square_bracket", "left_square_bracket"])
@pytest.mark.parametrize("view", [ResultView, TrainingView])
async def test_every_tab_that_the_keys_open_has_the_focus(view: type[ResultView], key: str) -> None:
    app = Host(view(id="result"))
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.show(shown(made(Training if view is TrainingView else Prediction)))
        await pilot.pause()
        app.view.focus_body()
        opened: list[str] = []
        for _ in range(2 * len(view.tabs)):
            await pilot.press(key)
            opened.append(app.view.tab)
            await until(pilot, lambda: app.view.query_one("#result-body").has_focus_within)
            assert all(node.display for node in app.focused.ancestors_with_self if hasattr(node, "display"))  # type: ignore[union-attr]
        assert set(opened) == {name for name, _ in view.tabs}


async def test_what_was_mounted_just_now_gets_the_focus_once_it_is_there() -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        view = ResultView()
        view.show(shown(made(Prediction, status="succeeded", output="a text", logs="")))
        app.screen.mount(view)
        view.focus_body()
        for _ in range(100):
            if view.has_focus_within:
                break
            await pilot.pause()
        assert view.has_focus_within


async def test_after_a_change_of_the_tab_the_keys_scroll_what_is_open() -> None:
    app = Host(ResultView(id="result"))
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.show(shown(made(Prediction)))
        await pilot.pause()
        app.view.focus_body()
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda: "log line 199" in screen_text(app))
        await pilot.press("g")
        await until(pilot, lambda: "log line 0" in screen_text(app))


async def test_a_tab_that_is_opened_from_elsewhere_leaves_the_focus_where_it_is() -> None:
    app = Host(ResultView(id="result"))
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.show(shown(made(Prediction)))
        app.query_one(Input).focus()
        await pilot.pause()
        app.view.open_tab("logs")
        await until(pilot, lambda: "log line 199" in screen_text(app))
        assert app.focused is app.query_one(Input)


@pytest.mark.parametrize("tab", ["output", "logs"])
@pytest.mark.parametrize("hidden", [False, True])
async def test_a_text_takes_the_new_width_after_a_resize_also_one_that_was_hidden_meanwhile(
    tab: str, hidden: bool
) -> None:
    app = Host(ResultView(id="result"))
    prediction = made(Prediction, logs=WORDS, input={"prompt": WORDS})
    async with app.run_test(size=(40, 24)) as pilot:
        app.view.show(shown(prediction))
        app.view.open_tab(tab)
        body = app.view.query_one("#result-body")
        await until(pilot, lambda: "quick brown fox" in "\n".join(widget_lines(body)))
        for width in (90, 50, 110):
            if hidden:
                app.view.open_tab("metrics")
                await until(pilot, lambda: "quick" not in screen_text(app))
            await pilot.resize_terminal(width, 24)
            if hidden:
                app.view.open_tab(tab)
            # As many words as there is room for, in the fullest line of the text.
            room = range(width - 22, width)
            await until(pilot, lambda room=room: max(map(len, widget_lines(body))) in room)


async def test_while_there_is_no_output_the_log_is_shown_in_its_place_and_the_keys_keep_their_focus() -> None:
    app = Host(ResultView(id="result"))
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.show(shown(made(Prediction, status="starting", output=None, logs="")))
        await until(pilot, lambda: "A cold start can take minutes." in screen_text(app))
        app.view.focus_body()
        app.view.show(shown(made(Prediction, status="processing", output=None, logs="loading\n")))
        await until(pilot, lambda: "loading" in screen_text(app))
        assert app.view.query_one("#result-body").has_focus_within
        app.view.show(shown(made(Prediction, logs="loading\n")))
        await until(pilot, lambda: "quick brown fox" in screen_text(app))
        assert "loading" not in screen_text(app)
        assert app.view.query_one("#result-body").has_focus_within
        assert app.view.copyable() == (WORDS, "Output")


async def test_a_long_failure_can_be_read_to_its_end() -> None:
    app = Host(ResultView(id="result"))
    traceback = ["Traceback (most recent call last):", *(f"  line {n}" for n in range(30)), "ValueError: no"]
    async with app.run_test(size=(60, 16)) as pilot:
        logs = "\n".join([*traceback, "last words"])
        app.view.show(shown(made(Prediction, status="failed", output=None, error="no", logs=logs)))
        await until(pilot, lambda: "line 3" in screen_text(app))
        app.view.focus_body()
        await pilot.press("end")
        await until(pilot, lambda: "last words" in screen_text(app))


async def test_the_input_is_read_as_text_and_copied_whole() -> None:
    app = Host(ResultView(id="result"))
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.show(shown(made(Prediction, input={"seed": 7, "prompt": WORDS})))
        app.view.open_tab("input")
        await until(pilot, lambda: "seed: 7" in screen_text(app))
        assert screen_text(app).index("quick brown fox") < screen_text(app).index("seed: 7")
        assert app.view.copyable() == (WORDS, "JSON")


async def test_an_output_of_a_text_beside_other_values_begins_with_the_text() -> None:
    app = Host(ResultView(id="result"))
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.show(shown(made(Prediction, output={"segments": [{"id": 1}], "transcription": WORDS})))
        await until(pilot, lambda: "quick brown fox" in screen_text(app) and "segments" in screen_text(app))
        assert screen_text(app).index("quick brown fox") < screen_text(app).index("segments")
        app.view.show(shown(made(Prediction, output={"score": 1})))
        await until(pilot, lambda: "score: 1" in screen_text(app) and "quick" not in screen_text(app))


async def test_an_error_is_told_once_where_it_stands_in_the_place_of_the_output() -> None:
    app = Host(ResultView(id="result"))
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.show(shown(made(Prediction, status="failed", output=None, error="It broke.", logs="")))
        await until(pilot, lambda: screen_text(app).count("It broke.") == 1)
        app.view.open_tab("input")
        await until(pilot, lambda: "no1" in screen_text(app) and "It broke." in screen_text(app))
        app.view.open_tab("output")
        app.view.show(shown(made(Prediction, status="failed", output="half of it", error="It broke.")))
        await until(pilot, lambda: "half of it" in screen_text(app))
        assert "It broke." in screen_text(app), "what came of it leaves no place for the error"
