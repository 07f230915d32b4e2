"""Copies the whole public catalogue, when asked to: page by page, on from where it was stopped, later what changed.

A page of 25 models is up to 2 MB at the API (their schemas and examples); what is kept of it is what lists show. A
model's schema still comes when the model is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from tui.api.decoding import decode
from tui.api.errors import InvalidInput, NotFound
from tui.api.repeats import RepeatGuard
from tui.api.types import Model, Page
from tui.services.session import Session
from tui.store.catalogue import light, raw_model

NOTE = "models copied"
"""The note in the store that says how far the copy is."""


class Copied(msgspec.Struct, frozen=True):
    """How far a copy is, or that it is done."""

    models: int = 0
    """Models that came in this copy, with what came before it was stopped."""
    pages: int = 0
    whole: bool = True
    """Whether everything is copied; False where only what changed since the last copy is."""
    done: bool = False


class _State(msgspec.Struct):
    """What is kept between two pages: enough to go on after a kill."""

    next: str | None = None
    """The page to go on with; None where no copy was stopped."""
    models: int = 0
    pages: int = 0
    newest: str | None = None
    """When the newest version of this copy was made: what the next one begins with, once this one is done."""
    since: str | None = None
    """Nothing older than this is asked for: what a finished copy has already."""


class CatalogueCopy:
    """One account's copy of the catalogue. `run` is cancelled like any task; calling it again goes on."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client = session.client
        self._store = session.store
        self._sleep = session.clock.sleep

    async def run(self, told: Callable[[Copied], None]) -> Copied:
        """Copy what is not copied yet; `told` hears of every page. Raises an ApiError: what came until then is kept."""
        state = await self._state()
        pages = self._client.models("latest_version_created_at", "desc")
        page = None
        if state.next is not None:
            try:
                page = await pages.page(state.next)
            except (InvalidInput, NotFound):
                # The API has forgotten the address: begin again.
                state = _State(since=state.since)
        if page is None:
            page = await pages.first()
        guard = RepeatGuard()
        while True:
            await self._keep(page, state)
            repeats = guard.ends(model.ref for model in page.results)
            if self._ends(page, state.since) or page.next is None or repeats:
                break
            state.next = page.next
            await self._note(state)
            told(Copied(state.models, state.pages, whole=state.since is None))
            await self._sleep(self._pause())
            page = await pages.page(page.next)
        done = Copied(state.models, state.pages, whole=state.since is None, done=True)
        await self._note(_State(since=state.newest or state.since))
        told(done)
        return done

    async def _keep(self, page: Page[Model], state: _State) -> None:
        if state.newest is None:
            times = [made for model in page.results if (made := _made(model)) is not None]
            state.newest = max(times).isoformat() if times else None
        models = [decode(Model, light(raw_model(model))) for model in page.results]
        await self._store.save_models(self._session.account, models)
        state.models += len(models)
        state.pages += 1

    def _ends(self, page: Page[Model], since: str | None) -> bool:
        """Whether the page goes back to what an earlier copy has."""
        if since is None:
            return False
        limit = datetime.fromisoformat(since)
        return any((made := _made(model)) is not None and made < limit for model in page.results)

    def _pause(self) -> float:
        """Seconds before the next page: longer when others need what the rate limit leaves."""
        left = self._client.rate_limit.remaining
        if left is None or left >= 1000:
            return 0.1
        return 1.0 if left >= 300 else 5.0

    async def _state(self) -> _State:
        text = await self._store.meta_get(self._session.account, NOTE)
        try:
            return msgspec.json.decode(text, type=_State) if text else _State()
        except msgspec.MsgspecError:
            return _State()

    async def _note(self, state: _State) -> None:
        await self._store.meta_set(self._session.account, NOTE, msgspec.json.encode(state).decode())


def _made(model: Model) -> datetime | None:
    return model.latest_version.created_at if model.latest_version is not None else None
