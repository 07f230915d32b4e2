"""Outputs are saved whole, under free names, once, and what broke off is taken up again."""

from __future__ import annotations

import base64
import errno
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import FILES_SCHEMA, TEXT_SCHEMA, Seen, opened
from tests.support.fake_api import Api, Request
from tui.api.client import Client
from tui.api.types import Model, Prediction, decode
from tui.forms import OutputKind
from tui.services.bus import OutputSaved
from tui.services.files import downloads as module
from tui.services.files import placement as places
from tui.services.files.output_files import file_urls, name_in, short_url

ME = "ada@here"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def serve(api: Api, path: str, content: bytes, kind: str = "image/png") -> str:
    """Serve a file, in pieces where a range is asked for."""

    async def answer(request: Request) -> None:
        start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        headers = {"Content_Length": str(len(content) - start), "ETag": '"e1"', "Accept_Ranges": "bytes"}
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        request.head(206 if start else 200, kind, **headers)
        request.writer.write(content[start:])

    api.on["GET", path] = answer
    return api.origin + path


def made(api: Api, output: Any, id: str = "p1", status: str = "succeeded") -> Prediction:
    return decode(Prediction, api.put(id, status, output=output))


async def test_files_get_their_names_and_types(api: Api, seen: Seen) -> None:
    urls = [
        serve(api, "/a/out.PNG?x=1".partition("?")[0], PNG) + "?x=1",
        serve(api, "/b/no-suffix", PNG),
        serve(api, "/c/sound.wav", b"RIFF\0\0\0\0WAVE" + b"\0" * 40, "audio/wav"),
        serve(api, "/d/odd.%3Cb%3E", b"plain").replace("%3Cb%3E", "<b>"),
        "data:image/png;base64," + base64.b64encode(PNG).decode(),
    ]
    saved = await seen.services.downloads.save(made(api, urls))
    assert [one.path.name for one in saved if one.path] == [
        "output-0.png",
        "output-1.png",
        "output-2.wav",
        "output-3.txt",
        "output-4.png",
    ]
    assert [one.content_type for one in saved] == ["image/png", "image/png", "audio/wav", "text/plain", "image/png"]
    assert saved[0].path is not None and saved[0].path.parent == seen.services.downloads.folder("p1")
    assert [one.size for one in saved][:2] == [len(PNG), len(PNG)]
    assert await seen.services.store.outputs(ME, "p1") == list(saved)
    assert {e.output.index for e in seen.of(OutputSaved)} == {0, 1, 2, 3, 4}


async def test_a_file_that_is_saved_is_not_fetched_again(api: Api, seen: Seen, tmp_path: Path) -> None:
    prediction = made(api, [serve(api, "/a.png", PNG)])
    first = await seen.services.downloads.save(prediction)
    assert await seen.services.downloads.save(prediction) == first
    copies = await seen.services.downloads.save(prediction, tmp_path / "mine")
    assert copies[0].path == tmp_path / "mine" / "output-0.png"
    assert copies[0].path.read_bytes() == PNG
    assert api.seen.count(("GET", "/a.png")) == 1
    assert await seen.services.store.outputs(ME, "p1") == list(first)
    assert first[0].path is not None
    first[0].path.unlink()
    again = await seen.services.downloads.save(prediction)
    assert again[0].path == first[0].path and first[0].path.exists()


async def test_a_different_file_is_never_overwritten(api: Api, seen: Seen, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "output-0.png").write_bytes(b"somebody's own")
    (folder / "output-0-1.png").symlink_to(tmp_path / "nowhere")
    saved = await seen.services.downloads.save(made(api, [serve(api, "/a.png", PNG)]), folder)
    assert saved[0].path == folder / "output-0-2.png"
    assert (folder / "output-0.png").read_bytes() == b"somebody's own"
    assert not (tmp_path / "nowhere").exists()
    same = await seen.services.downloads.save(made(api, [serve(api, "/a.png", PNG)], "p2"), folder)
    assert same[0].path == folder / "output-0-2.png", "the same bytes are there already"


