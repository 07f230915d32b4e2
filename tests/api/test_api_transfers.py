import asyncio
import base64
import email.parser
import email.policy
import gzip
import hashlib
import itertools
import os
import statistics

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.api_server import SECRET, Reply, breaks, client_for, ok, text
from tui.api import downloads, uploads
from tui.api.client import Client
from tui.api.downloads import data_uri
from tui.api.errors import ApiError, BadAnswer, InvalidInput, NetworkError, NotFound, PrivateAddress
from tui.api.public_addresses import check_public
from tui.api.token import Token

FILE = {"id": "f1", "name": "a.txt", "size": 3, "urls": {"get": "https://x/f1"}}
CONTENT = os.urandom(1_000_000)
TAG = '"v1"'


def parts_of(request):
    raw = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n" + request.body
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(raw)
    return {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}


# Uploads


async def test_an_upload_arrives_whole_with_its_name_type_and_progress(server, client, tmp_path):
    path = tmp_path / "a picture.png"
    path.write_bytes(CONTENT)
    server.on("POST", "/v1/files", ok(FILE, 201))
    seen = []
    file = await client.upload(path, metadata={"from": "tests"}, progress=lambda *at: seen.append(at))
    parts = parts_of(server.requests[0])
    assert file.urls.get == "https://x/f1"
    assert parts["content"].get_content() == CONTENT
    assert parts["content"].get_filename() == "a picture.png"
    assert parts["content"].get_content_type() == "image/png"
    assert parts["metadata"].get_payload() == '{"from": "tests"}'
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)
    assert len(seen) > 3


