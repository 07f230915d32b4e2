"""Keeps a run of this machine in the archive, marked local, with its files saved beside those of Replicate's runs."""

from __future__ import annotations

from tui.api.types import Prediction, Training
from tui.services.bus import Ended, RecordChanged
from tui.services.files.downloads import Downloads
from tui.services.session import Session
from tui.store.records import Record


async def keep_run(session: Session, downloads: Downloads, prediction: Prediction) -> Record | None:
    """Keep it as it ended, save its files, and tell of it. Raises StoreError."""
    account = session.account
    await session.store.save(
        account, [prediction], kind="training" if isinstance(prediction, Training) else "prediction"
    )
    await downloads.save(prediction)
    record = await session.store.get(account, prediction.id)
    if record is not None:
        session.bus.publish(RecordChanged(record))
        session.bus.publish(Ended(record, prediction.total_time or 0.0))
    return record
