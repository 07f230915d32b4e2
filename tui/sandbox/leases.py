"""The embedded sandbox's side of leases: it lives while a console holds a connection to it."""

import asyncio
import contextlib
import hmac
import json
import os
from pathlib import Path

from tui.sandbox.embedded import RECORD

_FIRST_LEASE = 10.0
_GRACE = 1.5


class Leases:
    """Counts open connections; sets `stop` when the last has been closed for a short while."""

    def __init__(self, home: Path, base_url: str, token: str, stop: asyncio.Event) -> None:
        self._home = home
        self._base_url = base_url
        self._token = token
        self._stop = stop
        self._held: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Listens, and says where in the home's record, which only its owner can read."""
        self._server = await asyncio.start_server(self._hold, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        record = {"pid": os.getpid(), "lease_port": port, "base_url": self._base_url, "token": self._token}
        fresh = self._home / (RECORD + ".new")
        fresh.write_text(json.dumps(record))
        fresh.replace(self._home / RECORD)
        self._expect(_FIRST_LEASE)

    def close(self) -> None:
        """Takes no more leases, and lets go of those that are held."""
        if self._timer is not None:
            self._timer.cancel()
        if self._server is not None:
            self._server.close()
        for writer in list(self._held):
            writer.close()
        with contextlib.suppress(OSError):
            (self._home / RECORD).unlink()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                line = await reader.readline()
            if self._stop.is_set() or not hmac.compare_digest(line.strip(), self._token.encode()):
                return
            self._held.add(writer)
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            writer.write(b"held\n")
            await writer.drain()
            while await reader.read(1024):
                pass
        except (OSError, TimeoutError, ValueError):
            return
        finally:
            self._held.discard(writer)
            writer.close()
            if not self._held and self._timer is None:
                self._expect(_GRACE)

    def _expect(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._stop.set)
