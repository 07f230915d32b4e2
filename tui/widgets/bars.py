"""The three one-line bars around every section: where one is, how things stand, what one can press."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import App
from textual.binding import ActiveBinding, Binding
from textual.content import Content
from textual.keys import key_to_character
from textual.message import Message
from textual.screen import Screen
from textual.signal import Signal
from textual.widget import Widget

from tui.toolkit.focus import takes_letters
from tui.toolkit.workers import work

BRAND = " replicate "
SHORT = 8
"""Cells that a short title has at most."""
TALL = 30
"""Rows from which a screen has an empty one under its top bar."""
GAP = 2
"""Cells between two keys."""


class Span(NamedTuple):
    """A clickable part of a bar: its columns and what a click on it means."""

    start: int
    end: int
    value: str


class Bar(Widget, can_focus=False):
    """A line of content with parts that can be clicked."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spans: list[Span] = []
        self._content = Content("")

    def render(self) -> Content:
        return self._content

    def show(self, content: Content, spans: Sequence[Span] = ()) -> None:
        """Show `content`; nothing is written to the terminal when it is what is shown already."""
        self._spans = list(spans)
        if content.is_same(self._content):
            return
        self._content = content
        self.refresh()

    def clicked(self, value: str) -> None:
        """Called with the value of the part that was clicked."""

    def on_click(self, event: events.Click) -> None:
        for span in self._spans:
            if span.start <= event.x < span.end:
                event.stop()
                self.clicked(span.value)
                return


def _shortened(place: str, room: int, least: int) -> str:
    """An account in so many cells, if that takes no more than the end of its first name, a server's or a profile's.

    `least` cells of the name are left; what follows it, as `read-only`, stays.
    """
    first, between, rest = place.partition(" · ")
    left = max(least, room - cell_len(between + rest))
    return f"{set_cell_size(first, left - 1).rstrip()}…{between}{rest}" if cell_len(first) > left else place


class TopBar(Bar):
    """The sections, the open one marked, and at the right the account; the sandbox is named in words.

    Where it is narrow a long name of a server is cut, and then the names of the sections; none is left out.
    """

    class Chosen(Message):
        """A section was clicked."""

        def __init__(self, section: str) -> None:
            super().__init__()
            self.section = section

    def __init__(self, sections: Sequence[tuple[str, str, str, str]], current: str, *, tall: bool = False) -> None:
        """`sections`: (name, key, title, short title) of each; `current`: the name of the open one; `tall`: whether
        the screen that it begins on is."""
        super().__init__(id="top-bar")
        self._sections = sections
        self._current = current
        self._places = ("", "")
        self._warn = False
        self.set_class(tall, "-air")

    def set_account(self, text: str, short: str, sandbox: bool) -> None:
        """`text` names the account or the sandbox, `short` does so in few cells; the sandbox stands out."""
        self._places, self._warn = (text, short), sandbox
        self._draw()

    def on_mount(self) -> None:
        signal = cast("Signal[Screen[Any]]", self.screen.screen_layout_refresh_signal)  # pyright: ignore[reportUnknownMemberType]
        signal.subscribe(self, self._make_room)
        self._draw()

    def _make_room(self, screen: Screen[Any]) -> None:
        """A tall screen has air below the bar."""
        self.set_class(screen.size.height >= TALL, "-air")

    def on_resize(self) -> None:
        self._draw()

    def _labels(self, most: int | None, between: str) -> list[str]:
        """What each section is called, in at most so many cells but for the open one; None for the whole titles.

        `between` follows each but the open one, which has its mark on both sides.
        """
        return [
            f" {key} {title if most is None else short} "
            if name == self._current
            else f" {key} {title if most is None else short[:most]}{between}"
            for name, key, title, short in self._sections
        ]

    def _fitting(self) -> tuple[str, list[str], str]:
        """The program's name, the sections and the account, as long as there is room for."""
        long, short = self._places
        found = ("", list[str](), "")
        for name, most, between, place in (
            (BRAND, None, " ", long),
            (BRAND, SHORT, " ", long),
            (BRAND, SHORT, " ", short),
            (" ", SHORT, " ", short),
            # Names that stand closer are easier to read than names that are cut.
            ("", SHORT, "", short),
            ("", 5, "", short),
            ("", 4, "", short),
            ("", 3, "", short),
            ("", 2, "", short),
            ("", 1, "", short),
        ):
            found = (name, self._labels(most, between), place)
            room = self.size.width - len(name) - sum(map(len, found[1])) - 2
            if cell_len(place) <= room:
                break
            if not name and cell_len(shorter := _shortened(place, room, 8 if most in (1, 2, 3) else 16)) <= room:
                return name, found[1], shorter
        return found

    def _draw(self) -> None:
        name, labels, words = self._fitting()
        parts: list[Content] = [Content.styled(name, "bold $accent")]
        spans: list[Span] = []
        column = len(name)
        for (section, *_), label in zip(self._sections, labels, strict=True):
            parts.append(Content.styled(label, "bold reverse" if section == self._current else "$text-muted"))
            spans.append(Span(column, column + len(label), section))
            column += len(label)
        place = Content.styled(f"{words} ", "bold $warning" if self._warn else "$text-muted")
        gap = self.size.width - column - place.cell_length
        if gap < 1:
            place = place.truncate(max(0, self.size.width - column - 1), ellipsis=True)
            gap = 1
        parts += [Content(" " * max(0, gap)), place]
        self.show(Content("").join(parts), spans)

    def clicked(self, value: str) -> None:
        self.post_message(self.Chosen(value))


