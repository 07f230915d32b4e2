"""Finds all that is live of an account, at Replicate and not only on the screen, so that all of it can be stopped."""

from __future__ import annotations

from datetime import datetime, timedelta

from tui.services.session import Session
from tui.store.records import Kind

REACH = timedelta(hours=2)
"""A page without anything live ends the search where it is older: predictions end after 30 minutes.

Source: docs/replicate.md, Predictions.
"""


async def find_live(session: Session) -> list[tuple[str, Kind]]:
    """The ids and kinds of all live predictions and trainings of the account, each kind newest first.

    What this machine knows to be live is among them however old it is. Raises an ApiError, a StoreError.
    """
    seen: dict[tuple[str, Kind], bool] = {}
    async for page in session.client.predictions().pages():
        seen.update({(one.id, "prediction"): not one.is_terminal for one in page.results})
        if not _goes_on(session, [(one.is_terminal, one.created_at) for one in page.results]):
            break
    async for page in session.client.trainings().pages():
        seen.update({(one.id, "training"): not one.is_terminal for one in page.results})
        if not _goes_on(session, [(one.is_terminal, one.created_at) for one in page.results]):
            break
    for row in await session.store.live_rows(session.account):
        seen.setdefault((row.id, row.kind), True)
    return [one for one, live in seen.items() if live]


def _goes_on(session: Session, page: list[tuple[bool, datetime | None]]) -> bool:
    """Whether something live may be further down."""
    oldest = min((created for _, created in page if created), default=None)
    recent = oldest is not None and session.clock.now() - oldest < REACH
    return recent or any(not ended for ended, _ in page)
