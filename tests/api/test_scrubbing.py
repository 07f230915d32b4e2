"""A server that quotes the request: the token is hidden, however it is written down."""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import json
import urllib.parse

import pytest

from tests.support.api_server import SECRET, Reply, client_for, events, ok, text
from tui.api.client import Client
from tui.api.errors import ApiError
from tui.api.scrubbing import Scrubber, without_tokens
from tui.api.token import Token

ODD = "ab/c+d\"e'f&g<h>i=j\\k"

WAYS = {
    "plain": lambda secret: secret,
    "a header": lambda secret: f"Authorization: Bearer {secret}",
    "json": lambda secret: json.dumps({"a": secret})[1:-1],
    "json in json": lambda secret: json.dumps(json.dumps({"a": secret})),
    "json with slashes": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "json all escaped": lambda secret: "".join(f"\\u{ord(letter):04x}" for letter in secret),
    "json in capitals": lambda secret: "".join(f"\\u{ord(letter):04X}" for letter in secret),
    "json of a part": lambda secret: "".join(
        letter if letter.isalnum() else f"\\u{ord(letter):04x}" for letter in secret
    ),
    "an address": lambda secret: urllib.parse.quote(secret, safe=""),
    "an address twice": lambda secret: urllib.parse.quote(urllib.parse.quote(secret, safe=""), safe=""),
    "an address all escaped": lambda secret: "".join(f"%{ord(letter):02X}" for letter in secret),
    "html": html.escape,
    "html numbers": lambda secret: "".join(f"&#{ord(letter)};" for letter in secret),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 of a header": lambda secret: base64.b64encode(f"Bearer {secret}".encode()).decode(),
    "base64 of a user": lambda secret: base64.b64encode(f"user:{secret}@x".encode()).decode(),
    "base64 of json": lambda secret: base64.b64encode(json.dumps({"token": secret}).encode()).decode(),
    "base64 for an address": lambda secret: base64.urlsafe_b64encode(f"??>{secret}".encode()).decode(),
    "hex": lambda secret: secret.encode().hex(),
    "hex in capitals": lambda secret: secret.encode().hex().upper(),
}


