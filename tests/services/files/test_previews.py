"""Files to look at: fetched once, small, without the token, from where it is allowed, and dropped with who asked."""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Seen
from tests.support.fake_api import Api, Request
from tui.api.client import Client
from tui.api.token import Token
from tui.services.bus import Waiting
from tui.services.files.file_cache import FileCache
from tui.services.files.previews import NoPreview, Previews
from tui.store.records import SavedOutput

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


class Served:
    """A file of the scripted API: how often it was asked for, with which token, and whether it may go on."""

    def __init__(self, api: Api, path: str, content: bytes = PNG, *, status: int = 200, told: bool = True) -> None:
        self.url = api.origin + path
        self.tokens: list[str | None] = []
        self.open = asyncio.Event()
        self.open.set()
        self.dropped = asyncio.Event()
        self._answer = (content, status, told)
        api.on["GET", path] = self._serve

    async def _serve(self, request: Request) -> None:
        content, status, told = self._answer
        self.tokens.append(request.headers.get("authorization"))
        gone = asyncio.ensure_future(request.reader_gone())
        going = asyncio.ensure_future(self.open.wait())
        await asyncio.wait({gone, going}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            self.dropped.set()
        gone.cancel()
        going.cancel()
        request.head(status, "image/png", **({"Content_Length": str(len(content))} if told else {}))
        request.writer.write(content)


def previews(seen: Seen, folder: Path, **limits: Any) -> Previews:
    return Previews(seen.services.session, folder, **limits)


async def test_a_file_is_fetched_without_the_token_and_the_next_time_taken_from_the_cache(
    api: Api, seen: Seen, tmp_path: Path
) -> None:
    served = Served(api, "/a/out.png")
    path = await seen.services.previews.fetch(served.url)
    assert path.read_bytes() == PNG
    assert path.suffix == ".png"
    assert await seen.services.previews.fetch(served.url) == path
    assert served.tokens == [None], "the API's own host has it, and still gets no token"
    assert seen.services.previews.size_of(served.url) == len(PNG)
    assert await previews(seen, path.parent).fetch(served.url) == path, "another console has the same cache"
    assert served.tokens == [None]
    assert path.parent.stat().st_mode & 0o077 == 0


async def test_two_who_ask_at_once_share_one_request(api: Api, seen: Seen) -> None:
    served = Served(api, "/a.png")
    one, two = await asyncio.gather(*(seen.services.previews.fetch(served.url) for _ in range(2)))
    assert one == two
    assert served.tokens == [None]


async def test_the_request_is_dropped_with_the_last_who_waits_for_it(api: Api, seen: Seen) -> None:
    served = Served(api, "/a.png")
    served.open.clear()
    first, second = (asyncio.ensure_future(seen.services.previews.fetch(served.url)) for _ in range(2))
    await seen.until(lambda: served.tokens, "the request")
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not served.dropped.is_set(), "somebody else still waits"
    second.cancel()
    async with asyncio.timeout(10):
        await served.dropped.wait()
    served.open.set()
    path = await seen.services.previews.fetch(served.url)
    assert path.read_bytes() == PNG, "who asks anew gets it"


async def test_only_a_few_are_asked_for_at_once(api: Api, seen: Seen) -> None:
    served = [Served(api, f"/{number}.png") for number in range(9)]
    for one in served:
        one.open.clear()
    waiting = [asyncio.ensure_future(seen.services.previews.fetch(one.url)) for one in served]
    await seen.until(lambda: sum(len(one.tokens) for one in served) == 4, "four requests")
    await asyncio.sleep(0.05)
    assert sum(len(one.tokens) for one in served) == 4
    for one in served:
        one.open.set()
    assert len(set(await asyncio.gather(*waiting))) == 9


@pytest.mark.parametrize("told", [True, False], ids=["the server tells its size", "its size is not told"])
@pytest.mark.parametrize(("size", "fetched"), [(999, True), (1000, True), (1001, False)])
async def test_a_file_that_is_too_large_is_not_fetched(
    api: Api, seen: Seen, tmp_path: Path, size: int, fetched: bool, told: bool
) -> None:
    served = Served(api, "/a.png", b"x" * size, told=told)
    looking = previews(seen, tmp_path / "p", largest=1000)
    if fetched:
        assert (await looking.fetch(served.url)).stat().st_size == size
        return
    for _ in range(2):
        with pytest.raises(NoPreview, match=r"larger than .* not fetched for a preview") as refused:
            await looking.fetch(served.url)
        assert refused.value.size == (1001 if told else None)
    assert served.tokens == [None], "it does not become smaller"
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    ("status", "words", "gone", "asked"),
    [
        (404, "Replicate deletes output files an hour after", True, 1),
        (403, "Replicate deletes output files an hour after", True, 1),
        (410, "Replicate deletes output files an hour after", True, 1),
        (401, "no token is sent for a preview", False, 2),
        (500, "500", False, 2),
    ],
)
async def test_what_is_not_there_is_said_in_a_sentence(
    api: Api, seen: Seen, status: int, words: str, gone: bool, asked: int
) -> None:
    served = Served(api, "/a.png", b"", status=status)
    for _ in range(2):
        with pytest.raises(NoPreview, match=words) as refused:
            await seen.services.previews.fetch(served.url)
        assert refused.value.gone is gone
    assert len(served.tokens) == asked


