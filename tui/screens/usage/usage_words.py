"""What was used, in words: the lines of the table, the head and the pane beside it. Plain content, no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from textual.content import Content

from tui import wording
from tui.services.usage.cost import amount, unit_amounts
from tui.services.usage.usage import Grouping, Line, Usage
from tui.widgets.cost import MONEY
from tui.widgets.table.virtual_table import Column

BAR = 10
"""Cells of a bar."""
_MOST = 5
"""Lines of each part of the pane."""
TITLES: dict[Grouping, str] = {
    "day": "Day",
    "model": "Model",
    "hardware": "Hardware",
    "deployment": "Deployment",
    "status": "Status",
    "source": "Source",
    "batch": "Batch",
}
_NONE: dict[Grouping, str] = {
    "day": "–",
    "model": "of no model",
    "hardware": "hardware not known",
    "deployment": "through none",
    "status": "–",
    "source": "–",
    "batch": "of no batch",
}


class Row(Struct, frozen=True):
    """One group as the table shows it."""

    key: str
    name: str
    share: float
    """Of the largest one, 0 to 1: by cost where any is known, else by time."""
    line: Line

    @property
    def seen(self) -> Any:
        """What is shown of it."""
        one = self.line.sum
        return self.name, self.share, one.count, one.seconds, one.cost, one.cost_unknown, tuple(one.units.items())


def rows_of(lines: Sequence[Line], grouping: Grouping) -> list[Row]:
    """The table's rows; days from the newest down."""
    dear = any(line.sum.cost for line in lines)
    sizes = [(line.sum.cost or 0.0) if dear else line.sum.seconds for line in lines]
    most = max(sizes, default=0.0) or 1.0
    rows = [
        Row(line.key or "-", line.key or _NONE[grouping], size / most, line)
        for line, size in zip(lines, sizes, strict=True)
    ]
    return rows[::-1] if grouping == "day" else rows


def bar(share: float, width: int = BAR) -> str:
    """A bar as a line of halves of a cell; something that is not nothing has at least one."""
    halves = round(share * width * 2)
    if share > 0:
        halves = max(1, halves)
    full, rest = divmod(halves, 2)
    return "━" * full + "╸" * rest


def _name(row: Row, grouping: Grouping) -> Content:
    """Of a model and a deployment the name first: in a narrow column it tells more than the owner."""
    owner, slash, name = row.name.partition("/")
    if not slash or grouping not in ("model", "deployment"):
        return Content(row.name)
    return Content.assemble((name, "bold"), (f" {owner}", "$text-muted"))


def _cost(row: Row) -> Content:
    one = row.line.sum
    if one.cost is None:
        return Content.styled("no price" if one.cost_unknown else "", "$text-muted")
    return Content.styled(wording.money(one.cost), MONEY)


def _unknown(row: Row) -> Content:
    unknown = row.line.sum.cost_unknown
    return Content.styled(f"{unknown:,}" if unknown else "", "$text-muted")


def columns(grouping: Grouping) -> list[Column[Any]]:
    """The columns for a grouping."""
    return [
        Column("key", TITLES[grouping], lambda row: _name(row, grouping), flex=1, min_width=12),
        Column("bar", "", lambda row: Content.styled(bar(row.share), "$accent"), width=BAR, drop_below=50),
        Column("runs", "Runs", lambda row: f"{row.line.sum.count:,}", width=7, align="right"),
        Column("time", "Run time", lambda row: wording.duration(row.line.sum.seconds), width=8, align="right"),
        Column("cost", "≈ Cost", _cost, width=8, align="right"),
        Column("unknown", "No price", _unknown, width=8, align="right", drop_below=76),
    ]


def head(usage: Usage, since: str) -> Content:
    """`last 30 days   ≈ $12.30   2,000 runs   1:06:40   600 without a price`."""
    one = usage.total().sum
    parts = [Content.styled(since, "bold")]
    if one.cost is not None:
        parts.append(Content.styled(f"≈ {wording.money(one.cost)}", MONEY))
    parts.append(Content(f"{one.count:,} runs" if one.count != 1 else "1 run"))
    parts.append(Content(wording.duration(one.seconds)))
    if one.cost_unknown:
        parts.append(Content.styled(f"{one.cost_unknown:,} without a price", "$text-muted"))
    return Content("  ").join(parts)


def aside(usage: Usage, standing: Sequence[str], budget: Sequence[tuple[str, bool]], width: int) -> Content:
    """The pane: the budget, what cost most, what was paid for in vain, what has no price, what only stood by.

    Of a line that is too long for `width` whole facts go on in the next: a number stays with what it counts.
    """
    parts: list[Content] = []

    def about(name: str, lines: Sequence[Content | str]) -> None:
        if lines:
            parts.append(Content("\n").join([Content.styled(name, "$text-muted"), *map(_content, lines)]))

    models, total = usage.by("model"), usage.total()
    about("Budget", [Content.styled(f"! {words}", "bold $warning") if near else words for words, near in budget])
    about("Models that cost most", [_dear(line, width) for line in models if line.sum.cost][:_MOST])
    through = [line for line in usage.by("deployment") if line.key and line.sum.cost]
    about("Deployments that cost most, while they ran", [_dear(line, width) for line in through][:_MOST])
    about("Instances that stood idle", standing[:_MOST])
    if total.lost.count:
        lost = total.lost
        words = [_runs(lost.count), wording.duration(lost.seconds), amount(lost.cost, lost.cost_unknown)]
        about("Failed or canceled", [_facts(Content(""), words, width)])
    unknown = sorted((line for line in models if line.sum.cost_unknown), key=lambda line: -line.sum.cost_unknown)
    about("No price is known of", [_unpriced(line, width) for line in unknown[:_MOST]])
    counted = unit_amounts(total.sum.units)
    about("Counted", [_facts(Content(""), counted.split(", "), width)] if counted else [])
    parts.append(
        Content.styled(
            "w chooses the time, ] and [ the grouping, e sets the budget. R reads what was made elsewhere, o opens the "
            "bill itself: these costs are estimates by the prices that `replicate-tui prices` prints.",
            "$text-muted",
        )
    )
    return Content("\n\n").join(parts)


def _content(words: Content | str) -> Content:
    return words if isinstance(words, Content) else Content(words)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"


def _dear(line: Line, width: int) -> Content:
    cost = Content.styled(f"≈ {wording.money(line.sum.cost or 0.0)}", MONEY)
    return _facts(Content.assemble(cost, f"  {line.key}"), [_runs(line.sum.count)], width, "$text-muted")


def _unpriced(line: Line, width: int) -> Content:
    counted = unit_amounts(line.sum.units)
    ran = wording.duration(line.sum.seconds)
    facts = [_runs(line.sum.cost_unknown), *([ran] if ran else []), *(counted.split(", ") if counted else [])]
    return _facts(Content(line.key or "runs of no model"), facts, width, "$text-muted")


def _facts(name: Content, facts: Sequence[str], width: int, style: str = "") -> Content:
    """A name and its facts; those that have no room are in the next line, under it."""
    lines = [name]
    for number, fact in enumerate(facts):
        before = lines[-1]
        between = ("  " if before.cell_length else "") if number == 0 else ", "
        last = number == len(facts) - 1
        if before.cell_length and before.cell_length + len(between) + len(fact) + (not last) > width:
            lines[-1] = before + Content.styled(between.rstrip(), style)
            lines.append(Content("  ") + Content.styled(fact, style))
        else:
            lines[-1] = before + Content.styled(between + fact, style)
    return Content("\n").join(lines)
