"""Token, Host, limits, faults: what stands before every operation."""

import base64
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import client_of, until_done, version_of
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.sandbox.chaos import Chaos
from tui.sandbox.options import parse_duration, parse_rate

UNAUTHENTICATED = {
    "title": "Unauthenticated",
    "detail": "You did not pass a valid authentication token",
    "status": 401,
}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "Bearer {token}x"])
def test_a_request_without_the_token_is_refused_as_recorded(served: RunningSandbox, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.format(token=served.token)}
    for path in ("/account", "/predictions", "/models/sandbox/talker", "/nowhere"):
        answer = httpx.get(served.base_url + path, headers=headers)
        assert (answer.status_code, answer.json()) == (401, UNAUTHENTICATED)
        assert answer.headers["content-type"] == "application/problem+json"
    assert httpx.get(f"{served.origin}/_sandbox/requests", headers=headers).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "bearer"])
def test_both_schemes_of_authorization_are_understood(served: RunningSandbox, scheme: str) -> None:
    answer = httpx.get(f"{served.base_url}/account", headers={"Authorization": f"{scheme} {served.token}"})
    assert answer.json()["username"] == "sandbox"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil", "10.0.0.1"])
def test_a_foreign_host_header_is_refused(served: RunningSandbox, host: str) -> None:
    headers = {"Authorization": f"Bearer {served.token}", "Host": host}
    answer = httpx.get(f"{served.base_url}/account", headers=headers)
    assert answer.status_code in {400, 421}
    assert "sandbox" not in answer.text or "does not answer" in answer.text


def test_answers_name_the_address_that_the_client_used(served: RunningSandbox) -> None:
    base = served.base_url.replace("127.0.0.1", "localhost")
    headers = {"Authorization": f"Bearer {served.token}"}
    url = httpx.get(f"{base}/models/sandbox/talker", headers=headers).json()["url"]
    assert url == base.removesuffix("/v1") + "/sandbox/talker"


def test_the_rate_limit_is_told_with_every_answer(api: httpx.Client) -> None:
    answer = api.get("/account")
    assert 0 < int(answer.headers["ratelimit-remaining"]) < 3000
    assert int(answer.headers["ratelimit-reset"]) >= 1


def test_too_many_creations_get_429_with_the_wait_in_three_places(models: list[Path]) -> None:
    with run_sandbox(cog=models, options=["--rate-limit", "6/1m,burst=1"]) as running, client_of(running) as api:
        body = {"version": version_of(api, "talker"), "input": {}}
        assert api.post("/predictions", json=body).status_code == 201
        answer = api.post("/predictions", json=body)
        assert answer.status_code == 429
        wait = answer.json()["retry_after"]
        assert 8 <= wait <= 10
        assert answer.headers["retry-after"] == str(wait)
        assert answer.json()["detail"].endswith(f"Your rate limit resets in ~{wait}s.")
        assert "reduced to 6 requests" in answer.json()["detail"]
        assert api.get("/account").status_code == 200
        assert running.count("predictions.create") == 2


@pytest.mark.parametrize("path", ["/nowhere", "/models/x", "/models/sandbox/none", "/predictions/none", "/files/none"])
def test_what_is_not_there_is_a_problem_of_404(api: httpx.Client, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_is_told_the_right_ones(api: httpx.Client) -> None:
    answer = api.put("/predictions")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


def faulty(models: list[Path], plan: str) -> Any:
    return run_sandbox(cog=models, chaos=plan)


def test_a_lost_answer_has_created_its_prediction_all_the_same(models: list[Path]) -> None:
    with faulty(models, "predictions.create:lost=1x1") as running, client_of(running) as api:
        body = {"version": version_of(api, "talker"), "input": {"text": "once"}}
        with pytest.raises(httpx.TransportError):
            api.post("/predictions", json=body)
        assert [job["input"] for job in api.get("/predictions").json()["results"]] == [{"text": "once"}]
        assert running.requests("predictions.create")[0]["status"] is None
        assert api.post("/predictions", json=body).status_code == 201


def test_a_dropped_connection_has_created_nothing(models: list[Path]) -> None:
    with faulty(models, "predictions.create:dropx1") as running, client_of(running) as api:
        body = {"version": version_of(api, "talker"), "input": {}}
        with pytest.raises(httpx.TransportError):
            api.post("/predictions", json=body)
        assert api.get("/predictions").json()["results"] == []
        assert api.post("/predictions", json=body).status_code == 201


def test_faults_come_to_the_operations_they_are_meant_for(models: list[Path]) -> None:
    plan = "account.get:503x1, hardware.list:429x1@7s, models.get:half=1x1, collections.*:latency@300ms; seed=3"
    with faulty(models, plan) as running, client_of(running) as api:
        assert [api.get("/account").status_code for _ in range(2)] == [503, 200]
        throttled = api.get("/hardware")
        assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "7")
        with pytest.raises(httpx.TransportError):
            api.get("/models/sandbox/talker")
        assert api.get("/models/sandbox/talker").json()["name"] == "talker"
        began = time.monotonic()
        api.get("/collections")
        assert time.monotonic() - began >= 0.3