async def test_an_id_from_outside_never_leads_out_of_the_folder(api: Api, seen: Seen, tmp_path: Path) -> None:
    prediction = made(api, [serve(api, "/a.png", PNG)], "../../evil/\x00x")
    saved = await seen.services.downloads.save(prediction)
    assert saved[0].path is not None
    assert saved[0].path.parent.parent == tmp_path / "outputs"


async def test_text_is_no_file_even_when_it_begins_like_an_address(api: Api, seen: Seen) -> None:
    text = {"owner": "acme", "name": "words", "latest_version": {"id": "v", "openapi_schema": TEXT_SCHEMA}}
    await seen.services.store.save_models(ME, [decode(Model, text)])
    assert await seen.services.downloads.save(made(api, ["https://replicate.delivery/x", " is a link"])) == ()


@pytest.mark.parametrize(
    ("output", "kind", "count"),
    [
        ("https://replicate.delivery/a.png", OutputKind.ANY, 1),
        ("https://pbxt.replicate.delivery/a.png", OutputKind.ANY, 1),
        ("https://example.com/a.png", OutputKind.ANY, 0),
        ("https://replicate.delivery.evil.example/a.png", OutputKind.ANY, 0),
        ("https://example.com/a.png", OutputKind.FILE, 1),
        ("http://here:1/a", OutputKind.JSON, 1),
        ({"image": "https://replicate.delivery/a", "more": [{"x": "data:text/plain,hi"}]}, OutputKind.JSON, 2),
        ("see https://replicate.delivery/a.png", OutputKind.ANY, 0),
        ("https://[broken", OutputKind.FILE, 0),
        ("file:///etc/passwd", OutputKind.FILE, 0),
        ("https://replicate.delivery/a b", OutputKind.FILE, 0),
        (None, OutputKind.FILES, 0),
        (["https://x/a", None, 7, "https://x/b"], OutputKind.FILES, 2),
    ],
)
def test_what_is_a_file_is_told_by_the_schema_or_the_host(output: object, kind: OutputKind, count: int) -> None:
    assert len(file_urls(output, kind, "http://here:1/v1")) == count


@pytest.mark.parametrize(
    ("url", "home", "count"),
    [
        ("http://127.0.0.2:9/a.srt", "http://127.0.0.1:1/v1", 1),
        ("http://localhost:9/a.srt", "http://127.0.0.1:1/v1", 1),
        ("http://192.168.0.2:9/a.srt", "http://127.0.0.1:1/v1", 0),
        ("http://127.0.0.2:9/a.srt", "https://api.replicate.com/v1", 0),
    ],
)
def test_an_api_on_this_machine_gives_files_from_any_address_of_it(url: str, home: str, count: int) -> None:
    assert len(file_urls({"srt_file": url}, OutputKind.JSON, home)) == count


def test_what_is_kept_of_a_data_uri_is_short_and_tells_it_apart() -> None:
    one, two = (f"data:image/png;base64,{'A' * 400_000}{end}" for end in ("A", "B"))
    assert len(short_url(one)) < 200 and short_url(one) != short_url(two)
    assert name_in(one) == ""
    assert name_in("https://x/a/out.tar.gz?sig=1#x") == "out.tar.gz"
    assert name_in("https://x/%2e%2e%2fevil.sh") == "evil.sh"


async def test_outputs_are_named_by_what_they_hold(api: Api, seen: Seen) -> None:
    box = b"\0\0\0\x20ftypavif" + b"\0" * 60
    urls = [
        serve(api, "/1/abc", box, "video/mp4"),
        serve(api, "/2/weights.tar.gz", b"\x1f\x8b" + b"\0" * 40, "application/gzip"),
        serve(api, "/3/abc", b"a,b\n1,2\n", "text/csv; charset=utf-8"),
        serve(api, "/4/picture.png", b"\xff\xd8\xff\xe0" + b"\0" * 40, "image/png"),
        serve(api, "/5/abc", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "application/octet-stream"),
        "data:text/csv,a%2Cb",
    ]
    saved = await seen.services.downloads.save(made(api, urls))
    assert [(one.path.name, one.content_type) for one in saved if one.path] == [
        ("output-0.avif", "image/avif"),
        ("output-1.tar.gz", "application/gzip"),
        ("output-2.csv", "text/csv"),
        ("output-3.jpg", "image/jpeg"),
        ("output-4.svg", "image/svg+xml"),
        ("output-5.csv", "text/csv"),
    ]


