"""--follow: a line of JSON per change until the end, through polls that fail, for one and for all that is live."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.command import Command
from tests.support.fake_api import Api, Request
from tests.support.sandbox import RunningSandbox
from tui.api.client import Client
from tui.api.token import Token
from tui.cli import follow_records as watching
from tui.cli.api_command import Asker
from tui.cli.families.predictions import predictions, trainings
from tui.cli.grammar import Call
from tui.cli.printing import Speaker


async def nap(seconds: float) -> None:
    """No time at all."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polls that follow each other at once."""
    monkeypatch.setattr("tui.services.watching.poll_interval.until_next", lambda *_, **__: 0.001)
    monkeypatch.setattr("tui.services.watching.poll_interval.until_next_list", lambda *_, **__: 0.001)
    monkeypatch.setattr("tui.services.watching.poll_interval.after_failures", lambda *_: 0.001)


def one(id_: str, status: str, **more: Any) -> dict[str, Any]:
    """A prediction as the API gives it."""
    return {"id": id_, "status": status, "model": "a/b", "created_at": "2026-11-21T10:00:00Z", **more}


async def lines(api: Api, call: Call, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of a command, and what it printed."""
    capsys.readouterr()
    async with Client(api.base_url, Token("abc"), sleep=nap) as client:
        asker = Asker(call, client, Speaker(), True, None, None)  # type: ignore[arg-type]  (neither is asked)
        code = await (predictions if call.command == "predictions" else trainings)(asker)
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def script(api: Api, path: str, *answers: dict[str, Any] | int) -> None:
    """Answers in turn; the last one stays. A number is a status with nothing to say."""
    left = list(answers)

    async def handler(request: Request) -> None:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, int):
            request.answer({"detail": "out of order"}, answer, Retry_After="0")
        else:
            request.answer(answer)

    api.on["GET", path] = handler


@pytest.mark.parametrize(("kind", "end", "code"), [("predictions", "succeeded", 0), ("trainings", "aborted", 1)])
async def test_each_change_is_a_line_and_polls_that_fail_are_none(
    kind: str, end: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Api() as api:
        quiet = one("p1", "processing", logs="10%")
        script(
            api,
            f"/v1/{kind}/p1",
            *(
                one("p1", "starting"),
                quiet,
                quiet,
                *[503] * 9,
                quiet,
                one("p1", "odd\x1b[31m"),
                one("p1", end, logs="x"),
            ),
        )
        found = await lines(api, Call(kind, ("p1",), json=True, follow=True), capsys)
    assert found[0] == code
    assert [line["status"] for line in found[1]] == ["starting", "processing", "odd\x1b[31m", end]


async def test_it_ends_with_4_when_the_api_is_gone_for_too_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watching, "GIVE_UP", 0.0)
    async with Api() as api:
        script(api, "/v1/predictions/p1", one("p1", "starting"), 503)
        code, told = await lines(api, Call("predictions", ("p1",), json=True, follow=True), capsys)
    assert (code, len(told)) == (4, 1)


async def test_the_list_is_followed_until_nothing_is_live(capsys: pytest.CaptureFixture[str]) -> None:
    def page(*items: dict[str, Any]) -> dict[str, Any]:
        return {"results": list(items), "next": None, "previous": None}

    async with Api() as api:
        old, first = one("p0", "failed"), one("p1", "starting")
        script(
            api,
            "/v1/predictions",
            page(first, old),
            page(one("p2", "processing"), first, old),
            *[503] * 5,
            # p1 has gone from the page, as in an account that makes many; p3 came and ended between two looks.
            page(one("p3", "succeeded"), one("p2", "processing"), old),
            page(one("p2", "succeeded"), old),
        )
        script(api, "/v1/predictions/p1", one("p1", "processing"), one("p1", "canceled", logs="whole"))
        script(api, "/v1/predictions/p2", one("p2", "succeeded", output="whole"))
        code, told = await lines(api, Call("predictions", json=True, follow=True), capsys)
    assert code == 0
    seen = [(line["id"], line["status"]) for line in told]
    assert seen[:3] == [("p1", "starting"), ("p2", "processing"), ("p1", "processing")]
    assert sorted(seen[3:]) == [("p1", "canceled"), ("p2", "succeeded")]
    assert {line.get("output") for line in told if line["id"] == "p2"} == {None, "whole"}


async def test_a_list_of_nothing_live_ends_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    async with Api() as api:
        script(api, "/v1/trainings", {"results": [one("t1", "succeeded")], "next": None})
        assert await lines(api, Call("trainings", json=True, follow=True), capsys) == (0, [])


def test_a_real_prediction_is_followed_to_its_end(replicate: Command, sandbox: RunningSandbox) -> None:
    words = ("-i", "kind=slow", "-i", "amount=4", "-i", "pause=0.3", "--no-wait")
    made = replicate("run", "sandbox/trouble", *words).json
    result = replicate("predictions", made["id"], "--json", "--follow")
    told = [json.loads(line) for line in result.out.splitlines()]
    assert result.code == 0
    assert told[-1]["status"] == "succeeded"
    assert told[-1] == sandbox.get(f"/v1/predictions/{made['id']}")
    assert len({json.dumps(line) for line in told}) == len(told), "each line is a change"
