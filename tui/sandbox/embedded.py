"""The sandbox that consoles share: joined if it runs, started if not, ended by the kernel with its last console.

Standard library only, and quick to import: a console calls this before it has shown anything.
"""

import fcntl
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, cast

RECORD = "running.json"
_PACKAGES = Path(__file__).resolve().parent.parent.parent


class EmbeddedError(RuntimeError):
    """The sandbox could not be started; the text says why, and where its log lies."""


class Lease:
    """A hold on the running sandbox. It ends with `close`, or with the process that has it, however that ends."""

    def __init__(self, base_url: str, token: str, connection: socket.socket) -> None:
        self.base_url = base_url
        self.token = token
        self._connection = connection

    def close(self) -> None:
        """Lets go. The sandbox ends about two seconds after the last lease."""
        self._connection.close()

    def lost(self) -> bool:
        """Whether the sandbox has ended under this lease. Returns at once."""
        try:
            return self._connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def __repr__(self) -> str:
        return f"Lease({self.base_url!r})"

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def acquire(
    home: Path, *, timeout: float = 15.0, chaos: str | None = None, environment: Mapping[str, str] = os.environ
) -> Lease:
    """Joins the sandbox of `home`, or starts it. Blocks for up to `timeout` seconds; EmbeddedError after that.

    `chaos` is a plan of faults for a sandbox that is started here, `environment` is its environment; one that runs
    already keeps its own.
    """
    until = time.monotonic() + timeout
    home = home.absolute()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "starting.lock").open("w") as lock:
        _lock(lock, until)
        lease = _join(home)
        while lease is None and time.monotonic() < until:
            process = _start(home, chaos, until, environment)
            lease = _join(home)
            if lease is None and process.poll() is None:
                process.terminate()
        if lease is None:
            raise EmbeddedError(f"The sandbox did not start within {timeout:g} seconds; see {_log_file(home)}")
        return lease


def _lock(lock: IO[str], until: float) -> None:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > until:
                raise EmbeddedError("Another console has been starting the sandbox for too long") from None
            time.sleep(0.02)
        else:
            return


def _join(home: Path) -> Lease | None:
    """A lease on the sandbox that the record names; None when it is no longer there."""
    try:
        record = cast("dict[str, object]", json.loads((home / RECORD).read_text()))
        port, token, base_url = int(str(record["lease_port"])), str(record["token"]), str(record["base_url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout=2)
    except OSError:
        return None
    try:
        connection.sendall(token.encode() + b"\n")
        if connection.recv(16) == b"held\n":
            connection.settimeout(None)
            return Lease(base_url, token, connection)
    except OSError:
        pass
    connection.close()
    return None


def _start(home: Path, chaos: str | None, until: float, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Starts the sandbox as a process of its own, and returns once it answers. EmbeddedError when it does not."""
    command = [sys.executable, "-m", "tui.sandbox", "--embedded", str(home)]
    if chaos:
        command += ["--chaos", chaos]
    path = os.pathsep.join(filter(None, [str(_PACKAGES), environment.get("PYTHONPATH", "")]))
    with _log_file(home).open("wb") as log:
        # In its home: a file of the user's own folder must not be imported, nor the folder be kept busy.
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=home,
            env={**environment, "PYTHONPATH": path},
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout as said:
        ready, _, _ = select.select([said], [], [], max(0.0, until - time.monotonic()))
        line = said.readline() if ready else b""
    if not line:
        process.kill()
        process.wait()
        words = _log_file(home).read_text("utf-8", "replace").strip().splitlines()
        if words and "Another sandbox uses" in words[-1] and time.monotonic() < until:
            # The one before is still ending.
            time.sleep(0.1)
            return process
        raise EmbeddedError(f"The sandbox did not start: {words[-1] if words else 'it said nothing'}")
    # Its parent does not wait for it; a zombie until the console ends would look alive.
    process.returncode = 0
    return process


def _log_file(home: Path) -> Path:
    return home / "sandbox.log"
