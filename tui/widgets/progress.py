"""How far a run is, told as a story: what is done, what goes on and for how long, what is usual, and what comes.

`✓ queued → ◌ booting 0:42, usually 0:40 → running → saving`
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui import wording
from tui.toolkit.static import FixedSizeStatic
from tui.widgets.cost import MONEY, cost_words
from tui.widgets.result.result_words import Shown, cut_words, kept_words, progress_bar, times

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.store.records import SavedOutput

MUTED = "$text-muted"
ARROW = " → "
CLOCK_FROM = 10.0
"""From so many seconds on the usual time is told by the minute."""


class Step(Struct, frozen=True):
    """One step of a run."""

    name: str
    state: Literal["done", "now", "next"]
    took: str = ""
    """How long it took, or goes on."""
    usually: str = ""
    """How long it usually takes."""


def steps_of(shown: Shown, now: datetime) -> list[Step]:
    """The steps of a live prediction; empty for one that has ended or whose status is not known."""
    prediction = shown.prediction
    if prediction is None or shown.gone or prediction.is_terminal:
        return []
    past, created, started = shown.past, prediction.created_at, prediction.started_at
    steps = [Step("queued", "done")]
    if prediction.status == "starting":
        waited = wording.clock((now - created).total_seconds()) if created is not None else ""
        steps.append(Step("booting", "now", waited, usually(past.boots if past else None)))
        steps.append(Step("running", "next", "", usually(past.runs_for if past else None)))
    elif prediction.status == "processing":
        booted = (started - created).total_seconds() if started is not None and created is not None else None
        steps.append(Step("booted", "done", usually(booted)))
        ran = wording.clock((now - started).total_seconds()) if started is not None else ""
        steps.append(Step("running", "now", ran, usually(past.runs_for if past else None)))
    else:
        return []
    if shown.gives_files:
        steps.append(Step("saving", "next"))
    return steps


def usually(seconds: float | None) -> str:
    """A usual time: `2.3 s`, `0:40`; empty where it is not known."""
    if seconds is None:
        return ""
    return wording.clock(round(seconds)) if seconds >= CLOCK_FROM else wording.duration(seconds)


def story(steps: list[Step], room: int) -> Content:
    """The steps on one line: in less room first what comes is left out, then what is done, then what is usual."""
    now = next((number for number, step in enumerate(steps) if step.state == "now"), 0)
    shorter = (
        steps,
        steps[: now + 2],
        steps[: now + 1],
        steps[1 : now + 1],
        steps[now : now + 1],
    )
    for some in shorter:
        line = Content(ARROW).join(_step_words(step, step.state == "now") for step in some)
        if not room or line.cell_length <= room:
            return line
    return _step_words(steps[now], False)


def _step_words(step: Step, usual: bool) -> Content:
    took = f" {step.took}" if step.took else ""
    if step.state == "done":
        return Content.assemble(Content.styled("✓ ", "$success"), Content.styled(f"{step.name}{took}", MUTED))
    if step.state == "next":
        return Content.styled(step.name, MUTED)
    mark = wording.mark("starting" if step.name == "booting" else "processing")
    often = f", usually {step.usually}" if usual and step.usually else ""
    return Content.assemble(
        Content.styled(f"{mark.symbol} {step.name}{took}", f"bold ${mark.tone}"), Content.styled(often, MUTED)
    )


def without_owners(title: str) -> str:
    """`flux-schnell` for "black-forest-labs/flux-schnell", `sdxl → mine` for a training's."""
    return ARROW.join(ref.rpartition("/")[2] for ref in title.split(ARROW))


def _joined(parts: list[Content]) -> Content:
    return Content("   ").join(parts)


def _cost_so_far(shown: Shown, now: datetime) -> list[Content]:
    """What it may have cost up to now, where it is billed by the second."""
    started = shown.prediction.started_at if shown.prediction is not None else None
    if shown.cost is None or not shown.cost.per_second or started is None:
        return []
    seconds = max(0.0, (now - started).total_seconds())
    return [Content.styled(f"≈ {wording.money(seconds * shown.cost.per_second)} so far", MONEY)]


