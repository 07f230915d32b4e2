"""What every service stands on: the client, the store, the bus, secrets, ownership, whose account it is, the clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from msgspec import Struct

from tui.api.client import Client
from tui.services.bus import Bus
from tui.services.database_redaction import Secrets
from tui.services.ownership import Ownership
from tui.store.store import Store


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Clock(Struct, frozen=True):
    """Where time comes from, so that a test can move it."""

    now: Callable[[], datetime] = _utc_now
    """The date and time, aware, UTC."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that only grow."""
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


class Session(Struct):
    """Made once by `Services.open`. It holds no service, so that services depend on it and not on each other."""

    client: Client
    store: Store
    bus: Bus
    secrets: Secrets
    ownership: Ownership
    clock: Clock
    account: str
    """The key that everything is kept under. It changes once, when `Services.identify` learns the user's name."""
    username: str | None = None
    """The user's name, once it is known."""
