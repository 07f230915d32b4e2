"""A prediction's events on the wire, byte by byte."""

import re
import socket
from urllib.parse import urlsplit

import httpx

from tests.sandbox.conftest import client_of, until_done, version_of
from tests.support.sandbox import RunningSandbox, run_sandbox


def stream_url(api: httpx.Client, text: str, **more: object) -> str:
    body = {"version": version_of(api, "talker"), "input": {"text": text, **more}}
    return api.post("/predictions", json=body).json()["urls"]["stream"]


def read_raw(url: str) -> tuple[str, str]:
    """Head and body as they come on a bare socket, without a token, up to the end of `done`."""
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/event-stream\r\n\r\n"
        connection.sendall(request.encode())
        raw = b""
        while not re.search(rb"event: done\r?\nid: .*\r?\ndata: .*\r?\n\r?\n", raw):
            piece = connection.recv(65536)
            assert piece, raw
            raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    chunks = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        chunks, body = chunks + rest[:length], rest[length + 2 :]
    return head.decode(), chunks.decode()


def events(body: str) -> list[tuple[str, str]]:
    """Names and data, several data lines joined by newlines."""
    found = []
    for block in body.removeprefix(": hi\n\n").split("\n\n")[:-1]:
        lines = block.split("\n")
        data = [line.removeprefix("data: ") for line in lines[2:]]
        found.append((lines[0].removeprefix("event: "), "\n".join(data)))
    return found


def test_a_stream_is_shaped_as_recorded(api: httpx.Client) -> None:
    head, body = read_raw(stream_url(api, "a\nb  c", pause=0.05))
    assert "content-type: text/event-stream; charset=utf-8" in head.lower()
    assert body.startswith(": hi\n\nevent: output\nid: ")
    assert re.search(r"event: output\nid: \d{10}:\d+\ndata: a\ndata: b\n\n", body)
    assert re.search(r"event: output\nid: \d{10}:\d+\ndata:  c\n\n", body)
    assert re.search(r"event: done\nid: \d{10}:\d+\ndata: \{\}\n\n$", body)
    ids = re.findall(r"^id: (\d+):(\d+)$", body, re.MULTILINE)
    assert [(int(a), int(b)) for a, b in ids] == sorted({(int(a), int(b)) for a, b in ids})
    told = events(body)
    assert told[0] == ("output", "")
    assert "".join(data for name, data in told if name == "output") == "a\nb  c"


def test_a_live_stream_tells_the_log_and_the_reason_of_its_end(api: httpx.Client) -> None:
    body = {"version": version_of(api, "talker"), "input": {"text": "a b c", "pause": 30}}
    urls = api.post("/predictions", json=body).json()["urls"]
    asked = False
    with httpx.stream("GET", urls["stream"], timeout=30) as stream:
        text = ""
        for piece in stream.iter_text():
            text += piece
            if "data: a\n" in text and "data: speaking\n" in text and not asked:
                asked = True
                api.post(urls["cancel"])
            if "event: done" in text:
                break
    told = events(text)
    assert ("logs", "speaking\n") in told
    assert told[-1] == ("done", '{"reason":"canceled"}')


def test_a_stream_opened_late_tells_everything_again(api: httpx.Client) -> None:
    url = stream_url(api, "x y")
    prediction = api.get("/predictions").json()["results"][0]
    until_done(api, prediction["urls"]["get"])
    _, body = read_raw(url)
    assert events(body) == [("output", ""), ("output", "x"), ("output", " y"), ("done", "{}")]


def test_a_failure_is_an_error_before_done(api: httpx.Client) -> None:
    _, body = read_raw(stream_url(api, "x", kind="fail"))
    assert events(body)[-2:] == [
        ("error", '{"detail":"ValueError: no [/] words \\u001b[31m left"}'),
        ("done", '{"reason":"error"}'),
    ]


def test_a_stream_with_a_made_up_key_is_not_found(api: httpx.Client) -> None:
    url = stream_url(api, "x")
    assert httpx.get(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 404


def test_two_listeners_hear_the_same(api: httpx.Client) -> None:
    url = stream_url(api, "a b c d", pause=0.05)
    first, second = read_raw(url)[1], read_raw(url)[1]
    spoken = [[data for name, data in events(body) if name == "output"] for body in (first, second)]
    assert spoken[0] == spoken[1] == ["", "a", " b", " c", " d"]


def test_chaos_cuts_a_stream_after_so_many_events(models: list[object], served: RunningSandbox) -> None:
    with run_sandbox(cog=models, chaos="stream:cut=1x1@2") as running, client_of(running) as api:  # type: ignore[arg-type]
        url = stream_url(api, "a b c")
        text = ""
        try:
            with httpx.stream("GET", url) as stream:
                for piece in stream.iter_text():
                    text += piece
        except httpx.TransportError as error:
            cut = error
        assert cut
        assert text.count("event: ") == 2
        assert events(read_raw(url)[1])[-1] == ("done", "{}")