def saving_words(outputs: tuple[SavedOutput, ...]) -> str:
    """`saving 2 of 4` while files are on their way; empty when all are there."""
    wanted = sum(1 for output in outputs if output.state == "wanted")
    return f"saving {len(outputs) - wanted} of {len(outputs)}" if wanted else ""


class ProgressStory(Vertical):
    """Two lines: how things stand, and how far they are. Once it has ended: what it took, and what is kept."""

    DEFAULT_CSS = """
    ProgressStory { height: 2; }
    ProgressStory > Static { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: Shown | None = None
        self._tells_error = True
        self._lines = (FixedSizeStatic(id="result-state"), FixedSizeStatic(id="result-progress"))
        self._said = (Content(""), Content(""))

    def compose(self) -> ComposeResult:
        yield from self._lines

    def show(self, shown: Shown | None, *, tells_error: bool = True) -> None:
        """Tell of it; the error only where it `tells_error`, as something else may tell it below."""
        self._shown, self._tells_error = shown, tells_error
        self.tick()

    def tick(self) -> None:
        """Bring the running times up to date; a line that says the same is not painted again."""
        said = self._state(), self._progress()
        for line, before, after in zip(self._lines, self._said, said, strict=True):
            if not after.is_same(before):
                line.update(after)
        self._said = said

    def on_resize(self) -> None:
        """The lines have room for more or for less."""
        self.tick()

    @property
    def _room(self) -> int:
        return self.content_size.width

    def _state(self) -> Content:
        shown = self._shown
        if shown is None:
            return Content("")
        prediction = shown.prediction
        if prediction is None:
            if shown.error:
                return Content.assemble(Content.styled("✗ not created  ", "bold $error"), shown.error.splitlines()[0])
            return Content.styled(f"◌ {shown.phase or 'not run yet'}", MUTED)
        now = datetime.now(UTC)
        steps = steps_of(shown, now)
        phase = [Content(shown.phase)] if shown.phase else []
        rest = [*([Content(shown.title)] if shown.title else []), *phase]
        if steps:
            return self._fitting([story(steps, self._room), *_cost_so_far(shown, now), *rest], 1)
        mark = wording.mark("gone" if shown.gone else prediction.status)
        parts = [Content.styled(f"{mark.symbol} {mark.word}", f"bold ${mark.tone}"), *rest]
        if not shown.gone:
            if shown.cost is not None:
                parts.insert(1, cost_words(shown.cost))
            parts += [Content.styled(words, MUTED) for words in times(prediction, now)]
        if shown.title and self._room and _joined(parts).cell_length > self._room:
            # An owner is left out before anything else is.
            parts = [Content(without_owners(shown.title)) if part.plain == shown.title else part for part in parts]
        return self._fitting(parts, 2)

    def _fitting(self, parts: list[Content], least: int) -> Content:
        """As many of the parts as the line has room for, at least so many."""
        while len(parts) > least and self._room and _joined(parts).cell_length > self._room:
            parts = parts[:-1]
        return _joined(parts)

    def _progress(self) -> Content:
        shown = self._shown
        if shown is None or shown.prediction is None:
            return Content("")
        prediction = shown.prediction
        if cut := cut_words(prediction):
            return Content.styled(cut, "$warning")
        if prediction.error:
            error = prediction.error.splitlines()[0][:300] if self._tells_error else ""
            return Content.styled(error, "$error")
        if prediction.is_terminal or shown.gone:
            return self._kept(shown, prediction)
        return progress_bar(shown.progress, max(10, self._room - 24)) if shown.progress is not None else Content("")

    def _kept(self, shown: Shown, prediction: Prediction) -> Content:
        saving = saving_words(shown.outputs)
        if saving:
            return Content.styled(f"▶ {saving}", "bold $accent")
        return Content.styled(kept_words(prediction, shown.outputs), MUTED)
