"""The draft of one form: what is typed is in the store a moment after each key, until it was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.timer import Timer

from tui.screens.base import ConsoleScreen
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from tui.services.services import Services
    from tui.store.records import Draft

PAUSE = 0.2
"""Seconds after a key until the draft is on the disk."""
MARK = "@release"
"""The key in a draft that names what it was made from."""
ASIDE = " before"
"""What the key of a draft that another text has replaced ends with."""
UNFOLDED = "unfolded "
"""What the note begins with that all fields of a form are shown."""


class FormDraft:
    """Keeps the texts of a screen's form under a key, and what they replaced under a second one."""

    def __init__(self, screen: ConsoleScreen, key: Callable[[], str]) -> None:
        self._screen = screen
        self._key = key
        self._texts: dict[str, str] | None = None
        self._timer: Timer | None = None
        self._was_read = False
        self.mark = ""
        """What the form was made from, e.g. the release of a deployment: told again when the draft is read."""

    def changed(self, texts: Mapping[str, str]) -> None:
        """What there is to keep now; nothing where the form is as it began."""
        self._texts = dict(texts)
        if self._timer is None:
            self._timer = self._screen.set_timer(PAUSE, self._keep_soon)

    def _keep_soon(self) -> None:
        self._timer = None
        # Who types before the draft was read must not write over it.
        if self._was_read:
            work(self._screen, "Keeping the draft", "draft", self.keep)

    async def keep(self) -> None:
        """Write what is typed to the store now, where it differs from what is there. Raises StoreError."""
        services, texts = self._screen.services, self._texts
        if services is None or texts is None:
            return
        self._texts = None
        if not self._was_read:
            before = await self.read(services)
            if not texts:
                return
            await self.set_aside(services, before.values if before is not None else {})
        if texts:
            await services.store.save_draft(
                services.account, self._key(), {**texts, MARK: self.mark} if self.mark else texts
            )
        else:
            await services.store.delete_draft(services.account, self._key())

    async def read(self, services: Services) -> Draft | None:
        """What was typed the last time; None where that is nothing."""
        draft = await services.store.draft(services.account, self._key())
        self._was_read = True
        if self._texts is not None and self._timer is None and self._screen.is_attached:
            self._timer = self._screen.set_timer(PAUSE, self._keep_soon)
        return draft if draft is not None and any(name != MARK for name in draft.values) else None

    async def forget(self, services: Services) -> None:
        """It was sent: nothing of it is left to be kept. Raises StoreError."""
        self._texts = None
        for key in (self._key(), self._key() + ASIDE):
            await services.store.delete_draft(services.account, key)

    async def set_aside(self, services: Services, texts: Mapping[str, str]) -> None:
        """Keep texts that others replace, for `aside`; also for when the form is opened again."""
        if texts:
            await services.store.save_draft(services.account, self._key() + ASIDE, texts)

    async def aside(self, services: Services) -> dict[str, str]:
        """The texts that were replaced last, which are not kept for a second time."""
        draft = await services.store.draft(services.account, self._key() + ASIDE)
        await services.store.delete_draft(services.account, self._key() + ASIDE)
        return {name: text for name, text in draft.values.items() if name != MARK} if draft is not None else {}

    async def unfolded(self, services: Services) -> bool:
        """Whether all fields of the form were shown the last time."""
        return await services.store.meta_get(services.account, UNFOLDED + self._key()) is not None

    def keep_fold_soon(self, unfolded: bool) -> None:
        """Show all fields the next time too, or fold them away again."""
        if self._screen.services is not None:
            work(self._screen, "Keeping the fold", "fold", self._keep_fold, self._screen.services, unfolded)

    async def _keep_fold(self, services: Services, unfolded: bool) -> None:
        await services.store.meta_set(services.account, UNFOLDED + self._key(), "yes" if unfolded else None)
