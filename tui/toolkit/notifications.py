"""Notices of which the same is shown once.

Private names of Textual are used, the same within textual >=8.2.8,<9.
"""

from __future__ import annotations

from typing import Self

from textual.notifications import Notification, Notifications


class DistinctNotifications(Notifications):
    """Textual's, but a notice that says what another on the screen says takes its place."""

    def add(self, notification: Notification) -> Self:
        """Show it; the one that says the same goes."""
        words = _words(notification)
        for other in [one for one in self if _words(one) == words]:
            del self[other]
        return super().add(notification)


def _words(notification: Notification) -> tuple[str, str, str]:
    return notification.title, notification.message, notification.severity
