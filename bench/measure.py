"""What all benchmarks use: programs in a pseudo-terminal, read without an emulator, and homes with a full catalogue."""

from __future__ import annotations

import asyncio
import math
import os
import re
import select
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.rows import Row
from tests.support.sandbox import RunningSandbox, run_sandbox
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from tui.services.services import Services

BIN = Path(sys.executable).parent
CONSOLE = str(BIN / "replicate-tui")
FLOOR = [sys.executable, str(Path(__file__).parent / "floor.py")]
BARE = "a bare Textual app with header, input, table and footer"
TIMES = 10
TICK = os.sysconf("SC_CLK_TCK")
PAINTS = re.compile(rb"\x1b\[[0-9;?<>=$]*[a-zA-Z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[=>78]")
"""Escape sequences; whatever is left of an answer are cells that were painted."""


class Program(Terminal):
    """A program whose output is kept as bytes with their time of arrival: emulating it would count as its own time."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str | None] | None = None, **options: object) -> None:
        self.arrived: list[tuple[float, int]] = []
        # Bytecode is written, as pip does at an installation: without it a start is mostly compilation.
        super().__init__(command, env={"PYTHONDONTWRITEBYTECODE": None, **(env or {})}, **options)  # type: ignore[arg-type]

    def _take(self, data: bytes) -> None:
        self.arrived.append((time.monotonic(), len(data)))
        self.written += data
        if b"\x1b[c" in data:
            self.send(b"\x1b[?62;22c")

    def text(self) -> str:
        return PAINTS.sub(b"", bytes(self.written)).decode("utf-8", "replace")

    def shown(self, text: str, timeout: float = 60.0) -> float:
        """Milliseconds from the start until `text` was written."""
        return (self.after(0, text, timeout) - self.started) * 1000

    def after(self, place: int, text: str, timeout: float = 60.0) -> float:
        """The time at which `text` was there among what was written behind `place`."""
        end = time.monotonic() + timeout
        while text.encode() not in self.written[place:]:
            if time.monotonic() > end or (not self.read(0.05) and not self.alive()):
                raise AssertionError(f"{text!r} never came; the last was {self.text()[-2000:]!r}")
        return self.arrived[-1][0]

    def quiet(self, still: float = 0.5, at_most: float = 20.0) -> float:
        """Wait until nothing was written for so long; milliseconds from the start to the last byte."""
        end = time.monotonic() + at_most
        while time.monotonic() < end and self.read(still):
            pass
        return (self.arrived[-1][0] - self.started) * 1000

    def answer(self, keys: str, *, still: float = 0.04, timeout: float = 2.0) -> float:
        """Milliseconds from a key to the first changed cell; the screen is waited for to be still before."""
        self.quiet(still, 2.0)
        place, start = len(self.written), time.monotonic()
        self.send(keys)
        while time.monotonic() - start < timeout:
            if self.read(timeout) and PAINTS.sub(b"", bytes(self.written[place:])).strip(b"\r\n"):
                return (self.arrived[-1][0] - start) * 1000
        return timeout * 1000

    def ended(self, keys: str, timeout: float = 10.0) -> float:
        """Milliseconds from a key to the end of the program."""
        start = time.monotonic()
        self.send(keys)
        while self.alive():
            if time.monotonic() - start > timeout:
                raise AssertionError(f"{keys!r} did not end the program")
            self.read(0.001)
        return (time.monotonic() - start) * 1000

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self) -> float:
        """The peak of its memory in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024 / 1e6  # type: ignore[index]

    def read(self, seconds: float) -> bool:
        """Read once, as soon as there is something; False when nothing came."""
        if self.fd < 0 or not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        if data:
            self._take(data)
        return bool(data)


@dataclass
class Series:
    """What was measured by name, one value for each round."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, *values: float) -> None:
        """Keep values."""
        self.values.setdefault(name, []).extend(values)

    def median(self, name: str) -> float:
        """The middle of what was kept."""
        return statistics.median(self.values[name])

    def p95(self, name: str) -> float:
        """The value that 95 of 100 do not exceed."""
        return sorted(self.values[name])[math.ceil(len(self.values[name]) * 0.95) - 1]


BYSTANDER = """
import os, sys, time
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, [int(sys.argv[1])])
before = time.monotonic()
while True:
    time.sleep(0.002)
    now = time.monotonic()
    if now - before > 0.01:
        print(before, now, flush=True)
    before = now
