"""The request on a deployment as code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.api.types import Target
from tui.services.runs.code_samples import writer

if TYPE_CHECKING:
    from tui.api.types import Deployment
    from tui.services.services import Services


async def code_of(services: Services, deployment: Deployment) -> Callable[[str], str] | None:
    """The request on the deployment in each language, with an example's input where the model has one."""
    from tui.api.errors import ApiError

    release = deployment.current_release
    values: dict[str, object] = {}
    if release is not None and release.model:
        try:
            example = (await services.catalogue.model(release.model)).default_example
            values = dict(example.input) if example is not None else {}
        except ApiError:
            values = {}
    return writer(Target.of_deployment(deployment.ref), values)
