"""One prediction or run as it is now: status, progress, output, input, logs, metrics, JSON and code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui import wording
from tui.widgets.bars import TabStrip
from tui.widgets.code_view import CodeView

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.forms import OutputKind
    from tui.forms.progress import Progress
    from tui.store.records import SavedOutput
    from tui.widgets.json_view import JsonView
    from tui.widgets.log_view import LogView
    from tui.widgets.markdown_view import MarkdownView
    from tui.widgets.picture import Gallery

W = TypeVar("W", bound=Widget)

TABS = (
    ("output", "Output"),
    ("input", "Input"),
    ("logs", "Logs"),
    ("metrics", "Metrics"),
    ("json", "JSON"),
    ("code", "Code"),
)
KEPT_FOR = timedelta(hours=1)
"""How long Replicate keeps what an API prediction took and gave (FACTS §4)."""


@dataclass(frozen=True, slots=True)
class Shown:
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


class ResultView(Vertical):
    """Shows one `Shown`; only the open tab is kept up to date, the others when they are opened."""

    HELP = "The result: ] and [ walk through the tabs, y copies what is open."

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:
        super().__init__(id=id)
        self._shown: Shown | None = None
        self._empty = empty
        self._dirty = {name for name, _ in TABS}
        self._composed = False

    def compose(self) -> ComposeResult:
        yield Static(id="result-state")
        yield Static(id="result-progress")
        yield TabStrip(TABS, id="result-tabs")
        yield Container(id="result-body")

    def on_mount(self) -> None:
        self._composed = True
        self.show(self._shown)

    # ---- what the screens use

    @property
    def shown(self) -> Shown | None:
        """What is shown."""
        return self._shown

    @property
    def tab(self) -> str:
        """The name of the open tab."""
        return self.query_one(TabStrip).current

    def open_tab(self, name: str) -> None:
        """Open a tab by name."""
        self.query_one("#result-tabs", TabStrip).open(name)

    def step_tab(self, by: int) -> None:
        """Open the next or the previous tab."""
        self.query_one("#result-tabs", TabStrip).step(by)

    def show(self, shown: Shown | None) -> None:
        """Show it; what has not changed is not drawn again."""
        before, self._shown = self._shown, shown
        if not self._composed:
            return
        if before is None or shown is None or _identity(before) != _identity(shown):
            self._dirty = {name for name, _ in TABS}
        else:
            self._dirty |= _changed(before, shown)
        self._draw_state()
        self._draw_tab()

    def tick(self) -> None:
        """Bring running times up to date."""
        self._draw_state()
        if self.tab == "metrics":
            self._draw_metrics()

    def copyable(self) -> tuple[str, str] | None:
        """What `copy` copies: the text and what it is, by the open tab."""
        shown = self._shown
        if shown is None or (shown.prediction is None and self.tab != "code"):
            return None
        match self.tab:
            case "output":
                return _output_text(shown), "Output"
            case "logs":
                return shown.prediction.logs if shown.prediction else "", "Logs"
            case "code":
                return self._pane("code", CodeView).text, "Code"
            case "metrics":
                return self._metrics().plain, "Metrics"
            case name:
                view: JsonView = self._pane(name, _json_view())
                return view.copyable(), "JSON"

    def files(self) -> list[Path]:
        """The saved output files, in their order."""
        return [o.path for o in (self._shown.outputs if self._shown else ()) if o.path is not None]

    def current_file(self) -> Path | None:
        """The output file that is looked at."""
        found = self.query("#output-gallery")
        if found and (gallery := cast("Gallery", found.first())).display:
            return gallery.current
        files = self.files()
        return files[0] if files else None

    def focus_body(self) -> None:
        """Give the focus to what the open tab shows."""
        for widget in self.query_one("#result-body").query("*").results(Widget):
            if (
                widget.focusable
                and widget.display
                and all(a.display for a in widget.ancestors if isinstance(a, Widget))
            ):
                widget.focus()
                return

    # ---- drawing

    def on_tab_strip_changed(self, event: TabStrip.Changed) -> None:
        """Show the other tab."""
        event.stop()
        self._draw_tab()

    def _pane(self, name: str, kind: type[W]) -> W:
        """The pane of a tab, made when it is first looked at."""
        body = self.query_one("#result-body")
        found = body.query_children(f"#pane-{name}")
        if found:
            return cast(W, found.first())
        pane = kind(id=f"pane-{name}")
        body.mount(pane)
        return pane

    def _draw_state(self) -> None:
        self.query_one("#result-state", Static).update(self._state())
        self.query_one("#result-progress", Static).update(self._progress())

    def _state(self) -> Content:
        shown = self._shown
        if shown is None:
            return Content("")
        prediction = shown.prediction
        if prediction is None:
            if shown.error:
                return Content.assemble(Content.styled("✗ not created  ", "bold $error"), shown.error.splitlines()[0])
            return Content.styled(f"◌ {shown.phase or 'not run yet'}", "$foreground 60%")
        mark = wording.mark("gone" if shown.gone else prediction.status)
        parts = [Content.styled(f"{mark.symbol} {mark.word}", f"bold ${mark.tone}")]
        if shown.title:
            parts.append(Content(shown.title))
        if not shown.gone:
            parts += [Content.styled(words, "$foreground 60%") for words in times(prediction, datetime.now(UTC))]
        if shown.phase:
            parts.append(Content(shown.phase))
        return Content("   ").join(parts)

    def _progress(self) -> Content:
        shown = self._shown
        if shown is None or shown.prediction is None:
            return Content("")
        prediction = shown.prediction
        if prediction.error:
            return Content.styled(prediction.error.splitlines()[0][:300], "$error")
        if prediction.is_terminal or shown.gone:
            return Content.styled(_kept(prediction, shown.outputs), "$foreground 60%")
        if shown.progress is None:
            return Content("")
        return progress_bar(shown.progress, max(10, self.size.width - 24))

    def _draw_tab(self) -> None:
        name = self.tab
        for pane in self.query_one("#result-body").children:
            pane.display = pane.id == f"pane-{name}"
        if name not in self._dirty:
            return
        self._dirty.discard(name)
        prediction = self._shown.prediction if self._shown else None
        match name:
            case "output":
                self._draw_output()
            case "input":
                self._pane("input", _json_view()).set_value(prediction.input if prediction else None)
            case "logs":
                self._pane("logs", _log_view()).set_text(prediction.logs if prediction else "")
            case "metrics":
                self._draw_metrics()
            case "json":
                self._pane("json", _json_view()).set_value(prediction.raw if prediction else None)
            case _:
                self._pane("code", CodeView).set_source(self._shown.code if self._shown else None)

    def _draw_metrics(self) -> None:
        pane = self._pane("metrics", Static)
        pane.update(self._metrics())

    def _metrics(self) -> Content:
        shown = self._shown
        if shown is None or shown.prediction is None:
            return Content.styled("No prediction yet.", "$foreground 60%")
        rows = metric_rows(shown.prediction, datetime.now(UTC))
        width = max(len(name) for name, _ in rows)
        return Content("\n").join(
            Content.assemble(Content.styled(f"{name:<{width}}   ", "$foreground 60%"), value) for name, value in rows
        )

    def _draw_output(self) -> None:
        pane = self._pane("output", OutputPane)
        pane.show(self._shown, self._empty)


class Words(Static, can_focus=True):
    """Words in the place of an output; it can be focused, so that the keys of the result work from the start."""


class OutputPane(Container):
    """The output by its kind: text as it streams, pictures and files, JSON as a tree, or why there is none."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""
        self._prediction_id: object = None

    def show(self, shown: Shown | None, empty: str) -> None:
        """Show the output of `shown`."""
        if shown is None:
            self._words(Content.styled(empty, "$foreground 60%"))
            return
        identity = _identity(shown)
        if identity != self._prediction_id:
            self._prediction_id, self._text = identity, ""
        if shown.error and shown.prediction is None:
            self._words(Content.assemble(Content.styled(shown.error, "$error"), "\n\n", shown.advice))
            return
        kind = output_kind(shown)
        if kind == "none":
            self._words(_nothing_yet(shown))
        elif kind == "text":
            self._show_text(shown)
        elif kind == "files":
            gallery = self._only("output-gallery", _gallery())
            gallery.show([o.path for o in shown.outputs if o.path is not None], _waiting_files(shown))
        else:
            assert shown.prediction is not None
            self._only("output-json", _json_view()).set_value(shown.prediction.output)

    def _show_text(self, shown: Shown) -> None:
        view: MarkdownView = self._only("output-text", _markdown_view())
        text = _output_text(shown)
        if not text.startswith(self._text) or not self._text:
            view.set_markdown(text)
        elif len(text) > len(self._text):
            view.append(text[len(self._text) :])
        self._text = text
        if shown.text_done or (shown.prediction is not None and shown.prediction.is_terminal):
            view.finish()

    def _words(self, content: Content) -> None:
        self._only("output-words", Words).update(content)

    def _only(self, id: str, kind: type[W]) -> W:
        """The child by this id, made when it is missing; the others are hidden."""
        wanted: Widget | None = None
        had_focus = self.has_focus_within
        for child in self.children:
            child.display = child.id == id
            if child.id == id:
                wanted = child
        if wanted is None:
            wanted = kind(id=id)
            self.mount(wanted)
        if had_focus and not wanted.has_focus_within:
            self.screen.set_focus(wanted)
        return cast(W, wanted)


