"""The end: from the key to the shell's prompt, the terminal as it was, nothing left running; beside a bare app."""

from __future__ import annotations

import termios
from pathlib import Path

from bench.measure import BARE, CONSOLE, FLOOR, TIMES, Program, Series, api, homes, near_and_away, rounds
from bench.rows import Row

RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l")
"""The screen from before, the cursor, no mouse, no bracketed paste."""


def run() -> list[Row]:
    """With an API that answers at once, and with one that takes 200 ms."""
    return near_and_away(_measure)


def _measure(chaos: str, where: str) -> list[Row]:
    """Console and floor in turn; medians. What is not restored, and what still runs, is counted."""
    found = Series()

    def leave(name: str, command: list[str], wanted: str, key: str, env: dict[str, str] | None = None) -> None:
        with Program(command, env) as program:
            before = termios.tcgetattr(program.fd)[3]
            program.shown(wanted)
            program.quiet(1.0)
            found.add(name, program.ended(key))
            program.pump(0.1)
            missing = sum(1 for sequence in RESTORED if sequence not in program.written)
            changed = before != termios.tcgetattr(program.fd)[3]
            found.add(f"{name} not restored", missing + changed)
        if env is not None:
            found.add("left", _processes(env["REPLICATE_TUI_HOME"]))

    with api(chaos) as sandbox, homes(sandbox, 100) as (home,):
        rounds(
            TIMES,
            lambda: leave("floor", FLOOR, "model-20", "\x11"),
            lambda: leave("console", [CONSOLE], "model-20", "q", home),
        )
    return [
        Row(f"quit, to the prompt{where}", found.median("console"), "ms", found.median("floor"), BARE, most=150),
        Row(f"quit: what is not restored{where}", max(found.values["console not restored"]), "", most=0),
        Row(f"quit: processes left{where}", max(found.values["left"]), "", most=0),
    ]


def _processes(home: str) -> int:
    """How many processes have the folder in their environment."""
    found = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            found += home.encode() in (entry / "environ").read_bytes()
        except OSError:
            continue
    return found
