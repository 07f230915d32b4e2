"""The side panel of a conversation: the system prompt and the parameters that the model's schema has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.forms import Form, Problem, to_text
from tui.widgets.form.field_help import FieldHelp
from tui.widgets.form.form_view import FormView

if TYPE_CHECKING:
    from tui.services.chat.can_chat import Fit
    from tui.store.conversation import Conversation

SYSTEM = "system prompt"
"""The name of the field for a system prompt where the schema has none of its own."""
_SYSTEM_SCHEMA: Mapping[str, object] = {
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "properties": {
                    SYSTEM: {
                        "type": "string",
                        "format": "textarea",
                        "description": "What the model is told before the conversation.",
                    }
                },
            }
        }
    }
}


class ChatPanel(Vertical):
    """Shows the parameters; each change is told at once, checked."""

    @dataclass
    class Changed(Message):
        """Parameters as they are typed, but for those that the schema refuses; and the system prompt."""

        panel: ChatPanel
        parameters: Mapping[str, object]
        system: str

        @property
        def control(self) -> ChatPanel:
            return self.panel

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._system = ""
        self._form: Form | None = None
        self._key: tuple[str | None, str] | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="chat-panel-title")
        yield FormView(id="chat-form")
        yield FieldHelp(most=5, named=False, id="chat-panel-help")

    @property
    def view(self) -> FormView:
        """The form."""
        return self.query_one(FormView)

    def show(self, conversation: Conversation | None, model: str, form: Form, fit: Fit) -> None:
        """The parameters of a conversation, or of a new one; what is being typed stays as it is."""
        key = (conversation.id if conversation is not None else None, model)
        title = Content.assemble(("Parameters", "bold"), (f"  {model}", "$text-muted"))
        self.query_one("#chat-panel-title", Static).update(title)
        if key == self._key:
            return
        if self._key == (None, model) and self.view.values:
            # The new conversation was kept because of what is typed here.
            self._key = key
            return
        self._key = key
        own = form.field(fit.system_field) if fit.system_field else None
        system = (own,) if own is not None else Form.parse(_SYSTEM_SCHEMA).fields if fit.system else ()
        self._system = system[0].name if system else ""
        others = (form.field(name) for name in fit.parameters if name != self._system)
        self._form = Form((*system, *(field for field in others if field is not None)), known=True)
        self.view.set_form(self._form)
        self.view.clear()
        if conversation is None:
            return
        texts = {
            name: value if isinstance(value, str) else to_text(field, value)
            for name, value in conversation.parameters.items()
            if (field := self._form.field(name)) is not None
        }
        if self._system and conversation.system:
            texts[self._system] = conversation.system
        self.view.set_values(texts)

    def enter(self) -> None:
        """Go to the first field."""
        if self._form is not None and self._form.fields:
            self.view.focus_field(self._form.fields[0].name)

    def refused(self, problems: Mapping[str, str]) -> None:
        """What is wrong, at the fields that caused it."""
        self.view.set_problems([Problem(name, None, words) for name, words in problems.items()])

    @on(FormView.Changed)
    def _changed(self, event: FormView.Changed) -> None:
        event.stop()
        if self._form is None:
            return
        values = dict(self.view.values)
        system = values.pop(self._system, "")
        wrong = {problem.field for problem in self._form.from_text(values).problems}
        self.post_message(self.Changed(self, {n: v for n, v in values.items() if n not in wrong}, system))

    @on(FormView.FieldFocused)
    def _focused(self, event: FormView.FieldFocused) -> None:
        event.stop()
        self.query_one(FieldHelp).explain(event.field, self.view.fields)
