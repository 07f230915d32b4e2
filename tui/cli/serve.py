"""`serve`: the console in a browser. An address lets one browser in, and the next one is printed when it has."""

from __future__ import annotations

import asyncio
import gc
import getpass
import signal
import socket
import ssl
import sys
from importlib.util import find_spec
from pathlib import Path

from tui.api.proxies import is_loopback
from tui.cli.exit_codes import EXIT_API, EXIT_DONE, EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker, is_terminal
from tui.connection import CannotConnect, connect
from tui.sandbox.ports import why_not
from tui.settings import Settings

PORT = 8000
SHORTEST = 8
"""Characters of the shortest password."""
_NOT_ALONE = (
    "{host} can be reached from elsewhere, and whoever has the page can spend your money: give --password-file, or "
    "--tls-cert with a certificate. From another machine ssh does without: ssh -L {port}:127.0.0.1:{port} BOX "
    "replicate-tui serve"
)


class CannotServe(Exception):
    """Why nothing is served; the text is for the user."""


def serve_browsers(call: Call, settings: Settings, speaker: Speaker) -> int:
    """Serve until ctrl-c; returns the exit code."""
    if find_spec("textual_serve") is None:
        from tui.extras import how_to_install

        speaker.error(f"It needs the extra `web`: {how_to_install('web')}")
        return EXIT_USAGE
    gc.enable()
    try:
        password, tls = _password(call), _tls(call)
        host, port = call.text("host") or "127.0.0.1", call.number("port")
        port = PORT if port is None else port
        if not (is_loopback(host) or password or tls):
            raise CannotServe(_NOT_ALONE.format(host=host, port=port))
        # The connection keeps the sandbox alive between two pages.
        with _listener(host, port) as listener, connect(settings):
            asyncio.run(_serve(call, speaker, listener, password, tls))
    except CannotServe as error:
        speaker.error(str(error))
        return EXIT_USAGE
    except CannotConnect as error:
        speaker.error(str(error))
        return EXIT_API
    return EXIT_DONE


async def _serve(
    call: Call,
    speaker: Speaker,
    listener: socket.socket,
    password: str,
    tls: ssl.SSLContext | None,
) -> None:
    from aiohttp import web

    from tui.web.admission import Admission
    from tui.web.server import FAREWELL, ConsoleServer

    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    scheme = "https" if tls else "http"
    as_json = call.json or not speaker.out_is_terminal

    def tell(token: str) -> None:
        address = f"{scheme}://{name}:{port}/?token={token}"
        if as_json:
            speaker.json_line(f'{{"url": "{address}"}}')
        else:
            speaker.line(address)

    admission = Admission(password, tell)
    argv = [sys.executable, "-m", "tui", *call.options().as_words()]
    server = ConsoleServer(argv, admission, cookie=f"replicate_tui_{port}", secure=tls is not None)
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=FAREWELL)
    await runner.setup()
    await web.SockSite(runner, listener, ssl_context=tls).start()
    if not as_json:
        speaker.say("This address opens the console in one browser; then the next one is printed. ctrl-c ends it.")
    tell(admission.token)
    try:
        await _until_told()
    finally:
        await runner.cleanup()


async def _until_told() -> None:
    """Return when a signal says that it is enough."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, told.set)
    await told.wait()


def _listener(host: str, port: int) -> socket.socket:
    """What listens; bound here, so that a port that is taken is said in words."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise CannotServe(why_not(host, port, error)) from None


def _password(call: Call) -> str:
    """The password; "" for none."""
    name = call.text("password_file")
    if name is None:
        return ""
    if name == "-" and is_terminal(sys.stdin):
        found = getpass.getpass("Password for the page: ")
    else:
        try:
            text = sys.stdin.readline() if name == "-" else Path(name).expanduser().read_text("utf-8")
        except (OSError, ValueError, RuntimeError) as error:
            raise CannotServe(f"{name!r} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
        found = text.partition("\n")[0].rstrip("\r")
    if len(found) < SHORTEST:
        raise CannotServe(f"The password must have at least {SHORTEST} characters.")
    return found


def _tls(call: Call) -> ssl.SSLContext | None:
    """How it is encrypted; None where it is not."""
    certificate, key = call.text("tls_cert"), call.text("tls_key")
    if certificate is None:
        if key is not None:
            raise CannotServe("--tls-key goes with --tls-cert.")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key, password=lambda: getpass.getpass("Password of the key: "))
    except (OSError, EOFError) as error:
        reason = str(error.strerror or error) if isinstance(error, OSError) else "no password was given"
        raise CannotServe(f"{certificate!r} cannot be used with its key: {reason}.") from None
    return context
