"""The files at Replicate, for the fields of a screen's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.widgets.form.at_replicate import AtReplicate
from tui.widgets.picker import Row

if TYPE_CHECKING:
    from tui.screens.base import ConsoleScreen

_GONE = "not at Replicate any more"


def at_replicate(screen: ConsoleScreen) -> AtReplicate:
    """What the fields can pick, asked for when they do."""

    async def rows() -> Sequence[Row]:
        from tui import wording
        from tui.api.errors import ApiError
        from tui.screens.files.file_columns import left_words

        services = screen.services
        if services is None:
            return [Row(None, "The console is not connected yet.", heading=True)]
        try:
            await services.files.ask()
        except ApiError as error:
            return [Row(None, str(error), heading=True)]
        files = [one for one in services.files.files if one.urls.get]
        if not files:
            return [Row(None, "There are none: the section Files uploads some.", heading=True)]
        return [
            Row(one.urls.get, one.name or one.id, f"{wording.size(one.size)} · {left_words(one.expires_at)}")
            for one in files
        ]

    async def about(address: str) -> str:
        from tui.api.errors import ApiError
        from tui.screens.files.file_columns import left_words

        services = screen.services
        if services is None or not address.startswith(f"{services.client.base_url}/files/"):
            return ""
        try:
            file = await services.files.find(address)
        except ApiError:
            return ""
        return f"{file.name} · {left_words(file.expires_at)}" if file is not None else _GONE

    return AtReplicate(rows, about)
