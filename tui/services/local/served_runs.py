"""The predictions that clients of Replicate's API ask a served model for: taken in order, followed, canceled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui.sandbox.chaos import Strike
from tui.sandbox.jsons import Obj, dumps
from tui.sandbox.live import Live
from tui.sandbox.records import Job
from tui.sandbox.webhooks import Webhooks
from tui.services.local.cog_server import CogServer
from tui.services.local.local_run import LocalRun
from tui.services.tasks import Tasks

MOST = 500
"""Predictions that are remembered; the oldest that has ended is forgotten first."""


class ServedRuns:
    """All predictions of one served model, the newest last."""

    def __init__(self, server: CogServer, slots: int, secret: str, shown: Callable[[Job], Obj]) -> None:
        """`slots` of them run at a time; `shown` is a job as the API gives it."""
        self._server = server
        self._free = asyncio.Semaphore(slots)
        self._webhooks = Webhooks(secret, lambda live: dumps(shown(live.job)).encode(), Strike)
        self._tasks = Tasks("served runs")
        self.lives: dict[str, Live] = {}
        self.closing = asyncio.Event()
        """Set when nothing more comes."""

    def begin(self, job: Job, given: Obj) -> Live:
        """Run it as soon as the model is free; `given` is what the model gets."""
        live = self.lives[job.id] = Live(job, lambda live: None)
        self._webhooks.follow(live)
        self._tasks.start(self._run(live, given), job.id)
        self._forget()
        return live

    def _forget(self) -> None:
        over = len(self.lives) - MOST
        for id in [id for id, live in self.lives.items() if live.job.done][: max(0, over)]:
            del self.lives[id]

    async def cancel(self, live: Live) -> None:
        """Canceled at once; the model is told."""
        if not live.job.done:
            live.finish("canceled")
            await self._server.cancel(live.job.id)

    async def _run(self, live: Live, given: Obj) -> None:
        job, run = live.job, LocalRun(live.job.id)
        async with self._free:
            if job.done:
                return
            async for update in run.follow(self._server, given):
                match update.kind:
                    case "start":
                        live.begin()
                        if job.done:
                            # The model could not be told before it had it.
                            await self._server.cancel(job.id)
                    case "log":
                        live.add_log(str(update.value))
                    case "output":
                        live.begin()
                        live.add_output(update.value)
                    case _:
                        pass
        live.begin()
        for name, value in run.metrics.items():
            live.add_metric(name, value)
        live.set_output(run.output)
        ended = run.status if run.status in ("succeeded", "canceled") else "failed"
        live.finish(ended, error=(run.error or "Unknown error") if ended == "failed" else None)

    async def aclose(self) -> None:
        """End what is followed; the model goes on."""
        self.closing.set()
        await self._tasks.aclose()
        await self._webhooks.close()
