"""The start: from the command to the list of models from the cache, beside a bare Textual app; bytes, CPU, memory."""

from __future__ import annotations

from bench.measure import BARE, CONSOLE, FLOOR, TIMES, Program, Series, api, homes, near_and_away, rounds
from bench.rows import Row

MODELS = 4_000


def run() -> list[Row]:
    """With an API that answers at once, and with one that takes 200 ms."""
    return near_and_away(_measure)


def _measure(chaos: str, where: str) -> list[Row]:
    """Console and floor in turn, each in a process of its own; medians."""
    found = Series()

    def start(name: str, command: list[str], wanted: str, env: dict[str, str] | None = None) -> None:
        with Program(command, env) as program:
            first = program.shown(wanted)
            settled = program.quiet(1.0)
            found.add(f"{name} first", first)
            found.add(f"{name} settled", settled)
            found.add(f"{name} bytes", float(len(program.written)))
            found.add(f"{name} cpu", program.cpu() * 1000)
            found.add(f"{name} memory", program.memory())

    with api(chaos) as sandbox, homes(sandbox, MODELS) as (home,):
        parts = (
            lambda: start("floor", FLOOR, "model-20"),
            lambda: start("console", [CONSOLE], "model-20", home),
        )
        rounds(1, *parts)  # writes the bytecode, and the console's own list of models
        found.values.clear()
        rounds(TIMES, *parts)

    def row(what: str, unit: str, key: str, **budget: float) -> Row:
        return Row(what, found.median(f"console {key}"), unit, found.median(f"floor {key}"), BARE, **budget)

    return [
        row(f"start to the list, {MODELS:,} models cached{where}", "ms", "first", ratio=1.25),
        row(f"start until nothing changes any more{where}", "ms", "settled"),
        row(f"start: written{where}", "B", "bytes"),
        row(f"start: CPU{where}", "ms", "cpu"),
        row(f"peak memory after the start{where}", "MB", "memory", most=60),
    ]
