"""Deletes what is older than the config file keeps, or has no room in it, after a question before the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui import logs
from tui.screens.dialogs.question import Ask, Option
from tui.services.files.deletion import delete, older_than, without_room
from tui.wording import size

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App

    from tui.services.services import Services
    from tui.settings.archive import Keep

_AGREED, _REFUSED = "archive.keep agreed", "archive.keep refused"
"""Under which names it is noted to what one said yes or no."""


async def keep_within(app: App[Any], services: Services, keep: Keep, folder: Path) -> str:
    """Delete what is not kept, and its files in `folder`; returns what became of it, in words, or ""."""
    session = services.session
    store, account = session.store, session.account
    ids = await _not_kept(services, keep, folder)
    if not ids or await store.meta_get(account, _REFUSED) == keep.note:
        return ""
    if await store.meta_get(account, _AGREED) != keep.note:
        files = " of saved files" if keep.most is not None else ""
        text = (
            f"The config file says to keep nothing {keep}{files}. Of {account.partition('@')[0]}, {len(ids):,} "
            f"{'prediction or training is' if len(ids) == 1 else 'predictions and trainings are'} that. It is deleted "
            "from this machine for good, with its saved files, the oldest first, now and at each later start. What was "
            "used stays counted."
        )
        options = [Option("delete", "d", "Delete them"), Option("keep", "k", "Keep them, and do not ask again")]
        said = await app.push_screen_wait(Ask(f"Delete what is {keep}?", text, options))
        if said is not None:
            await store.meta_set(account, _AGREED if said == "delete" else _REFUSED, keep.note)
        if said != "delete":
            return ""
    gone = await delete(store, account, ids, folder)
    for one in gone.left:
        logs.logger.warning("not removed: %s", one)
    stays = f" {len(gone.left):,} files could not be removed: the log names them." if gone.left else ""
    if not gone.records:
        return ""
    what = f"{gone.records:,} {keep}, {gone.files:,} files, {size(gone.bytes)}"
    return f"Deleted {what}: the config's archive.keep.{stays}"


async def _not_kept(services: Services, keep: Keep, folder: Path) -> list[str]:
    """The ids of what is older, and of the oldest whose files have no room."""
    session = services.session
    ids: list[str] = []
    if keep.age is not None:
        ids += await session.store.ids(session.account, older_than(keep.age, session.clock.now()))
    if keep.most is not None:
        ids += await without_room(session.store, session.account, keep.most, folder)
    return list(dict.fromkeys(ids))
