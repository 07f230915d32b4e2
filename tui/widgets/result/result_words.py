"""What a prediction comes to in words: its times, its progress, its metrics, and why it has no output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from textual.content import Content

from tui import wording
from tui.api.billed import billed
from tui.api.list_trimmer import left_out
from tui.services.usage.billing import billed_words, unit_of
from tui.services.usage.cost import unit_amounts

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.forms import OutputKind
    from tui.forms.progress import Progress
    from tui.services.files.previews import Previews
    from tui.services.usage.cost import Cost
    from tui.services.usage.past import Past
    from tui.store.records import SavedOutput

KEPT_FOR = timedelta(hours=1)
"""How long Replicate keeps what an API prediction took and gave (docs/replicate.md, Retention)."""


class Shown(Struct, frozen=True):
    """What a ResultView shows of one prediction or of a run that is not one yet."""

    prediction: Prediction | None
    text: str | None = None
    """The text so far, where it is streamed ahead of the record."""
    text_done: bool = False
    outputs: tuple[SavedOutput, ...] = ()
    progress: Progress | None = None
    kind: OutputKind | None = None
    """What the model's schema says of its output; None where the schema is not known."""
    phase: str = ""
    """Words for a run before its prediction exists: `uploading cat.png`, `waiting 5 s for the rate limit`."""
    error: str = ""
    """Why a run has no prediction."""
    advice: str = ""
    """What the error code means and what to do."""
    code: Callable[[str], str] | None = None
    """The request as code in a language of CodeView."""
    title: str = ""
    """What it is of, where the screen does not say it elsewhere."""
    gone: bool = False
    """The API does not know it any more: what is here is all there is."""
    cost: Cost | None = None
    """What it may have cost; None where that is not known."""
    past: Past | None = None
    """How long runs of this model usually take; None where that was not asked for."""

    previews: Previews | None = None
    """What fetches files to look at; None where only what is saved can be shown."""

    @property
    def gives_files(self) -> bool:
        """Whether files are expected of it, by the schema or by what came already."""
        from tui.forms import OutputKind

        return bool(self.outputs) or self.kind in (OutputKind.FILE, OutputKind.FILES)


def identity(shown: Shown) -> object:
    """What tells one prediction from another."""
    return shown.prediction.id if shown.prediction else None


def changed_tabs(before: Shown, after: Shown) -> set[str]:
    """The tabs that show something else after than before."""
    changed: set[str] = set()
    old, new = before.prediction, after.prediction
    if old is not new and old is not None and new is not None:
        changed |= {"json", "metrics"}
        if old.logs != new.logs:
            # Where there is no output yet, the log is shown in its place.
            changed |= {"logs", "output"} if output_kind(after) == "none" else {"logs"}
        if old.input != new.input:
            changed.add("input")
        if old.output != new.output or old.status != new.status or old.error != new.error:
            changed.add("output")
    if (before.text, before.outputs, before.kind, before.error, before.phase, before.text_done) != (
        after.text,
        after.outputs,
        after.kind,
        after.error,
        after.phase,
        after.text_done,
    ):
        changed.add("output")
    if before.cost != after.cost:
        changed.add("metrics")
    if before.code is not after.code:
        changed.add("code")
    return changed


def output_kind(shown: Shown) -> str:
    """`text`, `files`, `json` or `none`: by the schema where it is known, else by what came."""
    from tui.forms import OutputKind

    output = shown.prediction.output if shown.prediction else None
    if shown.text:
        return "text"
    if output is None or output == [] or output == "":
        return "files" if any(o.path for o in shown.outputs) else "none"
    if shown.outputs:
        return "files" if not isinstance(output, dict) else "json"
    if shown.kind in (OutputKind.FILE, OutputKind.FILES):
        return "files"
    if isinstance(output, str):
        return "text"
    if isinstance(output, list):
        items = cast("list[object]", output)
        if all(isinstance(item, str) for item in items):
            links = all(cast(str, item).startswith(("http://", "https://", "data:")) for item in items)
            return "files" if links and shown.kind is not OutputKind.TEXT_STREAM else "text"
    return "json"


def output_text(shown: Shown) -> str:
    """The output as text to show or to copy."""
    if shown.text is not None and shown.text:
        return shown.text
    output = shown.prediction.output if shown.prediction else None
    if isinstance(output, str):
        return output
    if isinstance(output, list) and all(isinstance(item, str) for item in cast("list[object]", output)):
        texts = cast("list[str]", output)
        return "\n".join(texts) if output_kind(shown) == "files" else "".join(texts)
    from tui.api.text import to_json

    return to_json(cast(object, output), indent=2) if output is not None else ""


def waiting_files(shown: Shown) -> str:
    """What is still on its way, or why it did not come."""
    failed = [o for o in shown.outputs if o.state == "failed"]
    if failed:
        return f"{len(failed)} not saved: {failed[0].error or 'unknown reason'}. s tries again."
    wanted = [o for o in shown.outputs if o.state == "wanted"]
    if not wanted:
        return ""
    return "saving the file…" if len(wanted) == 1 else f"saving {len(wanted)} files…"


def nothing_yet(shown: Shown, empty: str) -> Content:
    """Why there is no output, and what to expect; `empty` before there was a run."""
    prediction = shown.prediction
    if prediction is None and shown.error:
        return Content.assemble(Content.styled(shown.error, "bold $error"), f"\n\n{shown.advice}")
    if prediction is None:
        return Content.styled(shown.phase or empty, "$text-muted")
    if prediction.error or prediction.status in ("failed", "aborted"):
        return failure_words(prediction, shown.advice)
    words = {
        "starting": "Waiting for the model to start. A cold start can take minutes.",
        "gone": "Replicate does not know this prediction any more, and no output of it was seen here.",
        "processing": "Running. The output appears here as it comes.",
        "canceled": "Canceled before it gave an output.",
        "succeeded": "It succeeded and gave no output.",
    }
    if prediction.data_removed:
        return Content.styled(
            "Replicate has deleted the output of this prediction, and it was never seen here.", "$text-muted"
        )
    return Content.styled(
        words.get("gone" if shown.gone else prediction.status, f"Status: {prediction.status}."), "$text-muted"
    )


