"""Uploads, outputs, and which addresses a model is given."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import until_done, version_of
from tests.support.sandbox import RunningSandbox


def upload(api: httpx.Client, content: bytes = b"hello", name: str = "a b.txt", **more: Any) -> dict[str, Any]:
    answer = api.post("/files", files={"content": (name, content, "text/plain"), **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def copy(api: httpx.Client, file: str, **more: Any) -> httpx.Response:
    return api.post("/predictions", json={"version": version_of(api, "copier"), "input": {"file": file, **more}})


def test_an_upload_is_described_as_recorded(api: httpx.Client) -> None:
    file = upload(api, metadata=(None, json.dumps({"customer": 12}), "application/json"))
    assert file["name"] == "a b.txt"
    assert (file["content_type"], file["size"], file["metadata"]) == ("text/plain", 5, {"customer": 12})
    assert file["checksums"]["sha256"] == hashlib.sha256(b"hello").hexdigest()
    assert file["etag"] == file["checksums"]["md5"] == hashlib.md5(b"hello").hexdigest()
    assert len(base64.urlsafe_b64decode(file["id"])) == 36
    assert api.get(file["urls"]["get"]).json() == file
    assert file in api.get("/files").json()["results"]


def test_a_deleted_file_is_gone(api: httpx.Client) -> None:
    file = upload(api)
    assert api.delete(f"/files/{file['id']}").status_code == 204
    for answer in (api.get(f"/files/{file['id']}"), api.delete(f"/files/{file['id']}")):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_file_is_downloaded_with_a_signature_in_place_of_the_token(served: RunningSandbox, api: httpx.Client) -> None:
    file, expiry = upload(api), int(time.time()) + 60
    secret = served.get("/_sandbox/secrets")["files_signing_secret"]
    digest = hmac.new(secret.encode(), f"sandbox {file['id']} {expiry}".encode(), hashlib.sha256).digest()
    query = {"owner": "sandbox", "expiry": str(expiry), "signature": base64.b64encode(digest).decode()}
    assert httpx.get(f"{file['urls']['get']}/download", params=query).content == b"hello"
    for change in ({"owner": "you"}, {"expiry": str(expiry + 1)}, {"signature": "AAAA"}):
        assert httpx.get(f"{file['urls']['get']}/download", params={**query, **change}).status_code == 404


def test_uploads_and_data_uris_and_outputs_reach_the_model_and_come_back(api: httpx.Client) -> None:
    file = upload(api, bytes(range(256)), "pic.png")
    data = "data:text/plain;base64," + base64.b64encode(b"inline").decode()
    first = until_done(api, copy(api, file["urls"]["get"], others=[data]).json()["urls"]["get"])
    assert first["status"] == "succeeded", first["error"]
    assert first["input"]["file"] == file["urls"]["get"]
    assert [httpx.get(url).content for url in first["output"]] == [bytes(range(256)), b"inline"]
    assert first["output"][0].endswith("/out-0.png")
    again = until_done(api, copy(api, first["output"][0], note="!").json()["urls"]["get"])
    assert httpx.get(again["output"][0]).content == bytes(range(256)) + b"!"


def test_an_output_can_be_fetched_in_parts(api: httpx.Client) -> None:
    done = until_done(api, copy(api, "data:text/plain,0123456789").json()["urls"]["get"])
    part = httpx.get(done["output"][0], headers={"Range": "bytes=4-6"})
    assert (part.status_code, part.content) == (206, b"456")


@pytest.mark.parametrize(
    "address",
    [
        "/etc/passwd",
        "~/.ssh/id_rsa",
        "etc/passwd",
        "",
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "ftp://example.com/x",
        "http://",
        "http://localhost/x",
        "http://localhost.:1/x",
        "http://127.0.0.1:9/x",
        "http://127.1/x",
        "http://2130706433/x",
        "http://0x7f000001/x",
        "http://0/x",
        "http://[::1]/x",
        "http://[::ffff:10.0.0.1]/x",
        "http://10.1.2.3/x",
        "http://172.16.0.1/x",
        "http://192.168.1.1/x",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/x",
        "http://user@127.0.0.1/x",
        "http://example.com\\@127.0.0.1/x",
        "data:text/plain",
    ],
)
def test_local_paths_and_private_addresses_never_reach_a_model(api: httpx.Client, address: str) -> None:
    for given in ({"file": address}, {"file": "data:text/plain,x", "others": ["data:text/plain,y", address]}):
        answer = api.post("/predictions", json={"version": version_of(api, "copier"), "input": given})
        assert answer.status_code == 422
        where = "input.others.1" if "others" in given else "input.file"
        assert [fault["field"] for fault in answer.json()["invalid_fields"]] == [where]


def test_a_path_in_plain_text_is_only_text(api: httpx.Client) -> None:
    body = {"version": version_of(api, "talker"), "input": {"text": "http://127.0.0.1/ /etc/passwd"}}
    done = until_done(api, api.post("/predictions", json=body).json()["urls"]["get"])
    assert "".join(done["output"]) == "http://127.0.0.1/ /etc/passwd"


def test_no_address_of_the_sandbox_but_its_files_is_handed_on(served: RunningSandbox, api: httpx.Client) -> None:
    for path in ("/v1/account", "/_sandbox/secrets", "/v1/files/none", "/delivery/none/x", "/v1/predictions"):
        assert copy(api, served.origin + path).status_code == 422


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "application/json", 415),
        (b"", "multipart/form-data", 415),
        (b"", "multipart/form-data; boundary=x", 400),
        (b"--x\r\n\r\nhello\r\n--x--", "multipart/form-data; boundary=x", 400),
        (b'--x\r\nContent-Disposition: form-data; name="content"\r\n\r\nhello', "multipart/form-data; boundary=x", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nhello\r\n--x--',
            "multipart/form-data; boundary=x",
            400,
        ),
    ],
)
def test_a_form_that_is_none_is_refused(api: httpx.Client, body: bytes, content_type: str, status: int) -> None:
    answer = api.post("/files", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert answer.json()["status"] == status


def test_a_file_of_more_than_100_mb_is_refused_before_it_is_read(api: httpx.Client) -> None:
    def endless() -> Any:
        raise AssertionError("the body was read")
        yield b""

    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(200 * 1024 * 1024)}
    request = api.build_request("POST", "/files", content=b"--x", headers=headers)
    request.headers["Content-Length"] = headers["Content-Length"]
    import socket

    with socket.create_connection((request.url.host, request.url.port or 80), timeout=10) as raw:
        lines = [f"POST {request.url.path} HTTP/1.1", f"Host: {request.url.netloc.decode()}"]
        lines += [
            f"{key}: {value}" for key, value in {**headers, "Authorization": api.headers["authorization"]}.items()
        ]
        raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = raw.recv(65536)
    assert b" 413 " in answer.split(b"\r\n")[0]
    assert b"Files must be less than 100MB in size" in answer or b"problem+json" in answer


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", 'a"b.txt', "\x1b[31m.txt", "x" * 255, "日本.png"])
def test_a_strange_file_name_does_no_harm(api: httpx.Client, name: str) -> None:
    quoted = name.replace('"', '\\"')
    body = f'--x\r\nContent-Disposition: form-data; name="content"; filename="{quoted}"\r\n\r\nhello\r\n--x--\r\n'
    answer = api.post("/files", content=body.encode(), headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 201
    kept = answer.json()
    assert not set(kept["name"]) & set('/\\"\x1b')
    done = until_done(api, copy(api, kept["urls"]["get"]).json()["urls"]["get"])
    assert httpx.get(done["output"][0]).content == b"hello"
