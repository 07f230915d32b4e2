"""The three one-line bars around every section: where one is, how things stand, what one can press."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from textual import events
from textual.app import App
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.signal import Signal
from textual.widget import Widget

from tui.toolkit.focus import takes_letters
from tui.toolkit.workers import work


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


class TopBar(Bar):
    """The sections, the open one marked, and at the right the account; the sandbox is named in words."""

    class Chosen(Message):
        """A section was clicked."""

        def __init__(self, section: str) -> None:
            super().__init__()
            self.section = section

    def __init__(self, sections: Sequence[tuple[str, str, str]], current: str) -> None:
        """`sections`: (name, key, title) of each; `current`: the name of the open one."""
        super().__init__(id="top-bar")
        self._sections = sections
        self._current = current
        self._place = ""
        self._warn = False

    def set_account(self, text: str, sandbox: bool) -> None:
        """`text` names the account or the sandbox; the sandbox stands out."""
        self._place, self._warn = text, sandbox
        self._draw()

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        parts: list[Content] = [Content.styled(" replicate ", "bold $accent")]
        spans: list[Span] = []
        column = parts[0].cell_length
        titles = sum(len(key) + len(title) + 3 for _, key, title in self._sections)
        narrow = column + titles + len(self._place) + 1 > self.size.width
        for name, key, title in self._sections:
            current = name == self._current
            label = f" {key} {title} " if not narrow or current else f" {key} "
            style = "bold reverse" if current else "$foreground 60%"
            part = Content.styled(label, style)
            spans.append(Span(column, column + part.cell_length, name))
            parts.append(part)
            column += part.cell_length
        place = Content.styled(f"{self._place} ", "bold $warning" if self._warn else "$foreground 60%")
        gap = self.size.width - column - place.cell_length
        if gap < 1:
            place = place.truncate(max(0, self.size.width - column - 1), ellipsis=True)
            gap = 1
        parts += [Content(" " * max(0, gap)), place]
        self.show(Content("").join(parts), spans)

    def clicked(self, value: str) -> None:
        self.post_message(self.Chosen(value))


class StatusLine(Bar):
    """What is live, how fresh it is, and what is left of the rate limit."""

    def set_parts(self, parts: Sequence[tuple[str, str]]) -> None:
        """`parts`: (text, style) from left to right; empty texts are left out."""
        shown = [Content.styled(text, style) for text, style in parts if text]
        self.show(Content.assemble(" ", Content.styled("  ·  ", "$foreground 30%").join(shown)))


KEY_WORDS = {
    "question_mark": "?",
    "slash": "/",
    "escape": "esc",
    "enter": "enter",
    "space": "space",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "equals_sign": "=",
}


def key_word(key: str) -> str:
    """How a key is written for people: `^p`, `?`, `esc`, `R`."""
    first = key.split(",")[0]
    if first.startswith("ctrl+") and len(first) == 6:
        return f"^{first[-1]}"
    return KEY_WORDS.get(first, first)


class KeyBar(Bar):
    """The keys that do something now; it follows the focus, and each can be clicked."""

    def on_mount(self) -> None:
        signal = cast("Signal[Screen[Any]]", self.screen.bindings_updated_signal)  # pyright: ignore[reportUnknownMemberType]
        signal.subscribe(self, self._bindings_updated)
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        self._draw()

    def _bindings_updated(self, screen: Screen[Any]) -> None:
        # The signal also fires while another screen is on top; that one has a bar of its own.
        if screen.is_current:
            self._draw()

    def _draw(self) -> None:
        if not self.is_attached:
            return
        typing = takes_letters(self.screen.focused)
        parts: list[Content] = []
        spans: list[Span] = []
        column = 1
        seen: set[str] = set()
        entries = [active.binding for active in self.screen.active_bindings.values() if active.enabled]
        for binding in entries:
            if not binding.show or binding.action in seen:
                continue
            if typing and len(key_word(binding.key)) == 1:
                continue
            seen.add(binding.action)
            part = Content.assemble(
                Content.styled(f"{key_word(binding.key)} ", "bold $accent"),
                Content.styled(binding.description, "$foreground 60%"),
            )
            if column + part.cell_length > self.size.width:
                break
            spans.append(Span(column, column + part.cell_length, binding.action))
            parts.append(part)
            column += part.cell_length + 2
        self.show(Content.assemble(" ", Content("  ").join(parts)), spans)

    def clicked(self, value: str) -> None:
        work(self.screen, "Key", "key-bar", self._run_clicked, value)

    async def _run_clicked(self, action: str) -> None:
        for active in self.screen.active_bindings.values():
            if active.binding.action == action:
                await cast("App[Any]", self.app).run_action(action, active.node)  # pyright: ignore[reportUnknownMemberType]
                return


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
        for name, title in self._tabs:
            current = name == self.current
            part = Content.styled(f" {title} ", "bold underline $accent" if current else "$foreground 60%")
            spans.append(Span(column, column + part.cell_length, name))
            parts.append(part)
            column += part.cell_length + 1
        self.show(Content(" ").join(parts), spans)

    def clicked(self, value: str) -> None:
        self.open(value)
