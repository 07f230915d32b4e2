"""`replicate-tui sandbox`: its options, its first line on stdout, and its end at a signal."""

import argparse
import asyncio
import contextlib
import fcntl
import gc
import importlib
import json
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui.sandbox import chaos, ports
from tui.sandbox.missing import how_to_install, why_not
from tui.sandbox.options import Options, StandIn, parse_duration, parse_rate, parse_stand_in

if TYPE_CHECKING:
    from tui.sandbox.context import Sandbox
    from tui.sandbox.leases import Leases
    from tui.sandbox.serving import Serving


EXIT_USAGE = 2
MOST_WORKERS = 64
"""Each is a process of Python with the model in it."""

_ABOUT = """\
A local Replicate for tests and for those without a token. Serves until it is stopped; the first line on stdout is
{"base_url": …, "token": …}. With -- COMMAND at the end it runs that command with the sandbox in Replicate's place, and
ends with its exit code. docs/sandbox.md is the guide."""


def serve(argv: Sequence[str], install: Callable[[], str] = how_to_install) -> int:
    """Serves until SIGINT, SIGTERM or SIGHUP, or until the command behind `--` ends.

    `install` gives the command that installs what is missing.
    Returns the exit status: the command's own, 2 for wrong usage, else 0 or 1.
    """
    if argv and argv[0] == "snapshot":
        from tui.sandbox.stubs.fetching import snapshot

        return snapshot(argv[1:])
    own, separator, command = _parted(argv)
    options = _options(own)
    if separator and not command:
        print("replicate-tui sandbox: write a command behind --", file=sys.stderr)
        return 2
    if reason := why_not(install):
        print(reason, file=sys.stderr)
        return 1
    umask = os.umask(0o077)
    with contextlib.ExitStack() as held:
        if options.state is not None:
            options.state.parent.mkdir(parents=True, exist_ok=True)
            lock = held.enter_context(options.state.with_name(options.state.name + ".lock").open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print(f"Another sandbox uses {options.state}.", file=sys.stderr)
                return 1
        # Nothing of what is imported and made now is garbage.
        gc.disable()
        try:
            sandbox = _made(options)
        except (ValueError, RuntimeError, OSError) as error:
            print(error, file=sys.stderr)
            return 2
        finally:
            # It stays: the collector need not look at it again and again.
            gc.freeze()
            gc.enable()
        return asyncio.run(_with(sandbox, command, umask) if command else _serve(sandbox))


def _made(options: Options) -> "Sandbox":
    """The sandbox and all that it needs to serve. ValueError, RuntimeError and OSError say why that cannot be."""
    # It is needed next; here nothing looks for garbage meanwhile.
    importlib.import_module("tui.sandbox.serving")
    from tui.sandbox.context import Sandbox

    sandbox = Sandbox(options)
    _attach(sandbox)
    return sandbox


def _attach(sandbox: "Sandbox") -> None:
    """Puts the real API, or a recording of it, in the sandbox's place. ValueError says why that cannot be."""
    options = sandbox.options
    if options.record is not None and options.replay is not None:
        raise ValueError("--record and --replay exclude each other")
    if options.strict and options.replay is None:
        raise ValueError("--strict goes with --replay")
    if options.replay is not None:
        from tui.sandbox.recording.player import Player
        from tui.sandbox.recording.tape import Tape

        tape = Tape(options.replay)
        if not tape.read():
            raise ValueError(f"--replay: nothing was recorded in {options.replay}")
        sandbox.elsewhere, sandbox.on_reset = Player(tape, strict=options.strict), tape.rewind
    if options.record is not None:
        from tui.sandbox.recording.recorder import Recorder
        from tui.sandbox.recording.tape import Tape

        parts = urlsplit(options.upstream)
        if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError(f"--upstream: the token goes there, so by https alone, not to {options.upstream}")
        token = os.environ.get("REPLICATE_API_TOKEN", "")
        if not token:
            raise ValueError(f"--record needs the token of {options.upstream} in REPLICATE_API_TOKEN")
        tape = Tape(options.record)
        if tape.read():
            raise ValueError(f"--record: {options.record} holds a recording; take another folder, or empty it")
        sandbox.elsewhere = Recorder(tape, options.upstream, token, sandbox.token)


def _parted(argv: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    """The sandbox's own words, whether `--` stands behind them, and the command that follows it."""
    words = list(argv)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], at < len(words), words[at + 1 :]


async def _serve(sandbox: "Sandbox") -> int:
    from tui.sandbox.serving import Serving, certificates_for

    options = sandbox.options
    listener = _listener(sandbox)
    if listener is None:
        return EXIT_USAGE
    try:
        serving = Serving(sandbox, certificates_for(sandbox) if options.tls else None)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        sandbox.state.close([])
        return 1
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    await serving.open(listener)
    leases = await _open_leases(options, sandbox, stop)
    _announce(serving)
    ended = [asyncio.create_task(serving.until_ended()), asyncio.create_task(stop.wait())]
    await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
    if leases is not None:
        leases.close()
    await serving.close()
    return 0


async def _with(sandbox: "Sandbox", command: Sequence[str], umask: int) -> int:
    """Runs the command with the sandbox in Replicate's place, and ends with it."""
    from tui.sandbox.certificates import MISSING, can_make_certificates, trusted_bundle
    from tui.sandbox.child.command import run_command
    from tui.sandbox.child.environment import HOSTS, Interception, variables
    from tui.sandbox.child.proxy import Proxy
    from tui.sandbox.serving import Serving, certificates_for

    listener = _listener(sandbox)
    if listener is None:
        return EXIT_USAGE
    before = dict(os.environ)
    certificates = certificates_for(sandbox, *HOSTS) if can_make_certificates() else None
    serving = Serving(sandbox, certificates)
    sandbox.addresses.allow(*HOSTS)
    await serving.open(listener)
    proxy: Proxy | None = None
    interception: Interception | None = None
    if certificates is not None:
        port = int(listener.getsockname()[1])
        bundle = certificates.authority.with_name("bundle.pem")
        bundle.write_bytes(trusted_bundle(certificates.authority, before))
        proxy = Proxy(HOSTS, port, before.get("HTTPS_PROXY") or before.get("https_proxy"))
        interception = Interception(certificates.authority, bundle, await proxy.open(), port)
    else:
        print(
            f"replicate-tui sandbox: {MISSING}. A program with Replicate's host built in goes there.", file=sys.stderr
        )
    try:
        environment = variables(before, serving.base_url, sandbox.token, interception)
        return await run_command(command, environment, umask)
    finally:
        if proxy is not None:
            await proxy.close()
        await serving.close()


def _listener(sandbox: "Sandbox") -> socket.socket | None:
    """A bound socket on the port that was chosen, or on the last one; None when there is none, which is said."""
    from tui.sandbox.server import listen

    options, reason = sandbox.options, OSError()
    remembered = sandbox.state.remembered("port")
    for port in [options.port] if options.port or not remembered else [int(remembered), 0]:
        try:
            listener = listen(options.host, port)
        except OSError as error:
            reason = error
        else:
            sandbox.state.remember("port", str(listener.getsockname()[1]))
            return listener
    print(f"replicate-tui sandbox: {ports.why_not(options.host, options.port, reason)}", file=sys.stderr)
    sandbox.state.close([])
    return None


async def _open_leases(options: Options, sandbox: "Sandbox", stop: asyncio.Event) -> "Leases | None":
    if options.embedded is None:
        return None
    from tui.sandbox.leases import Leases

    leases = Leases(options.embedded, f"{sandbox.addresses.origin}/v1", sandbox.token, stop)
    await leases.open()
    return leases


def _announce(serving: "Serving") -> None:
    said = {"base_url": serving.base_url, "token": serving.sandbox.token}
    if serving.certificates is not None:
        said["ca"] = str(serving.certificates.authority)
    with contextlib.suppress(OSError):
        print(json.dumps(said), flush=True)


def _options(argv: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(
        prog="replicate-tui sandbox",
        description=_ABOUT,
        usage="%(prog)s [OPTIONS] [-- COMMAND ...]\n       %(prog)s snapshot OWNER/NAME... [--to DIR]",
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
    add(
        "--outputs",
        choices=("auto", "data", "url"),
        default="auto",
        help="files of outputs: addresses, and data URIs for who waits (auto), always data URIs, or always addresses",
    )
    add("--public-url", type=_public_url, metavar="URL", help="the address by which clients come, past a proxy")
    add("--tls", action="store_true", help='https, by a CA made at the start: "ca" in the first line is its file')
    add(
        "--record",
        type=Path,
        metavar="DIR",
        help="pass requests on to Replicate and keep the answers, scrubbed, in DIR",
    )
    add(
        "--upstream",
        type=_public_url,
        default=Options().upstream,
        metavar="URL",
        help="what --record records (default: %(default)s); REPLICATE_API_TOKEN holds its token",
    )
    add("--replay", type=Path, metavar="DIR", help="answer from what was recorded in DIR, and else as always")
    add("--strict", action="store_true", help="with --replay: refuse what was not recorded")
    add("--allow-private-inputs", action="store_true", help="fetch inputs from this machine and its network too")
    add("--cors", action="store_true", help="let pages of any origin read the answers")
    add("--state", type=Path, metavar="FILE", help="keep everything in this SQLite file over restarts")
    add("--token", metavar="TOKEN", help="the token to ask for (default: a new one)")
    add("--retention", type=_duration, default=3600.0, metavar="TIME", help="keep data so long (default: 1h)")
    add("--file-retention", type=_duration, default=86400.0, metavar="TIME", help="keep uploads so long (24h)")
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
        outputs=given.outputs,
        public_url=given.public_url,
        tls=given.tls,
        record=given.record,
        upstream=given.upstream,
        replay=given.replay,
        strict=given.strict,
        private_inputs=given.allow_private_inputs,
        cors=given.cors,
        retention=given.retention,
        file_retention=given.file_retention,
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


def _public_url(text: str) -> str:
    match = re.fullmatch(r"(https?://[A-Za-z0-9.:\[\]-]+)/?(v1/?)?", text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"an address such as https://replicate.example:8443, not {text[:120]!r}")
    return match[1]


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
            from tui.sandbox.routes.table import FAULTY

            plan.check(FAULTY)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text
