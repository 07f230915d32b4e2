"""How the files of a model's code are now, so that an edit is noticed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_MOST = 3000
"""Files that are looked at."""
_NOT_CODE = {"node_modules", "__pycache__", "site-packages", "venv"}


def source_state(folder: Path) -> Mapping[str, tuple[int, int]]:
    """The time and the size of cog.yaml and of each Python file of the folder. Blocks."""
    found: dict[str, tuple[int, int]] = {}
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_CODE)
        for name in files:
            if name.endswith(".py") or name in ("cog.yaml", "requirements.txt"):
                path = Path(place) / name
                try:
                    facts = path.stat()
                except OSError:
                    continue
                found[str(path)] = (facts.st_mtime_ns, facts.st_size)
                if len(found) == _MOST:
                    return found
    return found
