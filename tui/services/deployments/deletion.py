"""Why a deployment was not deleted, in words: the rule, what stands in its way, and what to do."""

from __future__ import annotations

from datetime import datetime

from tui.api.errors import ApiError
from tui.api.types import Deployment
from tui.services.deployments.setup import Setup

IDLE_MINUTES = 15
"""So long a deployment must have been offline and unused before it can be deleted (docs/replicate.md, Operations)."""


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
