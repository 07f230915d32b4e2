"""How long the newest runs of a model took, from what is kept. Runs in the store's thread."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from tui.api.types import Prediction

from .database import Database
from .predictions import body
from .records import Kind

LOOKED_AT = 200
"""The newest records of a model that are looked at, so that one run a million times costs no more."""
COUNTED = 50
"""The newest of them that succeeded."""

_NEWEST = f"""
SELECT id, (started_at - created_at) / 1e6 AS waited,
  coalesce(predict_time, (completed_at - started_at) / 1e6) AS ran
FROM (
  SELECT id, status, created_at, started_at, completed_at, predict_time FROM predictions
  WHERE account = ? AND kind = ? AND model = ? AND coalesce(deployment, '') IN (?, ?)
  ORDER BY created_at DESC, id DESC LIMIT {LOOKED_AT}
) WHERE status = 'succeeded' LIMIT {COUNTED}
"""  # noqa: S608 - our own numbers


class Took(Struct, frozen=True):
    """What one succeeded run took, in seconds; None for what its record does not tell."""

    waited: float | None
    """From its creation to its start."""
    ran: float | None


class PastRuns:
    """What ran before. Reached as `store.past_runs`. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(
        self, account: str, model: str, *, kind: Kind = "prediction", deployment: str | None = None
    ) -> tuple[list[Took], Prediction | None]:
        """What the newest runs of "owner/name" took that succeeded, newest first, and the newest of them whole.

        `deployment` ("owner/name"): those that ran through it; else those that ran through none.
        """
        # A record may name a deployment without its owner.
        names = (deployment, deployment.rpartition("/")[2]) if deployment else ("", "")

        def job(connection: sqlite3.Connection) -> tuple[list[Took], Prediction | None]:
            rows = connection.execute(_NEWEST, (account, kind, model, *names)).fetchall()
            newest = body(connection, account, rows[0]["id"]) if rows else None
            return [Took(row["waited"], row["ran"]) for row in rows], newest

        return await self._database.read(job)
