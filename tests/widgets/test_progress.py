"""The story of a run: what is done, what goes on and for how long, how long it usually takes, what comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from textual.app import App, ComposeResult

from tests.support.screen import screen_lines
from tui.api.types import Prediction
from tui.forms import OutputKind
from tui.forms.progress import Progress
from tui.services.usage.cost import Cost
from tui.services.usage.past import Past
from tui.store.records import SavedOutput
from tui.widgets.progress import ProgressStory, steps_of, story, usually, without_owners
from tui.widgets.result.result_words import Shown

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAST = Past(3, 40.0, 2.3)


def shown(status: str, waited: float, ran: float | None = None, **more: Any) -> Shown:
    """A prediction that was created so long before NOW; `ran` is how long it runs by now."""
    created = NOW - timedelta(seconds=waited + (ran or 0))
    started = None if ran is None else NOW - timedelta(seconds=ran)
    prediction = Prediction(id="p", status=status, created_at=created, started_at=started)
    return Shown(prediction, **more)


def told(of: Shown, room: int = 200) -> str:
    return story(steps_of(of, NOW), room).plain


def test_a_cold_start_is_told_with_how_long_it_usually_takes() -> None:
    assert told(shown("starting", 42, past=PAST)) == "✓ queued → ◌ booting 0:42, usually 0:40 → running"
    assert told(shown("starting", 42)) == "✓ queued → ◌ booting 0:42 → running"
    assert told(shown("starting", 42, past=Past())) == "✓ queued → ◌ booting 0:42 → running"


def test_a_run_tells_how_long_it_booted_and_what_comes() -> None:
    running = shown("processing", 42, 12, past=PAST, kind=OutputKind.FILES)
    assert told(running) == "✓ queued → ✓ booted 0:42 → ▶ running 0:12, usually 2.3 s → saving"
    assert told(shown("processing", 4.1, 0)) == "✓ queued → ✓ booted 4.1 s → ▶ running 0:00"


def test_less_room_leaves_out_what_comes_then_what_is_done_then_what_is_usual() -> None:
    running = shown("processing", 42, 12, past=PAST, kind=OutputKind.FILES)
    assert told(running, 60) == "✓ queued → ✓ booted 0:42 → ▶ running 0:12, usually 2.3 s"
    assert told(running, 50) == "✓ booted 0:42 → ▶ running 0:12, usually 2.3 s"
    assert told(running, 33) == "▶ running 0:12, usually 2.3 s"
    assert told(running, 20) == "▶ running 0:12"


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled", "aborted", "running", ""])
def test_what_has_ended_or_is_not_understood_has_no_story(status: str) -> None:
    assert steps_of(shown(status, 1), NOW) == []


def test_nothing_is_told_of_what_nobody_knows() -> None:
    assert steps_of(Shown(None, phase="uploading…"), NOW) == []
    assert steps_of(shown("starting", 1, gone=True), NOW) == []
    unknown = Shown(Prediction(id="p", status="starting"))
    assert told(unknown) == "✓ queued → ◌ booting → running"


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (2.34, "2.3 s"), (9.9, "9.9 s"), (10, "0:10"), (125, "2:05")]
)
def test_a_usual_time_is_as_precise_as_it_matters(seconds: float | None, words: str) -> None:
    assert usually(seconds) == words


class Host(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.painted = 0

    def compose(self) -> ComposeResult:
        yield ProgressStory()

    @property
    def story(self) -> ProgressStory:
        return self.query_one(ProgressStory)

    def lines(self) -> list[str]:
        return [line.rstrip() for line in screen_lines(self)[:2]]


async def test_two_lines_tell_how_things_stand_and_how_far_they_are() -> None:
    app = Host()
    async with app.run_test(size=(100, 6)) as pilot:
        now = datetime.now(UTC)
        live = Prediction(id="p", status="processing", created_at=now, started_at=now)
        app.story.show(Shown(live, progress=Progress(0.45, 9, 20), title="acme/paint"))
        await pilot.pause()
        assert app.lines()[0].startswith("✓ queued → ✓ booted 0.0 s → ▶ running 0:0")
        assert app.lines()[0].endswith("acme/paint")
        assert app.lines()[1].endswith("45 %  9/20")
        done = Prediction(id="p", status="succeeded", metrics={"predict_time": 3.2})
        files = (SavedOutput(0, "a", state="saved"), SavedOutput(1, "b"), SavedOutput(2, "c", state="failed"))
        app.story.show(Shown(done, outputs=files, cost=Cost("≈ $0.0031", "gpu", money=True)))
        await pilot.pause()
        assert app.lines() == ["✓ succeeded   ≈ $0.0031   ran 3.2 s", "▶ saving 2 of 3"]
        app.story.show(Shown(done, outputs=files[:1]))
        await pilot.pause()
        assert app.lines() == ["✓ succeeded   ran 3.2 s", "1 file saved here"]


async def test_a_tick_that_changes_nothing_paints_nothing() -> None:
    app = Host()
    async with app.run_test(size=(100, 6)) as pilot:
        done = Prediction(id="p", status="succeeded", metrics={"predict_time": 3.2})
        app.story.show(Shown(done))
        await pilot.pause()
        state = app.query_one("#result-state")
        before = state._repaint_required  # pyright: ignore
        app.story.tick()
        assert not before and not state._repaint_required  # pyright: ignore


async def test_the_error_stands_on_the_second_line() -> None:
    app = Host()
    async with app.run_test(size=(60, 6)) as pilot:
        app.story.show(Shown(Prediction(id="p", status="failed", error="E1001: [/] no memory\nmore")))
        await pilot.pause()
        assert app.lines() == ["✗ failed", "E1001: [/] no memory"]
        app.story.show(Shown(None, error="Insufficient credit"))
        await pilot.pause()
        assert app.lines()[0] == "✗ not created  Insufficient credit"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (49, "✓ succeeded   black-forest-labs/flux   ran 3.2 s"),
        (48, "✓ succeeded   black-forest-labs/flux   ran 3.2 s"),
        (47, "✓ succeeded   flux   ran 3.2 s"),
        (29, "✓ succeeded   flux"),
    ],
)
async def test_the_owner_gives_way_before_the_name_and_the_times(width: int, line: str) -> None:
    app = Host()
    async with app.run_test(size=(width, 6)) as pilot:
        done = Prediction(id="p", status="succeeded", metrics={"predict_time": 3.2})
        app.story.show(Shown(done, title="black-forest-labs/flux"))
        await pilot.pause()
        assert app.lines()[0] == line


def test_of_a_training_both_owners_give_way() -> None:
    assert without_owners("stability-ai/sdxl → ada/mine") == "sdxl → mine"
    assert without_owners("sdxl") == "sdxl"