async def test_a_file_of_another_host_that_is_gone_is_not_called_an_output(seen: Seen) -> None:
    async with Api() as elsewhere:
        with pytest.raises(NoPreview, match="no such file any more"):
            await seen.services.previews.fetch(f"{elsewhere.origin}/cover.png")


async def test_a_dead_network_is_said_once_and_asked_again_when_somebody_looks_again(api: Api, seen: Seen) -> None:
    async def drop(request: Request) -> None:
        request.drop()

    api.on["GET", "/a.png"] = drop
    with pytest.raises(NoPreview, match="cannot be fetched now"):
        await seen.services.previews.fetch(f"{api.origin}/a.png")
    assert api.seen.count(("GET", "/a.png")) == 1, "nobody waits for a preview"
    assert not seen.of(Waiting)
    served = Served(api, "/a.png")
    assert (await seen.services.previews.fetch(served.url)).read_bytes() == PNG


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/o.png", "http://169.254.169.254/latest", "http://10.0.0.1/o.png"])
async def test_a_private_network_is_not_asked_unless_the_api_is_there(seen: Seen, tmp_path: Path, url: str) -> None:
    async with Client("https://api.example/v1", Token("r8_x")) as client:
        seen.services.session.client, own = client, seen.services.session.client
        looking = previews(seen, tmp_path / "p")
        seen.services.session.client = own
        with pytest.raises(NoPreview, match="private network"):
            await looking.fetch(url)
        await looking.aclose()


async def test_what_is_no_address_is_refused_in_words(seen: Seen) -> None:
    for url in ("", "file:///etc/passwd", "http://", "data:nothing"):
        with pytest.raises(NoPreview):
            await seen.services.previews.fetch(url)


async def test_a_data_uri_needs_no_request(api: Api, seen: Seen) -> None:
    path = await seen.services.previews.fetch("data:image/png;base64," + base64.b64encode(PNG).decode())
    assert path.read_bytes() == PNG
    assert api.seen == []


async def test_a_saved_output_needs_no_request_while_its_file_is_there(api: Api, seen: Seen, tmp_path: Path) -> None:
    served = Served(api, "/a.png")
    mine = tmp_path / "output-0.png"
    mine.write_bytes(b"mine")
    saved = [SavedOutput(0, f"{api.origin}/other.png", mine, 4, "image/png", "saved", None)]
    assert (await seen.services.previews.fetch(served.url, saved)).read_bytes() == PNG, "it is another file's"
    saved.append(SavedOutput(1, served.url, mine, 4, "image/png", "saved", None))
    assert await seen.services.previews.fetch(served.url, saved) == mine
    mine.unlink()
    assert (await seen.services.previews.fetch(served.url, saved)).read_bytes() == PNG


def test_the_cache_drops_what_was_not_used_for_longest(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, 100)
    paths = [cache.path(str(number), ".png") for number in range(4)]
    for number, path in enumerate(paths[:3]):
        cache.put(path, b"x" * 30)
        os.utime(path, (1000 + number, 1000 + number))
    assert cache.find(paths[0]), "looked at now, it is the newest"
    cache.put(paths[3], b"x" * 30)
    assert [path.exists() for path in paths] == [True, False, True, True]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 90, "nothing half written is left"


def test_the_cache_may_be_full_to_the_byte(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, 60)
    one, two, three = (cache.path(name) for name in "abc")
    cache.put(one, b"x" * 30)
    cache.put(two, b"x" * 30)
    assert cache.find(one) and cache.find(two)
    cache.put(three, b"x" * 61)
    assert [path.exists() for path in (one, two, three)] == [False, False, True], "the newest stays, whatever its size"


async def test_a_disk_that_takes_nothing_is_said(api: Api, seen: Seen, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NoPreview, match="cannot be kept"):
        await previews(seen, tmp_path / "file").fetch(Served(api, "/a.png").url)
