"""Asks for files of this machine, one after another, each checked before anything is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui import wording
from tui.api.errors import InvalidInput
from tui.api.uploads import check_readable
from tui.screens.command_host import app_of
from tui.toolkit.screen import DialogScreen
from tui.toolkit.static import FixedWidthInput
from tui.toolkit.workers import work
from tui.widgets.form.file_field import FilePicker, PathSuggester, local_path, pasted_path
from tui.widgets.picker import Row

_TEXT = "Replicate keeps it for 24 hours, and takes 100 MB at most. Give several, one after another."
_KEYS = "→ completes · enter adds, and with nothing typed uploads · ^o browses · ^u takes the last out · esc goes back"
_SHOWN = 8
"""Files that are listed; of more the last ones."""


class UploadDialog(DialogScreen[list[Path] | None]):
    """The result are the files to upload, each of which could be read; None after escape."""

    BINDINGS = [
        Binding("escape", "give_up", "Back"),
        Binding("ctrl+o", "browse", "Browse"),
        # Before the line, which knows only how to empty itself.
        Binding("ctrl+u", "take_out", "Take out", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._chosen: dict[Path, int] = {}

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Upload files", "bold"), id="dialog-title")
            yield Static(Content(_TEXT), id="dialog-text")
            field = FixedWidthInput(placeholder="path of a file", suggester=PathSuggester(), compact=True)
            field.cursor_blink = False
            yield field
            yield Static(id="upload-chosen")
            yield Static(id="upload-problem")
            yield Static(Content.styled(_KEYS, "$text-muted"), id="dialog-keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = pasted_path(event.value)
        if text:
            work(self, "Looking at a file", "add", self._add, text)
        elif self._chosen:
            self.dismiss(list(self._chosen))

    async def _add(self, text: str) -> None:
        """Look at a file, and add it to those that are chosen."""
        path = local_path(text)
        problem = ""
        try:
            if path is None:
                raise InvalidInput("An address needs no upload: a model takes it as it stands.")
            self._chosen[path.absolute()] = await asyncio.to_thread(check_readable, path)
        except InvalidInput as error:
            problem = str(error)
        except (OSError, ValueError) as error:
            problem = f"{text[:120]} cannot be read: {getattr(error, 'strerror', None) or error}."
        else:
            self.query_one(Input).value = ""
        self._draw(problem)

    def _draw(self, problem: str = "") -> None:
        sizes = self._chosen
        lines = [f"{wording.one_line(path.name, 70)}  {wording.size(size)}" for path, size in sizes.items()]
        if len(lines) > 1:
            lines.append(f"{len(sizes)} files, {wording.size(sum(sizes.values()))}")
        self.query_one("#upload-chosen", Static).update(Content("\n").join(map(Content, lines[-_SHOWN:])))
        self.query_one("#upload-problem", Static).update(Content.styled(problem, "$error"))

    async def action_browse(self) -> None:
        """Look for a file, folder by folder."""
        last = next(reversed(self._chosen), None)
        start = last.parent if last is not None else Path.cwd()

        def picked(row: Row | None) -> None:
            if row is not None and row.value:
                work(self, "Looking at a file", "add", self._add, row.value)

        app_of(self).push_screen(FilePicker("Upload a file", start), picked)

    def action_take_out(self) -> None:
        """Empty the line, else take out the file that was added last."""
        field = self.query_one(Input)
        if field.value:
            field.value = ""
        elif self._chosen:
            self._chosen.popitem()
        self._draw()

    def action_give_up(self) -> None:
        """Leave without an upload."""
        self.dismiss(None)
