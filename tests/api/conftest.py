"""A scripted server, a client of it, and naps that take no time."""

import pytest

from tests.support.api_server import Naps, Server, client_for


@pytest.fixture
async def server():
    server = await Server().start()
    yield server
    await server.stop()


@pytest.fixture
async def elsewhere():
    """A second server: another origin."""
    server = await Server().start()
    yield server
    await server.stop()


@pytest.fixture
def naps():
    return Naps()


@pytest.fixture
async def client(server, naps):
    async with client_for(server, naps) as client:
        yield client
