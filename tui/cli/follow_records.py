"""--follow: one line of JSON as things are now and at each change, until the end. Polls that fail are repeated."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from tui.api.errors import NetworkError, NotFound, RateLimited, ServerError
from tui.api.pages import Pages
from tui.api.text import to_json
from tui.api.types import Prediction
from tui.cli.api_command import Asker
from tui.cli.exit_codes import EXIT_API, EXIT_DONE, EXIT_FAILED
from tui.cli.follow_run import GIVE_UP
from tui.services.watching import poll_interval as pace
from tui.wording import duration

T = TypeVar("T")
P = TypeVar("P", bound=Prediction)

_FEW = 4
"""So many that the first page has not are asked for one by one; for more the pages are read on."""
_MOST_PAGES = 20


async def follow_one(asker: Asker, get: Callable[[], Awaitable[Prediction]]) -> int:
    """Follow what `get` asks for; 0 when it has succeeded, 1 when it ended otherwise. Raises ApiError."""
    asking, told = _Asking(asker), _Told(asker)
    found = await get()
    begun = time.monotonic()
    while True:
        told.tell(found)
        if found.is_terminal:
            return EXIT_DONE if found.status == "succeeded" else EXIT_FAILED
        await asyncio.sleep(pace.until_next(time.monotonic() - begun, asker.client.rate_limit.remaining))
        again = await asking.asked(get)
        if again is None:
            return EXIT_API
        found = again


async def follow_all(asker: Asker, pages: Callable[[], Pages[P]], get: Callable[[str], Awaitable[P]]) -> int:
    """Follow all that is live of a list, and what comes to it, until nothing is. Raises ApiError."""
    asking, told = _Asking(asker), _Told(asker)
    live: set[str] = set()
    seen: dict[str, P] | None = await _top(pages())
    while seen is not None:
        for one in seen.values():
            if not one.is_terminal:
                live.add(one.id)
                told.tell(one)
            elif one.id in live:
                live.discard(one.id)
                # A list's items may lack logs and output (docs/replicate.md, Pages and filters): the end is told whole.
                told.tell(await asking.asked(lambda one=one: get(one.id)) or one)
        live &= seen.keys()
        if not live:
            asker.speaker.say("Nothing is live.")
            return EXIT_DONE
        await asyncio.sleep(pace.until_next_list(asker.client.rate_limit.remaining, busy=True))
        seen = await asking.asked(partial(_again, pages(), frozenset(live), get))
    return EXIT_API


async def _top(pages: Pages[P]) -> dict[str, P]:
    """The list down to its first page on which nothing is live."""
    found: dict[str, P] = {}
    count = 0
    async with contextlib.aclosing(pages.pages()) as all_pages:
        async for page in all_pages:
            found |= {one.id: one for one in page.results if one.id}
            count += 1
            if count == _MOST_PAGES or all(one.is_terminal for one in page.results):
                break
    return found


async def _again(pages: Pages[P], live: frozenset[str], get: Callable[[str], Awaitable[P]]) -> dict[str, P]:
    """The first page, and what was live wherever it is by now; what the API does not know any more is left out."""
    page = await pages.first()
    found = {one.id: one for one in page.results if one.id}
    for _ in range(_MOST_PAGES):
        if len(live - found.keys()) <= _FEW or not page.next:
            break
        page = await pages.page(page.next)
        found |= {one.id: one for one in page.results if one.id in live}
    for id_ in live - found.keys():
        with contextlib.suppress(NotFound):
            found[id_] = await get(id_)
    return found


class _Told:
    """What was printed last of each, so that only a change is printed."""

    def __init__(self, asker: Asker) -> None:
        self._speaker = asker.speaker
        self._last: dict[tuple[str, frozenset[str]], int] = {}

    def tell(self, prediction: Prediction) -> None:
        line = to_json(prediction.raw)
        # An item of a list has fewer fields than what was asked for by itself: that alone is no change.
        key = prediction.id, frozenset(prediction.raw)
        if self._last.get(key) != hash(line):
            self._last[key] = hash(line)
            self._speaker.json_line(line)


class _Asking:
    """Asks again after a failure that may pass, for as long as `run` would."""

    def __init__(self, asker: Asker) -> None:
        self._speaker = asker.speaker
        self._silent_since: float | None = None
        self._failures = 0

    async def asked(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """The answer; None, and why is said, when none came for too long. Raises the API's refusal."""
        while True:
            try:
                answer = await ask()
            except (NetworkError, ServerError, RateLimited) as error:
                self._failures += 1
                now = time.monotonic()
                self._silent_since = self._silent_since or now
                if now - self._silent_since > GIVE_UP:
                    self._speaker.error(f"The API has not answered for {duration(GIVE_UP)}: {error}")
                    return None
                self._speaker.status(f"The API does not answer ({error}); asking again…")
                await asyncio.sleep(pace.after_failures(self._failures))
                continue
            self._silent_since, self._failures = None, 0
            self._speaker.clear()
            return answer
