"""What one does with every form: find a field, edit it in $EDITOR, empty the form, undo that, go back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from textual.app import App

from tui import commands as cmd
from tui.forms import Problem
from tui.screens.command_host import ConsoleApp
from tui.screens.form_draft import FormDraft
from tui.widgets.form.form_column import FormColumn
from tui.widgets.form.form_view import FormView

if TYPE_CHECKING:
    from tui.services.services import Services

COMMANDS = (cmd.FindField, cmd.FilterFields, cmd.EditInEditor, cmd.ResetForm, cmd.UndoForm, cmd.RedoForm, cmd.Back)


class HasForm(Protocol):
    """What the commands use of the screen."""

    draft: FormDraft

    @property
    def form_view(self) -> FormView: ...
    @property
    def host(self) -> App[Any]: ...
    @property
    def console(self) -> ConsoleApp: ...
    @property
    def services(self) -> Services | None: ...

    def start_texts(self) -> dict[str, str]: ...
    def draft_texts(self, texts: Mapping[str, str]) -> dict[str, str]: ...
    def changed(self, name: str | None = None) -> None: ...
    def note(self, words: str, style: str = ...) -> None: ...
    def show_problems(self, problems: Sequence[Problem], words: str = "") -> bool: ...
    def dismiss(self, result: Any = None) -> Any: ...


class FormCommands:
    """The commands of a screen with one form. Nothing that was typed goes without a way back."""

    def __init__(self, screen: HasForm, column: Callable[[], FormColumn]) -> None:
        self._screen = screen
        self._column = column

    def why_not_find_field(self) -> str | None:
        """Only where there are fields."""
        return None if self._screen.form_view.fields else "There are no fields here yet."

    why_not_filter_fields = why_not_find_field

    def do_find_field(self) -> None:
        """Look for a field by its name or its description."""
        self._column().begin_find()

    do_filter_fields = do_find_field

    async def do_edit_in_editor(self) -> None:
        """Edit the focused field in $EDITOR."""
        from tui.terminal.editor import edit_text

        screen, view = self._screen, self._screen.form_view
        name = view.focused_field
        if name is None:
            screen.console.say("No field has the focus.", severity="warning")
        elif any(field.name == name and field.kind == "secret" for field in view.fields):
            screen.console.say("A secret is not written into a file for an editor.", severity="warning")
        elif (text := await edit_text(screen.host, view.values.get(name, ""), name)) is not None:
            view.replace({name: text})
            screen.changed(name)
            if not text:
                screen.note(f"{name} is empty now; ^z brings it back")

    async def do_reset_form(self) -> None:
        """As the form began. What it held is kept aside, also when the screen is left."""
        screen, view = self._screen, self._screen.form_view
        before = view.values
        view.replace(screen.start_texts(), whole=True)
        if view.values == before:
            screen.console.say("The form is as it began: there is nothing to empty.")
            return
        kept = screen.draft_texts(before)
        screen.show_problems([])
        screen.changed()
        screen.note("emptied; ^z brings back what was in it")
        if screen.services is not None:
            await screen.draft.set_aside(screen.services, kept)

    async def do_undo_form(self) -> None:
        """The last change of a field, or of all; at last what an emptied form held the time before."""
        screen, view = self._screen, self._screen.form_view
        if view.go_back():
            screen.changed()
            screen.note("undone; ^y does it again")
            return
        aside = await screen.draft.aside(screen.services) if screen.services is not None else {}
        if not aside:
            screen.note("there is nothing to undo")
            return
        view.replace({**screen.start_texts(), **aside}, whole=True)
        screen.changed()
        screen.note("what the form held before is back; ^z undoes that")

    def do_redo_form(self) -> None:
        """What was undone."""
        if self._screen.form_view.go_forth():
            self._screen.changed()
            self._screen.note("done again; ^z undoes it")
        else:
            self._screen.note("there is nothing to do again")

    def do_back(self) -> None:
        """All fields again, where one looked for some; else to where one came from. The draft stays."""
        if not self._column().end_find():
            self._screen.dismiss(None)