class StatusLine(Bar):
    """What is live, how fresh it is, and what ran today."""

    def set_parts(self, parts: Sequence[tuple[str, str]]) -> None:
        """`parts`: (text, style) from left to right; empty texts are left out."""
        shown = [Content.styled(text, style) for text, style in parts if text]
        self.show(Content.assemble(" ", Content.styled("  ·  ", "$text-muted").join(shown)))


KEY_WORDS = {
    "escape": "esc",
    "slash": "/",
    "plus": "+",
    "minus": "-",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "pageup": "page up",
    "pagedown": "page down",
}


def key_word(key: str) -> str:
    """How a key is written for people: `^p`, `?`, `esc`, `R`."""
    *held, name = key.split(",")[0].split("+")
    word = KEY_WORDS.get(name)
    if word is None:
        character = key_to_character(name)
        word = character if character is not None and character.isprintable() and not character.isspace() else name
    return f"^{word}" if held == ["ctrl"] else "+".join([*held, word])


class KeyBar(Bar):
    """The keys that do something now; it follows the focus and what the keys would act on. Each can be clicked.

    Some stand at the right whatever else there is, so that they are found at every width.
    """

    def __init__(
        self,
        possible: Callable[[ActiveBinding], bool],
        *,
        pinned: Sequence[str],
        mends: tuple[str, Callable[[], bool]] = ("", bool),
        id: str,
    ) -> None:
        """`possible`: whether a command does something now; `pinned`: ids of the bindings at the right.

        `mends`: the id of the one that stands first while something is wrong, and whether that is so.
        """
        super().__init__(id=id)
        self._mends, self._is_wrong = mends
        self._possible = possible
        self._pinned = pinned
        self._known: list[tuple[str, ActiveBinding]] = []
        """Each action with a key, and the key by which it can be pressed where the focus is."""
        self._drawn: object = None
        self._below = False
        """Whether a dialog lies over the screen."""

    def on_mount(self) -> None:
        signal = cast("Signal[Screen[Any]]", self.screen.bindings_updated_signal)  # pyright: ignore[reportUnknownMemberType]
        signal.subscribe(self, self._bindings_updated)
        cast("App[Any]", self.app).screen_change_signal.subscribe(self, self._screen_changed, immediate=True)  # pyright: ignore
        self.call_after_refresh(self.look)

    def on_resize(self) -> None:
        self.look_again()

    def _bindings_updated(self, screen: Screen[Any]) -> None:
        # The signal also fires while another screen is on top; that one has a bar of its own.
        if screen.is_current:
            self.look()

    def _screen_changed(self, screen: Screen[Any]) -> None:
        # The keys of the screen below a dialog are not what works now.
        self._below = screen is not self.screen and screen.is_modal
        if self._below:
            self._drawn = None
            self.show(Content(""))
        elif screen is self.screen:
            self.look()

    def look(self) -> None:
        """Other keys may work now: the focus is elsewhere."""
        if not self.is_attached:
            return
        typing = takes_letters(self.screen.focused)
        known: dict[str, tuple[str, ActiveBinding]] = {}
        for key, active in self.screen.active_bindings.items():
            seen = active.binding.show or active.binding.id == self._mends
            if not seen or not active.enabled or active.binding.action in known:
                continue
            if not (typing and len(key_word(key)) == 1):
                known[active.binding.action] = (key, active)
        self._known = list(known.values())
        self.look_again()

    def look_again(self) -> None:
        """The keys are the same, but what they would act on may have changed."""
        if self._below or not (self.is_attached and self.screen.is_current):
            return
        wrong = self._is_wrong()
        shown = [
            (key, active.binding)
            for key, active in self._known
            if (active.binding.show or wrong) and self._possible(active)
        ]
        if wrong:
            shown.sort(key=lambda one: one[1].id != self._mends)
        drawn = (self.size.width, [(key, binding.action) for key, binding in shown])
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw(shown)

    def _draw(self, shown: Sequence[tuple[str, Binding]]) -> None:
        by_id = {binding.id: (key, binding) for key, binding in shown}
        right = [_key_part(*by_id[id]) for id in self._pinned if id in by_id]
        left = [(_key_part(key, binding), binding.action) for key, binding in shown if binding.id not in self._pinned]
        start = self.size.width - sum(part.cell_length + GAP for part in right) + GAP - 1
        parts: list[Content] = []
        spans: list[Span] = []
        column = 1
        for part, action in left:
            if column + part.cell_length + GAP > start:
                break
            spans.append(Span(column, column + part.cell_length, action))
            parts.append(part)
            column += part.cell_length + GAP
        room = max(0, start - column)
        column += room
        for part, id in zip(right, [id for id in self._pinned if id in by_id], strict=True):
            spans.append(Span(column, column + part.cell_length, by_id[id][1].action))
            column += part.cell_length + GAP
        gap = Content(" " * GAP)
        words = Content.assemble(" ", gap.join(parts), gap if parts else "", " " * room, gap.join(right))
        self.show(words, spans)

    def clicked(self, value: str) -> None:
        work(self.screen, "Key", "key-bar", self._run_clicked, value)

    async def _run_clicked(self, action: str) -> None:
        for active in self.screen.active_bindings.values():
            if active.binding.action == action:
                await cast("App[Any]", self.app).run_action(action, active.node)  # pyright: ignore[reportUnknownMemberType]
                return