def _identity(shown: Shown) -> object:
    return shown.prediction.id if shown.prediction else None


def _changed(before: Shown, after: Shown) -> set[str]:
    """The tabs that show something else after than before."""
    changed: set[str] = set()
    old, new = before.prediction, after.prediction
    if old is not new and old is not None and new is not None:
        changed |= {"json", "metrics"}
        if old.logs != new.logs:
            changed.add("logs")
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


def _output_text(shown: Shown) -> str:
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


def _waiting_files(shown: Shown) -> str:
    failed = [o for o in shown.outputs if o.state == "failed"]
    if failed:
        return f"{len(failed)} not saved: {failed[0].error or 'unknown reason'}. s tries again."
    wanted = [o for o in shown.outputs if o.state == "wanted"]
    return f"saving {len(wanted)} files…" if wanted else ""


def _nothing_yet(shown: Shown) -> Content:
    prediction = shown.prediction
    if prediction is None:
        return Content.styled(shown.phase or "Nothing was run yet.", "$foreground 60%")
    if prediction.error or prediction.status in ("failed", "aborted"):
        tail = "\n".join(prediction.logs.rstrip().splitlines()[-12:])
        return Content.assemble(
            Content.styled(prediction.error or f"The prediction {prediction.status} and gave no reason.", "$error"),
            f"\n\n{shown.advice}" if shown.advice else "",
            Content.styled("\n\nThe last of its log:\n", "$foreground 60%") if tail else "",
            tail,
        )
    words = {
        "starting": "Waiting for the model to start. A cold start can take minutes.",
        "gone": "Replicate does not know this prediction any more, and no output of it was seen here.",
        "processing": "Running. The output appears here as it comes.",
        "canceled": "Canceled before it gave an output.",
        "succeeded": "It succeeded and gave no output.",
    }
    if prediction.data_removed:
        return Content.styled(
            "Replicate has deleted the output of this prediction, and it was never seen here.", "$foreground 60%"
        )
    return Content.styled(
        words.get("gone" if shown.gone else prediction.status, f"Status: {prediction.status}."), "$foreground 60%"
    )


