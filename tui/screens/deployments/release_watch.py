"""Watches the release that a change of a deployment is made from: another console may make the next one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.services.deployments.change_outcome import Moved
from tui.services.deployments.setup import Setup

if TYPE_CHECKING:
    from tui.api.types import Deployment, Release
    from tui.services.services import Services


class ReleaseWatch:
    """The deployment that a form changes, and the release that it began from; without one for a new deployment."""

    def __init__(self, deployment: Deployment | None, told: Callable[[], None]) -> None:
        """`told` is called when something else is known than before."""
        self.deployment = deployment
        self._told = told
        self.warning = ""
        """That another release is there by now, in words."""

    @property
    def base(self) -> Release | None:
        """The release that the change is made from."""
        return self.deployment.current_release if self.deployment is not None else None

    @property
    def before(self) -> Setup | None:
        """What it runs now; None for a new deployment."""
        return Setup.of(self.base) if self.deployment is not None else None

    async def look(self, services: Services) -> None:
        """Ask whether it moved. Whether it did is asked again before anything is sent: no answer is no failure."""
        from tui.api.errors import ApiError, NotFound

        if self.deployment is None:
            return
        try:
            self.see(await services.deployments.get(self.deployment.ref))
        except NotFound:
            self._warn("This deployment does not exist any more: somebody deleted it.")
        except ApiError:
            return

    def see(self, current: Deployment) -> None:
        """The deployment as it is now."""
        if self.deployment is None or current.ref != self.deployment.ref or self.base is None:
            return
        release = current.current_release
        if release is not None and release.number != self.base.number:
            words = Moved(current, Setup.of(self.base)).words
            self._warn(f"{words} ^r asks what becomes of your change.")

    def draft_made_from(self, number: str) -> None:
        """A draft was made from that release."""
        now = str(self.base.number) if self.base is not None else ""
        if number and number != now:
            self._warn(f"Your draft was made from release {number}; it is release {now} by now.")

    def rebase(self, current: Deployment) -> None:
        """Go on from what is there now."""
        self.deployment, self.warning = current, ""

    def _warn(self, words: str) -> None:
        self.warning = words
        self._told()
