"""run --webhook-forward: the webhooks of one run go to a program on this machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

from msgspec import Struct

from tui.cli.exit_codes import EXIT_DONE, EXIT_FAILED
from tui.cli.printing import Speaker
from tui.services.services import Services
from tui.services.webhooks.forwarding import Forwarding, Route
from tui.services.webhooks.posting import LONGEST
from tui.store.deliveries import Delivery


def _nothing(_: str) -> None:
    """Where nothing is forwarded."""


class Forwarded(Struct):
    """The webhooks of one run."""

    follow: Callable[[str], None] = _nothing
    """To be called with the id of the run."""
    code: int = EXIT_DONE
    """What it adds to how the run ended: 1 where the last webhook was not taken."""


@contextlib.asynccontextmanager
async def forwarded(services: Services, speaker: Speaker, url: str | None) -> AsyncGenerator[Forwarded, None]:
    """Deliver the webhooks of a run, the last one included; without a `url` none. Raises ApiError, StoreError."""
    found = Forwarded()
    if url is None:
        yield found
        return

    def told(one: Delivery) -> None:
        if one.state == "taken":
            return
        what = "was not taken" if one.state == "refused" else "was not taken, and is sent again"
        answer = "there was no answer" if one.code is None else f"the answer was {one.code}"
        speaker.say(f"The webhook {one.event} {what}: {answer}. {one.problem}".rstrip())
        if one.event == "completed":
            found.code = EXIT_FAILED if one.state == "refused" else found.code

    def failed(why: str) -> None:
        speaker.error(why)
        found.code = EXIT_FAILED

    forwarding = Forwarding(services.session, services.watcher, Route(url, one_run=True), told, failed)
    await forwarding.start()
    found.follow = forwarding.follow_run
    try:
        yield found
        if forwarding.following:
            async with asyncio.timeout(LONGEST + 10):
                await forwarding.finished.wait()
    finally:
        await forwarding.aclose()
