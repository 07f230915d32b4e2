"""What all screens with a form share: the focused field's help, the button that sends, and drafts that outlive it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Button, Static

from tui import commands as cmd
from tui import wording
from tui.forms import Problem
from tui.screens.base import ConsoleScreen
from tui.screens.files.at_replicate import at_replicate
from tui.screens.form_commands import FormCommands
from tui.screens.form_draft import FormDraft
from tui.widgets.form.form_column import VAST, FormColumn
from tui.widgets.form.form_foot import FormFoot
from tui.widgets.form.form_view import FormView

if TYPE_CHECKING:
    from tui.services.outcome import Refused
    from tui.services.services import Services


class FormScreen(ConsoleScreen):
    """A screen with one form, which `form_column` composes. A screen says how its form begins (`start_texts`) and what
    follows a change (`typed`).
    """

    SENDS: ClassVar[type[cmd.Command]]
    """What the button does, and ctrl+enter."""

    def __init__(self, draft_key: str) -> None:
        """`draft_key`: where the draft is kept in the store."""
        super().__init__()
        self.draft_key = draft_key
        self.draft = FormDraft(self, lambda: self.draft_key)
        self.wrong: dict[str, str] = {}
        """What was found wrong, in words, by field; "" for what no field caused."""
        self._form_commands = FormCommands(self, lambda: self.query_one(FormColumn))

    @property
    def command_objects(self) -> Sequence[object]:
        """The commands of every form."""
        return (self._form_commands,)

    # ---- what a screen gives

    def start_texts(self) -> dict[str, str]:
        """What the form holds before anything is typed, and after it was emptied."""
        return {}

    def typed(self, name: str | None) -> None:
        """The form changed: in that field, or all of it."""

    # ---- the form

    def form_column(self, name: str, title: Content, form: FormView, send: str) -> ComposeResult:
        """The form below its title, above the focused field's help, the button (`send`), what it may cost, and a note.

        The ids begin with `name`.
        """
        # From the first paint on; later every widget would be styled a second time.
        self.set_class(self.host.size.width >= VAST, "-vast")
        form.at_replicate = at_replicate(self)
        foot = FormFoot(send, id=f"{name}-buttons")
        yield FormColumn(name, title, form, [foot], self.draft.keep_fold_soon)

    @property
    def form_view(self) -> FormView:
        """The form."""
        return self.query_one(FormView)

    def note(self, words: str, style: str = "$text-muted") -> None:
        """A line by the button."""
        self.query_one(".form-note", Static).update(Content.styled(words, style))

    def changed(self, name: str | None = None) -> None:
        """Take up what is in the form now: as a key does, and as who puts texts into it must."""
        problems = self.form_view.problems
        # What was changed since is not wrong any more; a key from before it was found wrong changes nothing.
        self.wrong = {name: words for name, words in self.wrong.items() if not name or name in problems}
        self.typed(name)
        self.draft.changed(self.draft_texts(self.form_view.values))

    def draft_texts(self, texts: Mapping[str, str]) -> dict[str, str]:
        """What there is to keep of a form's texts: what differs from how it began, and never a secret."""
        start = self.start_texts()
        secret = {field.name for field in self.form_view.fields if field.kind == "secret"}
        names = [name for name in dict.fromkeys([*start, *texts]) if name not in secret]
        return {name: texts.get(name, "") for name in names if texts.get(name, "") != start.get(name, "")}

    async def put_draft(self, services: Services, given: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """Fill the form: with what is `given`, else with the draft. A draft that is passed over is kept aside, and one
        key brings it back. Gives the draft as it was read.
        """
        # Before the draft: what was read of that is dealt with at once, also by who leaves meanwhile.
        unfolded = await self.draft.unfolded(services)
        draft = await self.draft.read(services)
        texts = dict(draft.values) if draft is not None else {}
        view, when = self.form_view, wording.age(draft.updated_at) if draft is not None else ""
        if given is None and not view.history.empty:
            # The user was faster than the store.
            given = view.values
        given = None if given is None else {**self.start_texts(), **given}
        passed_over = given is not None and bool(texts) and self.draft_texts(given) != texts
        view.set_values({**self.start_texts(), **texts} if given is None or passed_over else given)
        view.settle(self.start_texts(), unfolded=unfolded)
        if given is None and texts:
            self.note(f"your draft of {when} ago; ^n empties it")
        elif given is not None and passed_over:
            view.replace(given, whole=True)
            await self.draft.set_aside(services, texts)
            self.note(f"^z brings back your draft of {when} ago")
        return texts

    def show_problems(self, problems: Sequence[Problem], words: str = "") -> bool:
        """Show what is wrong at its fields and how many they are, and go to the first; whether there is any."""
        self.form_view.set_problems(problems)
        self.wrong = {problem.field: str(problem) for problem in problems}
        if not problems:
            self.note("")
            return False
        self.form_view.focus_first_problem()
        fields = "1 field needs" if len(problems) == 1 else f"{len(problems)} fields need"
        whole = next((f": {problem}" for problem in problems if not problem.field), "")
        self.note(f"✗ {words or f'{fields} a look{whole}'}", "$error")
        return True

    def show_refused(self, refused: Refused) -> None:
        """What the API found wrong, at the fields that caused it; nothing typed is lost."""
        problems = [Problem(name, None, words) for name, words in refused.fields.items()]
        self.show_problems(problems)
        self.wrong = {name: f"{name}: {words}" for name, words in refused.fields.items()}
        if refused.rest:
            self.wrong[""] = refused.rest
        self.note("✗ refused; nothing was changed", "$error")

    @on(FormView.Changed)
    def _typed(self, event: FormView.Changed) -> None:
        self.changed(event.name)

    @on(FormView.Emptied)
    def _emptied(self, event: FormView.Emptied) -> None:
        self.note(f"{event.name} is empty now; ^z brings it back")

    @on(FormView.UndoRequested)
    def _undo_requested(self, event: FormView.UndoRequested) -> None:
        self.action_command(cmd.UndoForm.id if event.back else cmd.RedoForm.id)

    @on(Button.Pressed, ".form-send")
    @on(FormView.Submitted)
    def _send_pressed(self) -> None:
        self.action_command(self.SENDS.id)

    async def on_unmount(self) -> None:
        """The last keys before the screen closes are kept too."""
        await self.draft.keep()


def absent_files(values: Mapping[str, object]) -> list[Problem]:
    """A problem for each field that names a file which is not there."""
    from tui.forms import missing_file

    problems: list[Problem] = []
    for name, value in values.items():
        absent = missing_file(value, lambda path: Path(path).expanduser().is_file())
        if absent is not None:
            problems.append(Problem(name, value, f"no such file: {absent}"))
    return problems
