"""A model's source beside its latest version at Replicate: what changed in inputs and outputs, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui import wording
from tui.api.types import Version
from tui.screens.models.version_compare import change_words, styled_changes
from tui.services.deployments.setup import short
from tui.toolkit.screen import DialogScreen

if TYPE_CHECKING:
    from tui.sandbox.jsons import Obj


class LocalCompare(DialogScreen[None]):
    """What a push of the source would change for whoever runs the model there."""

    BINDINGS = [("escape,q", "leave", "Back")]

    def __init__(self, name: str, schema: Obj, ref: str, version: Version | None) -> None:
        """`version` is the latest of the model `ref`; None where it has none yet."""
        super().__init__()
        self._called = name
        self._schema = schema
        self._ref = ref
        self._version = version

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(
                Content.styled(f"{wording.one_line(self._called, 40)} and {self._ref}", "bold"), id="dialog-title"
            )
            yield Static(Content(f"there  {self._there()}\nhere   the source as it is now"), id="compare-which")
            with VerticalScroll(id="compare-body"):
                yield Static(styled_changes(self._lines()), id="compare-words")
            yield Static(Content.styled("esc goes back", "$text-muted"), id="dialog-keys")

    def on_mount(self) -> None:
        self.query_one("#compare-body").focus()

    def _there(self) -> str:
        version = self._version
        if version is None:
            return "no version yet"
        cog = f"  Cog {version.cog_version}" if version.cog_version else ""
        return f"{short(version.id)}  {wording.exact(version.created_at)[:16]}{cog}"

    def _lines(self) -> list[str]:
        from tui.forms import Form

        if self._version is None:
            return ["The model has no version yet: the first push makes one."]
        if self._version.openapi_schema is None:
            return [f"{short(self._version.id)} has no schema: what changed cannot be told."]
        return change_words(Form.parse(self._version.openapi_schema), Form.parse(self._schema))

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
