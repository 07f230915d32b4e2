"""The account's files: listed, uploaded a few at once and checked before, stopped, deleted, and what uses them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.services.conftest import TEXT, WORDS, Seen, Time, opened
from tests.support.fake_api import Api, Request
from tests.support.files_api import FilesApi
from tests.support.sandbox import RunningSandbox
from tui.api.decoding import decode
from tui.api.errors import ApiError, InvalidInput
from tui.api.types import Prediction
from tui.api.uploads import MAX_UPLOAD
from tui.services.batches.batches import Options
from tui.services.batches.plan import Plan, Runnable
from tui.services.bus import FilesChanged
from tui.services.files.signed_links import parse
from tui.services.files.uploaded_files import expires_soon


@pytest.fixture
def files(api: Api) -> FilesApi:
    return FilesApi(api)


async def test_the_newest_is_listed_first_and_an_address_tells_its_file(files: FilesApi, seen: Seen) -> None:
    addresses = [files.put("old.png"), files.put("new.png")]
    files.kept["file0000"]["created_at"] = "2026-01-01T00:00:00Z"
    known = seen.services.files
    assert (known.files, known.asked_at) == ([], None)
    await known.ask()
    assert [one.name for one in known.files] == ["new.png", "old.png"]
    found = known.about(addresses[0])
    assert found is not None and found.name == "old.png"
    assert known.about("https://example.com/old.png") is None


async def test_an_address_that_is_being_typed_lists_the_files_once_in_half_a_minute(
    api: Api, files: FilesApi, tmp_path: Path
) -> None:
    address, time = files.put("lake.png"), Time()
    async with opened(api.base_url, tmp_path, now=time.now, monotonic=time.clock, sleep=time.sleep) as seen:
        known = seen.services.files
        for typed in (address[:-2], address[:-1]):
            assert await known.find(typed) is None
        assert api.count("GET", "/files") == 1
        found = await known.find(address)
        assert found is not None and found.name == "lake.png"
        later = files.put("later.png")
        time.passed += 30
        assert await known.find(later) is None
        time.passed += 1
        found = await known.find(later)
        assert found is not None and found.name == "later.png"
        assert api.count("GET", "/files") == 2


async def test_an_upload_tells_how_far_it_is_and_is_among_the_files_at_its_end(
    files: FilesApi, seen: Seen, tmp_path: Path
) -> None:
    path = tmp_path / "lake.png"
    path.write_bytes(b"x" * 400_000)
    files.open.clear()
    upload = await seen.services.files.begin(path)
    known = seen.services.files
    await seen.until(lambda: known.uploads[upload.id].sent == 400_000)
    assert (known.uploads[upload.id].state, known.on_their_way) == ("sending", 1)
    files.open.set()
    await seen.until(lambda: not known.uploads)
    assert [(one.name, one.size) for one in known.files] == [("lake.png", 400_000)]
    assert files.asked == ["lake.png"]
    assert len(seen.of(FilesChanged)) > 3


async def test_three_are_sent_at_once_and_the_fourth_waits(files: FilesApi, seen: Seen, tmp_path: Path) -> None:
    files.open.clear()
    for number in range(4):
        path = tmp_path / f"{number}.png"
        path.write_bytes(b"x")
        await seen.services.files.begin(path)
    await seen.until(lambda: len(files.asked) == 3)
    assert [one.state for one in seen.services.files.uploads.values()].count("waiting") == 1
    files.open.set()
    await seen.until(lambda: len(seen.services.files.files) == 4)


@pytest.mark.parametrize(("size", "taken"), [(MAX_UPLOAD, True), (MAX_UPLOAD + 1, False)])
async def test_a_file_beyond_the_limit_is_refused_before_anything_is_sent(
    api: Api, files: FilesApi, seen: Seen, tmp_path: Path, size: int, taken: bool
) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(size)
    files.open.clear()
    if taken:
        upload = await seen.services.files.begin(path)
        assert upload.size == size
        seen.services.files.cancel(upload.id)
        return
    with pytest.raises(InvalidInput, match="100 MB at most"):
        await seen.services.files.begin(path)
    with pytest.raises(InvalidInput, match="no file that could be uploaded"):
        await seen.services.files.begin(tmp_path)
    with pytest.raises(FileNotFoundError):
        await seen.services.files.begin(tmp_path / "nothing")
    assert (files.asked, api.count("GET", "/files"), seen.services.files.uploads) == ([], 0, {})


async def test_an_upload_that_was_stopped_is_gone_and_one_that_failed_says_why(
    api: Api, files: FilesApi, seen: Seen, tmp_path: Path
) -> None:
    path = tmp_path / "lake.png"
    path.write_bytes(b"x")
    known = seen.services.files
    files.open.clear()
    stopped = await known.begin(path)
    await seen.until(lambda: files.asked == ["lake.png"])
    known.cancel(stopped.id)
    await seen.until(lambda: known.on_their_way == 0)
    assert known.uploads == {}

    async def refuse(request: Request) -> None:
        request.answer({"detail": "Files must be less than 100MB in size", "status": 413}, 413)

    api.on["POST", "/v1/files"] = refuse
    failed = await known.begin(path)
    await seen.until(lambda: known.uploads[failed.id].state == "failed")
    assert "100MB" in known.uploads[failed.id].error
    known.cancel(failed.id)
    assert known.uploads == {}


async def test_a_file_is_deleted_once_and_one_that_is_gone_already_is_no_failure(files: FilesApi, seen: Seen) -> None:
    files.put("lake.png")
    known = seen.services.files
    await known.ask()
    (file,) = known.files
    assert await known.delete(file)
    assert known.files == []
    assert not await known.delete(file)
    assert files.deleted == ["file0000", "file0000"]


async def test_without_a_network_what_is_known_stays(api: Api, files: FilesApi, seen: Seen) -> None:
    files.put("lake.png")
    known = seen.services.files
    await known.ask()
    when = known.asked_at
    api.down = True
    with pytest.raises(ApiError):
        await known.ask()
    assert ([one.name for one in known.files], known.asked_at) == (["lake.png"], when)


async def test_the_runs_that_used_a_file_are_found_by_its_address(files: FilesApi, seen: Seen) -> None:
    address, other = files.put("lake.png"), files.put("sea.png")
    services = seen.services

    def run(id: str, input: dict[str, object]) -> Prediction:
        raw = {"id": id, "model": "acme/words", "status": "succeeded", "created_at": "2026-11-01T00:00:00Z"}
        return decode(Prediction, {**raw, "input": input})

    await services.store.save(services.account, [run("one", {"image": address}), run("two", {"prompt": "file0000"})])
    await services.store.save(services.account, [run("three", {"images": ["https://x.example/", address]})])
    await services.store.save(services.account, [run("train", {"data": address})], kind="training")
    known = services.files
    await known.ask()
    file = known.about(address)
    unused = known.about(other)
    assert file is not None and unused is not None
    assert {row.id for row in await known.used_by(file)} == {"one", "three", "train"}
    assert await known.used_by(unused) == []


async def test_what_still_means_to_use_a_file_is_told(files: FilesApi, seen: Seen) -> None:
    address, other = files.put("lake.png"), files.put("sea.png")
    services = seen.services
    await services.store.save_draft(services.account, "acme/words:v1", {"image": address})
    await services.store.save_draft(services.account, "acme/else", {"image": "https://example.com/files/x"})
    plan = Plan([Runnable(WORDS, TEXT, TEXT.from_text)], grid={"prompt": [address, "no"]})
    batch, _, refused = await services.batches.plan("acme/words", "night", Options((WORDS,)), plan.runs(None), [TEXT])
    assert refused == 0
    known = services.files
    await known.ask()
    assert await known.needed_by(known.files) == {"file0000": ("draft acme/words", "batch night")}
    await services.batches.discard(batch.id)
    await services.store.delete_draft(services.account, "acme/words:v1")
    assert await known.needed_by(known.files) == {}
    assert other


@pytest.mark.parametrize(("left", "soon"), [(3590.0, True), (3660.0, False), (-5.0, True)])
async def test_a_file_of_less_than_an_hour_is_about_to_expire(
    files: FilesApi, seen: Seen, left: float, soon: bool
) -> None:
    files.put("lake.png", left=left)
    await seen.services.files.ask()
    assert expires_soon(seen.services.files.files[0], datetime.now(UTC)) == soon


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("https://api.replicate.com/v1/files/abc/download?owner=ada&expiry=17&signature=a%2Bb%3D", ""),
        ("https://api.replicate.com/v1/files/abc", "owner, expiry, signature are missing"),
        ("https://api.replicate.com/v1/files/abc/download?owner=ada&expiry=soon&signature=x", "seconds since 1970"),
        ("abc", "is no signed link"),
    ],
)
def test_a_signed_link_is_taken_apart_or_refused_in_words(link: str, words: str) -> None:
    if words:
        with pytest.raises(ValueError, match=words):
            parse(link, {})
    else:
        assert parse(link, {}) == ("abc", "ada", 17, "a+b=")


async def test_a_file_is_saved_by_its_link_beside_what_is_there(sandbox: RunningSandbox, tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("what it says")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "note.txt").write_text("another")
    async with opened(sandbox.base_url, tmp_path, token=sandbox.token) as seen:
        known = seen.services.files
        await known.begin(path)
        await seen.until(lambda: any(one.name == "note.txt" for one in known.files))
        file = next(one for one in known.files if one.name == "note.txt")
        secret = sandbox.get("/_sandbox/secrets")["files_signing_secret"]
        expiry = int(time.time()) + 60
        digest = hmac.new(secret.encode(), f"sandbox {file.id} {expiry}".encode(), hashlib.sha256).digest()
        signature = base64.b64encode(digest).decode()
        link = parse(file.id, {"owner": "sandbox", "expiry": str(expiry), "signature": signature})
        saved = await known.save(file, link, tmp_path / "out")
        assert (saved.name, saved.read_text()) == ("note-1.txt", "what it says")
        assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["note-1.txt", "note.txt"]
