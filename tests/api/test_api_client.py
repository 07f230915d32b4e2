import asyncio
import contextlib
import gzip
import io
import logging
import time
import traceback

import httpx
import pytest
from rich.console import Console
from rich.traceback import Traceback

from tests.support.api_server import SECRET, Reply, breaks, client_for, events, ok, text
from tui.api import transport
from tui.api.client import Client
from tui.api.errors import (
    ApiError,
    BadAnswer,
    InvalidInput,
    NetworkError,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
)
from tui.api.token import Token
from tui.api.transport import failure_from
from tui.api.types import Target

ACCOUNT = {"type": "user", "username": "ada", "name": "Ada"}
PREDICTION = {"id": "p1", "status": "processing", "input": {}, "urls": {}}


async def test_a_request_carries_the_token_and_gives_a_typed_answer(server, client):
    server.on("GET", "/v1/account", ok(ACCOUNT))
    account = await client.account()
    assert (account.username, account.raw) == ("ada", ACCOUNT)
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert server.requests[0].headers["user-agent"].startswith("replicate-tui/")


async def test_without_a_token_none_is_sent(server, naps):
    server.on("GET", "/v1/account", ok({"title": "Unauthenticated", "detail": "No token"}, 401))
    async with Client(server.url + "/v1/", None, sleep=naps) as client:
        with pytest.raises(Unauthorized, match="No token"):
            await client.account()
    assert "authorization" not in server.requests[0].headers
    assert naps.seconds == []


@pytest.mark.parametrize("given", ["https://h", "https://h/", "https://h/v1", " https://h/v1/ "])
async def test_the_base_url_is_taken_with_and_without_v1(given):
    assert Client(given, None).base_url == "https://h/v1"


@pytest.mark.parametrize(
    "given", ["", "h", "ftp://h", "https://", "https://u:p@h", "https://h?x=1", "http://h:99999", "http://[::1"]
)
async def test_what_is_no_api_address_is_refused(given):
    with pytest.raises(ValueError, match="address of an API"):
        Client(given, None)


# Retries


@pytest.mark.parametrize("fault", [text("<html><title>Bad gateway</title>", 502, "text/html"), breaks("unread"),
                                   breaks("unanswered"), breaks("head"), breaks("body")])  # fmt: skip
async def test_a_read_is_tried_again_after_a_fault(server, client, naps, fault):
    server.on("GET", "/v1/account", fault, fault, fault, ok(ACCOUNT))
    assert (await client.account()).username == "ada"
    assert server.count("GET") == 4
    assert len(naps.seconds) == 3
    assert naps.seconds == sorted(naps.seconds) or max(naps.seconds) <= 3


async def test_a_read_gives_up_after_three_more_tries(server, client, naps):
    server.on("GET", "/v1/account", ok({"detail": "broken"}, 500))
    waits = []
    client.on_wait = lambda seconds, reason: waits.append((seconds, reason))
    with pytest.raises(ServerError, match="broken") as failure:
        await client.account()
    assert failure.value.status == 500
    assert server.count("GET") == 4
    assert [seconds for seconds, _ in waits] == naps.seconds
    assert all("500" in reason for _, reason in waits)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 422, 501])
async def test_a_refusal_is_never_tried_again(server, client, naps, status):
    server.on("GET", "/v1/account", ok({"detail": "no"}, status))
    with pytest.raises(ApiError):
        await client.account()
    assert server.count("GET") == 1
    assert naps.seconds == []


async def test_nobody_at_the_address_is_a_network_error_that_names_it(server, naps):
    await server.stop()
    async with client_for(server, naps) as client:
        with pytest.raises(NetworkError) as raised:
            await client.account()
    where = f"127.0.0.1:{server.port}"
    assert str(raised.value) == f"{where} was not reached. Check the network and REPLICATE_API_BASE_URL."
    assert len(naps.seconds) == 3


def test_an_address_that_nobody_chose_is_not_to_be_checked():
    broken = httpx.ConnectError("[Errno -2] Name or service not known")
    for url in ("https://api.replicate.com/v1/account", "https://replicate.delivery/a.png"):
        error = failure_from(broken, httpx.URL(url), home="api" in url)
        host = httpx.URL(url).host
        assert str(error) == f"{host} was not reached ([Errno -2] Name or service not known). Check the network."


