"""Where a question is written: many lines, history, big pastes as chips, attachments, and commands after a slash."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, cast

from rich.text import Text
from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from tui.toolkit.fields import AreaEdit
from tui.toolkit.line_view import printable, shorten
from tui.widgets.bars import Bar, Span
from tui.widgets.form.file_field import pasted_path
from tui.widgets.picker import PickList, Row

FOLD_LINES = 12
FOLD_CHARACTERS = 2_000
"""A paste of more lines or characters is shown as a chip; it is sent whole."""
MOST_SLASHES = 8
NEW_LINE = ("shift+enter", "alt+enter", "ctrl+j", "ctrl+enter", "shift+\r", "alt+\r", "ctrl+\r")
"""The keys that begin a new line, in the ways in which terminals tell them."""
_SLASH = re.compile(r"/([a-z][a-z-]*)(?:\s+(.*))?", re.DOTALL)


class SlashCommand(NamedTuple):
    """A command that can be typed: `/name`, what it does, and why not now."""

    name: str
    words: str
    why_not: str = ""


class ComposerArea(AreaEdit, inherit_bindings=False):
    """The text. Folded pastes are chips in it: they are deleted as one and cannot be typed into."""

    HELP = (
        "Your question: enter sends, shift+enter, alt+enter or ctrl+j begin a new line, up brings back what you sent, "
        "/ lists the commands, page up and down scroll the conversation."
    )

    # Where nothing is marked to copy, ctrl+c is the screen's: it stops what runs, as in every terminal.
    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in TextArea.BINDINGS if isinstance(binding, Binding) and binding.action != "copy"
    ]

    def __init__(self) -> None:
        super().__init__(id="composer-text", highlight_cursor_line=False, compact=True)
        self.set_reactive(TextArea.cursor_blink, False)
        self._pastes: dict[str, str] = {}
        self._count = 0

    @property
    def composer(self) -> Composer:
        """The composer that it is in."""
        return cast("Composer", self.parent)

    # ---- text and chips

    @property
    def whole(self) -> str:
        """The text with every folded paste in its place."""
        text = self.text
        for chip, paste in self._pastes.items():
            text = text.replace(chip, paste)
        return text

    def set_whole(self, text: str) -> None:
        """Another text; one that is huge becomes a chip."""
        self._pastes.clear()
        self.load_text(self._folded(text))
        self.move_cursor(self.document.end)

    def _folded(self, text: str) -> str:
        lines = text.count("\n") + 1
        if lines <= FOLD_LINES and len(text) <= FOLD_CHARACTERS:
            return text
        self._count += 1
        chip = f"[paste {self._count}: {lines:,} lines, {len(text):,} characters]"
        self._pastes[chip] = text
        return chip

    def _chips_in(self, row: int) -> list[tuple[int, int]]:
        if not self._pastes or row >= self.document.line_count:
            return []
        line = self.document.get_line(row)
        return [(at, at + len(chip)) for chip in self._pastes if (at := line.find(chip)) >= 0]

    def edit(self, edit: Edit) -> EditResult:
        start, end = sorted((edit.from_location, edit.to_location))
        first, last = start, end
        for left, right in self._chips_in(start[0]):
            if left < start[1] < right:
                first = (start[0], left) if start != end else (start[0], right)
        for left, right in self._chips_in(end[0]):
            if left < end[1] < right:
                last = (end[0], right)
        if (first, last) != (start, end):
            edit = Edit(edit.text, first, last, maintain_selection_offset=False)
        return super().edit(edit)

    def get_line(self, line_index: int) -> Text:
        text = Text(printable(self.document.get_line(line_index)), end="", no_wrap=True)
        for left, right in self._chips_in(line_index):
            text.stylize("reverse", left, right)
        return text

    # ---- keys

    def on_paste(self, event: events.Paste) -> None:
        """A paste, folded where it is large."""
        event.stop()
        event.prevent_default()
        self.insert_paste(event.text)

    def action_paste(self) -> None:
        """Paste from the console's own clipboard."""
        self.insert_paste(cast("App[Any]", self.app).clipboard)  # pyright: ignore[reportUnknownMemberType]

    def insert_paste(self, text: str) -> None:
        """A pasted text, in place of the selection; the path of a file is attached where files are taken."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if self.composer.takes_files and "\n" not in text.strip() and len(text) < 4096:
            path = pasted_path(text)
            if path.startswith(("/", "~", "./", "../")) and _is_file(path):
                self.composer.post_message(Composer.FileDropped(self.composer, path))
                return
        start, end = sorted(self.selection)
        self.type_over(self._folded(text), start, end)

    def action_send(self) -> None:
        """Send, or take the command that is offered."""
        row, column = self.cursor_location
        if self.composer.accept():
            return
        if column and self.document.get_line(row)[:column].endswith("\\") and self.selection.is_empty:
            self.type_over("\n", (row, column - 1), (row, column))
            return
        self.composer.submit()

    def action_line(self) -> None:
        """A new line."""
        start, end = sorted(self.selection)
        self.type_over("\n", start, end)

    def action_pages(self, pages: int) -> None:
        """Scroll the conversation."""
        self.composer.post_message(Composer.Paged(self.composer, pages))

    def action_cursor_up(self, select: bool = False) -> None:
        """Up a line; at the first one to what was sent before."""
        if self.composer.offering and not select:
            self.composer.offer_step(-1)
        elif not select and self.navigator.is_first_wrapped_line(self.cursor_location) and self.composer.older():
            return
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down a line; at the last one to what was sent after it, or to what was being written."""
        if self.composer.offering and not select:
            self.composer.offer_step(1)
        elif not select and self.navigator.is_last_wrapped_line(self.cursor_location) and self.composer.newer():
            return
        else:
            super().action_cursor_down(select)

    def action_delete_left(self) -> None:
        """Delete; in an empty text the last attachment."""
        if not self.text and self.composer.attachments:
            self.composer.detach(len(self.composer.attachments) - 1)
        else:
            super().action_delete_left()

    def on_key(self, event: events.Key) -> None:
        """Keys that mean something else here; the rest is Textual's to take."""
        # Not by bindings: those act after, or with priority before, the letters that were typed around them.
        key = event.key
        if key == "enter":
            self.action_send()
        elif key in NEW_LINE:
            self.action_line()
        elif key in ("pageup", "pagedown"):
            self.action_pages(-1 if key == "pageup" else 1)
        elif key in ("ctrl+c", "super+c") and not self.selection.is_empty:
            self.action_copy()
        elif key == "escape" and self.composer.offering:
            self.composer.withdraw()
        elif key != "tab" or not self.composer.complete():
            return
        event.stop()
        event.prevent_default()


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, RuntimeError, ValueError):
        return False


