"""What is said of a delivery: what is new in it, and its request as text and as a command."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.support.receiver import receiving
from tui.services.webhooks.desk import as_curl, as_request, changes


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"status": "starting"}, {"status": "processing"}, [("status", "starting → processing")]),
        ({"logs": "ab"}, {"logs": "abcde"}, [("logs", "3 letters more")]),
        ({"logs": ""}, {"logs": "one\ntwo"}, [("logs", "nothing → one two")]),
        ({"output": ["a"]}, {"output": ["a", "b", "c"]}, [("output", "2 more, 3 in all")]),
        ({"output": None}, {"output": ["a"]}, [("output", 'nothing → ["a"]')]),
        ({"output": []}, {"output": ["a"]}, [("output", 'nothing → ["a"]')]),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {}, [("a", "1 → nothing")]),
        ({}, {"metrics": {"predict_time": 2}}, [("metrics", 'nothing → {"predict_time": 2}')]),
        ({"logs": "x"}, {"logs": "y" * 100}, [("logs", f"x → {'y' * 79}…")]),
        ({"logs": "x"}, {"logs": "y" * 80}, [("logs", f"x → {'y' * 80}")]),
    ],
)
def test_what_is_new_in_a_body(before: Any, after: Any, told: list[tuple[str, str]]) -> None:
    assert changes(json.dumps(before).encode(), json.dumps(after).encode()) == told


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b"3"])
def test_what_is_no_object_has_nothing_new(body: bytes) -> None:
    assert changes(b"", body) == []


def test_a_request_is_shown_as_it_goes_over_the_line() -> None:
    assert as_request("https://a.example:8443/hook?x=1", {"webhook-id": "msg_1"}, b"{}") == (
        "POST /hook?x=1 HTTP/1.1\nHost: a.example:8443\nwebhook-id: msg_1\nContent-Length: 2\n\n{}"
    )
    assert as_request("http://a.example", {}, b"").startswith("POST / HTTP/1.1\nHost: a.example\n")


def test_the_command_of_a_request_sends_the_same_bytes() -> None:
    body = '{"logs": "it\'s $HOME \\n `x` é"}'.encode()
    headers = {"Content-Type": "application/json", "webhook-id": "msg_1", "webhook-signature": "v1,a+b/c="}
    with receiving() as receiver:
        command = as_curl(receiver.url, headers, body)
        subprocess.run(["/bin/sh", "-c", f"{command} --silent"], check=True, timeout=20)
        (one,) = receiver.taken
    assert one.body == body
    assert {name: one.headers[name.lower()] for name in headers} == headers
