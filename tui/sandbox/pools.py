"""The processes of each version: a queue in front, started when there is work, stopped when idle."""

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager

from msgspec import Struct

from tui.sandbox.cogclient import CogError
from tui.sandbox.cogs import CogProcess, Recipe


class _Place(Struct):
    """A process and how many predictions it does."""

    process: CogProcess
    ready: bool = False
    busy: int = 0
    timer: asyncio.TimerHandle | None = None


class Pool:
    """Up to `most` processes of one recipe; at least `least` are kept warm."""

    def __init__(self, name: str, recipe: Recipe, *, least: int, most: int, idle: float) -> None:
        self.name = name
        self.version_id = ""
        self._recipe = recipe
        self._least, self._most, self._idle = least, most, idle
        self._waiting: deque[asyncio.Future[_Place]] = deque()
        self._places: list[_Place] = []
        self._starts: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._closing = False

    def resize(self, least: int, most: int) -> None:
        """New bounds, as a deployment is given; processes too many end when they are free."""
        self._least, self._most = least, most
        for place in list(self._places):
            if place.ready and not place.busy:
                self._rest(place)
        self.pump()

    @asynccontextmanager
    async def process(self) -> AsyncGenerator[CogProcess]:
        """A process for one prediction, in the order of asking. CogError when the model cannot be set up."""
        future: asyncio.Future[_Place] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self.pump()
        try:
            place = await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._release(future.result())
            with contextlib.suppress(ValueError):
                self._waiting.remove(future)
            raise
        try:
            yield place.process
        finally:
            self._release(place)

    def processes(self) -> list[CogProcess]:
        """All of its processes, those that start among them."""
        return [place.process for place in self._places]

    def pump(self) -> None:
        """Gives free processes to who waits, and starts more where that helps."""
        if self._closing:
            return
        for place in list(self._places):
            if place.ready and not place.busy and not place.process.alive:
                self._retire(place)
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
        slots = self._recipe.code.concurrency if self._recipe.mode == "predict" else 1
        for place in self._places:
            while self._waiting and place.ready and place.process.alive and place.busy < slots:
                future = self._waiting.popleft()
                if not future.done():
                    self._take(place)
                    future.set_result(place)
        starting = sum(not place.ready for place in self._places)
        wanted = max(self._least - len(self._places), -(-len(self._waiting) // slots) - starting)
        for _ in range(min(wanted, self._most - len(self._places))):
            place = _Place(CogProcess(self._recipe, f"{self.name}-{next(self._numbers)}"))
            self._places.append(place)
            _own(self._starts, self._start(place))

    async def _start(self, place: _Place) -> None:
        try:
            await place.process.start()
        except (CogError, OSError) as error:
            self._places.remove(place)
            await place.process.remove()
            waiting, self._waiting = self._waiting, deque()
            for future in waiting:
                if not future.done():
                    future.set_exception(CogError(str(error)))
            return
        place.ready = True
        self._rest(place)
        self.pump()

    def _take(self, place: _Place) -> None:
        place.busy += 1
        if place.timer is not None:
            place.timer.cancel()
            place.timer = None

    def _release(self, place: _Place) -> None:
        place.busy -= 1
        if place.busy == 0:
            if place.process.alive and not self._closing:
                self._rest(place)
            else:
                self._retire(place)
        self.pump()

    def _rest(self, place: _Place) -> None:
        """A free process may stay for a while, or as long as it is one of those to be kept warm."""
        if len(self._places) > self._most:
            self._retire(place)
        elif place.timer is None:
            place.timer = asyncio.get_running_loop().call_later(self._idle, self._expire, place)

    def _expire(self, place: _Place) -> None:
        place.timer = None
        if place.busy == 0 and place in self._places:
            if len(self._places) > self._least:
                self._retire(place)
            else:
                self._rest(place)

    def _retire(self, place: _Place) -> None:
        if place in self._places:
            self._places.remove(place)
            if place.timer is not None:
                place.timer.cancel()
            _own(self._ends, self._end(place.process))

    async def _end(self, process: CogProcess) -> None:
        await process.stop()
        await process.remove()

    async def close(self) -> None:
        """Ends every process; who waits is told."""
        self._closing = True
        for future in self._waiting:
            if not future.done():
                future.set_exception(CogError("The sandbox stops"))
        for task in self._starts:
            task.cancel()
        for place in list(self._places):
            self._retire(place)
        await asyncio.gather(*self._starts, *self._ends, return_exceptions=True)


def _own(tasks: set[asyncio.Task[None]], work: Coroutine[None, None, None]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
