"""The `[archive]` table of the config file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

KEYS = ("keep",)
_KEEP = re.compile(r"([1-9][0-9]{0,4})([dw])", re.ASCII)


def read_keep(table: Mapping[str, object], where: str) -> timedelta | None:
    """How long records are kept; None for always. Raises ValueError with the key and what it should be."""
    value = table.get("keep")
    if value is None:
        return None
    found = _KEEP.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{where}: archive.keep must be days or weeks in quotes, such as "90d" or "52w".')
    return timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1))
