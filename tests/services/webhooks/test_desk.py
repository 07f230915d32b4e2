"""What is said of a delivery: what is new in it, and its request as text and as a command."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import opened
from tests.support.receiver import receiving
from tests.support.webhook_api import webhook_api
from tui.services.webhooks.desk import as_curl, as_request, changes
from tui.services.webhooks.forwarding import Route
from tui.store.database import StoreError


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


async def test_two_who_forward_at_once_deliver_nothing_twice(tmp_path: Path) -> None:
    with receiving() as first, receiving() as second:
        async with webhook_api() as api, opened(api.base_url, tmp_path) as seen:
            desk = seen.services.webhooks
            await asyncio.gather(desk.forward(Route(first.url)), desk.forward(Route(second.url)))
            assert desk.route == Route(second.url)
            api.put("p1", "canceled", age=-1)
            await asyncio.to_thread(second.until, lambda: second.taken)
            await desk.stop()
            assert desk.route is None
        assert len(second.taken) == 1 and first.taken == []


async def test_where_forwarding_cannot_begin_nothing_is_left_of_it(tmp_path: Path) -> None:
    def rename(old: str, new: str) -> None:
        with sqlite3.connect(tmp_path / "kept.db") as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")

    with receiving() as receiver:
        async with webhook_api() as api, opened(api.base_url, tmp_path) as seen:
            desk = seen.services.webhooks
            rename("deliveries", "away")
            with pytest.raises(StoreError):
                await desk.forward(Route(receiver.url))
            assert desk.route is None and await desk.last_address() == ""
            rename("away", "deliveries")
            await desk.forward(Route(receiver.url))
            assert await desk.last_address() == receiver.url
            api.put("p1", "canceled", age=-1)
            await asyncio.to_thread(receiver.until, lambda: receiver.taken)
            await desk.stop()
        assert len(receiver.taken) == 1
