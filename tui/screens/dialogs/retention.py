"""Deletes what is older than the config file keeps, after a question before the first time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tui import logs
from tui.screens.dialogs.question import Ask, Option
from tui.services.files.deletion import delete, older_than
from tui.wording import size

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App

    from tui.services.services import Services

_AGREED, _REFUSED = "archive.keep agreed", "archive.keep refused"
"""Under which names it is noted for which time one said yes or no."""


async def keep_within(app: App[Any], services: Services, keep: timedelta, folder: Path) -> str:
    """Delete what is older, and its files in `folder`; returns what became of it, in words, or ""."""
    session, days = services.session, str(keep.days)
    store, account = session.store, session.account
    ids = await store.ids(account, older_than(keep, session.clock.now()))
    if not ids or await store.meta_get(account, _REFUSED) == days:
        return ""
    if await store.meta_get(account, _AGREED) != days:
        text = (
            f"The config file keeps predictions and trainings for {days} days. Of {account.partition('@')[0]}, "
            f"{len(ids):,} {'is' if len(ids) == 1 else 'are'} older. What is older is deleted from this machine for "
            "good, with its saved files, now and at each later start. What was used stays counted."
        )
        options = [Option("delete", "d", "Delete them"), Option("keep", "k", "Keep them, and do not ask again")]
        said = await app.push_screen_wait(Ask(f"Delete what is older than {days} days?", text, options))
        if said is not None:
            await store.meta_set(account, _AGREED if said == "delete" else _REFUSED, days)
        if said != "delete":
            return ""
    gone = await delete(store, account, ids, folder)
    for one in gone.left:
        logs.logger.warning("not removed: %s", one)
    stays = f" {len(gone.left):,} files could not be removed: the log names them." if gone.left else ""
    if not gone.records:
        return ""
    what = f"{gone.records:,} older than {days} days, {gone.files:,} files, {size(gone.bytes)}"
    return f"Deleted {what}: the config's archive.keep.{stays}"
