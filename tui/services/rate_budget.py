"""Lets creations leave at the rate that the account may have, whichever process of the store sends them."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable

from tui.services.session import Session
from tui.store.database import StoreError

_log = logging.getLogger(__name__)
_STATED = re.compile(
    r"reduced to (\d{1,9}) requests? per (?:minute|(\d{1,6}(?:\.\d{1,3})?) seconds?)"
    r"(?: with a burst of (\d{1,9}))?"
)
_WORTH_TELLING = 1.0
_LONGEST = 5.0
"""Seconds after which it is looked again: another process may have learned something."""


class RateBudget:
    """The token bucket of an account. A store that fails lets everything leave: the API has the last word."""

    def __init__(self, session: Session, waiting: Callable[[float, str], None]) -> None:
        """`waiting` is told the seconds and the reason before each wait."""
        self._session = session
        self._budgets = session.store.rate_budgets
        self._waiting = waiting

    async def admit(self) -> int:
        """Return when one creation may leave, with its number; 0 where it could not be counted."""
        while True:
            try:
                seconds, number = await self._budgets.take(self._session.account, self._now())
            except StoreError as error:
                _log.warning("the rate budget cannot be asked: %s", error)
                return 0
            if seconds <= 0:
                return number
            if seconds >= _WORTH_TELLING:
                self._waiting(seconds, "rate limit")
            await self._session.clock.sleep(min(seconds, _LONGEST))

    async def told(self, left: int, number: int) -> None:
        """The answer to creation `number` says how many more may leave at once."""
        if number:
            await self._noted(self._budgets.told(self._session.account, left, self._now(), number))

    async def refused(self, seconds: float, words: str) -> None:
        """A creation was refused with a 429 that asks to wait, and says why in `words`."""
        found = _STATED.search(words[:4000])
        stated = None
        if found is not None:
            rate = float(found[1]) * 60 / (float(found[2] or 60) or 60)
            stated = (max(rate, 0.1), float(found[3] or max(rate, 1)))
        await self._noted(self._budgets.refused(self._session.account, seconds, stated, self._now()))

    def _now(self) -> float:
        return self._session.clock.now().timestamp()

    async def _noted(self, note: Awaitable[object]) -> None:
        try:
            await note
        except StoreError as error:
            _log.warning("the rate budget cannot be kept: %s", error)
