"""The help: what this screen does first, then what has the focus, what works everywhere, and how to move about.

Every line comes from the commands themselves. Typing filters them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, ClassVar

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from tui import commands as cmd
from tui.navigation import SECTIONS as NAMED
from tui.screens.command_host import CommandHost, app_of
from tui.toolkit.screen import DialogScreen
from tui.toolkit.static import FixedWidthInput
from tui.widgets.bars import key_word

KEYS = 10
"""Cells of the keys before their words."""
GAP = 3
"""Cells between two columns."""
TWO_COLUMNS = 84
"""Cells from which there are two."""
PANES = {command.full_title() for command in (cmd.PaneLeft, cmd.PaneRight, cmd.FillScreen)}
"""What every screen does besides its own."""
FOCUSED, EVERYWHERE, SECTIONS, MOVING = "What has the focus", "Everywhere", "Sections", "Moving about"


class Line(Struct, frozen=True):
    """What one action is: its keys, its name, what it does, and why not now."""

    keys: str
    title: str
    words: str
    reason: str | None = None

    def has(self, words: Iterable[str]) -> bool:
        """Whether every word is in it."""
        text = f"{self.keys} {self.title} {self.words}".casefold()
        return all(word in text for word in words)


class Help(DialogScreen[None]):
    """Lists what can be pressed on the screen below."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]
    """Where rows are few, its lines get those that are else air."""
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority: a field has the focus.
        Binding("escape,f1", "dismiss_help", "Close", priority=True),
        Binding("up", "scroll(-1)", show=False, priority=True),
        Binding("down", "scroll(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
    ]

    def __init__(self, below: Screen[Any]) -> None:
        super().__init__()
        self._below = below
        self._groups = groups_of(below)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Help", "bold"), id="dialog-title")
            yield HelpFilter(id="help-filter", placeholder="type to filter", compact=True, select_on_focus=False)
            with VerticalScroll(can_focus=False):
                yield Static(id="help-text")
            yield Static(Content.styled("↑↓ move · esc closes · ^p finds and does every command", "$text-muted"))

    def on_mount(self) -> None:
        field = self.query_one(Input)
        field.cursor_blink = False
        field.focus()
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """Other columns."""
        self.call_after_refresh(self._draw)

    @on(Input.Changed)
    def _filter(self) -> None:
        self._draw()
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def _draw(self) -> None:
        text = self.query_one("#help-text", Static)
        words = self.query_one(Input).value.casefold().split()
        text.update(laid_out(_about(self._below) if not words else "", self._groups, words, text.size.width or 80))

    def action_dismiss_help(self) -> None:
        """Close."""
        self.dismiss(None)

    def action_scroll(self, by: int) -> None:
        """By a line."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_page(self, by: int) -> None:
        """By a page."""
        view = self.query_one(VerticalScroll)
        view.scroll_relative(y=by * max(1, view.size.height - 1), animate=False)


class HelpFilter(FixedWidthInput):
    """What the help is filtered by; the key that opened the help closes it."""

    ENTER_SENDS = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "screen.dismiss_help", "Close", show=False, priority=True)
    ]


def _about(below: Screen[Any]) -> str:
    """What the thing is that has the focus."""
    nodes = below.focused.ancestors_with_self if below.focused is not None else ()
    return next((" ".join(str(node.HELP).split()) for node in nodes if getattr(node, "HELP", None)), "")


def groups_of(below: Screen[Any]) -> dict[str, list[Line]]:
    """The lines by the titles that they stand under, in the order in which they are shown."""
    app = app_of(below)
    here = _name_of(below)
    groups: dict[str, list[Line]] = {here: [], FOCUSED: [], EVERYWHERE: [], SECTIONS: [], MOVING: []}
    keys: dict[str, list[str]] = {}
    actions: dict[str, ActiveBinding] = {}
    for key, active in below.active_bindings.items():
        keys.setdefault(active.binding.action, []).append(key_word(key))
        actions.setdefault(active.binding.action, active)
    for action, active in actions.items():
        shown = " ".join(list(dict.fromkeys(keys[action]))[:3])
        command = cmd.REGISTRY.get(active.binding.id or "")
        if command is not None:
            group = here if active.node is not app else SECTIONS if command.group == SECTIONS else EVERYWHERE
            groups[group].append(_line(shown, command, active))
        elif active.binding.id and active.binding.description:
            # Only what has a name of ours: Textual's own keys of text fields are those of every text field.
            moves = action.partition("(")[0] in MOVES
            groups[MOVING if moves else FOCUSED].append(Line(shown, active.binding.description, ""))
    groups[here].sort(key=lambda line: (line.reason is not None, line.title in PANES))
    return {title: lines for title, lines in groups.items() if lines}


def _name_of(below: Screen[Any]) -> str:
    """The section's name, or what stands for a screen that lies over it."""
    app = app_of(below)
    over = len(app.screen_stack) > 1
    return "This screen" if over else next((s.title for s in NAMED if s.name == app.current_mode), "This screen")


def _line(keys: str, command: type[cmd.Command], active: ActiveBinding) -> Line:
    reason = active.node.why_not(command) if isinstance(active.node, CommandHost) else None
    first = command.help().partition(". ")[0].rstrip(".")
    return Line(keys, command.full_title(), f"{first}.", reason)


MOVES = ("cursor", "first", "last", "page", "lines", "pages", "start", "finish", "sideways", "walk", "go")
"""Actions of lists and texts that everybody's arrow keys do."""


def laid_out(about: str, groups: dict[str, list[Line]], words: Sequence[str], width: int) -> Content:
    """The help as it is shown in that many cells."""
    columns = 2 if width >= TWO_COLUMNS else 1
    cells = (width - GAP * (columns - 1)) // columns
    parts: list[Content] = [Content(textwrap.fill(about, width)), Content("")] if about else []
    for title, lines in groups.items():
        blocks = [_block(line, cells) for line in lines if line.has(words)]
        if blocks:
            parts += [Content.styled(title, "bold"), *_beside(blocks, columns, cells), Content("")]
    return Content("\n").join(parts[:-1] if parts else [Content("Nothing here has these words.")])


def _block(line: Line, cells: int) -> list[Content]:
    """The lines of one action."""
    room = max(12, cells - KEYS)
    named = zip_longest(textwrap.wrap(line.keys, KEYS - 1), textwrap.wrap(line.title, room), fillvalue="")
    found = [Content.assemble(Content.styled(f"{keys:<{KEYS}}", "bold $accent"), title) for keys, title in named]
    for text, style in ((line.words, "$text-muted"), (f"now: {line.reason}" if line.reason else "", "$warning")):
        found += [Content(" " * KEYS) + Content.styled(one, style) for one in textwrap.wrap(text, room)]
    return found


def _beside(blocks: list[list[Content]], columns: int, cells: int) -> list[Content]:
    """The blocks in columns of about one length, none of them torn apart."""
    total = sum(map(len, blocks))
    left: list[Content] = []
    right: list[Content] = []
    for block in blocks:
        column = (
            left
            if columns == 1 or not left or (not right and len(left) + len(block) // 2 < (total + 1) // 2)
            else right
        )
        column += block
    if not right:
        return left
    empty = Content("")
    pairs = [
        (left[n] if n < len(left) else empty, right[n] if n < len(right) else empty)
        for n in range(max(len(left), len(right)))
    ]
    return [one.pad_right(cells + GAP - one.cell_length) + other for one, other in pairs]
