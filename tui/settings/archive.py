"""The `[archive]` table of the config file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

KEYS = ("keep",)
_AGE, _SIZE = "([1-9][0-9]{0,4})([dw])", "([1-9][0-9]{0,4})(MB|GB|TB)"
PATTERN = f"^({_AGE}|{_SIZE}|{_AGE}, {_SIZE})$"
_KEEP = re.compile(f"(?:{_AGE})?(?:(?:^|(?<=[dw]), ){_SIZE})?", re.ASCII)
_BYTES = {"MB": 10**6, "GB": 10**9, "TB": 10**12}


@dataclass(frozen=True)
class Keep:
    """What is kept of predictions and trainings: what is not older, and the newest whose saved files have room."""

    age: timedelta | None = None
    most: int | None = None
    """Bytes of saved files."""
    size: str = ""
    """The same for a person: "5 GB"."""

    def __str__(self) -> str:
        """What is deleted, as a clause: "older than 90 days or beyond 5 GB"."""
        age = f"older than {self.age.days} days" if self.age is not None else ""
        return " or ".join(filter(None, [age, f"beyond {self.size}" if self.most is not None else ""]))

    @property
    def note(self) -> str:
        """By what it is noted that one agreed to it."""
        return " ".join(filter(None, [str(self.age.days) if self.age is not None else "", self.size.replace(" ", "")]))


def read_keep(table: Mapping[str, object], where: str) -> Keep | None:
    """What is kept; None for all. Raises ValueError with the key and what it should be."""
    value = table.get("keep")
    if value is None:
        return None
    found = _KEEP.fullmatch(value) if isinstance(value, str) else None
    if found is None or not value:
        raise ValueError(
            f'{where}: archive.keep must be days or weeks, a size, or both, in quotes: "90d", "52w", "5GB", "90d, 5GB".'
        )
    age = timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1)) if found[1] else None
    most = int(found[3]) * _BYTES[found[4]] if found[3] else None
    return Keep(age, most, f"{found[3]} {found[4]}" if found[3] else "")
