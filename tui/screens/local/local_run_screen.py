"""The form of a model of this machine, and beside it what comes of it, its source and its schema."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from tui import commands as cmd
from tui.api.text import clean
from tui.api.types import Target
from tui.screens.form_commands import COMMANDS
from tui.screens.form_screen import FormScreen, absent_files
from tui.screens.local.local_commands import LocalCommands
from tui.screens.local.local_result import LocalView
from tui.screens.local.local_words import problem_words, title_words
from tui.screens.records.record_commands import RecordCommands
from tui.screens.run.panes import BESIDE, Panes
from tui.screens.run.run_request import RunRequest
from tui.toolkit.workers import work
from tui.widgets.form.form_column import FormColumn
from tui.widgets.form.form_view import FormView
from tui.widgets.result.result_words import Shown
from tui.widgets.text.source_view import SourceText

if TYPE_CHECKING:
    from tui.forms import OutputKind
    from tui.services.local.local_model import LocalModel
    from tui.services.local.local_models import LocalModels
    from tui.services.services import Services

LOOK = 1.0
"""Seconds between two looks at the source, or at the server."""
_AT_THE_END = "logs and output come at the end: this server does not stream, and no webhook of it is taken here"
_EDITED = "the source was changed: the next run sets it up anew"


class LocalRunScreen(FormScreen):
    """Fill the form, run the model, see what came, edit the source, run again."""

    HELP = (
        "The form of a model of this machine. ctrl+r runs it, and sets it up first where it must; c cancels, p starts "
        "or ends its process, E edits the source. What is typed is kept, also when the source changes."
    )
    SENDS = cmd.RunLocal
    BINDINGS = cmd.bindings(
        cmd.RunLocal,
        cmd.CancelLocal,
        cmd.SwitchLocal,
        cmd.EditSource,
        cmd.RelayWebhooks,
        cmd.CompareVersions,
        cmd.TrainModel,
        cmd.Copy,
        cmd.CopyId,
        cmd.SaveOutputs,
        cmd.OpenOutput,
        cmd.SwitchPane,
        cmd.NextTab,
        cmd.PreviousTab,
        *COMMANDS,
    )

    def __init__(
        self, models: LocalModels, model: LocalModel, texts: Mapping[str, str] | None = None, *, train: bool = False
    ) -> None:
        """The form is filled with `texts`, as typed, else with its draft. With `train` it is that of a training."""
        super().__init__(f"local training {model.place}" if train else f"local {model.place}")
        self._models = models
        self._train = train
        self._model = model
        self._request: RunRequest | None = None
        self._schema: object = None
        self._texts = texts
        self._drafted = False
        self._noted = ""
        self._source_of: object = None
        """What the source that is shown was read for."""
        self._unsubscribe: Callable[[], None] | None = None
        self._panes = Panes(self, lambda: _focus_result(self))
        self._commands = (
            LocalCommands(self, lambda: models, lambda: model, None if train else partial(_open_training, self)),
            RecordCommands(self, lambda: model.record, self._view),
        )

    @property
    def command_objects(self) -> Sequence[object]:
        """The commands of the model, of what came of it, and of every form."""
        return (*self._commands, self._panes, *super().command_objects)

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="run"):
            yield from self.form_column(
                "run",
                title_words(self._model, train=self._train),
                FormView(None, folding=True, id="form"),
                "Train  ^r" if self._train else "Run  ^r",
            )
            yield LocalView(id="result", empty="Nothing was run yet. ^r sets the model up, and runs it.")

    def on_mount(self) -> None:
        self._unsubscribe = self._models.subscribe(
            lambda told: self.soon("model", self._draw) if told is self._model else None
        )
        work(self, "Source", "look", self._look)
        self.set_interval(LOOK, self._tick)
        self._draw()
        self.call_after_refresh(self.form_view.enter)

    async def on_unmount(self) -> None:
        """The model goes on without this screen."""
        if self._unsubscribe is not None:
            self._unsubscribe()

    def _view(self) -> LocalView:
        return self.query_one(LocalView)

    def services_ready(self, services: Services) -> None:
        """The draft can be had now."""
        self._put_draft_soon()

    def _put_draft_soon(self) -> None:
        if self.services is not None and self._request is not None and not self._drafted:
            self._drafted = True
            work(self, "Draft", "put draft", self.put_draft, self.services, self._texts)

    # ---- the model

    def _tick(self) -> None:
        if self.is_current and self._model.state in ("starting", "busy"):
            self._view().tick()

    async def _look(self) -> None:
        """Notice an edit of the source, or what became of the server, for as long as this is shown."""
        while True:
            await asyncio.sleep(LOOK)
            if self.is_current:
                await self._model.read()

    def _draw(self) -> None:
        if not self.is_attached:
            return
        model, view = self._model, self._view()
        self.query_one("#run-title", Static).update(title_words(model, train=self._train))
        self._follow_schema()
        kind = self._request.form.output if self._request is not None else None
        view.show(shown_of(model, kind, self.services))
        view.set_setup(model.setup_log)
        view.set_schema(model.schema)
        self._follow_source()
        words = note_of(model)
        if words != self._noted:
            # What the form itself has noted stays until there is something new to say.
            self._noted = words
            self.note(words, "$error" if words.startswith("✗") else "$text-muted")
        self.refresh_bindings()

    def _follow_schema(self) -> None:
        """Make the form anew where the schema is another one; what was typed stays."""
        schema = self._model.schema
        if schema is None or schema == self._schema:
            return
        from tui.forms import Form

        view, focused = self.form_view, self.form_view.focused_field
        self._schema = schema
        form = Form.parse(schema, "TrainingInput" if self._train else "Input")
        self._request = RunRequest(form, Target("", self._model.name))
        view.set_form(self._request.shown)
        if focused is not None:
            view.focus_field(focused)
        self._put_draft_soon()

    def _follow_source(self) -> None:
        """Read the file of the last mistake, else the one with the model, where it or the mistake is another one."""
        model, run = self._model, self._model.shown
        words = model.problem or (run.error if run is not None else "") or ""
        path, line = (model.line.path, model.line.line) if model.line is not None else (model.main_file, 0)
        wanted = (model.revision, path, line, words)
        if wanted != self._source_of:
            self._source_of = wanted
            work(self, "Source", "source", _show_source, self._view(), path, line, words)

    # ---- the run

    def why_not_run_local(self) -> str | None:
        """One run at a time, and only with a form."""
        model = self._model
        if model.shown is not None and not model.shown.is_terminal:
            return "It runs already. c cancels that run."
        if self._request is None:
            return model.problem or "Its schema has not come yet."
        return None

    async def do_run_local(self) -> None:
        """Read the source again, check the form, run."""
        await self._model.read()
        self._follow_schema()
        request = self._request
        if request is None:
            return
        values, problems = request.checked(self.form_view.values)
        if self.show_problems([*problems, *absent_files(values)]):
            return
        self._models.begin_run(self._model, values, request.form.redact(values), train=self._train)
        self._view().open_tab("output")
        self._panes.show_beside()

    # ---- commands

    def do_back(self) -> None:
        """From the result to the form where one is shown at a time, else to the list."""
        inside = self._view().has_focus_within
        if not inside and self.query_one(FormColumn).end_find():
            return
        if inside or (self.narrow and self.has_class(BESIDE)):
            self._panes.show_form()
        else:
            self.dismiss(None)


def _open_training(screen: LocalRunScreen, models: LocalModels, model: LocalModel) -> None:
    screen.host.push_screen(LocalRunScreen(models, model, train=True))


def _focus_result(screen: LocalRunScreen) -> None:
    view = screen.query_one(LocalView)
    view.focus_body()
    if not view.has_focus_within:
        screen.set_focus(None)


async def _show_source(view: LocalView, path: Path | None, line: int, words: str) -> None:
    """Read a file, and show it at a line with what was said of it."""
    if path is None:
        source = SourceText("", "The source of a server is not known here.")
    else:
        try:
            text = await asyncio.to_thread(path.read_text, "utf-8", "replace")
        except OSError as error:
            text = f"{path} cannot be read: {error.strerror or error}"
        source = SourceText(path.name, text, line, words.splitlines()[0] if words else "")
    view.set_source(source)


def shown_of(model: LocalModel, kind: OutputKind | None, services: Services | None) -> Shown:
    """The last run as the result shows it; before the first one, what keeps the model from running."""
    prediction = model.shown
    if prediction is None and model.problem:
        return Shown(None, error=problem_words(model), kind=kind)
    if prediction is not None and prediction.status == "starting":
        # While it is set up, what the setup prints is all that there is to see.
        prediction = replace(prediction, logs=model.setup_log)
    advice: list[str] = []
    if prediction is not None and prediction.status == "failed":
        if model.line is not None:
            # A mistake of the syntax has named its line already.
            at = f"{clean(model.line.said(Path(model.place)))}\n" if model.line.text else ""
            advice.append(f"{at}The tab Source stands there, E edits it.")
        advice.append(model.advice)
    return Shown(
        prediction,
        outputs=model.record.outputs if model.record is not None else (),
        kind=kind,
        advice="\n".join(part for part in advice if part),
        previews=services.previews if services is not None else None,
    )


def note_of(model: LocalModel) -> str:
    """What is to be said beside the button."""
    if model.changed and model.state == "ready":
        return _EDITED
    if model.state == "busy" and not model.follows:
        return _AT_THE_END
    waits = model.problem and (model.shown is None or model.shown.is_terminal)
    return f"✗ {model.problem.splitlines()[0]}" if waits else ""
