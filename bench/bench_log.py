"""A log of 50,000 lines: opened, and followed as lines come; beside Textual's Log."""

from __future__ import annotations

import asyncio
import time

from textual.app import App
from textual.widget import Widget
from textual.widgets import Log

from bench.measure import TIMES, Series
from bench.rows import Row
from tui.widgets.text.log_view import LogView

LINES, FOLLOWED = 50_000, 50


def line(number: int) -> str:
    """A line as trainings write them."""
    return f"step {number:>6}/{LINES} loss: {1000 / (number + 1):.6f} lr: 3.0e-05 time: 0.42 s/it"


class Bare(App[None]):
    """Nothing but the log."""

    async def measure(self, log: Widget, found: Series, name: str) -> None:
        """Milliseconds until the log is painted, and until each line that follows is."""
        text = "\n".join(map(line, range(LINES))) + "\n"
        async with self.run_test(size=(120, 40)) as pilot:
            await self.screen.mount(log)
            await pilot.pause()
            start = time.perf_counter()
            if isinstance(log, LogView):
                log.set_text(text)
            else:
                assert isinstance(log, Log)
                log.write(text)
            await self._painted(log)
            found.add(name, (time.perf_counter() - start) * 1000)
            await pilot.pause(0.2)
            spent = time.process_time()
            for number in range(FOLLOWED):
                if isinstance(log, LogView):
                    log.append(line(LINES + number) + "\n")
                else:
                    assert isinstance(log, Log)
                    log.write(line(LINES + number) + "\n")
                await asyncio.sleep(0.01)
            await pilot.pause(0.1)
            found.add(f"{name} line", (time.process_time() - spent) / FOLLOWED * 1000)

    async def _painted(self, log: Widget) -> None:
        done = asyncio.Event()
        self.call_after_refresh(done.set)
        await done.wait()


def run() -> list[Row]:
    """Both in turn; medians."""
    found = Series()
    for _ in range(TIMES):
        asyncio.run(Bare().measure(LogView(), found, "ours"))
        asyncio.run(Bare().measure(Log(), found, "peer"))
    what, peer = f"log of {LINES:,} lines", "Textual's Log"
    return [
        Row(f"{what}: opened", found.median("ours"), "ms", found.median("peer"), peer, 200),
        Row(f"{what}: a line more, CPU", found.median("ours line"), "ms", found.median("peer line"), peer, 5),
    ]
