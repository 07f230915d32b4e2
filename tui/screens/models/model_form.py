"""The form of a model of one's own: made new, or what can be changed of one that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui import wording
from tui.forms import Form, Problem
from tui.screens.deployments.setup_fields import hardware_rows
from tui.screens.dialogs.question import Ask, Option
from tui.screens.form_screen import FormScreen
from tui.services.models.own_models import TO_CHANGE, TO_CREATE, changed_texts
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work
from tui.widgets.form.field_base import Entry, FieldWidget
from tui.widgets.form.form_view import FormView
from tui.widgets.form.setup_fields import PickField
from tui.widgets.picker import Row

if TYPE_CHECKING:
    from tui.api.errors import ApiError
    from tui.api.types import Model
    from tui.services.services import Services

_WHAT = {
    "owner": "The account that it belongs to: yours, or an organization's that this token is for.",
    "name": "Lower-case letters, digits, dots, dashes and underscores. It cannot be changed later.",
    "visibility": "Who can see and run it. The API cannot change it later; a public model cannot be deleted.",
    "hardware": "What it runs on when it is run without a deployment. The API cannot change it later.",
    "description": "What it does, in a sentence.",
    "github_url": "Where its code is: an http or https address.",
    "paper_url": "A paper about it: an http or https address.",
    "license_url": "Its licence: an http or https address.",
    "cover_image_url": "A picture that stands for it: an http or https address. The API cannot change it later.",
    "weights_url": "Where its weights are: an http or https address. The API does not tell what is set now.",
}


def model_form(*, new: bool) -> Form:
    """The fields of models.create, or of models.update."""
    properties: dict[str, Any] = {}
    for order, name in enumerate(TO_CREATE if new else TO_CHANGE):
        properties[name] = {"type": "string", "description": _WHAT[name], "x-order": order}
        if name == "visibility":
            properties[name]["enum"] = ["private", "public"]
    required = ["owner", "name", "visibility", "hardware"] if new else []
    schema = {"type": "object", "required": required, "properties": properties}
    return Form.parse({"components": {"schemas": {"Input": schema}}})


class ModelFields(FormView):
    """The form, with the hardware to choose from."""

    def __init__(self, form: Form, *, id: str) -> None:
        super().__init__(form, id=id)
        self._hardware: Sequence[Row] = ()

    def widget_for(self, entry: Entry) -> FieldWidget:
        if entry.field.name == "hardware":
            return PickField(self, entry, self._hardware, empty="asking for the hardware…")
        return super().widget_for(entry)

    def set_hardware(self, rows: Sequence[Row]) -> None:
        """What can be chosen to run on."""
        self._hardware = rows
        widget = self.widget_of("hardware")
        if isinstance(widget, PickField):
            widget.set_rows(rows, "not chosen")


class ModelForm(FormScreen):
    """Gives the model that was made or changed, or None."""

    HELP = "A model of yours. tab goes to the next field, ctrl+r sends it after asking. What is typed is kept."
    SENDS = cmd.ApplyChanges
    BINDINGS = cmd.bindings(cmd.ApplyChanges, cmd.EditInEditor, cmd.ResetForm, cmd.Back)

    def __init__(self, model: Model | None = None) -> None:
        """`model`: the one to change; None for a new one."""
        super().__init__()
        self.model = model
        self._refused: dict[str, str] = {}
        """What was refused, by field; "" for what no field caused."""

    @property
    def draft_key(self) -> str:
        """A new model's, or that of the one that is changed."""
        return f"model:{self.model.ref}" if self.model is not None else "model:new"

    @property
    def _fields(self) -> ModelFields:
        return self.query_one(ModelFields)

    def compose_body(self) -> ComposeResult:
        with Container(id="setup"):
            title = Content.styled("A new model" if self.model is None else self.model.ref, "bold $accent")
            fields = ModelFields(model_form(new=self.model is None), id="setup-fields")
            yield from self.form_column("setup", title, fields, "Create  ^r" if self.model is None else "Update  ^r")
            with VerticalScroll(id="setup-summary", can_focus=True):
                yield FixedSizeStatic(id="setup-words")

    def on_mount(self) -> None:
        self._fields.set_values(self._start())
        self._draw()
        self.call_after_refresh(self._fields.focus_field, "name" if self.model is None else "description")

    def _start(self) -> dict[str, str]:
        if self.model is None:
            user = self.services.username if self.services is not None else None
            return {"owner": user or "", "visibility": "private"}
        return {
            "description": self.model.description,
            "github_url": self.model.github_url or "",
            "paper_url": self.model.paper_url or "",
            "license_url": self.model.license_url or "",
        }

    def services_ready(self, services: Services) -> None:
        """Load the draft and, for a new model, the hardware."""
        work(self, "Draft", "draft-read", self._load_draft, services)
        if self.model is None:
            work(self, "Hardware", "hardware", self._load_hardware, services)

    async def _load_draft(self, services: Services) -> None:
        texts = await self.read_draft(services)
        if texts:
            self._fields.set_values(texts)
            self._draw()

    async def _load_hardware(self, services: Services) -> None:
        self._fields.set_hardware(hardware_rows(await services.deployments.hardware(), services.prices))

    # ---- as one types

    def typed(self, name: str | None) -> None:
        """What it is made with, or what changes, follows."""
        del name
        self._settle()
        self._draw()

    def _words(self) -> list[str]:
        texts = self._fields.values
        if self.model is None:
            return [f"{name}: {wording.one_line(text, 200)}" for name, text in texts.items() if text.strip()]
        changed = changed_texts(self.model, texts)
        return [f"{name}: {wording.one_line(text, 200) or 'emptied'}" for name, text in changed.items()]

    def _settle(self) -> None:
        """What the user has changed since is not wrong any more; a key from before it was refused changes nothing."""
        wrong = self._fields.problems
        self._refused = {name: words for name, words in self._refused.items() if not name or name in wrong}

    def _draw(self) -> None:
        lines = self._words() or ["nothing yet"]
        heading = "It changes" if self.model is not None else "It is made with"
        said = [Content.styled(f"✗ {line}\n", "$error") for line in self._refused.values()]
        said.append(
            Content.assemble(Content.styled(heading, "bold"), *(Content(f"\n  {line}") for line in lines), "\n")
        )
        told = (
            "An empty model: push a version to it with Cog, or name it as the destination of a training."
            if self.model is None
            else "Name, visibility, hardware and cover image cannot be changed through the API. The README has a key "
            "of its own in the section Models: E."
        )
        said.append(Content.styled(told, "$foreground 60%"))
        self.query_one("#setup-words", Static).update(Content("\n").join(said))

    def draft_texts(self) -> dict[str, str]:
        """What differs from what the model has, or from an empty form."""
        start, texts = self._start(), self._fields.values
        return {n: texts.get(n, "") for n in {*texts, *start} if texts.get(n, "") != start.get(n, "")}

    # ---- sending

    def why_not_apply_changes(self) -> str | None:
        """Nothing to send."""
        if self.services is None:
            return "The console is not connected yet."
        if self.model is not None and not changed_texts(self.model, self._fields.values):
            return "Nothing changes: this is how the model is already."
        return None

    def _checked(self) -> dict[str, str] | None:
        form = self._fields.model_form
        texts = {name: text.strip() for name, text in self._fields.values.items() if text.strip()}
        if form is None:
            return None
        checked = form.from_text(texts)
        problems = [*checked.problems, *(Problem(name, None, "is required") for name in checked.missing)]
        problems += [
            Problem(name, text, "must be an http or https address")
            for name, text in texts.items()
            if name.endswith("_url") and not text.lower().startswith(("https://", "http://"))
        ]
        self._fields.set_problems(problems)
        self._refused = {problem.field: str(problem) for problem in problems}
        self._draw()
        if problems:
            self.note("✗ not sent: something needs a look", "$error")
            self._fields.focus_first_problem()
            return None
        return texts

    async def do_apply_changes(self) -> None:
        """Check, say what it means, and send it when the user agrees."""
        from tui.api.errors import ApiError
        from tui.services.deployments.deployments import Unsure

        services, texts = self.services, self._checked()
        if services is None or texts is None:
            return
        what = (
            f"Update {self.model.ref}?"
            if self.model is not None
            else f"Create {texts.get('owner', '')}/{texts.get('name', '')}?"
        )
        options = [Option("send", "s", "Send it"), Option("stay", "b", "Back to the form")]
        if await self.host.push_screen_wait(Ask(what, "\n".join(self._words()), options)) != "send":
            return
        self.note("sending…")
        try:
            found = await self._send(services, texts)
        except Unsure as unsure:
            self.note("the answer was lost", "$warning")
            self._refused = {"": str(unsure)}
            self._draw()
            return
        except ApiError as error:
            self._show_refused(error)
            return
        await self.forget_draft(services)
        self.dismiss(found)

    async def _send(self, services: Services, texts: Mapping[str, str]) -> Model:
        if self.model is None:
            return await services.own_models.create(texts)
        return await services.own_models.update(self.model, changed_texts(self.model, texts))

    def _show_refused(self, error: ApiError) -> None:
        """What the API found wrong, at the fields that caused it; nothing typed is lost."""
        from tui.services.refusals import blame

        fields, rest = blame(error, TO_CREATE if self.model is None else TO_CHANGE)
        self._fields.set_problems([Problem(name, None, words) for name, words in fields.items()])
        self._refused = {name: f"{name}: {words}" for name, words in fields.items()} | ({"": rest} if rest else {})
        self.note("✗ refused; nothing was changed", "$error")
        self._fields.focus_first_problem()
        self._draw()

    # ---- commands

    def do_reset_form(self) -> None:
        """Back to what is there, or to an empty form."""
        self._fields.clear()
        self._fields.set_values(self._start())
        self._fields.set_problems([])
        self.note("")
        self.changed()

    def do_back(self) -> None:
        """To where one came from; the draft stays."""
        self.dismiss(None)