def shown(text: str, secret: str) -> bool:
    """Whether somebody who knows the encodings could read the secret from the text."""
    flat = html.unescape(urllib.parse.unquote(urllib.parse.unquote(text))).replace("\\/", "/")
    inner = secret[3:-3]
    pieces = [text, flat]
    for piece in (text, flat):
        try:
            pieces.append(piece.encode().decode("unicode_escape"))
        except UnicodeDecodeError:
            continue
        for altchars in (b"+/", b"-_"):
            for shift in range(4):
                raw = "".join(letter for letter in piece[shift:] if letter.isalnum() or letter in "+/-_")
                with contextlib.suppress(binascii.Error):
                    pieces.append(base64.b64decode(raw[: len(raw) // 4 * 4], altchars).decode("latin-1"))
    return inner in "\n".join(pieces) or inner.encode().hex() in text.lower()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", [SECRET, ODD, "r8_short"])
def test_a_secret_is_hidden_in_every_way_that_it_is_quoted(way: str, secret: str) -> None:
    if way in ("json in json", "base64 of json") and secret == ODD:
        pytest.skip("twice escaped quotes are another text")
    quoted = WAYS[way](secret)
    scrubbed = Scrubber([secret]).text(f"before {quoted} after")
    assert "*" in scrubbed and not shown(scrubbed, secret), scrubbed
    assert scrubbed.startswith("before ") and scrubbed.endswith(" after")
    assert len(scrubbed) == len(f"before {quoted} after")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_secret_is_hidden_in_wide_text(encoding: str) -> None:
    data = Scrubber([SECRET]).body(f"x {SECRET} y".encode(encoding))
    assert SECRET.encode(encoding) not in data


def test_what_quotes_nothing_is_left_alone() -> None:
    for words in ("", "a word", "r8_planted_0123456789", "100 % of \\u0041 & more \ud800"):
        assert Scrubber([SECRET]).text(words) == words
    assert Scrubber([]).text(SECRET) == SECRET
    assert Scrubber(["short"]).text("a short word") == "a short word", "too short to be told from a word"


async def test_a_secret_that_two_pieces_share_is_hidden() -> None:
    whole = f"begin {SECRET} middle {SECRET} end".encode()
    for size in (1, 3, 7, 40, 1000):

        async def pieces(size: int = size):
            for place in range(0, len(whole), size):
                yield whole[place : place + size]

        found = b"".join([piece async for piece in Scrubber([SECRET]).chunks(pieces())])
        assert found == whole.replace(SECRET.encode(), b"*" * len(SECRET))


@pytest.mark.parametrize("quoted", ["r8_abc", "sk0123456789abcdefghijkl", "Bearer x1"])
def test_what_looks_like_a_token_is_left_out_of_words_of_others(quoted: str) -> None:
    assert (
        without_tokens(f"no {quoted}, sorry")
        == f"no {'Bearer …' if ' ' in quoted else '…'}{'' if ' ' in quoted else ','} sorry"
    )
    assert without_tokens("/usr/lib/x86_64-linux-gnu: no such file, 12345678901234567890") == (
        "/usr/lib/x86_64-linux-gnu: no such file, 12345678901234567890"
    )


# ---- at the client's door

REPLIES = {
    "a refusal": lambda quote: ok({"title": quote, "detail": f"bad {quote}", "status": 401}, 401),
    "a field": lambda quote: ok({"detail": "no", "invalid_fields": [{"field": f"input.{quote}", "type": quote}]}, 422),
    "a page": lambda quote: text(f"<html><title>{quote}</title>", 500, "text/html"),
    "a text": lambda quote: text(f"bad gateway {quote}", 502),
    "no json": lambda quote: text(f"hello {quote}", 200),
    "a content type": lambda quote: text("hello", 200, f"text/{quote}"),
    "a request id": lambda quote: ok({"detail": "x"}, 400, x_request_id=quote),
    "a redirect": lambda quote: Reply(302, b"", {"location": f"ftp://{quote}/{quote}"}),
    "a redirect elsewhere": lambda quote: Reply(307, b"", {"location": f"http://127.0.0.2:9/{quote}"}),
}


@pytest.mark.parametrize("reply", REPLIES)
async def test_an_error_never_quotes_the_token(server, naps, reply):
    server.on("GET", "/v1/account", REPLIES[reply](SECRET))
    async with client_for(server, naps) as client:
        with pytest.raises(ApiError) as caught:
            await client.account()
    error = caught.value
    said = f"{error} {error.args} {error.title} {error.detail} {error.request_id} {vars(error)}"
    assert SECRET not in said and SECRET[4:-4] not in said


async def test_a_status_line_that_is_none_is_not_quoted(server, naps, monkeypatch):
    async def answer(writer, reply):
        writer.write(f"Bearer {SECRET}\r\n\r\n".encode())
        await writer.drain()

    monkeypatch.setattr(server, "_answer", answer)
    server.on("GET", "/v1/account", Reply())
    async with client_for(server, naps) as client:
        with pytest.raises(ApiError) as caught:
            await client.account()
    assert SECRET not in str(caught.value)


async def test_records_lists_and_their_raw_answers_do_not_hold_the_token(server, client):
    one = {
        "id": "p1",
        "status": "succeeded",
        "input": {"a": SECRET},
        "output": [f"x{SECRET}"],
        "logs": SECRET,
        SECRET: 1,
    }
    server.on("GET", "/v1/predictions/p1", ok(one, x_echo=SECRET))
    server.on("GET", "/v1/predictions", ok({"results": [one], "next": f"{server.url}/v1/predictions?cursor={SECRET}"}))
    found = await client.prediction("p1")
    page = await client.predictions().first()
    assert SECRET not in repr(found) + repr(found.raw) + repr(page) + repr(page.raw)
    assert found.output == ["x" + "*" * len(SECRET)]


async def test_events_do_not_hold_the_token_and_are_not_held_back(server, client):
    server.on(
        "GET",
        "/s",
        events(f"event: output\nid: {SECRET}\ndata: a {SECRET}\n\n".encode(), b"event: done\ndata: {}\n\n"),
    )
    seen = [event async for event in client.stream(f"{server.url}/s")]
    assert [event.kind for event in seen] == ["output", "done"]
    assert SECRET not in repr(seen)


async def test_a_file_of_the_apis_own_host_does_not_hold_the_token(server, elsewhere, client, tmp_path):
    content = b"a" * 300_000 + SECRET.encode() + b"b" * 300_000
    server.on("GET", "/f", Reply(200, content, {"etag": f'"{SECRET}"'}))
    elsewhere.on("GET", "/f", Reply(200, content))
    path = await client.download(f"{server.url}/f", tmp_path / "own")
    assert path.read_bytes() == content.replace(SECRET.encode(), b"*" * len(SECRET))
    path = await client.download(f"{elsewhere.url}/f", tmp_path / "other")
    assert path.read_bytes() == content, "who never had the token cannot quote it"


async def test_headers_of_a_profile_go_home_alone_and_are_hidden_as_the_token_is(server, elsewhere, naps, tmp_path):
    server.on("GET", "/v1/account", lambda request: text(str(request.headers), 500))
    elsewhere.on("GET", "/f", Reply(200, b"x"))
    headers = {"X-Gate": "Bearer gate-secret-0123"}
    async with client_for(server, naps, headers=headers) as client:
        with pytest.raises(ApiError) as caught:
            await client.account()
        await client.download(f"{elsewhere.url}/f", tmp_path / "f")
    assert server.requests[0].headers["x-gate"] == "Bearer gate-secret-0123"
    assert "x-gate" not in elsewhere.requests[0].headers
    assert "gate-secret-0123" not in str(caught.value)


def test_a_client_with_headers_does_not_show_them():
    client = Client("https://h", Token(SECRET), headers={"x-gate": "gate-secret-0123"})
    assert "gate-secret" not in repr(client)
