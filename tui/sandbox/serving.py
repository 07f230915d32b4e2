"""A sandbox that listens: its sockets, with TLS and without, its servers, and their end."""

import asyncio
import socket
from pathlib import Path

from tui.sandbox.certificates import Certificates, make_certificates
from tui.sandbox.context import Sandbox
from tui.sandbox.routes.deployments import start_all
from tui.sandbox.server import listen, make_server


class Serving:
    """One running sandbox. `base_url` is what clients are told."""

    def __init__(self, sandbox: Sandbox, certificates: Certificates | None) -> None:
        self.sandbox = sandbox
        self.certificates = certificates
        self._servers = [make_server(sandbox)]
        if certificates is not None:
            self._servers.append(make_server(sandbox, certificates.server))
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return f"{self.sandbox.addresses.origin}/v1"

    async def open(self, listener: socket.socket) -> None:
        """Answers on the bound socket. With TLS that is the one for clients, and Cog's processes get another."""
        port = int(listener.getsockname()[1])
        if self.certificates is None:
            sockets = [listener]
            await self.sandbox.begin(port)
        else:
            inner = listen(listener.getsockname()[0], 0)
            sockets = [inner, listener]
            await self.sandbox.begin(int(inner.getsockname()[1]), port)
        for server, bound in zip(self._servers, sockets, strict=True):
            self._tasks.append(asyncio.create_task(server.serve([bound])))
        await asyncio.gather(*(server.ready.wait() for server in self._servers))
        await start_all(self.sandbox)

    async def until_ended(self) -> None:
        """Until a server ends by itself."""
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Ends models and servers."""
        await self.sandbox.close()
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._tasks)


def certificates_for(sandbox: Sandbox, *more: str) -> Certificates:
    """What shows to clients that they speak with this sandbox, under each of its names and `more`."""
    options = sandbox.options
    names = {"localhost", "127.0.0.1", "::1", *options.allowed_hosts, *more}
    if options.host not in {"0.0.0.0", "::", ""}:  # noqa: S104 - compared, not bound
        names.add(options.host)
    else:
        names.add(socket.gethostname())
    return make_certificates(Path(sandbox.state.home) / "tls", names)
