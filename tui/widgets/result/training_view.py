"""One training as it is now: its curves and its log as they grow, then what came of it, and all that is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from tui.api.types import Training
from tui.widgets.result.output_pane import Words
from tui.widgets.result.plot import EMPTY, Plot
from tui.widgets.result.result_view import ResultView
from tui.widgets.result.result_words import Shown, nothing_yet

if TYPE_CHECKING:
    from tui.forms.curves import Family


class TrainingView(ResultView):
    """A ResultView with curves first. The screen reads them from the log and gives them by `set_curves`."""

    HELP = (
        "A training: its curves and its log as they grow; ] and [ walk through the tabs. At the end v runs the new "
        "version, B compares it with its base."
    )
    tabs: ClassVar[Sequence[tuple[str, str]]] = (
        ("curves", "Curves"),
        ("logs", "Logs"),
        ("output", "Output"),
        ("input", "Input"),
        ("metrics", "Time"),
        ("json", "JSON"),
        ("code", "Code"),
    )

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__(id=id, empty=empty)
        self._families: tuple[Family, ...] = ()
        self._no_curves = empty

    def set_curves(self, families: Sequence[Family], empty: str = EMPTY) -> None:
        """The curves of the training that is shown; `empty` says why there are none."""
        self._families, self._no_curves = tuple(families), empty
        if self.tab == "curves" or self.shown is None:
            self.draw_other("curves")
        else:
            self.dirty("curves")

    def draw_other(self, name: str) -> None:
        """The tab that only trainings have."""
        if name == "curves":
            self.pane("curves", Plot).show(self._families, self._no_curves)

    def draw_output(self) -> None:
        """The version that came of it, in words; before, why there is none."""
        self.pane("output", Words).update(_output_words(self.shown, self.empty))

    def copyable(self) -> tuple[str, str] | None:
        """What `copy` copies, by the open tab."""
        shown = self.shown
        if shown is None or shown.prediction is None:
            return None
        if self.tab == "curves":
            return (self.pane("curves", Plot).plain(), "Curves") if self._families else None
        if self.tab == "output" and isinstance(shown.prediction, Training):
            version = shown.prediction.trained_version or ""
            return version, "Version"
        return super().copyable()


def _output_words(shown: Shown | None, empty: str) -> Content:
    dim = "$text-muted"
    if shown is None:
        return Content.styled(empty, dim)
    training = shown.prediction
    if not isinstance(training, Training) or training.output in (None, {}, [], ""):
        words = {
            "starting": "Waiting for the trainer to start. A cold start can take minutes.",
            "processing": "Training. The new version appears here at the end; the curves and the log tell how it goes.",
            "running": "Training. The new version appears here at the end; the curves and the log tell how it goes.",
            "canceled": "Canceled before it gave a version.",
            "aborted": "Aborted: its deadline passed before it started. Nothing is charged for it.",
            "succeeded": "It succeeded and named no version.",
        }
        status = training.status if training is not None else ""
        if status in words and not (training is not None and training.error):
            return Content.styled(words[status], dim)
        return nothing_yet(shown, empty)
    parts: list[Content | str] = []
    if training.trained_version:
        owner, _, version = training.trained_version.partition(":")
        parts += [Content.styled("version   ", dim), Content.styled(owner, "bold $accent"), f":{version}\n"]
    if training.weights:
        parts += [Content.styled("weights   ", dim), f"{training.weights}\n"]
    if not parts:
        from tui.api.text import to_json

        parts += [to_json(training.output, indent=2), "\n"]
    if training.trained_version:
        keys = (("v", "run the new version"), ("B", "compare it with its base on one input"), ("y", "copy its name"))
        parts += ["\n", *(Content.assemble((f"{key}  ", "bold $accent"), (f"{words}\n", dim)) for key, words in keys)]
    return Content.assemble(*parts)
