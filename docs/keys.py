"""Writes the README's table of keys from the commands themselves: `python docs/keys.py`, or `make keys`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- keys: made by `make keys` -->", "<!-- end of keys -->"
_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "vertical_line": "\\|",
    "escape": "esc",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "equals_sign": "=",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}


def key_table() -> str:
    """The table in Markdown: a line for each group of commands, in the order in which they are declared."""
    from tui.commands import REGISTRY

    groups: dict[str, list[str]] = {}
    for command in REGISTRY.values():
        first = command.keys.split(",")[0]
        groups.setdefault(command.group, []).append(f"`{_SHOWN.get(first, first)}` {command.full_title().rstrip('…')}")
    lines = [f"| {group} | {' · '.join(keys)} |" for group, keys in groups.items()]
    return "\n".join(["| where | keys |", "| --- | --- |", *lines])


def with_table(readme: str) -> str:
    """The README with the table as it is now. Raises ValueError where it has no place for it."""
    found, changed = re.subn(
        f"(?<={re.escape(BEGIN)}\n).*?(?=\n{re.escape(END)})", lambda _: key_table(), readme, flags=re.DOTALL
    )
    if changed != 1:
        raise ValueError(f"README.md needs one line {BEGIN} and one line {END}")
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    path = ROOT / "README.md"
    path.write_text(with_table(path.read_text("utf-8")), "utf-8")
