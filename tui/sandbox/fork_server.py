"""Has imported Cog's runtime, and forks a guard with a server and its worker for each model; a program of its own.

`python -m tui.sandbox.fork_server DESCRIPTOR` takes requests from a socket, one packet each, with the guard's
lifeline. It ends with the socket. The guard says its process id on the lifeline, and `ended` when all is over; it
ends all when the sandbox lets go of the lifeline (guard.py). The sandbox's side is forks.py.

Cog's server starts its worker as `python` by way of PATH. There it finds a shell's script, which hands its pipes over
to a worker that was forked as well, waits for it and ends as it does; to any other call the script is the Python that
it stands before.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import runpy
import shlex
import signal
import socket
import sys
import types
from pathlib import Path
from typing import Any

from tui.sandbox import guard

WORKER = "import coglet; coglet.server._run_worker()"
"""What Cog's server lets its worker run (0.23.1)."""
_IMPORTED = ("argparse", "asyncio", "coglet", "cog")
"""What every server and every worker imports, and nothing else: a model meets the modules that it always met."""
READY = b"ready\n"
ENDED = b"ended\n"
_INPUT, _OUTPUT, _TO_WORKER, _FROM_WORKER = 6, 7, 8, 9
"""Descriptors of the script: a shell knows those of one digit alone, and puts others in the place of 0 and 1."""
_SPARE = 20
_PACKET = 1 << 20
_SCRIPT = """\
#!/bin/sh
if [ "$1 $2" = {call} ] && exec {input}<&0 {output}>&1 && echo $$ 2>/dev/null >&{to}; then
    read -r status <&{back}
    exit "${{status:-1}}"
fi
exec {python} "$@"
"""


def main(descriptor: int) -> int:
    """Serves until the socket ends. In what it forks this returns as well, with the exit status."""
    # What runs a model finds its code in the folder where it stands, which is not the one of now.
    sys.path[0] = ""
    for module in _IMPORTED:
        importlib.import_module(module)
    script = _write_script(Path.cwd())
    if _is_threaded():
        return 1
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.collect()
    gc.freeze()
    server = socket.socket(fileno=descriptor)
    server.send(READY)
    while True:
        packet, descriptors, _, _ = socket.recv_fds(server, _PACKET, 1)
        if not packet:
            return 0
        if os.fork() == 0:
            server.close()
            return _guard(json.loads(packet), descriptors[0], script)
        os.close(descriptors[0])


def _is_threaded() -> bool:
    """Whether a fork would lose something."""
    return len(list(Path("/proc/self/task").iterdir())) > 1


def _write_script(folder: Path) -> Path:
    script = folder / "python"
    real = shlex.quote(sys.executable)
    call = shlex.quote(f"-c {WORKER}")
    numbers = {"input": _INPUT, "output": _OUTPUT, "to": _TO_WORKER, "back": _FROM_WORKER}
    script.write_text(_SCRIPT.format(call=call, python=real, **numbers))
    script.chmod(0o700)
    return script


def _guard(asked: dict[str, Any], lifeline: int, script: Path) -> int:
    """Guards what was asked for, as guard.py guards a command. The exit status of what it forks is returned too."""
    os.setsid()
    os.dup2(lifeline, 0)
    os.close(lifeline)
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.chdir(asked["folder"])
    os.environ.update(asked["environment"])
    woken = guard.stand_guard()
    os.write(0, b"%d\n" % os.getpid())
    calls, to_worker = os.pipe()
    from_worker, status = os.pipe()
    worker = guard.begin(lambda: _work(calls))
    os.close(calls)
    server = guard.begin(lambda: _serve(asked["arguments"], script.parent, to_worker, from_worker))
    os.close(to_worker)
    os.close(from_worker)
    guard.until_ended(server, woken, {worker: lambda code: _tell(status, code)})
    with contextlib.suppress(OSError):
        os.write(0, ENDED)
    os._exit(0)


def _tell(status: int, code: int) -> None:
    with contextlib.suppress(OSError):
        os.write(status, b"%d\n" % (code if code >= 0 else 128 - code))


def _serve(arguments: list[str], scripts: Path, to_worker: int, from_worker: int) -> int:
    """Is `python -m cog.server.http`, which finds the script where it looks for `python`."""
    kept = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, _SPARE) for descriptor in (to_worker, from_worker)]
    _close_all_but(*kept)
    for descriptor, place in zip(kept, (_TO_WORKER, _FROM_WORKER), strict=True):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.environ["PATH"] = f"{scripts}{os.pathsep}{os.environ['PATH']}"
    sys.argv = ["cog.server.http", *arguments]
    runpy.run_module("cog.server.http", run_name="__main__", alter_sys=True)
    return 0


def _work(calls: int) -> int:
    """Is `python -c WORKER` with the pipes of the script that calls it."""
    _close_all_but(calls)
    caller = os.read(calls, 32)
    os.close(calls)
    if not caller:
        return 0
    for descriptor, place, way in ((0, _INPUT, os.O_RDONLY), (1, _OUTPUT, os.O_WRONLY)):
        theirs = os.open(f"/proc/{int(caller)}/fd/{place}", way)
        os.dup2(theirs, descriptor)
        os.close(theirs)
    for name in [name for name in sys.modules if name.partition(".")[0] == "tui"]:
        del sys.modules[name]
    sys.argv = ["-c"]
    bare = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(WORKER, vars(bare))  # noqa: S102 - it is ours
    return 0


def _close_all_but(*kept: int) -> None:
    for entry in list(Path("/proc/self/fd").iterdir()):
        descriptor = int(entry.name)
        if descriptor > 2 and descriptor not in kept:
            with contextlib.suppress(OSError):
                os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
