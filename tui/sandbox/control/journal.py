"""What was asked of the sandbox, with what was sent, for tests that assert on it."""

import fnmatch
from collections import deque
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from tui.sandbox.chaos import covers
from tui.sandbox.jsons import Json, Obj, loads
from tui.sandbox.names import now_ns, timestamp

MOST_BODY = 256 * 1024
_MOST_ENTRIES = 20_000
_MOST_BODIES = 16 * 1024 * 1024
_SECRET = frozenset({"authorization", "proxy-authorization", "cookie"})
FILTERS = ("operation", "method", "path", "status")


class Entry(Struct):
    """One request. `status` is None as long as no answer was sent, `ended` says that nothing more comes of it."""

    method: str
    path: str
    query: str
    headers: list[tuple[bytes, bytes]]
    operation: str | None = None
    status: int | None = None
    ended: bool = False
    size: int = 0
    body: bytearray = field(default_factory=bytearray)
    moment: int = field(default_factory=now_ns)
    listed: bool = False

    def take(self, piece: bytes) -> None:
        """More of the body; one that is too large is not kept, but counted."""
        self.size += len(piece)
        if self.size <= MOST_BODY:
            self.body += piece
        else:
            self.body.clear()

    def show(self) -> Obj:
        """The entry as JSON, without the token."""
        headers: Obj = {}
        for raw, value in self.headers:
            name = raw.decode("latin-1").lower()
            if name not in _SECRET:
                headers[name] = value.decode("latin-1")
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "operation": self.operation,
            "status": self.status,
            "ended": self.ended,
            "time": timestamp(self.moment),
            "headers": headers,
            "size": self.size,
            "body": self._body(),
        }

    def _body(self) -> Json:
        """JSON as such, any other text as a text, what is neither as null."""
        if not self.body:
            return None
        try:
            text = self.body.decode()
        except UnicodeDecodeError:
            return None
        try:
            return loads(text)
        except ValueError:
            return text


class Journal:
    """The last requests, the oldest first. Bodies are let go before entries are."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_MOST_ENTRIES)
        self._bodies: deque[Entry] = deque()
        self._size = 0

    def add(self, entry: Entry) -> None:
        """A request that has begun."""
        entry.listed = True
        self._entries.append(entry)

    def ended(self, entry: Entry) -> None:
        """A request that is over: its body counts from now."""
        entry.ended = True
        if entry.body and entry.listed:
            self._bodies.append(entry)
            self._size += len(entry.body)
        while self._size > _MOST_BODIES:
            oldest = self._bodies.popleft()
            self._size -= len(oldest.body)
            oldest.body = bytearray()

    def find(self, wanted: Mapping[str, str]) -> list[Entry]:
        """The entries that fit every filter: `operation` as in --chaos, `method`, `path` with `*`, `status`."""
        return [entry for entry in self._entries if _fits(entry, wanted)]

    def forget(self, entries: Iterable[Entry]) -> None:
        """Takes entries out."""
        gone = {id(entry) for entry in entries}
        self._entries = deque((entry for entry in self._entries if id(entry) not in gone), maxlen=_MOST_ENTRIES)
        self._bodies = deque(entry for entry in self._bodies if id(entry) not in gone)
        self._size = sum(len(entry.body) for entry in self._bodies)


def _fits(entry: Entry, wanted: Mapping[str, str]) -> bool:
    operation = wanted.get("operation")
    return (
        (operation is None or (entry.operation is not None and covers(operation, entry.operation)))
        and wanted.get("method", entry.method).upper() == entry.method
        and fnmatch.fnmatchcase(entry.path, wanted.get("path", "*"))
        and wanted.get("status", str(entry.status)) == str(entry.status)
    )