def test_a_second_file_of_a_name_keeps_its_whole_ending(tmp_path: Path) -> None:
    (tmp_path / "output-0.tar.gz").write_bytes(b"other")
    (tmp_path / "in").write_bytes(b"x")
    assert places.settle(tmp_path / "in", tmp_path / "output-0.tar.gz") == tmp_path / "output-0-1.tar.gz"


async def test_what_replicate_deleted_is_said_so(api: Api, seen: Seen) -> None:
    saved = await seen.services.downloads.save(made(api, [f"{api.origin}/gone.png"]))
    assert saved[0].state == "failed" and "an hour" in (saved[0].error or "")
    assert not list(seen.services.downloads.folder("p1").iterdir())


async def test_a_connection_that_breaks_in_the_middle_goes_on_where_it_was(api: Api, tmp_path: Path) -> None:
    ranges: list[str] = []

    async def breaking(request: Request) -> None:
        ranges.append(request.headers.get("range", ""))
        start = int(ranges[-1].removeprefix("bytes=").partition("-")[0] or 0)
        headers = {"Content_Length": str(len(PNG) - start), "ETag": '"e1"'}
        if start:
            headers["Content_Range"] = f"bytes {start}-{len(PNG) - 1}/{len(PNG)}"
        request.head(206 if start else 200, "image/png", **headers)
        request.writer.write(PNG[start : start + 4000])
        await request.writer.drain()

    api.on["GET", "/a.png"] = breaking
    async with opened(api.base_url, tmp_path, sleep=_quick) as seen:
        saved = await seen.services.downloads.save(made(api, [f"{api.origin}/a.png"]))
        assert saved[0].state == "saved" and saved[0].path is not None
        assert saved[0].path.read_bytes() == PNG
        assert ranges == ["", "bytes=4000-", "bytes=8000-"]


async def _quick(seconds: float) -> None:
    import asyncio

    await asyncio.sleep(min(seconds, 0.01))


async def test_what_the_network_kept_back_is_saved_when_it_is_there_again(api: Api, tmp_path: Path) -> None:
    url = f"{api.origin}/late.png"

    async def down(request: Request) -> None:
        request.drop()

    api.on["GET", "/late.png"] = down
    async with opened(api.base_url, tmp_path, sleep=_quick) as seen:
        saved = await seen.services.downloads.save_at_end(made(api, [url]))
        assert saved[0].state == "wanted" and saved[0].error
        serve(api, "/late.png", PNG)
        await seen.until(lambda: seen.of(OutputSaved)[1:], "the second try")
        assert [told.output.state for told in seen.of(OutputSaved)] == ["wanted", "saved"]


async def test_what_was_still_wanted_is_saved_after_a_restart_from_where_it_lies_now(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path, sleep=_quick) as seen:
        prediction = made(api, ["http://127.0.0.1:9/old-port.png"])
        model = {"owner": "acme", "name": "words", "latest_version": {"id": "v", "openapi_schema": FILES_SCHEMA}}
        await seen.services.store.save_models(ME, [decode(Model, model)])
        await seen.services.store.save(ME, [prediction])
        saved = await seen.services.downloads.save(prediction)
        assert saved[0].state == "wanted"
    api.predictions["p1"]["output"] = [serve(api, "/new.png", PNG)]
    async with opened(api.base_url, tmp_path) as seen:
        await seen.services.runs.resume()
        await seen.until(lambda: seen.of(OutputSaved), "the file")
        record = await seen.services.store.get(ME, "p1")
        assert record is not None
        assert [one.state for one in record.outputs] == ["saved"]
        assert record.outputs[0].path is not None and record.outputs[0].path.read_bytes() == PNG


