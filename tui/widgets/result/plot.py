"""The plot of a log's curves: all measures beside each other, or one with its latest value and its minimum."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui.toolkit.line_view import printable, shorten
from tui.widgets.result.plot_cells import LETTERS, Bounds, Line, Run, bounds, draw, number_words
from tui.widgets.result.plot_grid import GAP, Grid, share

if TYPE_CHECKING:
    from tui.forms.curves import Curve, Family

EMPTY = "The log reports no curve yet. A line such as `step 10: loss 0.5` becomes one."
_AXES = {"step": "step", "epoch": "epoch", "reading": "reading"}
_FACTS = 4
"""So many curves of one plot get a line of facts."""
_COLOURS = 4
_WINDOWS = ((1.0, ""), (0.5, "the last half"), (0.1, "the last tenth"))


class Plot(Widget, can_focus=True):
    """Shows the families of curves that it is given. It is drawn again only when there is more to see."""

    HELP = (
        "The curves that the log reports. ← and → choose the measure, enter shows it alone and all of them again, L "
        "changes to a scale of powers of ten, w looks at the last half or the last tenth, * brings the readings into "
        "view that lie far from all others. ● is the latest value, ▾ the lowest, ▴ where readings are beyond the plot."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down,j", "measure(1)", "Next curve", show=False, id="plot.next"),
        Binding("left,up,k", "measure(-1)", "Previous curve", show=False, id="plot.previous"),
        Binding("enter", "alone", "One or all", show=False, id="plot.alone"),
        Binding("L", "log", "Powers of ten", show=False, id="plot.log"),
        Binding("w", "window", "The last of it", show=False, id="plot.window"),
        Binding("asterisk", "whole", "All readings", show=False, id="plot.whole"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "plot--axis",
        "plot--note",
        "plot--chosen",
        "plot--name",
        "plot--warning",
        *(f"plot--curve-{number}" for number in range(_COLOURS)),
    }
    DEFAULT_CSS = """
    Plot {
        width: 1fr;
        height: 1fr;
        .plot--axis { color: $text-muted; }
        .plot--note { color: $text-muted; }
        .plot--chosen { text-style: bold reverse; }
        .plot--name { text-style: bold; }
        .plot--warning { color: $warning; text-style: bold; }
        .plot--curve-0 { color: $accent; }
        .plot--curve-1 { color: $warning; }
        .plot--curve-2 { color: $success; }
        .plot--curve-3 { color: $error; }
    }
    """

    def __init__(self, *, id: str | None = None, empty: str = EMPTY) -> None:
        super().__init__(id=id)
        self._families: tuple[Family, ...] = ()
        self._told: object = None
        self._measure = ""
        self._log = False
        self._robust = True
        self._alone = False
        self._window = 0
        self._empty = empty
        self._rows: list[list[Run]] | None = None
        self._drawn_for = Size(0, 0)

    def show(self, families: Sequence[Family], empty: str | None = None) -> None:
        """Show these curves; what has not changed is not drawn again. `empty` says why there are none."""
        told = tuple(
            (family.name, tuple((c.name, c.count, c.odd, c.latest) for c in family.curves)) for family in families
        )
        if told == self._told and (empty is None or empty == self._empty):
            return
        self._told, self._families = told, tuple(families)
        self._empty = self._empty if empty is None else empty
        self._again()

    @property
    def measure(self) -> str:
        """The name of what is plotted; empty where there is nothing."""
        family = self._family()
        return family.name if family else ""

    def plain(self) -> str:
        """What is shown, as text."""
        return "\n".join("".join(text for text, _ in row).rstrip() for row in self._lines())

    # ---- keys

    def action_measure(self, by: int) -> None:
        """Another measure, around the end."""
        names = [family.name for family in self._families]
        if len(names) > 1:
            self._measure = names[(names.index(self.measure) + by) % len(names)]
            self._again()

    def action_alone(self) -> None:
        """The chosen measure alone, or all of them again."""
        self._alone = not self._alone
        self._again()

    def action_log(self) -> None:
        """To powers of ten and back."""
        self._log = not self._log
        self._again()

    def action_window(self) -> None:
        """All of it, its last half, its last tenth."""
        self._window = (self._window + 1) % len(_WINDOWS)
        self._again()

    def action_whole(self) -> None:
        """With the readings that lie far from all others, and without them again."""
        self._robust = not self._robust
        self._again()

    def on_click(self, event: events.Click) -> None:
        """A click on a measure chooses it; on the chosen one among all, shows it alone."""
        grid = self._grid(self.size.width, self.size.height)
        if grid is not None:
            column, row = event.x // (grid.width + GAP), (event.y - 1) // grid.height
            place = self._first_of(grid) + row * grid.columns + column
            if event.y < 1 or column >= grid.columns or not row < grid.rows or place >= len(self._families):
                return
            self._alone = self._families[place].name == self.measure
            self._measure = self._families[place].name
            self._again()
        elif event.y == 0:
            column = 0
            for family in self._families:
                end = column + len(_title(family)) + 2
                if column <= event.x < end:
                    self._measure = family.name
                    self._again()
                    return
                column = end + 1

    # ---- drawing

    def render_line(self, y: int) -> Strip:
        """One line of what is drawn."""
        rows = self._lines()
        width = self.size.width
        base = self.rich_style
        segments = [Segment(text, base + self._style(role)) for text, role in rows[y]] if y < len(rows) else []
        return Strip(segments).adjust_cell_length(width, base)

    def _again(self) -> None:
        self._rows = None
        self.refresh()

    def _style(self, role: str) -> Style:
        mark = role.startswith("mark-")
        name = role.removeprefix("mark-")
        if name.startswith("curve-"):
            name = f"curve-{int(name[6:]) % _COLOURS}"
        if not name:
            return Style()
        style = self.get_component_rich_style(f"plot--{name}")
        return style + Style(bold=True) if mark else style

    def _lines(self) -> list[list[Run]]:
        if self._rows is None or self._drawn_for != self.size:
            self._drawn_for = self.size
            self._rows = self._draw(self.size.width, self.size.height)
        return self._rows

    def _family(self) -> Family | None:
        for family in self._families:
            if family.name == self._measure:
                return family
        return self._families[0] if self._families else None

    def _grid(self, width: int, height: int) -> Grid | None:
        """The places of all measures; None where one is shown alone."""
        if self._alone or len(self._families) < 2:
            return None
        return share(len(self._families), width, height - 1)

    def _first_of(self, grid: Grid) -> int:
        """The first measure of the page with the chosen one."""
        names = [family.name for family in self._families]
        return names.index(self.measure) // grid.places * grid.places

    def _draw(self, width: int, height: int) -> list[list[Run]]:
        family = self._family()
        if family is None:
            return [[(line, "note")] for line in wrap(printable(self._empty), max(width, 1))]
        grid = self._grid(width, height)
        rows = self._draw_one(family, width, height) if grid is None else self._draw_all(grid, width)
        return rows[:height]

    def _draw_all(self, grid: Grid, width: int) -> list[list[Run]]:
        first = self._first_of(grid)
        shown = self._families[first : first + grid.places]
        some = f"{first + 1}–{first + len(shown)} of {len(self._families)}" if len(shown) < len(self._families) else ""
        scale = "powers of ten" if self._log else ""
        words = "   ".join(part for part in (some, scale, _WINDOWS[self._window][1]) if part)
        rows: list[list[Run]] = [[(shorten(words, width), "note")]]
        for start in range(0, len(shown), grid.columns):
            panels = [self._panel(family, grid) for family in shown[start : start + grid.columns]]
            rows += [_beside(parts, grid.width) for parts in zip(*panels, strict=True)]
        return rows

    def _panel(self, family: Family, grid: Grid) -> list[list[Run]]:
        """One of several: its name and latest values on a line, below them its curves."""
        lines, log, within = self._lines_of(family)
        chosen = family is self._family()
        head: list[Run] = [(f" {_title(family)} ", "chosen" if chosen else "name")]
        several = len(family.curves) > 1
        for number, curve in enumerate(family.curves[:_FACTS]):
            sign = LETTERS[number % 26] if several else "●"
            told = curve.odd_now or (_value(curve, curve.latest) if curve.latest is not None else "–")
            head.append((f" {sign} {told}", f"mark-curve-{number}"))
            if not several and curve.least is not None and curve.count > 1:
                head.append((f"  ▾ {_value(curve, curve.least)}", "note"))
        head.append((_beyond(within), "note"))
        axis = _AXES[family.curves[0].axis]
        body = (
            draw(lines, grid.width, grid.height - 1, log=log, x_name=axis, within=(within.low, within.high))
            if within is not None
            else [[(shorten("no reading is a number", grid.width), "warning")]]
        )
        body += [[] for _ in range(grid.height - 1 - len(body))]
        return [_cut(head, grid.width), *body]

    def _lines_of(self, family: Family) -> tuple[list[Line], bool, Bounds | None]:
        """What is drawn of a measure, whether by powers of ten, and within which bounds; None without a number."""
        lines = _windowed(family.curves, _WINDOWS[self._window][0])
        if not any(line.xs for line in lines):
            return lines, False, None
        log = self._log and all(y > 0 for line in lines for y in line.ys)
        return lines, log, bounds(lines, robust=self._robust and not log)

    def _draw_one(self, family: Family, width: int, height: int) -> list[list[Run]]:
        rows: list[list[Run]] = [self._chips(family, width)]
        curves = family.curves
        facts = curves[:_FACTS] if height >= 14 else curves[:2] if height >= 9 else curves[:1]
        rows += [_facts(curve, number, len(curves) > 1, width) for number, curve in enumerate(facts)]
        if len(facts) < len(curves):
            rows[-1].append((f"   and {len(curves) - len(facts)} more", "note"))
        lines, log, within = self._lines_of(family)
        scale = ("powers of ten" if log else "no powers of ten: there are values of 0 or below") if self._log else ""
        words = "   ".join(part for part in (scale, _WINDOWS[self._window][1], _beyond(within).strip()) if part)
        rows.append([(shorten(words, width), "note")])
        if within is not None:
            bound = (within.low, within.high)
            rows += draw(lines, width, height - len(rows), log=log, x_name=_AXES[curves[0].axis], within=bound)
        else:
            rows.append([("No reading of it is a number: there is nothing to draw.", "warning")])
        return rows

    def _chips(self, chosen: Family, width: int) -> list[Run]:
        runs: list[Run] = []
        # The chosen one stays on the screen where the names do not fit.
        names = list(self._families)
        while len(names) > 1 and names[0] is not chosen and sum(len(_title(n)) + 3 for n in names) > width:
            names.pop(0)
        used = 0
        for family in names:
            label = f" {_title(family)} "
            if used + len(label) > width:
                break
            runs += [(label, "chosen" if family is chosen else "note"), (" ", "")]
            used += len(label) + 1
        return runs


def _title(family: Family) -> str:
    return printable(family.name)[:24]


def _facts(curve: Curve, number: int, several: bool, width: int) -> list[Run]:
    """A curve's name, latest value and extremes, on one line."""
    role = f"curve-{number}"
    sign = LETTERS[number % 26] if several else "●"
    runs: list[Run] = [(f"{sign} ", f"mark-{role}")]
    if several:
        runs.append((f"{curve.name[:24]}  ", role))
    if curve.odd_now is not None:
        runs.append((f"{curve.odd_now} now  ", "warning"))
    if curve.latest is not None:
        runs.append((f"{_value(curve, curve.latest)}  ", role))
    if curve.least is not None and curve.most is not None and curve.count > 1:
        runs.append((f"▾ min {_value(curve, curve.least)} at {curve.axis} {number_words(curve.least[0])}", "note"))
        if width >= 60:
            runs.append((f"   max {_value(curve, curve.most)}", "note"))
    if curve.odd and curve.odd_now is None:
        runs.append((f"   {curve.odd} times no number", "warning"))
    return runs


