"""Deployments: listed, made, changed and deleted; nothing is overwritten unseen, and nothing is made twice."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from tui.api.decoding import decode_each
from tui.api.errors import ApiError, BadAnswer, NetworkError, NotFound, ServerError
from tui.api.types import Deployment, Hardware, Release
from tui.services.bus import DeploymentsChanged
from tui.services.deployments.setup_words import IDLE_MINUTES, Setup, changes
from tui.services.session import Session
from tui.services.single_flight import Sharing
from tui.wording import age

KIND = "deployments"
HARDWARE_FRESH = timedelta(hours=1)


class Moved(Exception):
    """The deployment has another release than the one that the change was made from; nothing was sent."""

    def __init__(self, current: Deployment, before: Setup) -> None:
        self.current = current
        release = current.current_release
        self.changes = changes(before, Setup.of(release))
        who = release.created_by.username if release and release.created_by else ""
        number = release.number if release and release.number is not None else "?"
        by = f" by {who}" if who else ""
        when = f", {age(release.created_at)} ago" if release and release.created_at else ""
        what = "; ".join(self.changes) or "nothing of its setup"
        super().__init__(f"Release {number}{by}{when} came in between. It changed {what}.")


class Unsure(Exception):
    """A change was sent, its answer lost, and what is there does not show that it was carried out.

    `current` is the deployment as it is, where that could be asked; None for one that is not there.
    """

    def __init__(self, words: str, current: Deployment | None = None) -> None:
        super().__init__(words)
        self.current = current


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a change."""

    deployment: Deployment
    between: int = 0
    """Releases of others that came between the last look and this change, and were overwritten by it."""


class Deployments:
    """What the account deploys. Raises the ApiErrors of the client, and StoreError."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client = session.client
        self._store = session.store
        self._bus = session.bus
        self._now = session.clock.now
        self._sharing = Sharing()
        self._known: dict[str, Deployment] = {}
        self._read = False
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
        return await self._sharing.run(KIND, self._list)

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
            found = await self._sharing.run("hardware", self._client.hardware)
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

    # ---- changes

    async def create(self, name: str, setup: Setup) -> Deployment:
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
        except (NetworkError, ServerError, BadAnswer) as error:
            if isinstance(error, NetworkError) and not error.sent:
                raise
            raise Unsure(
                f"The answer was lost ({error}) and {name} is not in the list. It may still be made, or never have "
                "been asked for. A name can be taken once only: sending it again cannot make a second one."
            ) from error
        await self._note(found)
        return found

    async def find(self, name: str, setup: Setup) -> Deployment | None:
        """The deployment of that name and setup, where there is one: a creation whose answer was lost."""
        for deployment in await self.list():
            if deployment.name == name and Setup.of(deployment.current_release) == setup:
                return deployment
        return None

    async def update(self, ref: str, before: Release | None, after: Setup) -> Changed:
        """Change what differs from `before`, the release that the change was made from.

        Raises ValueError when nothing differs, Moved (nothing sent) when another release is current by now, Unsure
        when the answer was lost and what is there does not show the change.
        """
        was = Setup.of(before)
        wanted = was.differing(after)
        if not wanted:
            raise ValueError("Nothing changes: this is what is deployed already.")
        current = await self.get(ref)
        if _number(current) != (before.number if before else None):
            raise Moved(current, was)
        owner, _, name = ref.partition("/")
        try:
            found = await self._client.update_deployment(owner, name, **wanted)  # pyright: ignore[reportArgumentType]
        except (NetworkError, ServerError, BadAnswer) as error:
            if isinstance(error, NetworkError) and not error.sent:
                raise
            found = await self._look(ref, current, after, error)
        await self._note(found)
        number, base = _number(found), _number(current)
        between = number - base - 1 if number is not None and base is not None else 0
        return Changed(found, max(0, between))

    async def _look(self, ref: str, before: Deployment, after: Setup, lost: ApiError) -> Deployment:
        """What became of a change whose answer was lost."""
        try:
            current = await self.get(ref)
        except ApiError as error:
            raise Unsure(f"The answer was lost ({lost}), and asking what became of it failed: {error}") from error
        if Setup.of(current.current_release) == after and _number(current) != _number(before):
            return current
        if _number(current) == _number(before):
            raise Unsure(
                f"The answer was lost ({lost}). {ref} is still at release {_number(before)}: the change was not "
                "carried out so far.",
                current,
            )
        raise Moved(current, Setup.of(before.current_release))

    async def delete(self, ref: str) -> None:
        """Delete a deployment; one that is gone already is as good. Raises the API's refusal (`why_not_deleted`)."""
        owner, _, name = ref.partition("/")
        with contextlib.suppress(NotFound):
            await self._client.delete_deployment(owner, name)
        await self._load_known()
        await self._store.releases.forget(self._session.account, ref)
        self._known.pop(ref, None)
        self._releases.pop(ref, None)
        await self._keep()

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
        await self._sharing.aclose()

    # ---- keeping

    async def _list(self) -> list[Deployment]:
        found = [deployment async for deployment in self._client.deployments()]
        self._known, self._read = {deployment.ref: deployment for deployment in found}, True
        await self._store.releases.save(self._session.account, found)
        await self._keep()
        return found

    async def _note(self, deployment: Deployment) -> None:
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


def why_not_deleted(error: ApiError, deployment: Deployment, free_at: datetime | None, now: datetime) -> str:
    """A refused deletion in words: the rule, what stands in its way, and what to do (docs/replicate.md, Operations)."""
    rule = f"It can be deleted once it has been offline and unused for {IDLE_MINUTES} minutes."
    said = (error.detail or str(error)).rstrip(".")
    if not Setup.of(deployment.current_release).off:
        return f"{said}.\n\n{rule} It still has instances: disable it first."
    if free_at is not None and free_at > now:
        minutes = max(1, round((free_at - now).total_seconds() / 60))
        return f"{said}.\n\n{rule} By what is known here that is in {minutes} min; try again then."
    return f"{said}.\n\n{rule}"
