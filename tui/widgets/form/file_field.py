"""The field for a file: a path with completion, a URL or a data URI, and a dialog to look for one."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Static

from tui.forms import FileInput, Invalid
from tui.toolkit.line_view import printable
from tui.widgets.form.at_replicate import AtReplicate
from tui.widgets.form.entry import Entry, shown
from tui.widgets.form.field_base import FieldHost, FileRequested
from tui.widgets.form.text_fields import LineField
from tui.widgets.media.file_facts import facts, why_not
from tui.widgets.picker import Picker, Row

EMPTY = "path, URL or data URI · enter browses"
MOST_ENTRIES = 20_000
AT_REPLICATE = "@"
"""The value of the row that leads to the files at Replicate; the others are paths."""
PROBED_AFTER = 0.15
"""Seconds after a key until the file system is asked."""


def local_path(text: str) -> Path | None:
    """The local path that a file input names, or None for a URL, a data URI or nonsense."""
    try:
        given = FileInput.parse(text)
    except Invalid:
        return None
    return Path(os.path.expanduser(given.path)) if given.path else None  # noqa: PTH111 # keeps an unknown ~user


def pasted_path(text: str) -> str:
    """A dropped or pasted path as it is meant: terminals quote it, escape its blanks or make it a URL."""
    line = text.strip()
    if "\n" in line or line[:5].lower() in ("data:", "http:", "https"):
        return line
    if line[:1] in ("'", '"') or "\\ " in line:
        try:
            parts = shlex.split(line)
        except ValueError:
            return line
        if len(parts) == 1:
            return parts[0]
    return line


def probe(text: str) -> tuple[str | None, str | None]:
    """What a file input is (a note), and what is wrong with it. Blocks."""
    try:
        path = local_path(text)
        if path is None:
            return (shown(text) if text[:5].lower() == "data:" else None), None
        try:
            return facts(path).words, None
        except OSError as error:
            return None, why_not(path, error)
    except (OSError, ValueError) as error:
        return None, f"cannot be read: {error}"


class PathSuggester(Suggester):
    """Completes a path to the first entry of its folder that goes on as typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The whole path, a folder with a slash at its end; None for URLs and where nothing fits."""
        if not value or local_path(value) is None:
            return None
        return await asyncio.to_thread(self.complete, value)

    @staticmethod
    def complete(value: str) -> str | None:
        """The same, blocking."""
        folder, slash, start = value.rpartition("/")
        if not start:
            return None
        where = Path(os.path.expanduser(folder + slash)) if slash else Path()  # noqa: PTH111
        try:
            with os.scandir(where) as entries:
                names = sorted(
                    entry.name + ("/" if entry.is_dir() else "")
                    for entry in entries
                    if entry.name.startswith(start) and entry.name.isprintable()
                )
        except (OSError, ValueError):
            return None
        return f"{folder}{slash}{names[0]}" if names else None


class FileField(LineField):
    """A local path, a URL or a data URI. Says what the chosen file is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "browse", "Choose a file", show=False, id="form-browse"),
    ]

    def __init__(self, form: FieldHost, entry: Entry) -> None:
        super().__init__(form, entry)
        self.completer = PathSuggester()

    def empty_words(self) -> str:
        return f"required: {EMPTY}" if self.entry.field.required else EMPTY

    def on_mount(self) -> None:
        """A draft may bring its file along."""
        self.text_shown()

    def pasted(self, text: str) -> str:
        return pasted_path(text)

    async def action_submit(self) -> None:
        """Browse while empty, else on to the next field."""
        if self.entry.text is None:
            self.action_browse()
        else:
            await super().action_submit()

    def buttons(self) -> list[tuple[str, str]]:
        return [("browse", "browse"), *super().buttons()]

    def action_browse(self) -> None:
        """Look for a file."""
        self.post_message(FileRequested(self.form, self.entry.field))

    def text_shown(self) -> None:
        if not self.is_attached:
            return
        if self.entry.text is None:
            self.set_note(None)
            return
        self.run_worker(self._probe, group="probe", exclusive=True, exit_on_error=False, name="Looking at a file")
        if not self._held:
            self.run_worker(
                partial(self._complete, self.value),
                group="suggest",
                exclusive=True,
                exit_on_error=False,
                name="Completing a path",
            )

    async def _complete(self, value: str) -> None:
        found = await self.completer.get_suggestion(value)
        if found is not None and value == self.value:
            self.suggest(found)

    def check(self) -> None:
        super().check()
        if self.entry.text is not None and self.entry.problem is None:
            self.run_worker(
                partial(self._probe, leaving=True),
                group="probe",
                exclusive=True,
                exit_on_error=False,
                name="Looking at a file",
            )

    async def _probe(self, *, leaving: bool = False) -> None:
        if not leaving:
            await asyncio.sleep(PROBED_AFTER)
        text = self.entry.text
        if text is None:
            return
        note, problem = await asyncio.to_thread(probe, text)
        if note is None and problem is None and self.form.at_replicate is not None:
            note = await self.form.at_replicate.about(text) or None
        if text != self.entry.text:
            return
        self.set_note(note)
        if problem is not None and (leaving or not self.has_focus):
            self.set_problem(problem)


