"""How long runs of a model usually take here: the medians of what is kept of those before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from tui.api.billed import NOTHING, Billed, billed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.services.session import Session
    from tui.store.records import Kind


KNOWN = 200
"""So many models' pasts are remembered."""


class Past(Struct, frozen=True):
    """What the runs before tell; nothing where there were none."""

    runs: int = 0
    """How many of them succeeded, of the newest."""
    boots: float | None = None
    """Seconds from the creation to the start, in the middle of them."""
    runs_for: float | None = None
    """Seconds from the start to the end, in the middle of them."""
    version: str = ""
    """What the newest ran on, as its record says."""
    metrics: Mapping[str, object] = field(default_factory=dict[str, object])
    """What the API counted for the newest."""
    billed: Billed = NOTHING
    """The units that it counted, and the facts that its price may depend on."""


NO_PAST = Past()


class PastTimes:
    """Reads the archive; nothing is asked of the API."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, str, str | None], Past] = {}

    def known(self, model: str, *, kind: Kind = "prediction", deployment: str | None = None) -> Past | None:
        """What `of` gave the last time; None where it was not asked yet."""
        return self._known.get((model, kind, deployment))

    async def of(self, model: str, *, kind: Kind = "prediction", deployment: str | None = None) -> Past:
        """The past of "owner/name"; through `deployment` ("owner/name") where one is named. Raises StoreError."""
        found = await self._read(model, kind, deployment) if model else NO_PAST
        self._known.pop((model, kind, deployment), None)
        self._known[model, kind, deployment] = found
        while len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]
        return found

    async def _read(self, model: str, kind: Kind, deployment: str | None) -> Past:
        store, account = self._session.store, self._session.account
        took, newest = await store.past_runs.newest(account, model, kind=kind, deployment=deployment)
        if newest is None:
            return NO_PAST
        waited, ran = _median(one.waited for one in took), _median(one.ran for one in took)
        counted = billed(newest.metrics, newest.input, newest.output)
        return Past(len(took), waited, ran, newest.version, newest.metrics, counted)


def _median(seconds: Iterable[float | None]) -> float | None:
    known = [one for one in seconds if one is not None and one >= 0]
    if not known:
        return None
    # Heavy, and not needed until a form or a live run asks.
    from statistics import median

    return median(known)
