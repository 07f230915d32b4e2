"""A log that grows: follows its end, wraps or not, folds bars, finds text, and stays quick with 50,000 lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable
from itertools import accumulate
from typing import ClassVar

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.strip import Strip

from tui.forms.log_lines import Bar, bar_of, may_hold_bars
from tui.toolkit.line_view import ELLIPSIS, printable
from tui.widgets.text.text_view import TextLines, restyle

MAX_LINE = 8_000
"""Characters of one line that are shown; `text` keeps them all."""
MAX_MATCHES = 100_000

BARS_AT_ONCE = 4
"""So many bars may take turns, as one of the epochs and one of its steps do, and each is still folded."""

_MEASURED = 2_000


class LogView(TextLines):
    """Plain foreign text by lines. `\\r` shows the last state of its line, as a terminal would.

    The states of a progress bar that stand on lines of their own are folded to the last one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow the end", show=False, id="log.follow"),
        Binding("w", "wrap", "Wrap lines", show=False, id="log.wrap"),
        Binding("minus", "fold_bars", "All lines", id="log.fold_bars"),
        Binding("J,ctrl+down", "match(1)", "Next match", show=False, id="log.next_match"),
        Binding("K,ctrl+up", "match(-1)", "Previous match", show=False, id="log.previous_match"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"log-view--match", "log-view--current", "log-view--empty"}
    DEFAULT_CSS = """
    LogView {
        overflow-x: auto;
        scrollbar-size-horizontal: 1;
        .log-view--match { text-style: underline bold; color: $text-warning; }
        .log-view--current { text-style: reverse bold; }
        .log-view--empty { color: $text-muted; }
        &:ansi .log-view--empty { text-style: dim; }
    }
    """

    def __init__(
        self,
        text: str = "",
        *,
        wrap: bool = True,
        empty: str = "No logs yet.",
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(follow=True, name=name, id=id, classes=classes)
        self._lines: list[str] = []
        self._whole: dict[int, str] = {}
        self._given: list[str] = []
        self._open = ""
        self._wrap = wrap
        self._folds_bars = True
        self._bars: list[tuple[int, Bar]] = []
        """The bars at the end, with nothing but blank lines between them, each by its line."""
        self._folded = 0
        self._empty = empty
        self._tops: list[int] = [0]
        self._laid_out = 0
        self._widest = 0
        self._strips: LRUCache[Hashable, Strip] = LRUCache(1024)
        self._folds: LRUCache[tuple[str, int], list[str]] = LRUCache(256)
        self._pattern: re.Pattern[str] | None = None
        self._matches: list[tuple[int, int, int]] = []
        self._current = -1
        self._searched = 0
        self.append(text)

    # Text

    @property
    def text(self) -> str:
        """The log as it is shown, long lines uncut."""
        whole = self._whole
        if not whole:
            return "\n".join(self._lines)
        return "\n".join(whole.get(number, line) for number, line in enumerate(self._lines))

    def set_text(self, text: str) -> None:
        """Shows a log. One that begins with the present one goes on from it; any other opens at its end."""
        given = "".join(self._given)
        self._given = [given]
        if text.startswith(given):
            self.append(text[len(given) :])
            return
        self._clear()
        self._following = True
        self.append(text)
        self.show_soon()

    def append(self, text: str) -> None:
        """Adds text at the end; a line may come in pieces."""
        if not text:
            return
        self._given.append(text)
        fresh = self._open + text
        if self._lines:
            self._drop_last()
        whole = fresh.split("\n")
        first = len(self._lines)
        self._open = whole[-1]
        if "\r" in fresh:
            if "\r" in self._open:
                self._open = _last_state(self._open) + "\r" * self._open.endswith("\r")
            whole = [_last_state(line) for line in whole]
        if self._folds_bars and (self._bars or may_hold_bars(fresh)):
            first = self._add_folded(whole)
        else:
            self._lines += whole
        self._tidy(first)
        self.show_soon()

    def _clear(self) -> None:
        self._lines.clear()
        self._whole.clear()
        self._given.clear()
        self._open = ""
        self._tops = [0]
        self._laid_out = self._searched = self._widest = 0
        self._matches.clear()
        self._current = -1
        self._bars.clear()
        self._folded = 0

    def _drop_last(self) -> None:
        self._lines.pop()
        last = len(self._lines)
        self._whole.pop(last, None)
        self._forget_from(last)

    def _forget_from(self, first: int) -> None:
        """What is known of the lines from `first` on is not true any more."""
        if self._laid_out > first:
            self._laid_out = first
            del self._tops[first + 1 :]
        self._searched = min(self._searched, first)
        while self._matches and self._matches[-1][0] >= first:
            self._matches.pop()

    # Bars

    def _add_folded(self, whole: list[str]) -> int:
        """Adds lines, of which the last is open; a bar takes the place of its state before. Gives the first new one."""
        lines, first = self._lines, len(self._lines)
        for line in whole[:-1]:
            found = bar_of(line)
            if found is not None:
                # The last of that name: one before it had its end already.
                named = [place for place, (_, bar) in enumerate(self._bars) if bar.name == found.name]
                if named and found.follows(self._bars[named[-1]][1]):
                    number, count = self._bars[named[-1]][0], self._fold_at(named[-1])
                    first -= count if number < first else 0
                self._bars = [*self._bars[1 - BARS_AT_ONCE :], (len(lines), found)]
            elif self._bars and line.strip():
                self._bars.clear()
            lines.append(line)
        lines.append(whole[-1])
        return first

    def _fold_at(self, place: int) -> int:
        """Takes a bar's line away, and the blank ones below it; gives how many."""
        number, lines = self._bars[place][0], self._lines
        end = number + 1
        while end < len(lines) and not lines[end].strip():
            end += 1
        count = end - number
        del lines[number:end], self._bars[place]
        self._bars = [(at - count if at > number else at, bar) for at, bar in self._bars]
        self._whole = {at - count if at > number else at: text for at, text in self._whole.items()}
        self._forget_from(number)
        self._folded += count
        if self._folded == count:
            # The key that shows all lines can be used from now on.
            self.refresh_bindings()
        return count

    @property
    def folded(self) -> int:
        """How many lines are not shown, because a later one says what they said."""
        return self._folded

    @property
    def folds_bars(self) -> bool:
        """Whether of each bar only the last state is shown; else every line is."""
        return self._folds_bars

    @folds_bars.setter
    def folds_bars(self, folds: bool) -> None:
        if folds == self._folds_bars:
            return
        self._folds_bars = folds
        text, before = "".join(self._given), self.line_count()
        below = before - self.scroll_offset.y
        self._clear()
        self.append(text)
        self.show_now()
        if not self._following:
            # What was looked at is as far from the end as before: the lines that differ are above it.
            self.place(self.line_count() - below)
            self.repaint_changed()

    def _tidy(self, first: int) -> None:
        """Makes the lines from `first` on printable, and cuts the very long ones."""
        lines = self._lines
        for number in range(first, len(lines)):
            line = lines[number]
            if len(line) > MAX_LINE:
                self._whole[number] = printable(line)
                rest = len(line) - MAX_LINE
                line = f"{line[:MAX_LINE]}{ELLIPSIS} {rest:,} more characters"
            if not (line.isascii() and line.isprintable()):
                lines[number] = printable(line.expandtabs())
            elif number in self._whole:
                lines[number] = line

    # Layout: with wrapping, `_tops[n]` is the number of the first line of the view that shows line n.

    def lay_out(self) -> None:
        top = bisect_right(self._tops, self.scroll_offset.y) - 1
        self._laid_out = 0
        self._tops = [0]
        self._folds.clear()
        self.prepare()
        if not self._following and self._wrap:
            self.set_extent(self.content_width(), self.line_count())
            self.place(self._tops[min(top, self._laid_out)])

    def prepare(self) -> None:
        width, start = self.view.width, self._laid_out
        fresh = self._lines[start:] if start else self._lines
        if self._wrap:
            # No character takes more cells than it has bytes: most lines need no measuring.
            heights = [
                1
                if len(line) <= width and (line.isascii() or len(line.encode()) <= width)
                else self._height(line, width)
                for line in fresh
            ]
            self._tops += accumulate(heights, initial=self._tops.pop())
        else:
            self._widest = max(self._widest, _widest(fresh))
        self._laid_out = len(self._lines)
        if self._pattern is not None:
            self._search()

    def _height(self, line: str, width: int) -> int:
        return -(-len(line) // width) if line.isascii() else len(self._fold(line, width))

    def _fold(self, line: str, width: int) -> list[str]:
        folded = self._folds.get((line, width))
        if folded is None:
            folded = self._folds[line, width] = chop_cells(line, width) or [""]
        return folded

    def line_count(self) -> int:
        count = self._tops[self._laid_out] if self._wrap else self._laid_out
        # The last line is open; while nothing is on it, it takes no room.
        return count - (self._laid_out > 0 and not self._lines[self._laid_out - 1])

    def content_width(self) -> int:
        return 0 if self._wrap else self._widest

    def _at(self, number: int) -> tuple[int, str, int]:
        """A line of the view: which line of the log it is, its piece of it, and where the piece starts."""
        if not self._wrap:
            return number, self._lines[number], 0
        line = bisect_right(self._tops, number, 0, self._laid_out) - 1
        text, part, width = self._lines[line], number - self._tops[line], self.view.width
        if text.isascii():
            return line, text[part * width : (part + 1) * width], part * width
        pieces = self._fold(text, width)
        return line, pieces[part], sum(len(piece) for piece in pieces[:part])

    def line_text(self, number: int) -> str:
        return self._at(number)[1]

    def line_goes_on(self, number: int) -> bool:
        return self._wrap and number + 1 < self.line_count() and self._at(number + 1)[2] > 0

    def content_line(self, number: int) -> Strip:
        line, text, start = self._at(number)
        spans = self._spans(line, start, start + len(text))
        key = (text, spans)
        strip = self._strips.get(key)
        if strip is None:
            strip = Strip([Segment(text, self.style_for())], cell_len(text))
            for left, right, current in spans:
                name = "log-view--current" if current else "log-view--match"
                style = self.get_component_rich_style(name, partial=True)
                strip = restyle(strip, left, right, style)
            self._strips[key] = strip
        return strip

    def line_strip(self, y: int) -> Strip:
        if self._lines:
            if self._laid_out < len(self._lines):
                self.prepare()
            return super().line_strip(y)
        style, width = self.style_for("log-view--empty"), self.view.width
        return Strip([Segment(self._empty if y == 0 else "", style)]).crop_extend(0, width, style)

    def forget_strips(self) -> None:
        super().forget_strips()
        self._strips.clear()

    # Finding

    def find(self, pattern: str, *, regex: bool = False) -> int:
        """Marks every match and goes to the first one in or below the view; gives the number of matches.

        Case matters only if `pattern` has a capital. A regular expression that is none is taken literally.
        Text that comes later is searched too. An empty pattern ends the search.
        """
        flags = re.IGNORECASE if pattern == pattern.lower() else 0
        self._pattern = None
        if pattern:
            try:
                self._pattern = re.compile(pattern if regex else re.escape(pattern), flags)
            except re.error:
                self._pattern = re.compile(re.escape(pattern), flags)
        self._matches.clear()
        self._searched, self._current = 0, -1
        if self._pattern is not None:
            self._search()
            if self._matches:
                top = self._at(self.scroll_offset.y)[0] if self._laid_out else 0
                at = bisect_right(self._matches, (top, -1, -1))
                self._go_to(at if at < len(self._matches) else 0)
        self.repaint_changed()
        return len(self._matches)

    @property
    def match_count(self) -> int:
        """How many matches there are now (at most 100,000 are counted)."""
        return len(self._matches)

    @property
    def current_match(self) -> int:
        """The match that the view is at, from 1; 0 for none."""
        return self._current + 1

    def next_match(self, steps: int = 1) -> None:
        """Goes to the next match, or back with -1; after the last comes the first."""
        if self._matches:
            self._go_to((self._current + steps) % len(self._matches))

    def _search(self) -> None:
        assert self._pattern is not None
        search = self._pattern.finditer
        for number in range(self._searched, len(self._lines)):
            if len(self._matches) >= MAX_MATCHES:
                break
            for found in search(self._lines[number]):
                if found.end() > found.start():
                    self._matches.append((number, found.start(), found.end()))
        self._searched = len(self._lines)
        # The current match may have been on the open line, which was searched anew.
        self._current = min(self._current, len(self._matches) - 1)

    def _go_to(self, match: int) -> None:
        self._current = match
        line, start, _ = self._matches[match]
        if self._laid_out > line:
            row = line
            if self._wrap:
                row = self._tops[line]
                while self.line_goes_on(row) and self._at(row + 1)[2] <= start:
                    row += 1
            top, height = self.scroll_offset.y, self.view.height
            if not top <= row < top + height:
                self._following = False
                self.place(row - height // 2)
        self.repaint_changed()

    def _spans(self, line: int, start: int, end: int) -> tuple[tuple[int, int, bool], ...]:
        """The matches in a piece of a line, by their places in the piece."""
        if not self._matches:
            return ()
        spans: list[tuple[int, int, bool]] = []
        at = bisect_right(self._matches, (line, -1, -1))
        while at < len(self._matches) and self._matches[at][0] == line:
            _, left, right = self._matches[at]
            if left < end and right > start:
                spans.append((max(left, start) - start, min(right, end) - start, at == self._current))
            at += 1
        return tuple(spans)

    # Actions

    def action_follow(self) -> None:
        self.follow()

    def action_wrap(self) -> None:
        self.wrap = not self._wrap

    def action_fold_bars(self) -> None:
        self.folds_bars = not self._folds_bars
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """All lines are offered only where some are folded."""
        if action == "fold_bars":
            return self._folded > 0 or not self._folds_bars
        return super().check_action(action, parameters)

    def action_match(self, steps: int) -> None:
        self.next_match(steps)

    @property
    def wrap(self) -> bool:
        """Whether lines are wrapped at the view's width; else the view scrolls sideways."""
        return self._wrap

    @wrap.setter
    def wrap(self, wrap: bool) -> None:
        if wrap == self._wrap:
            return
        line = self._at(self.scroll_offset.y)[0] if self.line_count() else 0
        self._wrap = wrap
        self._laid_out, self._tops, self._widest = 0, [0], 0
        if not self.view.width:
            return
        self.prepare()
        self.set_extent(self.content_width(), self.line_count())
        self.scroll_to(x=0)
        if not self._following:
            self.place(self._tops[line] if wrap else line)
        self.show_now()


def _last_state(line: str) -> str:
    """What a terminal shows of a line that was written over."""
    if "\r" not in line:
        return line
    return next((state for state in reversed(line.split("\r")) if state), "")


def _widest(lines: list[str]) -> int:
    """The cells of the widest line; where very many would have to be measured, at least that."""
    widest = max((len(line) for line in lines if line.isascii()), default=0)
    others = [line for line in lines if not line.isascii() and 2 * len(line) > widest]
    if len(others) > _MEASURED:
        return max(widest, *(2 * len(line) for line in others))
    return max([widest, *(cell_len(line) for line in others)])