def cut_words(prediction: Prediction) -> str:
    """What the list was too short for, and how it is had; empty where nothing is missing."""
    cut = left_out(prediction.raw)
    if not cut:
        return ""
    parts = ", ".join(f"{name} {wording.size(size)}" for name, size in cut.items())
    return f"cut: {parts}; enter fetches {'it' if len(cut) == 1 else 'them'}"


def failure_words(prediction: Prediction, advice: str) -> Content:
    """Why it failed: the error, what to do about it, the traceback of its log, and the log's last words."""
    from tui.forms.log_lines import failure_of

    failure = failure_of(prediction.logs)
    error = prediction.error or f"The prediction {prediction.status} and gave no reason."
    parts = [Content.styled(error, "bold $error")]
    if advice:
        parts.append(Content(advice))
    if failure.traceback:
        *frames, last = failure.traceback
        parts.append(Content.assemble(*(f"{line}\n" for line in frames), Content.styled(last, "bold")))
    if failure.last:
        heading = Content.styled("The last of its log:\n", "$text-muted")
        parts.append(Content.assemble(heading, "\n".join(failure.last)))
    return Content("\n\n").join(parts)


def kept_words(prediction: Prediction, outputs: Sequence[SavedOutput]) -> str:
    """What of it is kept where."""
    saved = sum(1 for o in outputs if o.state == "saved")
    here = f"{saved} files saved here" if saved > 1 else "1 file saved here" if saved else ""
    if prediction.data_removed:
        return "  ".join(part for part in (here, "deleted at Replicate") if part)
    return here


def times(prediction: Prediction, now: datetime) -> list[str]:
    """The run time and the queue time in words, apart from each other."""
    words: list[str] = []
    if prediction.is_terminal:
        if prediction.predict_time is not None and prediction.predict_time > 0.001:
            words.append(f"ran {wording.duration(prediction.predict_time)}")
        if prediction.queue_time is not None and prediction.queue_time > 0.05:
            words.append(f"waited {wording.duration(prediction.queue_time)}")
    elif prediction.started_at is not None:
        words.append(f"running {wording.duration((now - prediction.started_at).total_seconds())}")
        if prediction.created_at is not None:
            words.append(f"waited {wording.duration((prediction.started_at - prediction.created_at).total_seconds())}")
    elif prediction.created_at is not None:
        words.append(f"booting {wording.duration((now - prediction.created_at).total_seconds())}")
    return words


def progress_bar(progress: Progress, width: int) -> Content:
    """A bar with its share and, where the log tells them, step and time left."""
    width = min(width, 40)
    filled = round(progress.fraction * width)
    words = f" {wording.percent(progress.fraction)}"
    if progress.current is not None and progress.total is not None:
        words += f"  {progress.current}/{progress.total}"
    if progress.eta_seconds is not None and progress.eta_seconds >= 1:
        words += f"  {wording.duration(progress.eta_seconds)} left"
    return Content.assemble(
        Content.styled("━" * filled, "$accent"),
        Content.styled("─" * (width - filled), "$foreground 30%"),
        words,
    )


def _billed(prediction: Prediction) -> list[tuple[str, str]]:
    """What a prediction that has ended is billed by; one through a deployment is part of its instances' time."""
    if not prediction.is_terminal or prediction.deployment:
        return []
    words = billed_words(unit_of(prediction.version, prediction.metrics), prediction.predict_time)
    counted = unit_amounts(billed(prediction.metrics, prediction.input, prediction.output).units)
    rows = [("bill", words)] if "billed" in words else []
    return [*rows, *([("counted", counted)] if counted else [])]


def metric_rows(prediction: Prediction, now: datetime, cost: Cost | None = None) -> list[tuple[str, str]]:
    """The timeline and every metric that the API gave, each with its name."""
    rows = [
        ("id", prediction.id),
        ("status", prediction.status),
        ("model", prediction.model or "–"),
        ("version", prediction.version or "–"),
    ]
    if prediction.deployment:
        rows.append(("deployment", prediction.deployment))
    rows += [
        ("created", wording.exact(prediction.created_at)),
        ("started", wording.exact(prediction.started_at)),
        ("completed", wording.exact(prediction.completed_at)),
    ]
    if prediction.deadline is not None:
        rows.append(("deadline", wording.exact(prediction.deadline)))
    rows += [
        ("queue and setup", wording.duration(prediction.queue_time) or "–"),
        ("run", wording.duration(prediction.predict_time) or "–"),
        ("in all", wording.duration(prediction.total_time) or "–"),
        *_billed(prediction),
        *([("may have cost", f"{cost.words} ({cost.more})")] if cost is not None and cost.words else []),
    ]
    known = {"predict_time", "total_time"}
    rows += [(name, str(value)[:200]) for name, value in prediction.metrics.items() if name not in known]
    if prediction.data_removed:
        rows.append(("data at Replicate", "deleted"))
    elif prediction.completed_at is not None and prediction.deleted_after_an_hour:
        left = (prediction.completed_at + KEPT_FOR - now).total_seconds()
        rows.append(
            (
                "data at Replicate",
                f"deleted in {int(left) // 60}:{int(left) % 60:02}" if left > 0 else "deleted by now",
            )
        )
    return rows