async def test_silence_is_a_network_error(server, naps):
    hold = asyncio.Event()
    server.on("GET", "/v1/account", Reply(until=hold))
    async with client_for(server, naps, timeout=0.1) as client:
        with pytest.raises(NetworkError, match="did not answer"):
            await client.account()
    assert server.count("GET") == 4


async def test_canceling_is_repeated_because_it_can_be(server, client):
    server.on("POST", "/v1/predictions/p1/cancel", breaks("unanswered"), ok({**PREDICTION, "status": "canceled"}))
    assert (await client.cancel_prediction("p1")).is_terminal
    assert server.count("POST") == 2


async def test_a_deletion_whose_answer_was_lost_counts_as_done(server, client):
    server.on("DELETE", "/v1/files/f", breaks("unanswered"), ok({"detail": "gone"}, 404))
    await client.delete_file("f")
    server.on("DELETE", "/v1/files/g", ok({"detail": "gone"}, 404))
    with pytest.raises(NotFound):
        await client.delete_file("g")


async def test_a_change_of_a_deployment_is_not_sent_twice(server, client):
    server.on("PATCH", "/v1/deployments/a/d", breaks("unanswered"))
    with pytest.raises(NetworkError) as failure:
        await client.update_deployment("a", "d", min_instances=1)
    assert failure.value.sent
    assert server.count("PATCH") == 1


# Rate limits


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (ok({"detail": "slow"}, 429, retry_after="7"), 7),
        (ok({"detail": "slow", "retry_after": 5}, 429), 5),
        (ok({"detail": "Request was throttled. Your rate limit resets in ~30s."}, 429), 30),
        (ok({"detail": "slow"}, 429, ratelimit_reset="3"), 3),
        (text("slow down", 429), 1),
    ],
)
async def test_a_rate_limit_is_waited_for_as_told(server, client, naps, reply, seconds):
    server.on("GET", "/v1/account", reply, ok(ACCOUNT))
    waits = []
    client.on_wait = lambda wait, reason: waits.append(reason)
    assert (await client.account()).username == "ada"
    assert naps.seconds == [pytest.approx(seconds, abs=0.26)]
    assert waits == ["rate limit"]
    assert client.rate_limit.waiting_until is not None


async def test_a_creation_waits_for_its_rate_limit_too(server, client, naps):
    slow = ok({"detail": "Your rate limit for creating predictions is reduced; resets in ~5s.", "retry_after": 5}, 429)
    server.on("POST", "/v1/predictions", slow, slow, ok(PREDICTION, 201))
    assert (await client.create_prediction(Target("a", "b", "v"), {})).id == "p1"
    assert [round(seconds) for seconds in naps.seconds] == [5, 5]


async def test_requests_of_one_kind_are_held_back_together_and_the_others_are_not(server, client, naps):
    server.on("GET", "/v1/account", ok({}, 429, retry_after="20"), ok(ACCOUNT))
    server.on("GET", "/v1/hardware", ok([]))
    server.on("POST", "/v1/predictions", ok(PREDICTION, 201))
    await client.account()
    await client.create_prediction(Target("a", "b", "v"), {})
    assert len(naps.seconds) == 1
    await client.hardware()
    assert len(naps.seconds) == 2
    assert 15 < naps.seconds[1] < 21


async def test_an_hour_is_not_waited_for_but_told(server, client, naps):
    server.on("GET", "/v1/account", ok({"detail": "slow"}, 429, retry_after="3600"))
    with pytest.raises(RateLimited) as limit:
        await client.account()
    assert limit.value.retry_after == 3600
    assert limit.value.at > time.monotonic() + 3500
    assert naps.seconds == []


async def test_waiting_ends_after_ten_tries(server, client, naps):
    server.on("GET", "/v1/account", ok({}, 429, retry_after="0"))
    with pytest.raises(RateLimited):
        await client.account()
    assert server.count("GET") == 10
    assert sum(naps.seconds) <= 300


