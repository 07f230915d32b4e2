"""Runs as a console leaves them in the store that was killed after it had sent them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tui.api.client import Target
from tui.services.runs.adoption import fingerprint
from tui.services.services import Services
from tui.store.records import Attempt, RunIntent


async def leave_sent(
    services: Services,
    run_id: str,
    input: Mapping[str, object],
    *,
    target: Target = Target("acme", "words"),  # noqa: B008 - frozen
    since: datetime | None = None,
    owner: str | None = None,
) -> None:
    """A run whose creation left a moment ago, or at `since` by the server's clock, and was not answered."""
    store, account = services.store, services.account
    since = since or services.now() - timedelta(seconds=2)
    options = {"deployment": target.deployment, "official": target.official}
    intent = RunIntent(run_id, str(target), dict(input), services.now(), options=options, owner=owner)
    await store.begin_run(account, intent)
    print_ = fingerprint(services.client.base_url, "prediction", input)
    await store.begin_creation(account, Attempt(run_id, print_, target, (), since, owner=owner), sent_at=since)