class Attachments(Bar):
    """What goes along with the question: a click takes it away."""

    def show_names(self, names: Sequence[str]) -> None:
        """Shows a chip for each, as many as there is room for."""
        self.display = bool(names)
        parts: list[Content] = []
        spans: list[Span] = []
        column = 1
        for number, name in enumerate(names):
            chip = f" ⎘ {shorten(printable(name.rstrip('/').rpartition('/')[2] or name), 32)} ✕ "
            part = Content.styled(chip, "reverse")
            if column + part.cell_length + 6 > max(40, self.size.width):
                parts.append(Content.styled(f"+{len(names) - number}", "bold"))
                break
            spans.append(Span(column, column + part.cell_length, str(number)))
            parts.append(part)
            column += part.cell_length + 1
        self.show(Content.assemble(" ", Content(" ").join(parts)), spans)

    def clicked(self, value: str) -> None:
        cast("Composer", self.parent).detach(int(value))


class Composer(Vertical):
    """A question as it is written. The screen binds down what was sent before and which commands there are."""

    @dataclass
    class ComposerMessage(Message):
        """A message of a composer."""

        composer: Composer

        @property
        def control(self) -> Composer:
            return self.composer

    @dataclass
    class Sent(ComposerMessage):
        """Enter: `text` and `attachments` are to be sent. The screen empties the composer once they are kept."""

        text: str
        attachments: tuple[str, ...]

    @dataclass
    class Changed(ComposerMessage):
        """The text or the attachments changed."""

    @dataclass
    class Slash(ComposerMessage):
        """A command was typed."""

        name: str
        argument: str

    @dataclass
    class FileDropped(ComposerMessage):
        """The path of a file was pasted or dropped."""

        path: str

    @dataclass
    class Paged(ComposerMessage):
        """Page up (-1) or down (1)."""

        pages: int

    DEFAULT_CSS = """
    Composer { height: auto; max-height: 50vh; }
    Composer #composer-offers { height: auto; max-height: 8; display: none; background: $panel; }
    Composer Attachments { display: none; }
    Composer ComposerArea, Composer ComposerArea:focus {
        height: auto; min-height: 1; max-height: 33vh; border: none; border-left: outer $foreground 20%;
        padding: 0 1; background: $surface; scrollbar-size: 1 1;
        & .text-area--cursor-line { background: transparent; }
    }
    Composer ComposerArea:focus { border-left: outer $accent; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.attachments: tuple[str, ...] = ()
        """Paths and URLs that go along."""
        self.takes_files = False
        """Whether a pasted path is attached."""
        self.slashes: Callable[[], Sequence[SlashCommand]] = tuple
        """The commands that can be typed after a slash."""
        self.area = ComposerArea()
        """The text area; what is written in it can be read to the end, when the screen has lost its widgets."""
        self._history: Sequence[str] = ()
        self._back = 0
        self._kept = ""
        self._withdrawn = ""
        self._loading = False

    def compose(self) -> ComposeResult:
        yield PickList(id="composer-offers")
        yield Attachments()
        yield self.area

    # ---- what the screen calls

    @property
    def offers(self) -> PickList:
        """The commands that are offered."""
        return self.query_one(PickList)

    @property
    def text(self) -> str:
        """All that is written, folded pastes unfolded."""
        return self.area.whole

    def set_text(self, text: str, attachments: Sequence[str] = ()) -> None:
        """Shows another text; no message is posted."""
        self._back, self._kept, self._withdrawn = 0, "", ""
        self.attachments = tuple(attachments)
        self.query_one(Attachments).show_names(self.attachments)
        if text != self.text:
            with self.area.prevent(TextArea.Changed):
                self.area.set_whole(text)
        self._offer()

    def set_history(self, texts: Sequence[str]) -> None:
        """What was sent before, the latest last."""
        self._history = texts
        self._back = 0

    def set_hint(self, words: str) -> None:
        """What is shown while nothing is written."""
        self.area.placeholder = Content(words)

    def attach(self, name: str) -> None:
        """Have a file go along."""
        if name not in self.attachments:
            self.attachments = (*self.attachments, name)
            self._attached()

    def detach(self, number: int) -> None:
        """Take an attachment away."""
        self.attachments = tuple(name for at, name in enumerate(self.attachments) if at != number)
        self._attached()

    def _attached(self) -> None:
        self.query_one(Attachments).show_names(self.attachments)
        self.post_message(self.Changed(self))

    # ---- sending

    def submit(self) -> None:
        """Send what is written, or do what the command says."""
        text = self.text
        found = _SLASH.fullmatch(text.strip())
        if found is not None:
            known = {slash.name for slash in self.slashes()}
            if found[1] in known or not found[2]:
                if found[1] in known:
                    self.set_text("", self.attachments)
                    self.post_message(self.Changed(self))
                self.post_message(self.Slash(self, found[1], (found[2] or "").strip()))
                return
        if text.strip() or self.attachments:
            self.post_message(self.Sent(self, text, self.attachments))

    # ---- history

    def older(self) -> bool:
        """Show what was sent before; False where there is nothing older."""
        if self._back >= len(self._history):
            return bool(self._back)
        if not self._back:
            self._kept = self.text
        self._recall(self._back + 1)
        return True

    def newer(self) -> bool:
        """Show what was sent after it, at last what was being written."""
        if not self._back:
            return False
        self._recall(self._back - 1)
        return True

    def _recall(self, back: int) -> None:
        self._back = back
        self.area.set_whole(self._history[-back] if back else self._kept)
        self._withdrawn = self.area.text

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._back and self.text != self._history[-self._back]:
            self._back = 0
        self._offer()
        self.post_message(self.Changed(self))

    @on(TextArea.SelectionChanged)
    def _selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()

    # ---- commands

    @property
    def offering(self) -> bool:
        """Whether commands are offered."""
        return bool(self.offers.display)

    def _offer(self) -> None:
        text = self.area.text
        typed = text[1:] if re.fullmatch(r"/[a-z-]*", text) and text != self._withdrawn else None
        if text != self._withdrawn:
            self._withdrawn = ""
        rows: list[Row] = []
        if typed is not None:
            found = [slash for slash in self.slashes() if typed in slash.name]
            found.sort(key=lambda slash: (not slash.name.startswith(typed), bool(slash.why_not), slash.name))
            rows = [Row(slash.name, f"/{slash.name}", slash.why_not or slash.words) for slash in found]
        self.offers.display = bool(rows)
        if rows:
            self.offers.styles.height = min(len(rows), MOST_SLASHES)
            self.offers.set_rows(rows)

    def offer_step(self, by: int) -> None:
        """Another one of the offered commands."""
        self.offers.highlight(self.offers.index + by)

    def withdraw(self) -> None:
        """Offer no more until something else is typed."""
        self._withdrawn = self.area.text
        self.offers.display = False

    def complete(self) -> bool:
        """Complete the name of the offered command."""
        if not self.offering:
            return False
        name = self.offers.rows[self.offers.index].value or ""
        self.area.set_whole(f"/{name} ")
        return True

    def accept(self) -> bool:
        """Take the offered command; whether there was one."""
        if not self.offering:
            return False
        name = self.offers.rows[self.offers.index].value or ""
        self.set_text("", self.attachments)
        self.post_message(self.Changed(self))
        self.post_message(self.Slash(self, name, ""))
        return True

    @on(PickList.Clicked)
    def _offer_clicked(self, event: PickList.Clicked) -> None:
        event.stop()
        self.offers.highlight(event.index)
        self.accept()
        self.area.focus()