async def test_the_limit_left_is_read_from_every_answer(server, client):
    seen = []
    client.on_rate_limit = seen.append
    server.on("GET", "/v1/account", ok(ACCOUNT, ratelimit_remaining=2999, ratelimit_reset=1))
    server.on("POST", "/v1/predictions", ok(PREDICTION, 201, ratelimit_remaining=599, ratelimit_reset=1))
    await client.account()
    await client.create_prediction(Target("a", "b", "v"), {})
    assert client.rate_limit.remaining == 2999
    assert client.rate_limit.creations_remaining == 599
    assert client.rate_limit.reset_at == pytest.approx(time.monotonic() + 1, abs=1)
    assert seen[-1] is client.rate_limit


# Answers that are not as they should be


async def test_a_text_of_the_load_balancer_is_the_right_error(server, client):
    with pytest.raises(NotFound, match="backend NotFound"):
        await client.account()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (text("<html><title>Log in \x1b[31m</title></html>", kind="text/html"), "not JSON .*Log in"),
        (text("", kind="application/json"), "empty"),
        (ok([1]), "no object"),
        (ok(None), "no object"),
        (Reply(200, b'{"a": ' + b"[" * 100_000, {"content-type": "application/json"}), "not JSON"),
        (Reply(200, b"junk", {"content-encoding": "gzip", "content-type": "application/json"}), "garbled"),
    ],
)
async def test_an_answer_that_is_not_an_object_is_a_bad_answer(server, client, reply, words):
    server.on("GET", "/v1/account", reply)
    with pytest.raises(BadAnswer, match=words) as failure:
        await client.account()
    assert "\x1b" not in str(failure.value)


async def test_lone_surrogates_and_odd_numbers_are_read(server, client):
    body = b'{"username": "a\\ud800b", "name": NaN, "x": 1e999}'
    server.on("GET", "/v1/account", Reply(200, body, {"content-type": "application/json"}))
    assert (await client.account()).username == "ab"


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_without_end_is_not_read_to_its_end(server, client, monkeypatch, packed):
    monkeypatch.setattr(transport.Transport.read, "__defaults__", (100_000,))
    body = b'"' + b"x" * 200_000 + b'"'
    headers = {"content-type": "application/json"} | ({"content-encoding": "gzip"} if packed else {})
    server.on("GET", "/v1/account", Reply(200, gzip.compress(body) if packed else body, headers))
    with pytest.raises(BadAnswer, match="larger than"):
        await client.account()
    assert server.count("GET") == 1


async def test_large_answers_are_decoded_without_holding_the_loop(server, client):
    models = [{"owner": "a", "name": f"m{n}", "description": "x" * 5000} for n in range(200)]
    server.on("GET", "/v1/models", ok({"results": models, "next": None}))
    assert len((await client.models().first()).results) == 200


# Pages


async def test_pages_are_followed_as_given(server, client):
    following = f"{server.url}/v1/predictions?cursor=cD0yMDIz%2BMQ%3D%3D"
    server.on(
        "GET",
        "/v1/predictions",
        ok({"results": [{"id": "1"}, {"id": "2"}], "next": following, "previous": None}),
        ok({"results": [{"id": "3"}, None], "next": None, "previous": server.url}),
    )
    assert [item.id async for item in client.predictions(source="web")] == ["1", "2", "3"]
    assert server.requests[0].query == {"source": "web"}
    assert server.requests[1].query == {"cursor": "cD0yMDIz+MQ=="}
    page = await client.predictions().page(following)
    assert page.previous == server.url


async def test_pages_are_asked_for_only_when_they_are_needed(server, client):
    server.on("GET", "/v1/models", ok({"results": [{"name": "x"}], "next": f"{server.url}/v1/models?cursor=2"}))
    async with contextlib.aclosing(client.models().pages()) as pages:
        await anext(pages)
    assert server.count("GET") == 1


async def test_pages_that_lead_in_a_circle_end(server, client):
    server.on("GET", "/v1/files", ok({"results": [{"id": "f"}], "next": f"{server.url}/v1/files?cursor=1"}))
    assert len([item async for item in client.files()]) == 2


@pytest.mark.parametrize("answer", [{"results": "x"}, "x", 5])
async def test_what_is_no_page_is_a_bad_answer(server, client, answer):
    server.on("GET", "/v1/files", ok(answer))
    with pytest.raises(BadAnswer, match="no page"):
        await client.files().first()


