"""Fetches files to look at: a few at once, none twice, small ones only, and kept for a while in a cache.

Nobody asked for them in words, so they come from public addresses only, or from the API's own network where that is
local; the token goes with none of the requests.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from tui.api.downloads import data_uri
from tui.api.errors import ApiError, BadAnswer, NetworkError, PrivateAddress, TooLarge
from tui.api.file_types import ending_of
from tui.forms import OutputKind
from tui.services.files.file_cache import FileCache
from tui.services.files.output_files import EXPIRED, file_urls, is_output_host, name_in, short_url
from tui.services.session import Session
from tui.services.single_flight import SingleFlight
from tui.store.records import SavedOutput

T = TypeVar("T")
LARGEST = 12_000_000
"""Bytes of a file that is fetched by itself."""
KEPT = 256_000_000
"""Bytes of all files in the cache."""
_AT_ONCE = 4
_REMEMBERED = 2000
"""Addresses whose size, or whose answer that there is nothing, is kept in mind."""


class NoPreview(Exception):
    """There is nothing to look at; the text is a sentence for the screen."""

    def __init__(self, words: str, *, gone: bool = False, size: int | None = None) -> None:
        super().__init__(words)
        self.gone = gone
        """Whether the file is deleted."""
        self.size = size
        """Its bytes, where the server told them."""


class Previews:
    """Gives files for addresses. Cancelling all who wait for one drops its request."""

    def __init__(self, session: Session, folder: Path, *, largest: int = LARGEST, kept: int = KEPT) -> None:
        self._client = session.client
        self._cache = FileCache(folder, kept)
        self._largest = largest
        self._flights = SingleFlight(drops=True)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._refused: OrderedDict[str, NoPreview] = OrderedDict()

    async def fetch(self, url: str, saved: Sequence[SavedOutput] = ()) -> Path:
        """A file with what is at `url`: one of `saved`, from the cache, or fetched. Raises NoPreview."""
        here = await asyncio.to_thread(_saved_file, url, saved) if saved else None
        return here or await self._flights.run(url, partial(self._had, url))

    def files_in(self, output: object, kind: OutputKind) -> list[str]:
        """The addresses of the files in an output; `kind` is what the schema says of it."""
        return file_urls(output, kind, self._client.base_url)

    def size_of(self, url: str) -> int | None:
        """The bytes at an address, once a server has told them."""
        return self._sizes.get(url)

    async def aclose(self) -> None:
        """Drop every request."""
        await self._flights.aclose()

    async def _had(self, url: str) -> Path:
        if (refused := self._refused.get(url)) is not None:
            # A new one each time: a traceback would tie together all who ask.
            raise NoPreview(str(refused), gone=refused.gone, size=refused.size)
        path, is_there = await asyncio.to_thread(self._look, url)
        if is_there:
            return path
        try:
            if url[:5].lower() == "data:":
                content = (await asyncio.to_thread(data_uri, url))[1]
            else:
                async with self._slots:
                    content = await self._client.read_small(url, self._largest, partial(self._note_size, url))
            await asyncio.to_thread(self._cache.put, path, content)
        except ApiError as error:
            raise self._refusal(url, error) from None
        except OSError as error:
            raise NoPreview(f"The preview cannot be kept: {error.strerror or error}.") from None
        return path

    def _look(self, url: str) -> tuple[Path, bool]:
        path = self._cache.path(url, ending_of(name_in(url)))
        return path, self._cache.find(path)

    def _note_size(self, url: str, size: int | None) -> None:
        if size is not None:
            _remember(self._sizes, url, size)

    def _refusal(self, url: str, error: ApiError) -> NoPreview:
        """Why there is no preview; what will not change is remembered, so that it is asked once."""
        size = self._sizes.get(url)
        gone = error.status in (403, 404, 410)
        if gone:
            words = EXPIRED if is_output_host(url, self._client.base_url) else "There is no such file any more."
            refused = NoPreview(words, gone=True)
        elif error.status == 401:
            refused = NoPreview("The file is not public, and no token is sent for a preview.", size=size)
        elif isinstance(error, TooLarge):
            refused = NoPreview(f"{error} It is not fetched for a preview.", size=error.size or size)
        else:
            refused = NoPreview(str(error), size=size)
        if gone or isinstance(error, TooLarge | PrivateAddress | BadAnswer):
            _remember(self._refused, url, refused)
        elif isinstance(error, NetworkError):
            refused = NoPreview(f"The file cannot be fetched now: {error}", size=size)
        return refused


def _remember(kept: OrderedDict[str, T], url: str, value: T) -> None:
    kept[url] = value
    kept.move_to_end(url)
    while len(kept) > _REMEMBERED:
        kept.popitem(last=False)


def _saved_file(url: str, saved: Sequence[SavedOutput]) -> Path | None:
    """The output of that address that is saved on this machine, if its file is still there."""
    address = short_url(url)
    paths = (one.path for one in saved if one.state == "saved" and one.url == address and one.path is not None)
    return next((path for path in paths if path.is_file()), None)
