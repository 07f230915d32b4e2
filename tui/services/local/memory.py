"""How much memory a process and all that it started have, where the system tells."""

from __future__ import annotations

import os
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def memory_of(pid: int, proc: Path = Path("/proc")) -> int | None:
    """The bytes that a process and its descendants hold in memory; None where that cannot be known. Blocks."""
    total = 0
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            total += int((proc / str(one) / "statm").read_text().split()[1]) * _PAGE
            for task in (proc / str(one) / "task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, ValueError, IndexError):
            if one == pid:
                return None
    return total
