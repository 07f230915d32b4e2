"""A whole conversation as one view of lines: only what is near the view is laid out, only what is in it is painted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from time import perf_counter
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.message import Message as Event
from textual.selection import Selection
from textual.strip import Strip

from tui.toolkit.line_view import fit
from tui.widgets.chat.transcript_message import Laid, MarkdownPiece, Message, Note, Piece
from tui.widgets.markdown.markdown_layout import Code, Line
from tui.widgets.markdown.markdown_view import MarkdownLines
from tui.widgets.text.text_view import TextLines

__all__ = ["Message", "Note", "Stop", "Transcript"]

GUTTER = 3
"""Cells before a line: the cursor, the bar of a question, a space."""
WIDEST = 100
"""Cells of a line of text at most: longer ones are hard to read."""
BUDGET = 0.025
"""Seconds for which text near the view is laid out before the keys are looked at again."""
KEPT = 120
"""Parts whose lines are kept; those farthest from the view are dropped first."""


class Stop(NamedTuple):
    """What the cursor is on: a message, or a code block of it (by its number within the message)."""

    message: str
    code: int | None = None


class Transcript(MarkdownLines, inherit_bindings=False):
    """Questions and answers. `set_messages` shows a conversation, `stream` adds to an answer as it comes.

    The view follows its end until the reader scrolls up. The cursor, shown while the view has the focus, is on a
    message or on a code block; `current_text` and `current_code` are what it is on.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "markdown--you", "markdown--model", "markdown--good", "markdown--wait", "markdown--bad",
        "transcript--cursor", "transcript--bar", "transcript--more", "transcript--empty",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        *(b for b in TextLines.BINDINGS if isinstance(b, Binding) and b.action not in ("sideways(-1)", "sideways(1)")),
        Binding("J,ctrl+down", "step(1)", "Next message", show=False, id="chat.next_message"),
        Binding("K,ctrl+up", "step(-1)", "Previous message", show=False, id="chat.previous_message"),
        Binding("right_square_bracket", "step_code(1)", "Next code block", show=False, id="chat.next_code"),
        Binding("left_square_bracket", "step_code(-1)", "Previous code block", show=False, id="chat.previous_code"),
        Binding("enter", "fold", "Open or fold the thinking", show=False, id="chat.fold"),
    ]
    HELP = (
        "The conversation: J and K go to the next and previous message, ] and [ to the next and previous code block; "
        "y copies what the cursor is on, enter opens the thinking, G goes to the end and follows it."
    )
    DEFAULT_CSS = """
    Transcript {
        .markdown--you { text-style: bold; }
        .markdown--model { text-style: bold; color: $text-primary; }
        .markdown--good { color: $text-success; }
        .markdown--wait { color: $text-warning; }
        .markdown--bad { color: $text-error; }
        .transcript--cursor { color: $text-accent; text-style: bold; }
        .transcript--bar { color: $text-muted; }
        .transcript--more { background: $panel; color: $foreground; }
        .transcript--empty { color: $text-muted; }
    }
    """

    @dataclass
    class CursorMoved(Event):
        """The cursor is on another message or code block."""

        transcript: Transcript
        where: Stop | None

        @property
        def control(self) -> Transcript:
            return self.transcript

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(follow=True, id=id, classes=classes)
        self._laid: list[Laid] = []
        self._places: dict[str, int] = {}
        self._tops: list[int] = [0]
        self._stop: Stop | None = None
        self._chosen = False
        self._empty = ""
        self._wanted: tuple[str, int] | None = None
        self._new_below = False
        self._code_here: Code | None = None
        self._with_gutter: LRUCache[Hashable, Strip] = LRUCache(512)

    # ---- what the screen calls

    def set_empty(self, text: str) -> None:
        """What is shown while there is no message."""
        self._empty = text
        if not self._laid:
            self.repaint_changed()

    def set_messages(self, messages: Sequence[Message], *, place: tuple[str, int] | None = None) -> None:
        """Shows a conversation. Messages that are here already keep what was laid out; `place` (of `place_now`)
        is where to begin in one that was not shown before, else its end."""
        known = {laid.message.id: laid for laid in self._laid}
        fresh = not any(message.id in known for message in messages)
        width = self.text_width
        before = [laid.message.id for laid in self._laid]
        found: list[Laid] = []
        for message in messages:
            laid = known.get(message.id)
            if laid is None:
                laid = Laid(message, width)
            else:
                laid.change(message)
            found.append(laid)
        self._laid = found
        self._places = {laid.message.id: number for number, laid in enumerate(found)}
        if self._stop is not None and self._stop.message not in self._places:
            self._stop, self._chosen = None, False
        if fresh:
            self._following, self._wanted = place is None, place
            self._chosen = False
        elif found and found[-1].message.id not in before:
            self._new_below = not self._following
        self._sum()
        if not self._chosen:
            self._stop = self._last_stop()
        if self.text_selection is not None and fresh:
            self.screen.clear_selection()
        self.show_now()

    def stream(self, message_id: str, text: str) -> None:
        """Shows all that has come of an answer, within a frame."""
        laid = self._find(message_id)
        if laid is not None:
            laid.change(replace(laid.message, text=text))
            self.show_soon()

    def set_notes(self, message_id: str, notes: tuple[Note, ...]) -> None:
        """Shows other lines below a message."""
        laid = self._find(message_id)
        if laid is not None and laid.message.notes != notes:
            laid.change(replace(laid.message, notes=notes))
            if laid.message.question:
                laid.step()
            self.show_soon()

    @property
    def messages(self) -> list[Message]:
        """What is shown."""
        return [laid.message for laid in self._laid]

    def place_now(self) -> tuple[str, int] | None:
        """Where the view is, for `set_messages`: None at the end, which it follows."""
        if self._following or not self._laid:
            return None
        number = min(bisect_right(self._tops, self.scroll_offset.y) - 1, len(self._laid) - 1)
        return self._laid[number].message.id, self.scroll_offset.y - self._tops[number]

    @property
    def current(self) -> Message | None:
        """The message under the cursor, or the last one."""
        laid = self._find(self._stop.message) if self._stop is not None else None
        return laid.message if laid is not None else self._laid[-1].message if self._laid else None

    @property
    def current_text(self) -> str:
        """The text of the message under the cursor, an answer's without its thinking."""
        message = self.current
        laid = self._find(message.id) if message is not None else None
        return laid.text if laid is not None else ""

    @property
    def current_code(self) -> Code | None:
        """The code block under the cursor."""
        if self._stop is None or self._stop.code is None:
            return None
        found = self._codes(self._stop.message)
        return found[self._stop.code][0] if self._stop.code < len(found) else None

    def codes_of(self, message_id: str) -> list[Code]:
        """The code blocks of a message."""
        return [code for code, _ in self._codes(message_id)]

    def move_to(self, message_id: str) -> None:
        """Puts the cursor on a message."""
        if message_id in self._places:
            self._go(Stop(message_id))

    # ---- layout

    @property
    def text_width(self) -> int:
        """Cells for the text of a line."""
        return max(10, min(WIDEST, self.view.width - GUTTER - 1))

    def _find(self, message_id: str) -> Laid | None:
        number = self._places.get(message_id)
        return self._laid[number] if number is not None else None

    def _sum(self) -> None:
        self._tops = [0, *accumulate(laid.height for laid in self._laid)]

    def prepare(self) -> None:
        began = perf_counter()
        more = False
        top = self.scroll_offset.y
        for number, laid in enumerate(self._laid):
            if laid.width != self.text_width:
                laid.resize(self.text_width)
            before = laid.height
            more = laid.step() or more
            if laid.height != before and self._tops[number] + before <= top:
                top += laid.height - before
        self._sum()
        if self._wanted is not None:
            message_id, offset = self._wanted
            self._wanted = None
            if message_id in self._places:
                self._laid[self._places[message_id]].lay_out_to(offset)
                self._sum()
                top = self._tops[self._places[message_id]] + offset
        more = self._lay_out_near(top, began + BUDGET) or more
        if self._stop is not None and self._stop.code is not None:
            self._code_here = self.current_code
        if more:
            self.set_timer(min(0.05, (perf_counter() - began) / 3), self.show_now)

    def _lay_out_near(self, top: int, until: float) -> bool:
        """Lays out what is in view, and near it while there is time; keeps the line at `top` where it is.

        Returns whether something near is left to do.
        """
        height = self.view.height
        more = fresh = False
        while True:
            if self._following:
                top = max(0, self._tops[-1] - height)
            found = self._rough(top, top + height)
            if found is None:
                if perf_counter() > until:
                    more = self._rough(top - height, top + 2 * height) is not None
                    break
                found = self._rough(top - height, top + 2 * height)
            if found is None:
                break
            top = self._true(*found, top)
            fresh = True
        self.set_extent(0, self._tops[-1])
        if not self._following:
            self.place(top)
        if fresh:
            self._forget_far(top)
        return more

    def _rough(self, first: int, last: int) -> tuple[Laid, Piece, int] | None:
        """The first piece in those lines that is not laid out, with its message and its own first line."""
        number = max(0, bisect_right(self._tops, max(0, first)) - 1)
        while number < len(self._laid) and self._tops[number] < last:
            laid = self._laid[number]
            start = self._tops[number]
            for piece in laid.pieces:
                if start >= last:
                    break
                if not (piece.exact and piece.ready) and start + piece.height > first:
                    return laid, piece, start
                start += piece.height
            number += 1
        return None

    def _true(self, laid: Laid, piece: Piece, start: int, top: int) -> int:
        """Lays out a piece (or parts a message first); gives the line that is then where `top` was."""
        before, inside = laid.height, start < top < start + piece.height
        place = piece.place_of(top - start) if inside and piece.ready else None
        height = piece.height
        if not laid.split():
            piece.lay_out(laid.width)
        after = laid.height
        if start + height <= top:
            top += after - before
        elif inside:
            if place is not None:
                top = start + piece.number_of(place)
            else:
                grown = height + after - before
                top = start + min(round((top - start) * grown / max(1, height)), max(0, grown - 1))
        self._sum()
        return top

    def _forget_far(self, top: int) -> None:
        ready = [
            (abs(self._tops[number] - top), piece)
            for number, laid in enumerate(self._laid)
            for piece in laid.pieces
            if piece.ready and piece.kind in ("body", "thought")
        ]
        if len(ready) > KEPT:
            ready.sort(key=lambda pair: pair[0])
            for _, piece in ready[KEPT:]:
                piece.forget()

    def lay_out(self) -> None:
        # `prepare` does it, message by message, and keeps the line at the top.
        if self._following or not self._laid:
            return
        number = min(bisect_right(self._tops, self.scroll_offset.y) - 1, len(self._laid) - 1)
        laid = self._laid[number]
        piece, line = laid.at(self.scroll_offset.y - self._tops[number])
        index = laid.pieces.index(piece)
        place = piece.place_of(line) if piece.ready else (0, line)
        for each in self._laid:
            each.resize(self.text_width)
        index = min(index, len(laid.pieces) - 1)
        piece = laid.pieces[index]
        if not (piece.exact and piece.ready):
            piece.lay_out(laid.width)
        self._sum()
        self.set_extent(0, self._tops[-1])
        self.place(self._tops[number] + sum(p.height for p in laid.pieces[:index]) + piece.number_of(place))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._following:
            self._new_below = False
        if self.is_mounted and self.view.width and round(old_value) != round(new_value):
            top = round(new_value)
            if self._rough(top, top + self.view.height) is not None:
                self._lay_out_near(top, 0)
            elif self._rough(top - self.view.height, top + 2 * self.view.height) is not None:
                self.show_soon()

    # ---- lines

    def line_count(self) -> int:
        return self._tops[-1]

    def _at(self, number: int) -> tuple[Laid, Piece, int]:
        at = min(bisect_right(self._tops, number) - 1, len(self._laid) - 1)
        laid = self._laid[at]
        piece, line = laid.at(number - self._tops[at])
        if not piece.ready:
            piece.lay_out(laid.width)
        return laid, piece, min(line, max(0, piece.height - 1))

    def content_line(self, number: int) -> Strip:
        laid, piece, at = self._at(number)
        line = piece.line(at) if piece.height else Line(())
        here = self.has_focus and self._is_here(laid, piece, line)
        bar = laid.message.question and piece.kind != "gap"
        key = (line, piece.kind == "thought", here, bar, self.text_width)
        strip = self._with_gutter.get(key)
        if strip is None:
            strip = self._with_gutter[key] = self._beside_gutter(line, piece.kind == "thought", here=here, bar=bar)
        return strip

    def _beside_gutter(self, line: Line, thought: bool, *, here: bool, bar: bool) -> Strip:
        if thought:
            line = line._replace(runs=tuple((text, (*role, "@note")) for text, role in line.runs))
        gutter = [
            Segment("▌" if here else " ", self.style_for() + self.ink_for("transcript--cursor")),
            Segment("┃ " if bar else "  ", self.style_for() + self.ink_for("transcript--bar")),
        ]
        return Strip.join([Strip(gutter, GUTTER), self.painted(line, self.text_width)])

    def _is_here(self, laid: Laid, piece: Piece, line: Line) -> bool:
        stop = self._stop
        if stop is None or stop.message != laid.message.id or piece.kind == "gap":
            return False
        code = self._code_here
        if stop.code is None or code is None:
            return stop.code is None
        # A block that is laid out again is another object.
        return line.code is not None and (line.code.text, line.code.language) == (code.text, code.language)

    def forget_strips(self) -> None:
        super().forget_strips()
        self._with_gutter.clear()

    def line_strip(self, y: int) -> Strip:
        width = self.view.width
        if not self._laid:
            return self._empty_line(y)
        strip = super().line_strip(y)
        if y == self.view.height - 1 and not self._following and self.scroll_offset.y < self.max_scroll_y:
            words = " ↓ a new message · G " if self._new_below else " ↓ more · G "
            mark = Strip([Segment(words, self.style_for("transcript--more"))], len(words))
            strip = Strip.join([strip.crop_extend(0, width - len(words), self.style_for()), mark])
        return strip

    def _empty_line(self, y: int) -> Strip:
        lines = self._empty.split("\n")
        first = max(0, self.view.height // 3 - len(lines) // 2)
        base = self.style_for()
        if not 0 <= y - first < len(lines):
            return Strip.blank(self.view.width, base)
        style = base + self.ink_for("transcript--empty")
        return Strip(fit([("   " + lines[y - first], style)], self.view.width, base), self.view.width)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What is marked with the mouse, without the gutter."""
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else self.line_count() - 1
        found: list[str] = []
        for number in range(max(0, first), min(last, self.line_count() - 1) + 1):
            span = selection.get_span(number)
            if span is not None:
                text = self.line_text(number)
                found.append(text[max(GUTTER, span[0]) : len(text) if span[1] == -1 else span[1]].rstrip())
        return "\n".join(found), "\n"

    # ---- the cursor

    def _last_stop(self) -> Stop | None:
        return Stop(self._laid[-1].message.id) if self._laid else None

    def _codes(self, message_id: str) -> list[tuple[Code, int]]:
        """The code blocks of a message with their first lines, counted from the message's own."""
        laid = self._find(message_id)
        if laid is None:
            return []
        laid.split()
        found: list[tuple[Code, int]] = []
        start = 0
        for piece in laid.pieces:
            if isinstance(piece, MarkdownPiece) and piece.kind == "body":
                if not (piece.ready and piece.exact):
                    piece.lay_out(laid.width)
                for number in range(piece.height):
                    code = piece.line(number).code
                    if code is not None and (not found or found[-1][0] is not code):
                        found.append((code, start + number))
            start += piece.height
        self._sum()
        return found

    def _go(self, stop: Stop) -> None:
        self._stop, self._chosen = stop, True
        number = self._places[stop.message]
        start = 0
        if stop.code is not None:
            found = self._codes(stop.message)
            if found:
                self._code_here, start = found[min(stop.code, len(found) - 1)]
        line = self._tops[number] + start
        top, height = self.scroll_offset.y, self.view.height
        self.set_extent(0, self._tops[-1])
        if not top <= line < top + max(1, height - 3):
            self.scroll_to(y=max(0, line - (1 if stop.code is None else 2)))
        self.repaint_changed()
        self.post_message(self.CursorMoved(self, stop))

    def action_step(self, by: int) -> None:
        """To the next or the previous message."""
        if not self._laid:
            return
        stop = self._stop or Stop(self._laid[-1].message.id)
        at = self._places.get(stop.message, len(self._laid) - 1)
        if not self._chosen or (stop.code is not None and by < 0):
            # The first step stays on the message that is shown, where it is not the one in sight.
            to = at if stop.code is not None else at + by
        else:
            to = at + by
        if to >= len(self._laid):
            self.action_finish()
            return
        self._go(Stop(self._laid[max(0, to)].message.id))

    def action_step_code(self, by: int) -> None:
        """To the next or the previous code block, in this message or the ones after or before it."""
        if not self._laid:
            return
        stop = self._stop or Stop(self._laid[-1].message.id)
        at = self._places[stop.message]
        count = len(self._codes(stop.message))
        to = stop.code + by if stop.code is not None else 0 if by > 0 else -1
        if stop.code is None and by < 0 and not self._chosen:
            to = count - 1
        while not 0 <= to < count:
            at += by
            if not 0 <= at < len(self._laid):
                return
            count = len(self._codes(self._laid[at].message.id))
            to = 0 if by > 0 else count - 1
        self._go(Stop(self._laid[at].message.id, to))

    def action_fold(self) -> None:
        """Opens or folds the thinking of the answer under the cursor, or a long question."""
        message = self.current
        laid = self._find(message.id) if message is not None else None
        if laid is not None and laid.foldable:
            self._fold(laid)

    def _fold(self, laid: Laid) -> None:
        self._following = self._following and not laid.message.question
        laid.open(not laid.opened)
        self._sum()
        self.show_now()

    def on_focus(self) -> None:
        if not self._chosen:
            self._stop = self._last_stop()
        self.repaint_changed()

    def on_blur(self) -> None:
        self.repaint_changed()

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a message, a code block or opens what is folded."""
        number = event.y + self.scroll_offset.y
        height = self.view.height
        if event.y == height - 1 and not self._following and event.x >= self.view.width - 24 and number:
            self.follow()
            return
        if not self._laid or number >= self.line_count() or self.text_selection is not None:
            return
        laid, piece, at = self._at(number)
        if piece.kind in ("fold", "more"):
            self._fold(laid)
            return
        line = piece.line(at) if piece.height else Line(())
        code: int | None = None
        if line.code is not None:
            code = next((i for i, (c, _) in enumerate(self._codes(laid.message.id)) if c is line.code), None)
        self._stop, self._chosen, self._code_here = Stop(laid.message.id, code), True, line.code
        self.repaint_changed()
        self.post_message(self.CursorMoved(self, self._stop))
