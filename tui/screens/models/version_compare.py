"""Two versions of a model side by side: what changed in their inputs and outputs, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from tui import wording
from tui.screens.command_host import console, show_failure
from tui.services.deployments.setup import short
from tui.toolkit.screen import DialogScreen
from tui.toolkit.workers import work
from tui.widgets.picker import Picker, Row

if TYPE_CHECKING:
    from tui.api.types import Version
    from tui.forms import Form
    from tui.services.services import Services


async def compared(services: Services, model: str, old: str, new: str) -> list[str]:
    """What changed from one version's schema to another's, each in a line. Raises an ApiError."""
    from tui.forms import Form

    before = await services.catalogue.version(model, old)
    after = await services.catalogue.version(model, new)
    if before.openapi_schema is None or after.openapi_schema is None:
        which = " and ".join(short(v.id) for v in (before, after) if v.openapi_schema is None)
        return [f"{which} has no schema: what changed cannot be told."]
    return change_words(Form.parse(before.openapi_schema), Form.parse(after.openapi_schema))


def change_words(old: Form, new: Form) -> list[str]:
    """What changed from one form to another, each in a line; `!` stands before what may break a program."""
    from tui.forms import compare

    found = compare(old, new)
    if not found:
        return ["The same inputs and outputs: nothing that one fills in or reads is different."]
    return [f"{'! ' if change.breaking else '  '}{change.text}" for change in found] + (
        ["! may break what runs it today"] if any(change.breaking for change in found) else []
    )


def styled_changes(lines: list[str]) -> Content:
    """The lines as they are shown."""
    return Content("\n").join(
        Content.styled(line, "$warning") if line.startswith("! ") else Content(line) for line in lines
    )


class VersionCompare(DialogScreen[None]):
    """Shows what changed between two versions; the two can be chosen."""

    BINDINGS = [
        ("escape,q", "leave", "Back"),
        ("o", "choose('old')", "Old"),
        ("n", "choose('new')", "New"),
        ("x", "swap", "Swap"),
    ]

    def __init__(self, model: str, versions: Sequence[Version], *, old: str = "", new: str = "") -> None:
        """`versions` are newest first; without `old` and `new` the newest two are compared."""
        super().__init__()
        self._model = model
        self._versions = list(versions)
        ids = [version.id for version in self._versions]
        self._new = new or (ids[0] if ids else "")
        after = ids.index(self._new) + 1 if self._new in ids else 0
        self._old = old if old and old != self._new else (ids[after] if after < len(ids) else ids[0] if ids else "")

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled(f"Versions of {self._model}", "bold"), id="dialog-title")
            yield Static(id="compare-which")
            with VerticalScroll(id="compare-body"):
                yield Static(id="compare-words")
            yield Static(
                Content.styled("o chooses the old one · n the new one · x swaps · esc goes back", "$text-muted"),
                id="dialog-keys",
            )

    def on_mount(self) -> None:
        self.query_one("#compare-body").focus()
        self._load()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What could not be had is told in the dialog too."""
        if show_failure(self, event):
            self._show(["It could not be compared."])

    def _load(self) -> None:
        self.query_one("#compare-which", Static).update(
            Content(f"old  {self._named(self._old)}\nnew  {self._named(self._new)}")
        )
        services = console(self).services
        if services is None or not self._old or not self._new:
            self._show(["There are no two versions to compare."])
            return
        self._show(["comparing…"])
        work(self, "Comparing", "compare", self._compare, services, self._old, self._new)

    async def _compare(self, services: Services, old: str, new: str) -> None:
        lines = await compared(services, self._model, old, new)
        if (old, new) == (self._old, self._new):
            self._show(lines)

    def _show(self, lines: list[str]) -> None:
        self.query_one("#compare-words", Static).update(styled_changes(lines))

    def _named(self, version_id: str) -> str:
        found = next((version for version in self._versions if version.id == version_id), None)
        if found is None:
            return short(version_id)
        words = [short(version_id), wording.exact(found.created_at)[:16]]
        return "  ".join([*words, f"Cog {found.cog_version}"] if found.cog_version else words)

    def action_choose(self, which: str) -> None:
        """Choose one of the two."""
        rows = [Row(version.id, self._named(version.id)) for version in self._versions]

        def picked(row: Row | None) -> None:
            if row is not None and row.value is not None:
                if which == "old":
                    self._old = row.value
                else:
                    self._new = row.value
                self._load()

        self.app.push_screen(  # pyright: ignore[reportUnknownMemberType]
            Picker(f"The {which} version", rows, here=self._old if which == "old" else self._new), picked
        )

    def action_swap(self) -> None:
        """The other way round."""
        self._old, self._new = self._new, self._old
        self._load()

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
