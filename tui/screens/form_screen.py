"""What all screens with a form share: the focused field's help, the button that sends, and drafts that outlive it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Button, Static

from tui import commands as cmd
from tui import wording
from tui.screens.base import ConsoleScreen
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.form.field_help import FieldHelp
from tui.widgets.form.form_view import FormView

if TYPE_CHECKING:
    from tui.forms import Problem
    from tui.services.services import Services

PAUSE = 0.2
"""Seconds after a key until the draft is on the disk."""


class FormScreen(ConsoleScreen):
    """A screen with one form: `form_column` composes it. What is typed is kept as a draft, a moment after each
    key and when the screen closes, until it was sent.
    """

    SENDS: ClassVar[type[cmd.Command]]
    """What the button does, and enter in the last field."""

    def __init__(self) -> None:
        super().__init__()
        self._draft: dict[str, str] | None = None
        self._draft_timer: Timer | None = None

    # ---- what a screen gives

    @property
    def draft_key(self) -> str:
        """The draft's key in the store."""
        raise NotImplementedError

    def draft_texts(self) -> dict[str, str]:
        """What there is to keep; nothing where nothing differs from what is there already. Never a secret."""
        view = self.form_view
        secret = {field.name for field in view.fields if field.kind == "secret"}
        return {name: text for name, text in view.values.items() if name not in secret}

    def typed(self, name: str | None) -> None:
        """The form changed: in that field, or all of it."""
        raise NotImplementedError

    # ---- the form

    def form_column(self, name: str, title: Content, form: FormView, send: str) -> ComposeResult:
        """The form below its title, above the focused field's help, the button (`send`) and the line beside it.

        The ids begin with `name`.
        """
        with Vertical(id=f"{name}-form"):
            yield FixedSizeStatic(title, id=f"{name}-title")
            yield form
            yield FieldHelp(id=f"{name}-help")
            with Horizontal(id=f"{name}-buttons"):
                yield Button(send, classes="form-send", variant="primary", compact=True)
                yield FixedSizeStatic(classes="form-note")

    @property
    def form_view(self) -> FormView:
        """The form."""
        return self.query_one(FormView)

    def note(self, words: str, style: str = "$foreground 60%") -> None:
        """A line beside the button."""
        self.query_one(".form-note", Static).update(Content.styled(words, style))

    def changed(self, name: str | None = None) -> None:
        """Take up what is in the form now: as a key does, and as who puts texts into it must."""
        self.typed(name)
        self._draft = self.draft_texts()
        if self._draft_timer is None:
            self._draft_timer = self.set_timer(PAUSE, self._keep)

    def show_problems(self, problems: Sequence[Problem]) -> bool:
        """Show what is wrong at its fields and how many they are, and go to the first; whether there is any."""
        self.form_view.set_problems(problems)
        if not problems:
            return False
        self.form_view.focus_first_problem()
        fields = "1 field needs" if len(problems) == 1 else f"{len(problems)} fields need"
        whole = next((f": {problem}" for problem in problems if not problem.field), "")
        self.note(f"✗ {fields} a look{whole}", "$error")
        return True

    @on(FormView.FieldFocused)
    def _explain(self, event: FormView.FieldFocused) -> None:
        self.query_one(FieldHelp).explain(event.field, self.form_view.fields)

    @on(FormView.Changed)
    def _typed(self, event: FormView.Changed) -> None:
        self.changed(event.name)

    @on(Button.Pressed, ".form-send")
    @on(FormView.Submitted)
    def _send_pressed(self) -> None:
        self.action_command(self.SENDS.id)

    async def do_edit_in_editor(self) -> None:
        """Edit the focused field in $EDITOR."""
        from tui.terminal.editor import edit_text

        view = self.form_view
        name = view.focused_field
        if name is None:
            self.console.say("No field has the focus.", severity="warning")
        elif any(field.name == name and field.kind == "secret" for field in view.fields):
            self.console.say("A secret is not written into a file for an editor.", severity="warning")
        elif (text := await edit_text(self.host, view.values.get(name, ""), name)) is not None:
            view.set_values({name: text})
            self.changed(name)

    # ---- the draft

    async def read_draft(self, services: Services) -> dict[str, str]:
        """What was typed the last time, and a note that says so; {} where there is none."""
        draft = await services.store.draft(services.account, self.draft_key)
        if draft is None or not draft.values:
            return {}
        self.note("your draft of " + wording.age(draft.updated_at) + " ago; ^n empties it")
        return dict(draft.values)

    def _keep(self) -> None:
        self._draft_timer = None
        work(self, "Keeping the draft", "draft", self.keep_draft)

    async def keep_draft(self) -> None:
        """Write what is typed to the store now, where it differs from what is there. Raises StoreError."""
        services, draft = self.services, self._draft
        if services is None or draft is None:
            return
        self._draft = None
        if draft:
            await services.store.save_draft(services.account, self.draft_key, draft)
        else:
            await services.store.delete_draft(services.account, self.draft_key)

    async def forget_draft(self, services: Services) -> None:
        """It was sent: nothing of it is left to be kept. Raises StoreError."""
        self._draft = None
        await services.store.delete_draft(services.account, self.draft_key)

    async def on_unmount(self) -> None:
        """The last keys before the screen closes are kept too."""
        await self.keep_draft()


def absent_files(values: Mapping[str, object]) -> list[Problem]:
    """A problem for each field that names a file which is not there."""
    from tui.forms import Problem, missing_file

    problems: list[Problem] = []
    for name, value in values.items():
        absent = missing_file(value, lambda path: Path(path).expanduser().is_file())
        if absent is not None:
            problems.append(Problem(name, value, f"no such file: {absent}"))
    return problems