async def test_the_search_for_models_sends_its_text_as_a_query(server, client):
    server.on("QUERY", "/v1/models", ok({"results": [{"owner": "a", "name": "b"}], "next": None}))
    assert [model.ref async for model in client.search_models("süß \ud800")] == ["a/b"]
    assert server.requests[0].body.decode() == "süß ?"
    assert server.requests[0].headers["content-type"].startswith("text/plain")


# The token goes to the API's own origin and nowhere else


async def test_a_next_page_elsewhere_gets_no_token(server, elsewhere, client):
    server.on("GET", "/v1/predictions", ok({"results": [], "next": f"{elsewhere.url}/v1/predictions"}))
    elsewhere.on("GET", "/v1/predictions", ok({"results": [{"id": "x"}], "next": None}))
    assert [item.id async for item in client.predictions()] == ["x"]
    assert SECRET not in str(elsewhere.requests)
    assert "authorization" not in elsewhere.requests[0].headers


GATEWAY = "/v1/account/gateway/replicate"


@pytest.mark.parametrize(
    "following",
    [
        "https://api.replicate.com/v1/predictions?cursor=cD0yMDIz%2BMQ%3D%3D&x=a%2Fb",
        "http://API.replicate.com:443/v1/predictions?cursor=cD0yMDIz%2BMQ%3D%3D&x=a%2Fb",
    ],
)
@pytest.mark.parametrize("path", [GATEWAY, "/v1"])
async def test_a_page_of_the_api_behind_a_gateway_is_asked_for_at_the_gateway(server, naps, path, following):
    """Its lists name api.replicate.com, where nobody may see the gateway's headers, and this token may be none."""
    server.on(
        "GET",
        f"{path}/predictions",
        ok({"results": [{"id": "1"}], "next": following}),
        ok({"results": [{"id": "2"}], "next": None}),
    )
    async with Client(f"{server.url}{path}", Token(SECRET), sleep=naps, headers={"cf-aig": "key"}) as client:
        assert [item.id async for item in client.predictions()] == ["1", "2"]
        assert [item.id for item in (await client.predictions().page(following)).results] == ["2"]
    for request in server.requests:
        assert request.headers["authorization"] == f"Bearer {SECRET}" and request.headers["cf-aig"] == "key"
    assert server.requests[-1].query == {"cursor": "cD0yMDIz+MQ==", "x": "a/b"}


async def test_a_file_and_a_redirect_of_the_api_behind_a_gateway_are_asked_for_there_too(server, naps, tmp_path):
    home = "https://api.replicate.com/v1"
    server.on("GET", f"{GATEWAY}/files/f1/download", text("content"))
    server.on("GET", f"{GATEWAY}/account", Reply(307, headers={"location": f"{home}/me"}))
    server.on("GET", f"{GATEWAY}/me", ok({"username": "ada"}))
    async with Client(f"{server.url}{GATEWAY}", Token(SECRET), sleep=naps) as client:
        await client.download(f"{home}/files/f1/download", tmp_path / "f1")
        assert (await client.account()).username == "ada"
    assert (tmp_path / "f1").read_text() == "content"
    assert all(request.headers["authorization"] == f"Bearer {SECRET}" for request in server.requests)


@pytest.mark.parametrize(
    "address",
    [
        "https://api.replicate.com.evil.example/v1/predictions",
        "https://evil.example/api.replicate.com/v1/predictions",
        "https://stream.replicate.com/v1/predictions",
        "https://api.replicate.com@evil.example/v1/predictions",
        "https://api.replicate.com/v10/predictions",
        "https://api.replicate.com/openapi.json",
    ],
)
def test_no_other_address_is_taken_for_one_behind_the_gateway(address):
    way = transport.Transport("https://gateway.example/replicate", Token(SECRET), 5, "tests")
    assert str(way.parse(address)) == address and not way.is_home(way.parse(address))


def test_without_a_gateway_the_apis_addresses_are_taken_as_they_are():
    way = transport.Transport("https://api.replicate.com/v1", Token(SECRET), 5, "tests")
    assert str(way.parse("https://api.replicate.com/v1/predictions?cursor=a%2Bb")) == (
        "https://api.replicate.com/v1/predictions?cursor=a%2Bb"
    )


