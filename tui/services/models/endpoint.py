"""What a name of the command line runs on, and the version whose schema says what it takes."""

from __future__ import annotations

import contextlib

from tui.api.client import Client
from tui.api.errors import InvalidInput, NotFound
from tui.api.types import Target, Version
from tui.services.models.catalogue import Catalogue


async def endpoint(client: Client, catalogue: Catalogue, target: Target) -> tuple[Target, Version | None]:
    """The target as it can be sent, and its version where that is known. Raises ApiError."""
    if target.deployment:
        return await _of_deployment(client, catalogue, target)
    if not target.owner:
        # Without the model nobody tells the schema: the API judges the values.
        return target, None
    model = await catalogue.model(target.ref, fresh=True)
    version = model.latest_version
    if target.version:
        version = await catalogue.version(target.ref, target.version)
    return Target.of_model(target.ref, model, target.version), version


async def _of_deployment(client: Client, catalogue: Catalogue, target: Target) -> tuple[Target, Version | None]:
    if target.version:
        raise InvalidInput(f"A deployment runs the version it is set to: write {target.ref} alone.")
    deployment = await client.deployment(target.owner, target.name)
    release = deployment.current_release
    version = None
    if release is not None and release.model and release.version:
        with contextlib.suppress(NotFound):
            # Without the schema the values are for the deployment to judge.
            version = await catalogue.version(release.model, release.version)
    if release is not None and release.configuration.max_instances == 0:
        raise InvalidInput(
            f"{target.ref} is disabled: it may have 0 instances. Enable it with: "
            f"replicate-tui deployments update {target.ref} --max-instances 1"
        )
    return Target.of_deployment(target.ref), version
