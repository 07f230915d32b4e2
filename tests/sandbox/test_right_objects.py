"""Files of outputs as the official clients want them, and addresses that lead back by the way a client came."""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import client_of, until_done, version_of
from tests.support.sandbox import RunningSandbox, run_sandbox

HELLO = "data:text/plain;base64,aGVsbG8="


@pytest.fixture(scope="module")
def running(models: list[Path]) -> Iterator[RunningSandbox]:
    with run_sandbox(cog=models) as running:
        yield running


def copied(api: httpx.Client, given: str = HELLO, *, wait: bool = True) -> dict[str, Any]:
    """A prediction of the model that gives back a file."""
    body = {"version": version_of(api, "copier"), "input": {"file": given}}
    made = api.post("/predictions", json=body, headers={"Prefer": "wait"} if wait else {})
    assert made.status_code == 201, made.text
    return made.json()


def test_who_waits_gets_the_files_themselves_and_who_asks_later_their_addresses(running: RunningSandbox) -> None:
    with client_of(running) as api:
        made = copied(api)
        assert made["output"] == [HELLO]
        later = api.get(made["urls"]["get"]).json()["output"]
        assert later[0].startswith(running.origin + "/delivery/")
        assert httpx.get(later[0]).content == b"hello"


@pytest.mark.parametrize(("choice", "waiting", "later"), [("data", "data:", "data:"), ("url", "http:", "http:")])
def test_outputs_may_always_be_data_uris_or_always_addresses(
    models: list[Path], choice: str, waiting: str, later: str
) -> None:
    with run_sandbox(cog=models, options=["--outputs", choice]) as running, client_of(running) as api:
        made = copied(api)
        assert made["output"][0].startswith(waiting)
        assert until_done(api, made["urls"]["get"])["output"][0].startswith(later)


def test_addresses_lead_back_by_the_way_that_the_client_came(running: RunningSandbox) -> None:
    port = running.origin.rpartition(":")[2]
    with client_of(running) as api:
        for headers, origin in (
            ({"X-Forwarded-Proto": "https"}, f"https://127.0.0.1:{port}"),
            ({"X-Forwarded-Proto": "https", "X-Forwarded-Host": "replicate.test"}, "https://replicate.test"),
            ({"Host": "localhost:9443"}, "http://localhost:9443"),
        ):
            api.headers.update(headers)
            file = api.post("/files", files={"content": ("in.txt", b"hello", "text/plain")}).json()
            assert file["urls"]["get"].startswith(f"{origin}/v1/files/")
            # What came by that address is the sandbox's own, as an input too.
            made = copied(api, file["urls"]["get"], wait=False)
            assert made["urls"]["get"].startswith(f"{origin}/v1/predictions/")
            done = until_done(api, f"/predictions/{made['id']}")
            assert (done["status"], done["output"][0].startswith(f"{origin}/delivery/")) == ("succeeded", True)
            assert done["input"]["file"] == file["urls"]["get"]
            again = copied(api, done["output"][0])
            assert again["output"] == [HELLO]
            for name in headers:
                del api.headers[name]


def test_a_private_address_by_which_nobody_came_stays_refused(running: RunningSandbox) -> None:
    with client_of(running) as api:
        body = {"version": version_of(api, "copier"), "input": {"file": "http://localhost:9/v1/files/x"}}
        refused = api.post("/predictions", json=body)
        assert refused.json()["invalid_fields"][0]["description"] == "Must not be a private or local address"
        # A wrong token makes no address one of the sandbox's own.
        other = {"Host": "localhost:9", "Authorization": "Bearer wrong"}
        assert api.get("/account", headers=other).status_code == 401
        assert api.post("/predictions", json=body).status_code == 422
        assert api.get("/account", headers={"Host": "evil.example"}).status_code == 421


def test_a_public_url_is_the_address_of_everything(models: list[Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--public-url", "https://replicate.example:8443/v1", "--port", str(port)]
    with run_sandbox(cog=models, options=options) as running:
        assert running.base_url == "https://replicate.example:8443/v1"
        headers = {"Authorization": f"Bearer {running.token}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/v1", headers=headers, timeout=30) as api:
            for host in (f"127.0.0.1:{port}", "replicate.example:8443"):
                api.headers["Host"] = host
                file = api.post("/files", files={"content": ("in.txt", b"hello", "text/plain")}).json()
                assert file["urls"]["get"].startswith("https://replicate.example:8443/v1/files/")
                assert copied(api, file["urls"]["get"])["output"] == [HELLO]
            assert api.get("/account", headers={"Host": "other.example"}).status_code == 421


def test_paths_may_leave_v1_out_or_have_it_twice(running: RunningSandbox) -> None:
    with client_of(running) as api:
        for base in (running.origin, f"{running.origin}/v1", f"{running.origin}/v1/v1"):
            answer = api.get(f"{base}/account")
            assert answer.json()["username"] == "sandbox", base
        assert api.get(f"{running.origin}/nonsense").status_code == 404


def test_with_tls_everything_leads_to_https_and_models_run(models: list[Path]) -> None:
    pytest.importorskip("trustme")
    with run_sandbox(cog=models, options=["--tls"]) as running:
        assert running.base_url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=running.authority)
        headers = {"Authorization": f"Bearer {running.token}"}
        with httpx.Client(base_url=running.base_url, headers=headers, verify=trusting, timeout=30) as api:
            done = until_done(api, copied(api, wait=False)["urls"]["get"])
            assert done["output"][0].startswith(running.origin)
            assert api.get(done["output"][0]).content == b"hello"
            talked = api.post("/models/sandbox/talker/predictions", json={"input": {"text": "a b"}}).json()
            assert talked["urls"]["stream"].startswith("https://")
            assert until_done(api, talked["urls"]["get"])["output"] == ["a", " b"]
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(running.base_url)


def test_a_data_uri_of_an_output_holds_the_bytes_of_its_address(running: RunningSandbox) -> None:
    with client_of(running) as api:
        picture = {"prompt": "a quiet sea", "width": 64, "height": 64, "pace": 0}
        body = {"input": picture}
        made = api.post("/models/sandbox/fractal/predictions", json=body, headers={"Prefer": "wait"}).json()
        head, _, data = made["output"][0].partition(",")
        address = api.get(made["urls"]["get"]).json()["output"][0]
        answer = httpx.get(address)
        assert head == f"data:{answer.headers['content-type']};base64"
        assert base64.b64decode(data) == answer.content