class FilePicker(Picker):
    """Looks for a file, folder by folder. Gives a Row whose value is the whole path."""

    KEYS = "enter opens or picks · ← folder above · esc goes back"

    def __init__(self, title: str, start: Path, at_replicate: AtReplicate | None = None) -> None:
        super().__init__(title, ())
        self._folder = start
        self._at_replicate = at_replicate

    def on_mount(self) -> None:
        self._open(self._folder)

    def _open(self, folder: Path) -> None:
        self.run_worker(
            partial(self._list, folder), group="list", exclusive=True, exit_on_error=False, name="Listing a folder"
        )

    async def _list(self, folder: Path) -> None:
        try:
            rows = await asyncio.to_thread(folder_rows, folder)
        except OSError as error:
            self.query_one("#picker-count", Static).update(
                Content.styled(f"✗ {folder.name}: {error.strerror or error}", "$error")
            )
            return
        if self._at_replicate is not None:
            rows = [*rows[:1], Row(AT_REPLICATE, "files at Replicate…", "uploaded before"), *rows[1:]]
        before, self._folder = self._folder, folder
        self._show(str(folder), rows)
        values = [row.value for row in self.list.rows]
        came_from = str(before)
        # Going up, the folder one comes from; going down, the first entry that is not the way back.
        self.list.highlight(values.index(came_from) if came_from in values else min(1, len(values) - 1))

    def _show(self, title: str, rows: Sequence[Row]) -> None:
        self._rows = rows
        self.query_one("#picker-title", Static).update(Content.styled(printable(title), "bold"))
        filter_input = self.query_one(Input)
        with filter_input.prevent(Input.Changed):
            filter_input.value = ""
        self.filter("")

    async def _list_uploaded(self, at_replicate: AtReplicate) -> None:
        self._show("Files at Replicate", [Row(str(self._folder), "..", "asking…")])
        found = await at_replicate.rows()
        if self.is_attached:
            self._show("Files at Replicate", [Row(str(self._folder), ".."), *found])
            self.list.highlight(min(1, len(found)))

    def on_key(self, event: events.Key) -> None:
        """Left and backspace lead to the folder above while there is nothing to delete."""
        if event.key in ("left", "backspace") and not self.query_one(Input).value:
            event.stop()
            self._open(self._folder.parent)

    def filter(self, text: str) -> None:
        hidden = text.startswith(".")
        shown_rows = [row for row in self._rows if hidden or not row.words.startswith(".") or row.words == ".."]
        everything, self._rows = self._rows, shown_rows
        super().filter(text)
        self._rows = everything

    def pick(self, row: Row) -> None:
        assert row.value is not None
        if row.value == AT_REPLICATE and self._at_replicate is not None:
            self.run_worker(
                partial(self._list_uploaded, self._at_replicate),
                group="list",
                exclusive=True,
                exit_on_error=False,
                name="Asking for the files at Replicate",
            )
        elif row.note == "folder" or row.words == "..":
            self._open(Path(row.value))
        else:
            self.dismiss(row)


def folder_rows(folder: Path) -> Sequence[Row]:
    """The entries of a folder, folders first. Blocks; raises OSError."""
    folders: list[Row] = []
    files: list[Row] = []
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= MOST_ENTRIES:
                break
            try:
                if entry.is_dir():
                    folders.append(Row(entry.path, f"{entry.name}/", "folder"))
                else:
                    from tui.wording import size as size_words

                    files.append(Row(entry.path, entry.name, size_words(entry.stat().st_size)))
            except OSError:
                files.append(Row(entry.path, entry.name, "?"))
    by_name = [sorted(rows, key=lambda row: row.words.casefold()) for rows in (folders, files)]
    above = [] if folder.parent == folder else [Row(str(folder.parent), "..")]
    return [*above, *by_name[0], *by_name[1]]
