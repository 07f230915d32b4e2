"""The scripted API with a secret that signs webhooks."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.support.fake_api import Api, Request

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
STARTED = "2026-11-30T10:00:00Z"
ASKED = ("GET", "/v1/webhooks/default/secret")


@asynccontextmanager
async def webhook_api() -> AsyncGenerator[Api, None]:
    """An API that tells SECRET."""

    async def secret(request: Request) -> None:
        request.answer({"key": SECRET})

    async with Api() as server:
        server.on[ASKED] = secret
        yield server
