"""What became of a change of a deployment, and what is said of it, wherever it was asked for."""

from __future__ import annotations

from msgspec import Struct

from tui.api.types import Deployment
from tui.services.deployments.setup import Setup
from tui.services.deployments.setup_changes import changes
from tui.services.outcome import Applied, Refused, Unsure
from tui.wording import age


class Moved(Struct, frozen=True):
    """The deployment has another release than the one that the change was made from; nothing was sent."""

    current: Deployment
    before: Setup
    """The setup that the change was made from."""

    @property
    def words(self) -> str:
        """Whose release came in between, and what it changed."""
        release = self.current.current_release
        who = release.created_by.username if release and release.created_by else ""
        number = release.number if release and release.number is not None else "?"
        by = f" by {who}" if who else ""
        when = f", {age(release.created_at)} ago" if release and release.created_at else ""
        what = "; ".join(changes(self.before, Setup.of(release))) or "nothing of its setup"
        return f"Release {number}{by}{when} came in between. It changed {what}."


Outcome = Applied[Deployment] | Moved | Unsure | Refused


def said(outcome: Outcome) -> str:
    """What a person is told, in sentences."""
    match outcome:
        case Applied(what=deployment, warning=warning):
            release = deployment.current_release
            number = release.number if release is not None and release.number is not None else "?"
            setup = Setup.of(release)
            state = "off" if setup.off else f"on with {setup.instances} instances"
            return f"{deployment.ref} is at release {number}, {state}.{f' {warning}' if warning else ''}"
        case Moved():
            return f"{outcome.words} Nothing was sent."
        case Unsure():
            return f"{outcome.words} It is not sent again by itself."
        case Refused():
            return outcome.words