def _value(curve: Curve, point: tuple[float, float]) -> str:
    return f"{number_words(point[1])}{' ' + curve.unit if curve.unit else ''}"


def _beyond(within: Bounds | None) -> str:
    """How many readings the plot leaves out."""
    parts = (
        [f"  {sign} {count} beyond" for sign, count in (("▴", within.above), ("▿", within.below)) if count]
        if within is not None
        else []
    )
    return "".join(parts)


def _beside(parts: Sequence[list[Run]], width: int) -> list[Run]:
    """A line of several panels."""
    runs: list[Run] = []
    for number, part in enumerate(parts):
        if number:
            runs.append((" " * GAP, ""))
        runs += part
        runs.append((" " * max(0, width - sum(len(text) for text, _ in part)), ""))
    return runs


def _cut(runs: Sequence[Run], width: int) -> list[Run]:
    """The runs that fit whole; of the first at least its beginning."""
    kept: list[Run] = []
    left = width
    for text, role in runs:
        if len(text) > left and kept:
            break
        kept.append((shorten(text, left), role))
        left -= len(kept[-1][0])
    return kept


def _windowed(curves: Sequence[Curve], share: float) -> list[Line]:
    """The last share of the curves, by their common axis."""
    firsts = [curve.xs[0] for curve in curves if curve.xs]
    lasts = [curve.xs[-1] for curve in curves if curve.xs]
    if not firsts or share >= 1:
        return [Line(curve.xs, curve.ys, curve.least) for curve in curves]
    start = max(lasts) - (max(lasts) - min(firsts)) * share
    lines: list[Line] = []
    for curve in curves:
        at = bisect_left(curve.xs, start)
        xs, ys = curve.xs[at:], curve.ys[at:]
        least = min(zip(ys, xs, strict=True), default=None)
        lines.append(Line(xs, ys, (least[1], least[0]) if least else None))
    return lines
