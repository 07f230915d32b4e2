"""What is known beside the deployments themselves: newer versions of their models, and the hardware by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.api.types import Deployment, Hardware, Version
    from tui.services.services import Services


class DeploymentFacts:
    """Asks for both; what is kept here answers first."""

    def __init__(self, told: Callable[[], None]) -> None:
        """`told` is called when the hardware is known."""
        self._told = told
        self.newest: dict[str, Version] = {}
        """The newest version of each model that is deployed."""
        self.hardware: tuple[Hardware, ...] = ()

    async def load_newest(self, services: Services, deployments: Sequence[Deployment]) -> None:
        """Whether newer versions are there: one question for each model."""
        from tui.api.errors import ApiError

        for model in {one.current_release.model for one in deployments if one.current_release}:
            try:
                latest = (await services.catalogue.model(model)).latest_version if model else None
            except ApiError:
                continue
            if latest is not None and latest.id and latest.id != "hidden":
                self.newest[model] = latest

    async def load_hardware(self, services: Services) -> None:
        """The hardware, as the API names it."""
        self.hardware = await services.deployments.hardware()
        self._told()