def _key_part(key: str, binding: Binding) -> Content:
    return Content.assemble(
        Content.styled(f"{key_word(key)} ", "bold $accent"), Content.styled(binding.description, "$text-muted")
    )


class TabStrip(Bar):
    """Names of tabs, the open one marked; a click opens one."""

    class Changed(Message):
        """Another tab was opened."""

        def __init__(self, strip: TabStrip, name: str) -> None:
            super().__init__()
            self.strip = strip
            self.name = name

        @property
        def control(self) -> TabStrip:
            """The strip, so that handlers can select by it."""
            return self.strip

    def __init__(self, tabs: Sequence[tuple[str, str]], *, id: str | None = None) -> None:
        """`tabs`: (name, title) of each."""
        super().__init__(id=id)
        self._tabs = list(tabs)
        self.current = self._tabs[0][0]

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def open(self, name: str) -> None:
        """Open a tab by its name."""
        if name != self.current and any(name == known for known, _ in self._tabs):
            self.current = name
            self._draw()
            self.post_message(self.Changed(self, name))

    def step(self, by: int) -> None:
        """Open the tab `by` places to the right, around the end."""
        names = [name for name, _ in self._tabs]
        self.open(names[(names.index(self.current) + by) % len(names)])

    def _draw(self) -> None:
        parts: list[Content] = []
        spans: list[Span] = []
        column = 0
        margin, gap = self._spacing()
        for name, title in self._tabs:
            current = name == self.current
            part = Content.styled(f"{margin}{title}{margin}", "bold underline $accent" if current else "$text-muted")
            spans.append(Span(column, column + part.cell_length, name))
            parts.append(part)
            column += part.cell_length + len(gap)
        self.show(Content(gap).join(parts), spans)

    def _spacing(self) -> tuple[str, str]:
        """What stands around a title and between two: less of it, before a tab is out of sight."""
        titles, many = sum(cell_len(title) for _, title in self._tabs), len(self._tabs)
        for margin, gap in ((" ", " "), (" ", ""), ("", "  ")):
            if titles + 2 * many * len(margin) + (many - 1) * len(gap) <= self.size.width:
                return margin, gap
        return "", " "

    def clicked(self, value: str) -> None:
        self.open(value)
