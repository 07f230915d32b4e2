"""An app with a form in it, a schema with a field of every kind, and waits for conditions."""

from __future__ import annotations

import json
from typing import Any

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Button

from tests.support.paths import REPLICATE
from tests.support.screen import until
from tui.appearance import DARK
from tui.forms import Form
from tui.resources import styles
from tui.widgets.form.form_view import FormView

RECORDED = REPLICATE / "schemas"
HOSTILE = "[/] [bold]x[/b] \x1b[31mred\x1b]52;c;AAAA\x07 \u202egnp 漢字 \U0001f600"

KINDS: dict[str, dict[str, Any]] = {
    "prompt": {"type": "string", "description": HOSTILE},
    "style": {"type": "string", "default": "plain"},
    "width": {"type": "integer", "minimum": 64, "maximum": 1440, "default": 1024},
    "guidance": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
    "tiled": {"type": "boolean", "default": False},
    "format": {"type": "string", "enum": ["webp", "jpg", "png", "[/] \x1b[31m 漢"], "default": "webp"},
    "image": {"type": "string", "format": "uri"},
    "api_key": {"type": "string", "format": "password", "writeOnly": True, "x-cog-secret": True},
    "sizes": {"type": "array", "items": {"type": "integer"}},
    "extra": {"type": "object"},
    "old": {"type": "string", "deprecated": True, "default": "x"},
}


def form_of(properties: dict[str, dict[str, Any]] | None = None, required: tuple[str, ...] = ("prompt",)) -> Form:
    """A form of these properties in this order."""
    given = KINDS if properties is None else properties
    ordered = {name: {**schema, "x-order": n} for n, (name, schema) in enumerate(given.items())}
    need = [name for name in required if name in given]
    section = {"type": "object", "properties": ordered, "required": need}
    return Form.parse({"components": {"schemas": {"Input": section}}})


def recorded_form(name: str) -> Form:
    """The form of a recorded schema."""
    path = next(RECORDED.glob(f"{name}__*.json"))
    return Form.parse(json.loads(path.read_text())["model"]["latest_version"]["openapi_schema"])


class Host(App[None]):
    """A form with a button below it, which is what comes after the form."""

    CSS_PATH = styles()  # pyright: ignore
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None

    def __init__(self, form: Form | None) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.given = form
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield FormView(self.given, id="the-form")
            yield Button("Run", id="after", compact=True)

    @property
    def view(self) -> FormView:
        return self.screen_stack[0].query_one(FormView)

    def on_form_view_changed(self, event: Message) -> None:
        self.heard.append(event)

    def on_form_view_field_focused(self, event: Message) -> None:
        self.heard.append(event)

    def on_form_view_edit_requested(self, event: Message) -> None:
        self.heard.append(event)

    def on_form_view_submitted(self, event: Message) -> None:
        self.heard.append(event)

    def heard_of(self, kind: type[Message]) -> list[Any]:
        return [event for event in self.heard if isinstance(event, kind)]


async def all_mounted(pilot: Pilot[Any], app: Host) -> None:
    """Waits until every field is there."""
    await until(pilot, lambda: app.view.is_mounted and app.view.complete)
