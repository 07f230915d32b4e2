"""Deployments: listed, made, changed and deleted; nothing is overwritten unseen, and nothing is made twice."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

from tui.api.decoding import decode_each
from tui.api.errors import ApiError, BadAnswer, InvalidInput, NetworkError, NotFound, ServerError
from tui.api.types import Deployment, Hardware, Release
from tui.services.bus import DeploymentsChanged
from tui.services.deployments.change_outcome import Moved, Outcome
from tui.services.deployments.deletion import IDLE_MINUTES, why_not_deleted
from tui.services.deployments.setup import CHANGEABLE, FIELDS, Setup
from tui.services.outcome import Applied, Refused, Unsure
from tui.services.session import Session
from tui.services.single_flight import SingleFlight

KIND = "deployments"
HARDWARE_FRESH = timedelta(hours=1)
REFUSALS = (400, 403, 409, 422)
"""The statuses of a deletion that a rule forbids."""
UNCHANGED = "Nothing changes: this is what is deployed already."


class Deployments:
    """What the account deploys. Raises the ApiErrors of the client, and StoreError."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client = session.client
        self._store = session.store
        self._bus = session.bus
        self._now = session.clock.now
        self._flights = SingleFlight()
        self._known: dict[str, Deployment] = {}
        self._read = False
        self._seen_meanwhile: dict[str, Deployment | None] = {}
        """What was told of single ones, and what was deleted, since the list was asked for last."""
        self._releases: dict[str, list[Release]] = {}

    async def load(self) -> None:
        """Read what is kept here of the releases; `hardware_of` answers from it."""
        self._releases = await self._store.releases.all(self._session.account)

    async def kept(self) -> list[Deployment]:
        """The deployments of the last time, without asking."""
        kept = await self._store.cache_get(self._session.account, KIND)
        found = list(decode_each(Deployment, kept.value)) if kept is not None else []
        self._known = {deployment.ref: deployment for deployment in found}
        self._read = True
        return found

    async def _load_known(self) -> None:
        if not self._read:
            await self.kept()

    async def list(self) -> list[Deployment]:
        """Every deployment of the account, as the API gives them."""
        return await self._flights.run(KIND, self._list)

    async def get(self, ref: str) -> Deployment:
        """One deployment ("owner/name") as it is now."""
        owner, _, name = ref.partition("/")
        found = await self._client.deployment(owner, name)
        await self._note(found)
        return found

    async def hardware(self, refresh: bool = False) -> tuple[Hardware, ...]:
        """What can be chosen, as the API lists it; kept for an hour."""
        account = self._session.account
        kept = await self._store.cache_get(account, "hardware")
        if kept is not None and not refresh and self._now() - kept.fetched_at < HARDWARE_FRESH:
            return decode_each(Hardware, kept.value)
        try:
            found = await self._flights.run("hardware", self._client.hardware)
        except ApiError:
            if kept is None or refresh:
                raise
            return decode_each(Hardware, kept.value)
        await self._store.cache_set(account, "hardware", "", [{"sku": one.sku, "name": one.name} for one in found])
        return found

    async def history(self, ref: str) -> list[Release]:
        """The releases that were seen here, newest first. The API tells only the current one."""
        return await self._store.releases.history(self._session.account, ref)

    async def last_enabled(self, ref: str) -> Setup | None:
        """The setup of the newest release that could run, for switching it on as before."""
        setups = (Setup.of(release) for release in await self.history(ref))
        return next((setup for setup in setups if not setup.off), None)

    def hardware_of(self, ref: str, at: datetime | None = None) -> str | None:
        """The hardware of a deployment at a moment, as far as its releases were seen here."""
        known = next((known for known in self._releases if is_named(ref, known)), "")
        releases = self._releases.get(known, [])
        if at is not None:
            releases = [one for one in releases if one.created_at is not None and one.created_at <= at] or releases[-1:]
        return releases[0].configuration.hardware or None if releases else None

    def release_times(self) -> list[datetime]:
        """When the releases that were seen here began: at these times a deployment's hardware may have changed."""
        return [
            one.created_at for releases in self._releases.values() for one in releases if one.created_at is not None
        ]

    def seen(self) -> dict[str, list[Release]]:
        """The releases that were seen here, newest first, by "owner/name"."""
        return dict(self._releases)

    # ---- changes

    async def create(self, name: str, setup: Setup) -> Outcome:
        """Make a deployment. A lost answer is looked for; Unsure where it does not show."""
        try:
            found = await self._client.create_deployment(
                name,
                model=setup.model,
                version=setup.version,
                hardware=setup.hardware,
                min_instances=setup.min_instances,
                max_instances=setup.max_instances,
            )
        except ApiError as error:
            if not _lost(error):
                return Refused.of(error, FIELDS, absent="model")
            return Unsure(
                f"The answer was lost ({error}) and {name} is not in the list. It may still be made, or never have "
                "been asked for. A name can be taken once only: sending it again cannot make a second one."
            )
        await self._note(found)
        return Applied(found)

    async def update(self, ref: str, before: Release | None, after: Setup) -> Outcome:
        """Change what differs from `before`, the release that the change was made from.

        Moved, with nothing sent, where another release is current by now; Unsure where the answer was lost and what
        is there does not show the change.
        """
        was = Setup.of(before)
        wanted = was.differing(after)
        if not wanted:
            return Refused(InvalidInput(UNCHANGED), rest=UNCHANGED)
        try:
            current = await self.get(ref)
        except ApiError as error:
            return Refused.of(error, CHANGEABLE)
        if _number(current) != (before.number if before else None):
            return Moved(current, was)
        owner, _, name = ref.partition("/")
        try:
            found = await self._client.update_deployment(owner, name, **wanted)  # pyright: ignore[reportArgumentType]
        except ApiError as error:
            if not _lost(error):
                return Refused.of(error, CHANGEABLE, absent="version")
            return await self._look(ref, current, after, error)
        await self._note(found)
        return _applied(found, current)

    async def look(self, ref: str, setup: Setup) -> Outcome:
        """Whether a change whose answer was lost shows by now. `ref` of a new deployment is its name alone."""
        try:
            there = await self._there(ref)
        except ApiError as error:
            return Unsure(f"Looking failed: {error}")
        if there is not None and Setup.of(there.current_release) == setup:
            return Applied(there)
        if there is None:
            return Unsure(f"{ref} is not there so far.")
        return Unsure(f"{there.ref} is at release {_number(there)}, which does not show the change.")

    async def _there(self, ref: str) -> Deployment | None:
        if "/" in ref:
            return await self.get(ref)
        return next((deployment for deployment in await self.list() if deployment.name == ref), None)

    async def _look(self, ref: str, before: Deployment, after: Setup, lost: ApiError) -> Outcome:
        """What became of a change whose answer was just lost."""
        try:
            current = await self.get(ref)
        except ApiError as error:
            return Unsure(f"The answer was lost ({lost}), and asking what became of it failed: {error}")
        if _number(current) == _number(before):
            return Unsure(
                f"The answer was lost ({lost}). {ref} is still at release {_number(before)}: the change was not "
                "carried out so far."
            )
        if Setup.of(current.current_release) == after:
            return _applied(current, before)
        return Moved(current, Setup.of(before.current_release))

    async def delete(self, deployment: Deployment) -> Refused | None:
        """Delete a deployment; one that is gone already is as good. What the API refuses is explained by its rule."""
        ref = deployment.ref
        owner, _, name = ref.partition("/")
        try:
            with contextlib.suppress(NotFound):
                await self._client.delete_deployment(owner, name)
        except ApiError as error:
            if error.status not in REFUSALS:
                raise
            free = await self.free_at(deployment)
            return Refused(error, rest=why_not_deleted(error, deployment, free, self._now()))
        await self._load_known()
        await self._store.releases.forget(self._session.account, ref)
        self._seen_meanwhile[ref] = None
        self._known.pop(ref, None)
        self._releases.pop(ref, None)
        await self._keep()
        return None

    async def free_at(self, deployment: Deployment) -> datetime | None:
        """From when on it can be deleted, as far as is known here; None while it is not switched off."""
        release = deployment.current_release
        if release is None or release.created_at is None or not Setup.of(release).off:
            return None
        from tui.store.filter_query import Query

        rows = await self._store.rows(self._session.account, Query(model=deployment.name), 100)
        used = [row.completed_at or row.created_at for row in rows if is_named(row.deployment, deployment.ref)]
        return max([release.created_at, *used]) + timedelta(minutes=IDLE_MINUTES)

    async def aclose(self) -> None:
        """Cancel what is being asked."""
        await self._flights.aclose()

    # ---- keeping

    async def _list(self) -> list[Deployment]:
        self._seen_meanwhile.clear()
        found = {deployment.ref: deployment async for deployment in self._client.deployments()}
        # The list may have been made before a change whose answer came first.
        newer = self._seen_meanwhile
        new = {ref: one for ref, one in newer.items() if one is not None and ref not in found}
        kept = {ref: newer.get(ref, one) for ref, one in found.items()}
        self._known = {ref: one for ref, one in {**new, **kept}.items() if one is not None}
        self._read = True
        await self._store.releases.save(self._session.account, list(self._known.values()))
        await self._keep()
        return list(self._known.values())

    async def _note(self, deployment: Deployment) -> None:
        self._seen_meanwhile[deployment.ref] = deployment
        await self._load_known()
        await self._store.releases.save(self._session.account, [deployment])
        if deployment.ref not in self._known:
            self._known = {deployment.ref: deployment, **self._known}
            await self._keep()
        elif self._known[deployment.ref] != deployment:
            self._known[deployment.ref] = deployment
            await self._keep()

    async def _keep(self) -> None:
        account = self._session.account
        raw = [deployment.raw for deployment in self._known.values()]
        kept = await self._store.cache_get(account, KIND)
        if kept is None or kept.value != raw:
            await self._store.cache_set(account, KIND, "", raw)
        await self.load()
        self._bus.publish(DeploymentsChanged(tuple(self._known.values())))


def is_named(deployment: str | None, ref: str) -> bool:
    """Whether a prediction's `deployment` is that of "owner/name"; it may leave out the owner."""
    return bool(deployment) and deployment in (ref, ref.partition("/")[2])


def _number(deployment: Deployment) -> int | None:
    return deployment.current_release.number if deployment.current_release else None


def _applied(found: Deployment, before: Deployment) -> Outcome:
    number, base = _number(found), _number(before)
    if number is None or base is None or number - base <= 1:
        return Applied(found)
    return Applied(found, "Another release came between, and what you changed was written over it: see its releases.")


def _lost(error: ApiError) -> bool:
    """Whether the request may have been carried out, though its answer never came."""
    if isinstance(error, NetworkError):
        return error.sent
    return isinstance(error, ServerError | BadAnswer)
