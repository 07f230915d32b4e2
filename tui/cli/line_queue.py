"""Lines that are printed beside the event loop: a reader that has stopped reading holds up nothing else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from tui.cli.printing import OutputFailed


class LineQueue:
    """Prints one after the other in a thread. `broken` is set once stdout takes nothing more."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Callable[[], None] | None] = asyncio.Queue()
        self._error: BrokenPipeError | OutputFailed | None = None
        self.broken = asyncio.Event()

    def put(self, write: Callable[[], None]) -> None:
        """Have `write` called in its turn."""
        if self._error is None:
            self._waiting.put_nowait(write)

    async def _work(self) -> None:
        while (write := await self._waiting.get()) is not None:
            try:
                await asyncio.to_thread(write)
            except (BrokenPipeError, OutputFailed) as error:
                self._error = error
                self.broken.set()
                return

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls) -> AsyncGenerator[LineQueue, None]:
        """What was put is printed before it ends. Raises BrokenPipeError and OutputFailed at its end."""
        lines = cls()
        task = asyncio.create_task(lines._work(), name="lines")
        try:
            yield lines
        finally:
            lines._waiting.put_nowait(None)
            await task
        if lines._error is not None:
            raise lines._error