async def test_an_upload_that_breaks_is_sent_again_from_the_beginning(server, client, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    server.on("POST", "/v1/files", breaks("unread"), text("no", 503), ok({}, 429, retry_after=1), ok(FILE, 201))
    assert (await client.upload(path)).id == "f1"
    assert parts_of(server.requests[-1])["content"].get_content() == CONTENT


@pytest.mark.parametrize(
    "name", ['q"uote.txt', "new\r\nline: x.txt", "../../up.txt", "\x1b[31mred.txt", "ünï 漢.txt", "\u202egnp.exe"]
)
async def test_an_odd_name_stays_within_its_header(server, client, tmp_path, name):
    path = tmp_path / "plain"
    path.write_bytes(b"abc")
    server.on("POST", "/v1/files", ok(FILE, 201))
    await client.upload(path, filename=name, content_type="text/plain\r\nevil: 1")
    assert set(parts_of(server.requests[0])) == {"content"}
    head = server.requests[0].body.split(b"\r\n\r\n")[0]
    assert head.count(b"\r\n") == 2
    assert b"\x1b" not in head
    assert b"/" not in head.split(b"filename=")[1].split(b"\r\n")[0]


async def test_a_file_that_is_too_large_is_refused_before_anything_is_sent(server, client, tmp_path, monkeypatch):
    path = tmp_path / "big.bin"
    with path.open("wb") as file:
        file.truncate(uploads.MAX_UPLOAD + 1)
    with pytest.raises(InvalidInput, match=r"big\.bin.*100 MB"):
        await client.upload(path)
    assert server.requests == []


async def test_what_is_no_readable_file_is_refused_before_anything_is_sent(server, client, tmp_path):
    with pytest.raises(InvalidInput):
        await client.upload(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput):
        await client.upload(tmp_path / "pipe")
    with pytest.raises(FileNotFoundError):
        await client.upload(tmp_path / "none")
    assert server.requests == []


async def test_a_file_that_shrinks_while_it_is_sent_is_an_error_of_the_file(server, client, naps, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    server.on("POST", "/v1/files", ok(FILE, 201))

    def shrink(sent, total):
        if sent:
            path.write_bytes(b"")

    with pytest.raises(OSError, match="shorter") as failure:
        await client.upload(path, progress=shrink)
    assert not isinstance(failure.value, ApiError)
    assert naps.seconds == []


async def test_a_refused_upload_says_why(server, client, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    server.on("POST", "/v1/files", ok({"detail": "File too big"}, 413))
    with pytest.raises(InvalidInput, match="too large: File too big"):
        await client.upload(path)


# Downloads


def ranged(request, content=CONTENT, tag=TAG):
    """What a good file server answers."""
    span = request.headers.get("range")
    if span and request.headers.get("if-range", tag) == tag:
        start = int(span.removeprefix("bytes=").rstrip("-"))
        if start >= len(content):
            return Reply(416, headers={"content-range": f"bytes */{len(content)}"})
        headers = {"etag": tag, "content-range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        return Reply(206, content[start:], headers)
    return Reply(200, content, {"etag": tag})


async def test_a_download_is_whole_or_not_there(elsewhere, client, tmp_path):
    elsewhere.on("GET", "/o.png", ranged)
    seen = []
    dest = tmp_path / "deep" / "o.png"
    assert await client.download(f"{elsewhere.url}/o.png", dest, progress=lambda *at: seen.append(at)) == dest
    assert dest.read_bytes() == CONTENT
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in dest.parent.iterdir()] == ["o.png"]
    assert "authorization" not in elsewhere.requests[0].headers


DATE = "Mon, 02 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("tag", "state"),
    [({"etag": TAG}, TAG), ({"last-modified": DATE}, DATE), ({"etag": "W/" + TAG, "last-modified": DATE}, DATE)],
)
async def test_a_broken_download_goes_on_where_it_broke_off(elsewhere, client, tmp_path, tag, state):
    elsewhere.on(
        "GET",
        "/o",
        Reply(200, CONTENT, tag, breaks="body"),
        Reply(503),
        lambda request: ranged(request, tag=state),
    )
    dest = tmp_path / "o"
    await client.download(f"{elsewhere.url}/o", dest)
    assert dest.read_bytes() == CONTENT
    assert elsewhere.requests[-1].headers["range"] == f"bytes={len(CONTENT) // 2}-"
    assert elsewhere.requests[-1].headers["if-range"] == state
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o"]


@pytest.mark.parametrize("tag", [{}, {"etag": "W/" + TAG}])
async def test_a_file_whose_state_nobody_tells_is_fetched_from_the_beginning(elsewhere, client, tmp_path, tag):
    other = os.urandom(len(CONTENT))
    elsewhere.on("GET", "/o", Reply(200, CONTENT, tag, breaks="body"), lambda request: ranged(request, other, TAG))
    await client.download(f"{elsewhere.url}/o", tmp_path / "o")
    assert (tmp_path / "o").read_bytes() == other
    assert "range" not in elsewhere.requests[-1].headers


async def test_a_server_that_passes_over_if_range_does_not_mix_two_files(elsewhere, client, tmp_path):
    other = os.urandom(len(CONTENT))

    def careless(request):
        request.headers.pop("if-range", None)
        return ranged(request, other, '"v2"')

    elsewhere.on("GET", "/o", Reply(200, CONTENT, {"etag": TAG}, breaks="body"), careless)
    await client.download(f"{elsewhere.url}/o", tmp_path / "o")
    assert (tmp_path / "o").read_bytes() == other


@pytest.mark.parametrize("name", ["o.png", "o.mp4", "o.JSON"])
async def test_a_web_page_in_the_place_of_a_file_is_not_kept_and_asked_for_again(elsewhere, client, tmp_path, name):
    page = text("<html>Log in</html>", 200, "text/html; charset=utf-8")
    elsewhere.on("GET", f"/{name}", page, Reply(200, CONTENT, {"content-type": "image/png"}))
    await client.download(f"{elsewhere.url}/{name}", tmp_path / "o")
    assert (tmp_path / "o").read_bytes() == CONTENT
    elsewhere.on("GET", f"/again/{name}", page)
    with pytest.raises(NetworkError, match="web page"):
        await client.download(f"{elsewhere.url}/again/{name}", tmp_path / "p")
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("name", ["o.html", "o.htm", "report", "o.txt"])
async def test_a_web_page_that_was_asked_for_is_kept(elsewhere, client, tmp_path, name):
    elsewhere.on("GET", f"/{name}", text("<html>a report</html>", 200, "text/html"))
    await client.download(f"{elsewhere.url}/{name}", tmp_path / "o")
    assert (tmp_path / "o").read_text() == "<html>a report</html>"


@pytest.mark.parametrize(("size", "kept"), [(100_000, True), (2_000_000, False)])
async def test_a_packed_file_does_not_fill_the_disk(elsewhere, client, tmp_path, monkeypatch, size, kept):
    monkeypatch.setattr(downloads, "UNPACKED", 1_000_000)
    elsewhere.on("GET", "/o", Reply(200, gzip.compress(bytes(size)), {"content-encoding": "gzip"}))
    if kept:
        await client.download(f"{elsewhere.url}/o", tmp_path / "o")
        assert (tmp_path / "o").stat().st_size == size
        return
    with pytest.raises(BadAnswer, match="packed"):
        await client.download(f"{elsewhere.url}/o", tmp_path / "o")
    assert not (tmp_path / "o").exists()


PRIVATE = ["http://127.0.0.1:1/o", "http://localhost:1/o", "http://10.0.0.1/o", "http://192.168.1.1/o", "http://[::1]:1/o",
           "http://169.254.169.254/latest", "http://[fe80::1]/o", "http://[fd00::1]/o", "http://0.0.0.0:1/o",
           "http://100.64.0.1/o", "http://[::ffff:10.0.0.1]/o", "http://224.0.0.1/o"]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
async def test_an_output_in_a_private_network_is_not_fetched_by_itself(naps, tmp_path, address):
    async with Client("https://api.example/v1", Token(SECRET), sleep=naps) as client:
        with pytest.raises(PrivateAddress, match="private network"):
            await client.download(address, tmp_path / "o")
    assert naps.seconds == []


async def test_a_redirect_into_a_private_network_is_not_followed(server, naps, tmp_path):
    server.on("GET", "/o", Reply(302, b"", {"location": "http://169.254.169.254/latest/meta-data"}))
    async with client_for(server, naps) as client:
        with pytest.raises(PrivateAddress, match=r"169\.254"):
            await client.download(f"{server.url}/o", tmp_path / "o")


async def test_a_private_network_is_asked_on_a_persons_word(elsewhere, naps, tmp_path):
    elsewhere.on("GET", "/o", Reply(200, CONTENT))
    async with Client("https://api.example/v1", Token(SECRET), sleep=naps) as client:
        await client.download(f"{elsewhere.url}/o", tmp_path / "o", anywhere=True)
    assert (tmp_path / "o").read_bytes() == CONTENT


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111"])
async def test_public_addresses_may_be_asked(address):
    home = httpx.URL("https://api.replicate.com/v1")
    host = f"[{address}]" if ":" in address else address
    await check_public(httpx.URL(f"https://{host}/o"), home, through_proxy=False)


async def test_a_download_goes_on_after_a_restart(elsewhere, client, tmp_path):
    dest = tmp_path / "o"
    elsewhere.on("GET", "/o", Reply(200, CONTENT, {"etag": TAG}, breaks="body"), *[breaks("unread")] * 3)
    with pytest.raises(NetworkError):
        await client.download(f"{elsewhere.url}/o", dest)
    assert not dest.exists()
    elsewhere.queues.clear()
    elsewhere.on("GET", "/o", ranged)
    await client.download(f"{elsewhere.url}/o", dest)
    assert dest.read_bytes() == CONTENT
    assert "range" in elsewhere.requests[-1].headers


async def test_another_file_at_the_address_is_not_glued_to_the_old_one(elsewhere, client, tmp_path):
    other = os.urandom(700_000)
    elsewhere.on("GET", "/o", Reply(200, CONTENT, {"etag": TAG}, breaks="body"), lambda r: ranged(r, other, '"v2"'))
    await client.download(f"{elsewhere.url}/o", tmp_path / "o")
    assert (tmp_path / "o").read_bytes() == other


async def test_a_part_of_another_address_is_not_used(elsewhere, client, tmp_path):
    dest = tmp_path / "o"
    dest.with_name("o.part").write_bytes(b"left over from something else")
    elsewhere.on("GET", "/o", ranged)
    await client.download(f"{elsewhere.url}/o", dest)
    assert dest.read_bytes() == CONTENT
    assert "range" not in elsewhere.requests[0].headers


async def test_a_server_that_goes_on_at_the_wrong_place_is_started_over(elsewhere, client, tmp_path):
    wrong = Reply(206, b"xx", {"content-range": f"bytes 5-6/{len(CONTENT)}"})
    elsewhere.on("GET", "/o", Reply(200, CONTENT, {"etag": TAG}, breaks="body"), wrong, ranged)
    await client.download(f"{elsewhere.url}/o", tmp_path / "o")
    assert (tmp_path / "o").read_bytes() == CONTENT


async def test_a_link_in_the_place_of_the_part_is_not_followed(elsewhere, client, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "o.part").symlink_to(victim)
    elsewhere.on("GET", "/o", ranged)
    await client.download(f"{elsewhere.url}/o", tmp_path / "o")
    assert victim.read_text() == "precious"
    assert (tmp_path / "o").read_bytes() == CONTENT


async def test_a_download_without_a_length_is_taken_as_it_comes(elsewhere, client, tmp_path):
    seen = []
    elsewhere.on("GET", "/o", Reply(200, b"", {}, chunks=[b"abc", b"def"]))
    await client.download(f"{elsewhere.url}/o", tmp_path / "o", progress=lambda *at: seen.append(at))
    assert (tmp_path / "o").read_bytes() == b"abcdef"
    assert seen[-1] == (6, None)


async def test_an_empty_file_is_a_file(elsewhere, client, tmp_path):
    elsewhere.on("GET", "/o", Reply(200, b""))
    await client.download(f"{elsewhere.url}/o", tmp_path / "o")
    assert (tmp_path / "o").read_bytes() == b""


async def test_what_is_gone_is_not_found_and_leaves_the_old_file(elsewhere, client, tmp_path):
    dest = tmp_path / "o"
    dest.write_text("old")
    with pytest.raises(NotFound):
        await client.download(f"{elsewhere.url}/o", dest)
    assert dest.read_text() == "old"


async def test_a_canceled_download_keeps_what_came(elsewhere, client, tmp_path):
    began = asyncio.Event()
    elsewhere.on("GET", "/o", Reply(200, CONTENT, {"etag": TAG}), ranged)
    task = asyncio.create_task(
        client.download(f"{elsewhere.url}/o", tmp_path / "o", progress=lambda have, _: have and began.set())
    )
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "o.part").stat().st_size > 0
    assert SECRET not in (tmp_path / "o.part.json").read_text()
    await client.download(f"{elsewhere.url}/o", tmp_path / "o")
    assert hashlib.sha256((tmp_path / "o").read_bytes()).digest() == hashlib.sha256(CONTENT).digest()


async def test_a_data_uri_is_saved_like_a_file(client, tmp_path):
    seen = []
    uri = "data:image/png;base64," + base64.b64encode(CONTENT).decode()
    await client.download(uri, tmp_path / "o.png", progress=lambda *at: seen.append(at))
    assert (tmp_path / "o.png").read_bytes() == CONTENT
    assert seen == [(len(CONTENT), len(CONTENT))]
    assert [path.name for path in tmp_path.iterdir()] == ["o.png"]


@given(st.binary(max_size=40))
def test_any_bytes_come_back_from_a_data_uri(content):
    encoded = base64.b64encode(content).decode()
    for body in (encoded, encoded.rstrip("="), encoded.replace("+", "%2B").replace("/", "%2F")):
        assert data_uri(f"data:image/webp;base64,{body}") == ("image/webp", content)


def test_a_plain_data_uri_is_text_and_a_broken_one_is_a_bad_answer():
    assert data_uri("data:,a%20b") == ("text/plain", b"a b")
    assert data_uri("data:text/html;charset=utf-8,<p>") == ("text/html", b"<p>")
    for broken in ("data:", "data:image/png;base64", "data:;base64,a"):
        with pytest.raises(BadAnswer):
            data_uri(broken)


async def test_files_that_come_at_once_leave_the_loop_to_others_between_their_pieces(server, client, monkeypatch):
    """What takes several rounds of the loop, as a key does, must not wait in each for a piece of every file."""
    rounds, pieces = 0, []
    read = httpx.Response.aiter_bytes

    async def told(response, *arguments):
        async for piece in read(response, *arguments):
            pieces.append(rounds)
            yield piece

    async def count_rounds():
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(httpx.Response, "aiter_bytes", told)
    for name in "abcd":
        server.on("GET", f"/{name}", Reply(200, CONTENT))
    counting = asyncio.create_task(count_rounds())
    found = await asyncio.gather(
        *(client.read_small(f"{server.url}/{name}", 2_000_000, lambda _: None) for name in "abcd")
    )
    counting.cancel()
    assert found == [CONTENT] * 4
    # The first pieces come with their heads; from then on one file at a time has its turn.
    later = [after - before for before, after in itertools.pairwise(pieces[8:])]
    assert len(later) > 20
    assert statistics.median(later) >= 4