def test_a_file_breaks_off_in_the_middle_and_goes_on_from_there(models: list[Path]) -> None:
    with faulty(models, "delivery:half=1x1") as running, client_of(running) as api:
        file = "data:text/plain;base64," + base64.b64encode(b"0123456789" * 20_000).decode()
        body = {"version": version_of(api, "copier"), "input": {"file": file}}
        url = until_done(api, api.post("/predictions", json=body).json()["urls"]["get"])["output"][0]
        received = bytearray()
        with pytest.raises(httpx.TransportError), api.stream("GET", url) as answer:
            for piece in answer.iter_bytes():
                received += piece
        assert answer.headers["content-length"] == "200000"
        assert bytes(received) == b"0123456789" * 10_000
        rest = api.get(url, headers={"Range": "bytes=100000-"})
        assert (rest.status_code, rest.content) == (206, b"0123456789" * 10_000)


def test_a_plan_strikes_the_same_requests_each_time() -> None:
    def struck() -> list[str | None]:
        plan = Chaos("*:500=0.3, predictions.*:lost=0.5; seed=7")
        return [plan.strike("predictions.get").fault for _ in range(50)]

    assert struck() == struck()
    assert set(struck()) == {"500", "lost", None}


@pytest.mark.parametrize("plan", ["x", "*:boom", "*:500=2", "a b:500", "*:500=", "seed=x"])
def test_a_plan_that_is_none_is_refused(plan: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Chaos(plan)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30", 30), ("30s", 30), ("1h30m45s", 5445), ("5M", 300), ("200ms", 0.2), ("1.5s", 1.5)]
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "1y", "-1s", "1s2", "1h 2m", "²s", "1e3"])
def test_a_duration_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_rates_are_read() -> None:
    assert (parse_rate("6/1m,burst=1").requests, parse_rate("6/1m,burst=1").burst) == (6, 1)
    assert parse_rate("10/1s").seconds == 1
    with pytest.raises(ValueError, match="rate"):
        parse_rate("0/1m")


def test_search_finds_by_words_in_both_ways(api: httpx.Client) -> None:
    found = api.get("/search", params={"query": "says WORDS", "limit": 5}).json()
    assert found["query"] == "says WORDS"
    assert found["models"][0]["model"]["name"] == "talker"
    assert found["models"][0]["metadata"]["score"] > 0
    names = [model["name"] for model in api.request("QUERY", "/models", content="says words").json()["results"]]
    assert names[0] == "talker"
    assert api.get("/search").json() == {"detail": 'Query parameter "query" is required'}
    assert api.get("/search", params={"query": "x", "limit": 51}).status_code == 400


def test_readme_is_markdown_or_404(api: httpx.Client) -> None:
    answer = api.get("/models/sandbox/talker/readme")
    assert (answer.text, answer.headers["content-type"]) == ("# Talker\n", "text/plain; charset=utf-8")
    missing = api.get("/models/sandbox/copier/readme")
    assert (missing.status_code, missing.content) == (404, b"")


def test_a_version_id_is_made_of_the_code_and_stays(api: httpx.Client, models: list[Path]) -> None:
    version = version_of(api, "talker")
    assert re.fullmatch(r"[0-9a-f]{64}", version)
    with run_sandbox(cog=models) as other, client_of(other) as second:
        assert version_of(second, "talker") == version
