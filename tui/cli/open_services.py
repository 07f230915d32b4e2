"""The services for one command: opened with the settings, told whose token it is, and closed at its end."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

from tui.connection import Connection
from tui.services.services import Services
from tui.settings import Settings


@contextlib.asynccontextmanager
async def services_for(settings: Settings, connection: Connection) -> AsyncGenerator[Services, None]:
    """Raises StoreError and ApiError."""
    services = await Services.connected(settings, connection)
    try:
        await services.identify()
        yield services
    finally:
        await services.aclose()