def _kept(prediction: Prediction, outputs: Sequence[SavedOutput]) -> str:
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
    words = f" {progress.fraction * 100:.0f} %"
    if progress.current is not None and progress.total is not None:
        words += f"  {progress.current}/{progress.total}"
    if progress.eta_seconds is not None and progress.eta_seconds >= 1:
        words += f"  {wording.duration(progress.eta_seconds)} left"
    return Content.assemble(
        Content.styled("━" * filled, "$accent"),
        Content.styled("─" * (width - filled), "$foreground 30%"),
        words,
    )


def metric_rows(prediction: Prediction, now: datetime) -> list[tuple[str, str]]:
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
    ]
    known = {"predict_time", "total_time"}
    rows += [(name, str(value)[:200]) for name, value in prediction.metrics.items() if name not in known]
    if prediction.data_removed:
        rows.append(("data at Replicate", "deleted"))
    elif prediction.completed_at is not None and prediction.source != "web":
        left = (prediction.completed_at + KEPT_FOR - now).total_seconds()
        rows.append(
            (
                "data at Replicate",
                f"deleted in {int(left) // 60}:{int(left) % 60:02}" if left > 0 else "deleted by now",
            )
        )
    return rows


def _json_view() -> type[Any]:
    from tui.widgets.json_view import JsonView

    return JsonView


def _log_view() -> type[LogView]:
    from tui.widgets.log_view import LogView

    return LogView


def _markdown_view() -> type[Any]:
    from tui.widgets.markdown_view import MarkdownView

    return MarkdownView


def _gallery() -> type[Any]:
    from tui.widgets.picture import Gallery

    return Gallery
