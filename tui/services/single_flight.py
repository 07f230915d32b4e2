"""Lets several callers share one piece of work: nothing is asked twice at the same time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


class SingleFlight:
    """Work under way, by key. A caller who is cancelled does not end what others wait for."""

    def __init__(self, *, drops: bool = False) -> None:
        """`drops`: work that nobody waits for any more is cancelled; else it goes on."""
        self._under_way: dict[str, asyncio.Task[Any]] = {}
        self._waiting: Counter[asyncio.Task[Any]] = Counter()
        self._dropped: set[asyncio.Task[Any]] = set()
        self._drops = drops

    async def run(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work`, or of the same key's work that is under way already. Raises what it raises."""
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.ensure_future(_call(work))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        self._waiting[task] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._left(key, task)

    async def aclose(self) -> None:
        """Cancel what is under way and wait until it has ended."""
        tasks = [*self._under_way.values(), *self._dropped]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    def _left(self, key: str, task: asyncio.Task[Any]) -> None:
        self._waiting[task] -= 1
        if self._waiting[task]:
            return
        del self._waiting[task]
        if self._drops and not task.done():
            # Whoever comes now begins anew, and does not wait for what is being given up.
            del self._under_way[key]
            self._dropped.add(task)
            task.cancel()

    def _ended(self, key: str, task: asyncio.Task[Any]) -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]
        self._dropped.discard(task)
        if not task.cancelled():
            # Whoever waited has it; where all were cancelled, nobody is left to see it.
            task.exception()


async def _call(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
