"""Asks for the address of a program that takes webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui.screens.dialogs.prompt import Prompt

if TYPE_CHECKING:
    from tui.screens.base import ConsoleScreen

SUGGESTED = "http://localhost:8000/hook"


async def ask_address(screen: ConsoleScreen, title: str, text: str, value: str) -> str | None:
    """An address that a person gave, `value` or an example to begin with; None, with a word, for what is none."""
    url = await screen.host.push_screen_wait(Prompt(title, text, value or SUGGESTED))
    if url is None or _is_address(url):
        return url
    wanted = f"must be a whole address, such as {SUGGESTED}"
    screen.console.say(f"{url[:80]!r} is no address: it {wanted}.", severity="error")
    return None


def _is_address(text: str) -> bool:
    """Whether it is a whole http address."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text and text.isprintable()
    except ValueError:
        return False
