"""Keeps what is typed into a form on the disk, a moment after each key and when the screen closes."""

from __future__ import annotations

from textual.timer import Timer

from tui.screens.base import ConsoleScreen
from tui.services.services import Services
from tui.widgets.work import work

PAUSE = 0.3
"""Seconds after a key until the draft is on the disk."""


class Drafting(ConsoleScreen):
    """A screen whose form is kept as a draft until it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self._draft: dict[str, str] | None = None
        self._draft_timer: Timer | None = None

    @property
    def draft_key(self) -> str:
        """The draft's key in the store."""
        raise NotImplementedError

    def draft_texts(self) -> dict[str, str]:
        """What there is to keep: what differs from what is there already; nothing where nothing does."""
        raise NotImplementedError

    def keep_soon(self) -> None:
        """Keep what is typed now, within a moment."""
        self._draft = self.draft_texts()
        if self._draft_timer is None:
            self._draft_timer = self.set_timer(PAUSE, self._keep)

    def _keep(self) -> None:
        self._draft_timer = None
        work(self, "Keeping the draft", "draft", self.keep_draft)

    async def keep_draft(self) -> None:
        """Write it to the store now."""
        services, draft = self.services, self._draft
        if services is None or draft is None:
            return
        self._draft = None
        if draft:
            await services.store.save_draft(services.account, self.draft_key, draft)
        else:
            await services.store.delete_draft(services.account, self.draft_key)

    async def forget_draft(self, services: Services) -> None:
        """It was sent: nothing of it is left to be kept."""
        self._draft = None
        await services.store.delete_draft(services.account, self.draft_key)

    async def on_unmount(self) -> None:
        """The last keys before the screen closes are kept too."""
        await self.keep_draft()
