"""usage: what was used and what it may have cost, for people, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import cast

from tui.api.billed import UNITS
from tui.cli.api_command import Asker
from tui.cli.exit_codes import EXIT_DISK, EXIT_DONE
from tui.cli.open_services import services_for
from tui.services.services import Services
from tui.services.usage.cost import amount, unit_amounts
from tui.services.usage.usage import Grouping, Line, as_object
from tui.store.database import StoreError
from tui.wording import duration

SINCE = timedelta(days=30)


async def usage(asker: Asker) -> int:
    """usage"""
    call = asker.call
    grouping = cast("Grouping", call.text("by") or "day")
    try:
        async with services_for(asker.settings, asker.connection) as services:
            await _count_the_rest(asker, services)
            since = _moment(call.text("since")) or services.now() - SINCE
            found = await services.usage.read(since, _moment(call.text("until")), by_batch=grouping == "batch")
            standing = services.usage.standing(found)
    except StoreError as error:
        asker.speaker.error(str(error))
        return EXIT_DISK
    lines = found.by(grouping)
    if call.text("format") == "csv":
        asker.speaker.write(_csv(lines))
    elif call.json or (asker.as_json and call.text("format") != "table"):
        array = asker.speaker.array()
        for line in lines:
            array.add(as_object(line))
        array.end()
    else:
        _table(asker, grouping, lines, found.total(), standing)
    return EXIT_DONE


async def sync(asker: Asker) -> int:
    """usage sync"""
    asker.speaker.hint("Reading what the API lists…")
    try:
        async with services_for(asker.settings, asker.connection) as services:
            listed, new = await services.usage.sync()
    except StoreError as error:
        asker.speaker.error(str(error))
        return EXIT_DISK
    return asker.done(f"{listed:,} are listed by the API, {new:,} of them are new here.", listed=listed, new=new)


async def _count_the_rest(asker: Asker, services: Services) -> None:
    """Count what an earlier version has kept."""
    while left := await services.usage.uncounted():
        asker.speaker.hint(f"Counting {left:,} older records…")
        await services.store.catch_up(500)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _csv(lines: list[Line]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["key", "count", "predict_time", *UNITS, "estimated_cost_usd", "cost_unknown"])
    for line in lines:
        units = [line.sum.units.get(name, "") for name in UNITS]
        cost = "" if line.sum.cost is None else line.sum.cost
        writer.writerow([line.key, line.sum.count, line.sum.seconds, *units, cost, line.sum.cost_unknown])
    return out.getvalue()


def _table(asker: Asker, grouping: Grouping, lines: list[Line], total: Line, standing: list[str]) -> None:
    if not lines:
        asker.speaker.say(
            "Nothing was used in that time, as far as this machine knows: usage sync reads what is listed."
        )
        return
    rows = [(grouping, "runs", "run time", "≈ cost", "without a price", "counted")]
    rows += [_row(line, line.key or "none") for line in [*lines, total]]
    asker.table(rows)
    if total.lost.count:
        lost = total.lost
        cost = amount(lost.cost, lost.cost_unknown)
        asker.speaker.line(f"Of it failed or canceled: {lost.count:,} runs, {duration(lost.seconds)}, {cost}")
    for words in standing:
        asker.speaker.line(f"Stood idle: {words}")
    asker.speaker.say("Costs are estimates by the prices of: replicate-tui prices")


def _row(line: Line, name: str) -> tuple[str, ...]:
    one = line.sum
    unknown = f"{one.cost_unknown:,}" if one.cost_unknown else ""
    cost = amount(one.cost, 0)
    return name, f"{one.count:,}", duration(one.seconds), cost, unknown, unit_amounts(one.units)


COMMANDS: dict[str, Callable[[Asker], Awaitable[int]]] = {
    "usage": usage,
    "usage sync": sync,
}