async def test_a_stream_elsewhere_gets_no_token_and_one_at_home_does(server, elsewhere, client):
    for place in (server, elsewhere):
        place.on("GET", "/s", events(b"event: done\ndata: {}\n\n"))
        assert [event.kind async for event in client.stream(f"{place.url}/s")] == ["done"]
    assert "authorization" not in elsewhere.requests[0].headers
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_elsewhere_is_not_followed_by_api_calls(server, elsewhere, client, status):
    server.on("GET", "/v1/account", Reply(status, headers={"location": f"{elsewhere.url}/v1/account"}))
    server.on("POST", "/v1/predictions/p1/cancel", Reply(status, headers={"location": f"{server.url}/v1/x"}))
    with pytest.raises(ApiError, match="redirects"):
        await client.account()
    with pytest.raises(ApiError, match="redirects"):
        await client.cancel_prediction("p1")
    assert elsewhere.requests == []
    assert len(server.requests) == 2


async def test_a_redirect_at_home_is_followed_and_a_circle_is_not(server, client):
    server.on("GET", "/v1/account", Reply(307, headers={"location": "/v1/me"}))
    server.on("GET", "/v1/me", ok(ACCOUNT))
    assert (await client.account()).username == "ada"
    server.on("GET", "/v1/hardware", Reply(307, headers={"location": "/v1/hardware"}))
    with pytest.raises(BadAnswer, match="circle"):
        await client.hardware()


async def test_a_redirected_download_takes_no_token_along(server, elsewhere, client, tmp_path):
    server.on("GET", "/out.png", Reply(302, headers={"location": f"{elsewhere.url}/cdn"}))
    elsewhere.on("GET", "/cdn", Reply(200, b"png"))
    await client.download(f"{server.url}/out.png", tmp_path / "out.png")
    assert "authorization" in server.requests[0].headers
    assert "authorization" not in elsewhere.requests[0].headers


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://h/x",
        "javascript:alert(1)",
        "",
        "//h",
        "http://",
        "http://\x00h/",
        "gopher://h",
        "x" * 9999,
    ],
)
async def test_what_is_no_web_address_is_refused(client, tmp_path, address):
    with pytest.raises(BadAnswer):
        await client.download(address, tmp_path / "x")
    with pytest.raises(BadAnswer):
        await client.predictions().page(address)
    with pytest.raises(BadAnswer):
        async for _ in client.stream(address):
            pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "trick", ["http://{home}@{away}/s", "http://{away}/s#@{home}", "http://{away}\\@{home}/s", "http://{home}.{away}/s"]
)
async def test_an_address_that_only_looks_like_home_gets_no_token(server, elsewhere, client, trick):
    elsewhere.on("GET", "/s", events(b"event: done\ndata: {}\n\n"))
    home, away = f"127.0.0.1:{server.port}", f"localhost:{elsewhere.port}"
    with contextlib.suppress(ApiError):
        async for _ in client.stream(trick.format(home=home, away=away)):
            pass
    for request in [*server.requests, *elsewhere.requests]:
        assert SECRET not in str(request) or request.headers["host"] == home


async def test_the_same_host_at_another_port_or_scheme_is_elsewhere(client):
    transport = client._core.transport
    home = client.base_url
    assert transport.is_home(transport.parse(home + "/x"))
    assert not transport.is_home(transport.parse(home.replace("http:", "https:")))
    assert not transport.is_home(transport.parse("http://127.0.0.1/v1"))
    assert not transport.is_home(transport.parse(home.replace("127.0.0.1", "localhost")))


async def test_odd_names_cannot_leave_their_place_in_the_path(server, client):
    for name in ("..", ".", ""):
        with pytest.raises(NotFound):
            await client.model("a", name)
    assert server.requests == []
    with pytest.raises(NotFound):
        await client.prediction("../account?x=\r\nevil: 1#")
    assert server.requests[0].path == "/v1/predictions/../account?x=\r\nevil: 1#"
    assert server.requests[0].query == {}


