"""The plot of a log's curves: one measure at a time, with its axes, its latest value and its minimum."""

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

from tui.toolkit.line_view import one_line, shorten
from tui.widgets.result.plot_cells import LETTERS, Line, Run, draw, number_words

if TYPE_CHECKING:
    from tui.forms.curves import Curve, Family

EMPTY = "The log reports no curve yet. A line such as `step 10: loss 0.5` becomes one."
_AXES = {"step": "step", "epoch": "epoch", "reading": "reading"}
_FACTS = 4
"""So many curves of one plot get a line of facts."""
_COLOURS = 4
_ZOOMS = ((1.0, ""), (0.5, "the last half"), (0.1, "the last tenth"))


class Plot(Widget, can_focus=True):
    """Shows the families of curves that it is given. It is drawn again only when there is more to see."""

    HELP = (
        "The curves that the log reports. ← and → choose the measure, l changes to a scale of powers of ten, "
        "z looks at the last half or the last tenth. ● is the latest value, ▾ the lowest."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down,j,n", "measure(1)", "Next curve", show=False, id="plot.next"),
        Binding("left,up,k,N", "measure(-1)", "Previous curve", show=False, id="plot.previous"),
        Binding("l", "log", "Powers of ten", show=False, id="plot.log"),
        Binding("z", "zoom", "Zoom", show=False, id="plot.zoom"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "plot--axis",
        "plot--note",
        "plot--chosen",
        "plot--warning",
        *(f"plot--curve-{number}" for number in range(_COLOURS)),
    }
    DEFAULT_CSS = """
    Plot {
        width: 1fr;
        height: 1fr;
        .plot--axis { color: $foreground 55%; }
        .plot--note { color: $foreground 60%; }
        .plot--chosen { text-style: bold reverse; }
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
        self._zoom = 0
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

    def action_log(self) -> None:
        """To powers of ten and back."""
        self._log = not self._log
        self._again()

    def action_zoom(self) -> None:
        """All of it, its last half, its last tenth."""
        self._zoom = (self._zoom + 1) % len(_ZOOMS)
        self._again()

    def on_click(self, event: events.Click) -> None:
        """A click on the name of a measure chooses it."""
        if event.y != 0:
            return
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

    def _draw(self, width: int, height: int) -> list[list[Run]]:
        family = self._family()
        if family is None:
            return [[(line, "note")] for line in wrap(one_line(self._empty), max(width, 1))]
        rows: list[list[Run]] = [self._chips(family, width)]
        curves = family.curves
        facts = curves[:_FACTS] if height >= 14 else curves[:2] if height >= 9 else curves[:1]
        rows += [_facts(curve, number, len(curves) > 1, width) for number, curve in enumerate(facts)]
        if len(facts) < len(curves):
            rows[-1].append((f"   and {len(curves) - len(facts)} more", "note"))
        share, zoomed = _ZOOMS[self._zoom]
        lines = _zoomed(curves, share)
        log = self._log and all(y > 0 for line in lines for y in line.ys)
        scale = ("powers of ten" if log else "no powers of ten: there are values of 0 or below") if self._log else ""
        words = "   ".join(part for part in (scale, zoomed) if part)
        rows.append([(shorten(words, width), "note")])
        if any(line.xs for line in lines):
            rows += draw(lines, width, height - len(rows), log=log, x_name=_AXES[curves[0].axis])
        else:
            rows.append([("No reading of it is a number: there is nothing to draw.", "warning")])
        return rows[:height]

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
    return one_line(family.name)[:24]


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


def _zoomed(curves: Sequence[Curve], share: float) -> list[Line]:
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
