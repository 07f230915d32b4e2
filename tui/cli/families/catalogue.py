"""What Replicate offers and who asks: account, hardware, collections, search."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui.cli.api_command import Asker
from tui.cli.exit_codes import EXIT_DONE


async def account(asker: Asker) -> int:
    """account"""
    found = await asker.client.account()
    if asker.as_json:
        return asker.one(found)
    name = f" ({found.name})" if found.name else ""
    asker.speaker.line(f"{found.username}{name}, {found.type or 'of an unknown kind'}")
    if found.github_url:
        asker.speaker.line(found.github_url)
    return EXIT_DONE


async def hardware(asker: Asker) -> int:
    """hardware"""
    found = await asker.client.hardware()
    if asker.as_json:
        return asker.all(found)
    return asker.table([(item.sku, item.name) for item in found])


async def collections(asker: Asker) -> int:
    """collections [SLUG]"""
    if asker.call.words:
        return asker.one(await asker.client.collection(asker.word))
    return await asker.list(asker.client.collections(), None)


async def search(asker: Asker) -> int:
    """search QUERY"""
    limit = min(50, max(1, asker.call.limit or 50))
    return asker.one(await asker.client.search(" ".join(asker.call.words), limit=limit))


COMMANDS: dict[str, Callable[[Asker], Awaitable[int]]] = {
    "account": account,
    "hardware": hardware,
    "collections": collections,
    "search": search,
}