@pytest.mark.parametrize("how", ["refused", "unread", "unanswered", "body", "silence", "garbled", "status"])
async def test_the_token_is_in_no_traceback_and_no_log(server, naps, caplog, how):
    caplog.set_level(logging.DEBUG)
    hold = asyncio.Event()
    replies = {
        "silence": Reply(until=hold),
        "garbled": Reply(200, b"junk", {"content-encoding": "gzip"}),
        "status": ok({"detail": "no"}, 401),
    }
    server.on("GET", "/v1/account", replies.get(how) or breaks(how))
    if how == "refused":
        await server.stop()
    async with client_for(server, naps, timeout=0.2) as client:
        with pytest.raises(ApiError) as failure:
            await client.account()
    error = failure.value
    console = Console(file=io.StringIO(), width=400)
    console.print(
        Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True, locals_max_string=9999)
    )
    shown = console.file.getvalue() + "".join(traceback.format_exception(error)) + caplog.text + repr(vars(client))
    assert "test_the_token_is_in_no_traceback" in shown
    assert SECRET not in shown
    assert error.__cause__ is None
    chain = error.__context__
    assert chain is None or type(chain).__module__.startswith("tui.")


# Streams


async def test_a_stream_ends_at_done_without_waiting_for_the_connection(server, client):
    server.on("GET", "/s", events(b": hi\n\nevent: output\nid: 1:0\ndata:  a\n\n", b"event: done\ndata: {}\n\n"))
    found = [(event.kind, event.data, event.id) async for event in client.stream(f"{server.url}/s", "9:9")]
    assert found == [("output", " a", "1:0"), ("done", "{}", "1:0")]
    assert server.requests[0].headers["accept"] == "text/event-stream"
    assert server.requests[0].headers["last-event-id"] == "9:9"


async def test_a_stream_that_is_cut_gives_what_came_and_then_a_network_error(server, client):
    server.on(
        "GET", "/s", events(b"event: output\ndata: a\n\n", b":408: 408 Request Timeout\n\nevent: output\ndata: b")
    )
    found = []
    with pytest.raises(NetworkError, match="before it was done"):
        async for event in client.stream(f"{server.url}/s"):
            found += [event.data]
    assert found == ["a"]


async def test_a_silent_stream_is_a_network_error(server, client):
    hold = asyncio.Event()
    server.on("GET", "/s", Reply(200, until=hold, headers={"content-type": "text/event-stream"}))
    with pytest.raises(NetworkError, match="did not answer"):
        async for _ in client.stream(f"{server.url}/s", idle=0.1):
            pass


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(text("gone", 404), NotFound), (text("hello"), BadAnswer), (ok({}, 429), RateLimited), (text("", 204), ApiError)],
)
async def test_what_is_no_stream_is_an_error(server, client, reply, kind):
    server.on("GET", "/s", reply)
    with pytest.raises(kind):
        async for _ in client.stream(f"{server.url}/s"):
            pass


async def test_a_stream_that_is_left_early_is_closed(server, client):
    server.on("GET", "/s", events(*[b"event: output\ndata: x\n\n"] * 50))
    async with contextlib.aclosing(client.stream(f"{server.url}/s")) as stream:
        assert (await anext(stream)).data == "x"


# One client


async def test_a_client_can_be_closed_twice_and_used_again(server, client):
    server.on("GET", "/v1/account", ok(ACCOUNT))
    await client.account()
    await client.aclose()
    await client.aclose()
    assert (await client.account()).username == "ada"


async def test_many_requests_at_once_are_all_answered(server, client):
    server.on("GET", "/v1/predictions/p1", ok(PREDICTION))
    found = await asyncio.gather(*(client.prediction("p1") for _ in range(100)))
    assert {item.id for item in found} == {"p1"}


async def test_a_request_that_is_canceled_leaves_nothing_open(server, client):
    hold = asyncio.Event()
    server.on("GET", "/v1/account", Reply(until=hold))
    task = asyncio.create_task(client.account())
    while not server.requests:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_input_that_json_cannot_hold_is_refused_before_it_is_sent(server, client):
    with pytest.raises(InvalidInput, match="JSON"):
        await client.create_prediction(Target("a", "b", "v"), {"x": float("nan")})
    assert server.requests == []


def test_a_token_with_a_client_is_not_shown():
    assert SECRET not in repr(Client("https://h", Token(SECRET)))
