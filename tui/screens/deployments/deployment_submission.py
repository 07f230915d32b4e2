"""Sends a deployment's setup and sees to what may come of it: a release that moved, a lost answer, a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.deployments.setup_fields import FIELDS
from tui.screens.dialogs.question import Ask, Option
from tui.services.deployments.setup_words import Setup
from tui.services.refusals import blame

if TYPE_CHECKING:
    from tui.api.errors import ApiError
    from tui.api.types import Deployment, Release
    from tui.screens.deployments.deployment_form import DeploymentForm
    from tui.services.deployments.deployments import Moved, Unsure
    from tui.services.services import Services


class Sending:
    """One attempt to send what a form says."""

    def __init__(self, form: DeploymentForm, services: Services) -> None:
        self._form = form
        self._services = services

    async def send(
        self, name: str, deployment: Deployment | None, base: Release | None, setup: Setup
    ) -> Deployment | None:
        """The deployment as it is after it; None where nothing was done and the form is to stay."""
        from tui.api.errors import ApiError
        from tui.services.deployments.deployments import Moved, Unsure

        service = self._services.deployments
        while True:
            try:
                if deployment is None:
                    return await service.create(name, setup)
                changed = await service.update(deployment.ref, base, setup)
                if changed.between:
                    self._form.console.say(
                        f"Another release came between and what you changed was written over it: see the releases of "
                        f"{deployment.ref}.",
                        severity="warning",
                    )
                return changed.deployment
            except Moved as moved:
                await self._ask_moved(moved)
                return None
            except Unsure as unsure:
                answer, found = await self._ask_unsure(unsure, name, deployment, setup)
                if found is not None or answer != "send":
                    return found
            except ValueError as error:
                self._form.note(str(error))
                return None
            except ApiError as error:
                self._refused(error, new=deployment is None)
                return None

    async def _ask_moved(self, moved: Moved) -> None:
        answer = await self._form.host.push_screen_wait(
            Ask(
                "Somebody else changed it",
                f"{moved}\n\nNothing was sent.",
                [
                    Option("keep", "k", "Take that release, and put my change over it to look at"),
                    Option("drop", "d", "Take that release, and drop my change"),
                    Option("stay", "b", "Back to the form as it is"),
                ],
            )
        )
        if answer in ("keep", "drop"):
            self._form.moved(moved.current, keep=answer == "keep")
        else:
            self._form.note("nothing was sent: another release came in between")

    async def _ask_unsure(
        self, unsure: Unsure, name: str, deployment: Deployment | None, setup: Setup
    ) -> tuple[str, Deployment | None]:
        """Until the user has decided: ("look", found), ("send", None) or ("stay", None)."""
        from tui.api.errors import ApiError

        words = str(unsure)
        while True:
            answer = await self._form.host.push_screen_wait(
                Ask(
                    "The answer was lost",
                    words,
                    [
                        Option("send", "s", "Send it once more"),
                        Option("look", "l", "Look once more what is there"),
                        Option("stay", "b", "Back to the form"),
                    ],
                )
            )
            if answer != "look":
                if answer != "send":
                    self._form.note("the answer was lost: R in the list shows what became of it")
                return answer or "stay", None
            try:
                found = await self._look(name, deployment, setup)
            except ApiError as error:
                words = f"Looking failed: {error}"
                continue
            if found is not None:
                return "look", found
            words = f"It is not there. {unsure}"

    async def _look(self, name: str, deployment: Deployment | None, setup: Setup) -> Deployment | None:
        service = self._services.deployments
        if deployment is None:
            return await service.find(name, setup)
        current = await service.get(deployment.ref)
        return current if Setup.of(current.current_release) == setup else None

    def _refused(self, error: ApiError, *, new: bool) -> None:
        names = FIELDS if new else FIELDS[2:]
        fields, rest = blame(error, names, absent="model" if new else "version")
        self._form.refused(fields, rest)
