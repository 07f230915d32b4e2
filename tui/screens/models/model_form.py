"""The form of a model of one's own: made new, or what can be changed of one that is there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui import wording
from tui.forms import Form, Problem
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.deployments.setup_fields import SetupFields, hardware_rows
from tui.screens.dialogs.lost_answer import carry_out
from tui.screens.dialogs.question import Ask, Option
from tui.screens.form_commands import COMMANDS
from tui.screens.form_screen import FormScreen
from tui.services.models.own_models import TO_CHANGE, TO_CREATE, changed_texts
from tui.services.outcome import Applied, Refused
from tui.toolkit.static import FixedSizeStatic
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from tui.api.types import Model
    from tui.services.models.own_models import Outcome
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


class ModelForm(FormScreen):
    """Gives what became of it once the model was made or changed, or None."""

    HELP = "A model of yours. tab goes to the next field, ctrl+r sends it after asking. What is typed is kept."
    SENDS = cmd.ApplyChanges
    BINDINGS = cmd.bindings(cmd.ApplyChanges, *COMMANDS)

    def __init__(self, model: Model | None = None) -> None:
        """`model`: the one to change; None for a new one."""
        super().__init__(f"model:{model.ref}" if model is not None else "model:new")
        self.model = model

    @property
    def _fields(self) -> SetupFields:
        return self.query_one(SetupFields)

    def compose_body(self) -> ComposeResult:
        with Container(id="setup"):
            title = Content.styled("A new model" if self.model is None else self.model.ref, "bold $accent")
            fields = SetupFields(model_form(new=self.model is None), id="setup-fields")
            yield from self.form_column("setup", title, fields, "Create  ^r" if self.model is None else "Update  ^r")
            with VerticalScroll(id="setup-summary", can_focus=True):
                yield FixedSizeStatic(id="setup-words")

    def on_mount(self) -> None:
        self._fields.set_rows("hardware", (), "asking for the hardware…")
        self._fields.set_values(self.start_texts())
        self._draw()
        self.call_after_refresh(self._fields.focus_field, "name" if self.model is None else "description")

    def start_texts(self) -> dict[str, str]:
        """What the model has, or whose a new one becomes."""
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
        await self.put_draft(services)
        self._draw()

    async def _load_hardware(self, services: Services) -> None:
        rows = hardware_rows(await services.deployments.hardware(), services.prices)
        self._fields.set_rows("hardware", rows, "not chosen")

    # ---- as one types

    def typed(self, name: str | None) -> None:
        """What it is made with, or what changes, follows."""
        self._draw()

    def _words(self) -> list[str]:
        texts = self._fields.values
        if self.model is None:
            return [f"{name}: {wording.one_line(text, 200)}" for name, text in texts.items() if text.strip()]
        changed = changed_texts(self.model, texts)
        return [f"{name}: {wording.one_line(text, 200) or 'emptied'}" for name, text in changed.items()]

    def _draw(self) -> None:
        lines = self._words() or ["nothing yet"]
        heading = "It changes" if self.model is not None else "It is made with"
        said = [Content.styled(f"✗ {line}\n", "$error") for line in self.wrong.values()]
        said.append(Content.assemble(Content.styled(heading, "bold"), *(Content(f"\n{line}") for line in lines), "\n"))
        told = (
            "An empty model: push a version to it with Cog, or name it as the destination of a training."
            if self.model is None
            else "Name, visibility, hardware and cover image cannot be changed through the API. The README has a key "
            "of its own in the section Models: E."
        )
        said.append(Content.styled(told, "$text-muted"))
        self.query_one("#setup-words", Static).update(Content("\n").join(said))

    # ---- sending

    def why_not_apply_changes(self) -> str | None:
        """Nothing to send."""
        if self.services is None:
            return NOT_CONNECTED
        if self.model is not None and not changed_texts(self.model, self._fields.values):
            return "Nothing changes: this is how the model is already."
        return None

    def _problems(self, texts: dict[str, str]) -> list[Problem]:
        checked = model_form(new=self.model is None).from_text(texts)
        problems = [*checked.problems, *(Problem(name, None, "is required") for name in checked.missing)]
        return problems + [
            Problem(name, text, "must be an http or https address")
            for name, text in texts.items()
            if name.endswith("_url") and not text.lower().startswith(("https://", "http://"))
        ]

    async def do_apply_changes(self) -> None:
        """Check, say what it means, and send it when the user agrees."""
        services, model = self.services, self.model
        texts = {name: text.strip() for name, text in self._fields.values.items() if text.strip()}
        if self.show_problems(self._problems(texts), "not sent: something needs a look") or services is None:
            self._draw()
            return
        ref = model.ref if model is not None else f"{texts.get('owner', '')}/{texts.get('name', '')}"
        options = [Option("send", "s", "Send it"), Option("stay", "b", "Back to the form")]
        what = f"Update {ref}?" if model is not None else f"Create {ref}?"
        if await self.host.push_screen_wait(Ask(what, "\n".join(self._words()), options)) != "send":
            return
        own = services.own_models
        send = partial(own.create, texts) if model is None else partial(own.update, model, changed_texts(model, texts))
        self.note("sending…")
        await self._answer(services, await carry_out(self.host, send, partial(own.look, ref)))

    async def _answer(self, services: Services, outcome: Outcome) -> None:
        match outcome:
            case Applied():
                await self.draft.forget(services)
                self.dismiss(outcome)
            case Refused():
                self.show_refused(outcome)
            case _:
                self.note("the answer was lost", "$warning")
                self.wrong = {"": outcome.words}
        if self.is_attached:
            self._draw()