"""


class Bystander:
    """A process for each processor that only sleeps, 2 ms at a time: what holds one up is the machine, not what is
    measured. A processor of a virtual machine may stand still while the others go on.
    """

    def __init__(self, kept: Sequence[Path]) -> None:
        self._kept = kept

    def longest(self, since: float) -> float:
        """Milliseconds of the longest time for which one was held up; 0 for less than 10."""
        lines = [line for kept in self._kept for line in kept.read_text().splitlines()]
        waits = [tuple(map(float, line.split())) for line in lines]
        return max((now - before for before, now in waits if now >= since), default=0.0) * 1000


@contextmanager
def bystander() -> Iterator[Bystander]:
    """One that runs beside what is measured."""
    processors = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        kept = [folder / f"waits-{processor}" for processor in processors]
        for processor, path in zip(processors, kept, strict=True):
            file = stack.enter_context(path.open("w"))
            command = [sys.executable, "-c", BYSTANDER, str(processor)]
            stack.callback(stack.enter_context(subprocess.Popen(command, stdout=file)).terminate)
        yield Bystander(kept)


@contextmanager
def api(chaos: str = "") -> Iterator[RunningSandbox]:
    """The sandbox as a process of its own, as a token's user finds the API; without a limit of requests."""
    limitless = ["--rate-limit", "100000000/1s", "--other-rate-limit", "100000000/1s"]
    with run_sandbox(chaos=chaos, options=limitless) as sandbox:
        yield sandbox


def environment(home: Path, sandbox: RunningSandbox) -> dict[str, str]:
    """The environment of a console with this home that talks to this API."""
    return {
        "REPLICATE_TUI_HOME": str(home),
        "REPLICATE_API_BASE_URL": sandbox.base_url,
        "REPLICATE_API_TOKEN": sandbox.token,
    }


@contextmanager
def homes(sandbox: RunningSandbox, models: int, count: int = 1) -> Iterator[list[dict[str, str]]]:
    """Environments of consoles that know so many models of this API, each in a folder of its own."""
    with ExitStack() as stack:
        found: list[dict[str, str]] = []
        for _ in range(count):
            home = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
            asyncio.run(_fill(home, sandbox, models))
            found.append(environment(home, sandbox))
        yield found


@asynccontextmanager
async def services_of(home: Path, sandbox: RunningSandbox) -> AsyncIterator[Services]:
    """The services of a console with this home, which knows whose token it has."""
    from tui.api.token import Token
    from tui.services.services import Services

    services = await Services.open(
        sandbox.base_url,
        Token(sandbox.token),
        account=None,
        store_path=home / "data" / "store.db",
        outputs_dir=home / "data" / "outputs",
    )
    try:
        await services.identify()
        yield services
    finally:
        await services.aclose()


async def _fill(home: Path, sandbox: RunningSandbox, count: int) -> None:
    from tui.api.decoding import decode
    from tui.api.types import Model

    async with services_of(home, sandbox) as services:
        for first in range(0, count, 100):
            page = [decode(Model, model(number)) for number in range(first, min(first + 100, count))]
            await services.store.save_models(services.account, page)
        for number in range(count):
            await services.store.cache_set(services.account, "readme", f"lab-{number % 97}/model-{number}", README)


@contextmanager
def beside_floor(chaos: str, models: int) -> Iterator[tuple[RunningSandbox, Program, Program]]:
    """An API, the console with so many models of it cached, and the bare app; both show their list and are still."""
    with (
        api(chaos) as sandbox,
        homes(sandbox, models) as (home,),
        Program([CONSOLE], home) as console,
        Program(FLOOR) as floor,
    ):
        for program in (console, floor):
            program.shown("model-20")
            program.quiet(3.0)
        yield sandbox, console, floor


WORDS = ("image", "video", "speech", "text", "upscale", "remove", "background", "restore", "faces", "music", "voice")
README = "# A model\n\n" + "It turns what it is given into something else, and here is how that is done. " * 60


def model(number: int) -> dict[str, object]:
    """A list entry as the API sends it, with its schema: 20 kB of JSON."""
    words = " ".join(WORDS[(number * step) % len(WORDS)] for step in (1, 3, 5, 7))
    properties = {
        f"field_{n}": {"type": "string", "title": f"Field {n}", "description": words * 4, "x-order": n}
        for n in range(40)
    }
    return {
        "owner": f"lab-{number % 97}",
        "name": f"model-{number}",
        "url": f"https://replicate.com/lab-{number % 97}/model-{number}",
        "description": f"Makes {words} of whatever it is given, number {number}",
        "visibility": "public",
        "run_count": 5_000_000 // (number + 1),
        "latest_version": {
            "id": f"{number:064x}",
            "created_at": "2026-01-01T00:00:00Z",
            "openapi_schema": {"components": {"schemas": {"Input": {"type": "object", "properties": properties}}}},
        },
    }


def command(arguments: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Milliseconds of a command that ends by itself."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.monotonic()
    subprocess.run(
        arguments, check=True, capture_output=True, stdin=subprocess.DEVNULL, env={**inherited, **(env or {})}
    )
    return (time.monotonic() - start) * 1000


def near_and_away(measure: Callable[[str, str], list[Row]]) -> list[Row]:
    """What `measure` gives with an API that answers at once, then with one that takes 200 ms: its chaos, and the words
    by which a row says so.
    """
    return [*measure("", ""), *measure("*:latency@200ms", ", API 200 ms away")]


def rounds(count: int, *parts: Callable[[], object]) -> None:
    """Do all parts in turn, so many times: what loads the machine loads each of them."""
    for _ in range(count):
        for part in parts:
            part()