async def test_a_full_disk_is_told_in_words_once_and_leaves_nothing_half_written(
    api: Api, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Client.download

    async def full(self: Client, url: str, dest: Path, **options: Any) -> Path:
        dest.with_name(dest.name + ".part").write_bytes(PNG[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Client, "download", full)
    prediction = made(api, [serve(api, "/a.png", PNG)])
    await seen.services.store.save(ME, [prediction])
    saved = await seen.services.downloads.save(prediction)
    assert saved[0].state == "wanted" and "disk is full" in (saved[0].error or "")
    assert not list(seen.services.downloads.folder("p1").iterdir())
    record = await seen.services.store.get(ME, "p1")
    assert record is not None and record.prediction.output == prediction.output
    assert list(await seen.services.store.wanted_outputs(ME)) == ["p1"], "it is taken up again, also after a restart"
    monkeypatch.setattr(Client, "download", real)
    assert (await seen.services.downloads.save(prediction))[0].state == "saved"
    assert await seen.services.store.wanted_outputs(ME) == {}


@pytest.mark.parametrize("place", ["file", "file/sub"])
async def test_a_file_where_the_folder_should_be_is_an_error_in_words(
    api: Api, seen: Seen, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("x")
    saved = await seen.services.downloads.save(made(api, [serve(api, "/a.png", PNG)]), tmp_path / place)
    assert saved[0].state == "wanted" and str(tmp_path / place) in (saved[0].error or "")
    assert "is a file and no folder" in (saved[0].error or "")
    assert (tmp_path / "file").read_text() == "x"


async def test_two_who_save_at_once_fetch_once(api: Api, seen: Seen) -> None:
    import asyncio

    prediction = made(api, [serve(api, "/a.png", PNG)])
    one, two = await asyncio.gather(seen.services.downloads.save(prediction), seen.services.downloads.save(prediction))
    assert one == two
    assert api.seen.count(("GET", "/a.png")) == 1


async def test_the_token_goes_to_the_api_alone(api: Api, seen: Seen) -> None:
    heads: list[str | None] = []
    async with Api() as elsewhere:

        async def note(request: Request) -> None:
            heads.append(request.headers.get("authorization"))
            request.head(kind="image/png", Content_Length=str(len(PNG)))
            request.writer.write(PNG)

        elsewhere.on["GET", "/a.png"] = note
        model = {"owner": "acme", "name": "words", "latest_version": {"id": "v", "openapi_schema": FILES_SCHEMA}}
        await seen.services.store.save_models(ME, [decode(Model, model)])
        saved = await seen.services.downloads.save(made(api, [f"{elsewhere.origin}/a.png"]))
        assert saved[0].state == "saved"
    assert heads == [None]


def test_files_settle_without_links_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "not here")

    monkeypatch.setattr(places.os, "link", no_links)
    incoming = tmp_path / "in"
    incoming.write_bytes(b"x")
    assert places.settle(incoming, tmp_path / "out.png").read_bytes() == b"x"
    assert not incoming.exists()


def test_one_who_was_quicker_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    incoming, wanted = tmp_path / "in", tmp_path / "out.png"
    incoming.write_bytes(b"mine")
    real = places.os.link

    def late(source: Path, target: Path) -> None:
        # Between the look and the move, somebody else takes the name.
        if not wanted.exists():
            wanted.write_bytes(b"theirs")
        real(source, target)

    monkeypatch.setattr(places.os, "link", late)
    assert places.settle(incoming, wanted) == tmp_path / "out-1.png"
    assert wanted.read_bytes() == b"theirs"


def test_there_is_an_hour_of_tries() -> None:
    assert 3000 < sum(module._AGAIN) < 4000
