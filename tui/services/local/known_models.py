"""Which models of this machine, and which servers, were used: a short file, so that no connection is needed for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from tui.private_files import make_private
from tui.whole_files import writing

MOST = 200
"""Places that are remembered, those used last."""


class KnownModels:
    """The places, the one used last first. Blocks: it reads and writes its file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> list[str]:
        """The folders and addresses; none where the file is not there or cannot be read."""
        try:
            found = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return []
        places = cast("list[object]", found) if isinstance(found, list) else []
        return list(dict.fromkeys(one for one in places if isinstance(one, str) and one))[:MOST]

    def add(self, place: str) -> None:
        """Remember a place as the one used last. Raises OSError."""
        self._write([place, *(one for one in self.read() if one != place)][:MOST])

    def remove(self, place: str) -> None:
        """Forget a place. Raises OSError."""
        self._write([one for one in self.read() if one != place])

    def _write(self, places: list[str]) -> None:
        make_private(self._file.parent)
        with writing(self._file) as incoming:
            incoming.write_text(json.dumps(places, indent=2), "utf-8")
            incoming.replace(self._file)
