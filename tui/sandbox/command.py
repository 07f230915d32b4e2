"""`replicate-tui sandbox`: its options, its first line on stdout, and its end at a signal."""

import argparse
import asyncio
import contextlib
import fcntl
import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tui.sandbox import chaos
from tui.sandbox.options import Options, StandIn, parse_duration, parse_rate, parse_stand_in

if TYPE_CHECKING:
    from tui.sandbox.context import Sandbox
    from tui.sandbox.leases import Leases


MOST_WORKERS = 64
"""Each is a process of Python with the model in it."""


def serve(argv: Sequence[str]) -> int:
    """Serves until SIGINT, SIGTERM or SIGHUP. Returns the exit status: 2 for wrong usage, else 0 or 1."""
    options = _options(argv)
    if find_spec("coglet") is None:
        print("The sandbox needs Cog's runtime, which has no wheel for this platform.", file=sys.stderr)
        return 1
    os.umask(0o077)
    from tui.sandbox.context import Sandbox

    with contextlib.ExitStack() as held:
        if options.state is not None:
            options.state.parent.mkdir(parents=True, exist_ok=True)
            lock = held.enter_context(options.state.with_name(options.state.name + ".lock").open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print(f"Another sandbox uses {options.state}.", file=sys.stderr)
                return 1
        try:
            sandbox = Sandbox(options)
        except (ValueError, RuntimeError, OSError) as error:
            print(error, file=sys.stderr)
            return 2
        # What was imported stays: the collector need not look at it again and again.
        gc.freeze()
        return asyncio.run(_serve(sandbox, options))


async def _serve(sandbox: "Sandbox", options: Options) -> int:
    from tui.sandbox.routes.deployments import start_all
    from tui.sandbox.server import listen, make_server

    listener, reason = None, OSError()
    remembered = sandbox.state.remembered("port")
    for port in [options.port] if options.port or not remembered else [int(remembered), 0]:
        try:
            listener = listen(options.host, port)
            break
        except OSError as error:
            reason = error
    if listener is None:
        print(f"Cannot listen on {options.host} port {options.port}: {reason}", file=sys.stderr)
        sandbox.state.close([])
        return 1
    port = int(listener.getsockname()[1])
    sandbox.state.remember("port", str(port))
    server = make_server(sandbox)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    await sandbox.begin(port)
    leases = await _open_leases(options, sandbox, stop)
    serving = asyncio.create_task(server.serve([listener]))
    await server.ready.wait()
    await start_all(sandbox)
    _announce(f"{sandbox.addresses.origin}/v1", sandbox.token)
    await asyncio.wait([serving, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
    if leases is not None:
        leases.close()
    await sandbox.close()
    server.should_exit = True
    await serving
    return 0


async def _open_leases(options: Options, sandbox: "Sandbox", stop: asyncio.Event) -> "Leases | None":
    if options.embedded is None:
        return None
    from tui.sandbox.leases import Leases

    leases = Leases(options.embedded, f"{sandbox.addresses.origin}/v1", sandbox.token, stop)
    await leases.open()
    return leases


def _announce(base_url: str, token: str) -> None:
    with contextlib.suppress(OSError):
        print(json.dumps({"base_url": base_url, "token": token}), flush=True)


def _options(argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="replicate-tui sandbox",
        description="A local Replicate for tests and for those without a token. Serves until it is stopped; "
        'the first line on stdout is {"base_url": …, "token": …}.',
        epilog=f"chaos: {(chaos.__doc__ or '').strip()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=0, metavar="N", help="0 takes any free port, the last one again if it can")
    add("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    add("--allow-host", action="append", default=[], metavar="NAME", help="one more name in Host headers")
    add("--cog", action="append", default=[], type=Path, metavar="DIR", help="serve this Cog model too")
    add(
        "--as",
        action="append",
        default=[],
        type=_stand_in,
        dest="stand_ins",
        metavar="OWNER/NAME[:VERSION]=TARGET",
        help="a model of the sandbox, a Cog folder, or a stub made from a schema's .json answers under this name too; "
        "FILE.json alone gives a stub of each model in it",
    )
    add("--as-any", action="store_true", help="a stub answers under every other name, by its kind")
    add("--workers", type=_workers, default=1, metavar="N", help="processes a model may have (default: 1)")
    add("--state", type=Path, metavar="FILE", help="keep everything in this SQLite file over restarts")
    add("--token", metavar="TOKEN", help="the token to ask for (default: a new one)")
    add("--retention", type=_duration, default=3600.0, metavar="TIME", help="keep data so long (default: 1h)")
    add("--idle", type=_duration, default=60.0, metavar="TIME", help="stop a model after so long (default: 60s)")
    add("--timeout", type=_duration, default=1800.0, metavar="TIME", help="a prediction's longest time (30m)")
    add("--kill-after", type=_duration, default=5.0, metavar="TIME", help="kill a model deaf to a cancel after (5s)")
    add("--setup-timeout", type=_duration, default=120.0, metavar="TIME", help="a model's longest setup (2m)")
    add("--rate-limit", type=_rate, metavar="RATE", help="creations, as 600/1m or 6/1m,burst=1")
    add("--other-rate-limit", type=_rate, metavar="RATE", help="other requests, as 3000/1m")
    add("--chaos", type=_plan, default="", metavar="PLAN", help="faults on purpose; see below")
    add("--embedded", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(list(argv))
    defaults = Options()
    embedded: Path | None = given.embedded
    return Options(
        host=given.host,
        port=given.port,
        token=given.token,
        state=embedded / "sandbox.sqlite" if embedded is not None else given.state,
        cog_dirs=tuple(given.cog),
        stand_ins=tuple(given.stand_ins),
        any_name=given.as_any,
        workers=given.workers,
        retention=given.retention,
        chaos=given.chaos,
        idle=given.idle,
        kill_after=given.kill_after,
        setup_timeout=given.setup_timeout,
        timeout=given.timeout,
        create_limit=given.rate_limit or defaults.create_limit,
        other_limit=given.other_rate_limit or defaults.other_limit,
        allowed_hosts=tuple(given.allow_host),
        embedded=embedded,
    )


def _duration(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _rate(text: str) -> object:
    try:
        return parse_rate(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _stand_in(text: str) -> StandIn:
    try:
        return parse_stand_in(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _workers(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MOST_WORKERS}, not {text!r}")
    return int(text)


def _plan(text: str) -> str:
    try:
        plan = chaos.Chaos(text)
        if text:
            from tui.sandbox.routes.table import OPERATIONS

            plan.check({one.id for one in OPERATIONS if one.path.startswith("/v1/") and one.access == "token"})
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text
