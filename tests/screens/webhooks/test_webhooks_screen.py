"""The section Webhooks, as a person uses it: forwarded from the console, looked at, sent again, stopped."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.support.fake_api import Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tests.support.receiver import Receiver, receiving
from tests.support.webhook_api import ASKED, SECRET, STARTED, webhook_api
from tui.navigation import Place

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with webhook_api() as server:
        yield server


@pytest.fixture
async def console(api: Api, tmp_path: Path) -> AsyncIterator[OpenedConsole]:
    async with opened_console(api, tmp_path, Place("webhooks"), size=(120, 40)) as opened_at:
        yield opened_at


async def forward(console: OpenedConsole, url: str) -> None:
    """Ask for the address, and give it."""
    await console.press("p")
    await console.shows("Forward webhooks")
    await console.press("ctrl+u", *url, "enter")
    await console.until(lambda: not console.app.screen.is_modal)


async def test_webhooks_are_forwarded_and_seen_and_stopped(
    api: Api, console: OpenedConsole, receiver: Receiver
) -> None:
    await console.shows("No webhooks were delivered from here yet.")
    await console.shows("Nothing is forwarded")
    await forward(console, receiver.url)
    await console.shows(f"● forwarding to {receiver.url}")
    api.put("p1", "succeeded", age=-1, output=["an end"], started_at=STARTED)
    await console.until(lambda: len(receiver.taken) == 2)
    await console.shows("completed")
    assert [one.json()["status"] for one in receiver.taken] == ["processing", "succeeded"]
    await console.press("p")
    await console.shows("Nothing is forwarded")
    api.put("p2", "succeeded", age=-2, started_at=STARTED)
    await console.press("2")
    await console.shows("2 predictions")
    assert len(receiver.taken) == 2
    await console.press("7", "p")
    await console.until(lambda: console.app.screen.is_modal)
    await console.shows(receiver.url)
    await console.press("escape")
    await console.shows("Nothing is forwarded")


@pytest.mark.parametrize("typed", ["localhost:8000", "ftp://x/", "http://", "what"])
async def test_what_is_no_address_is_said_and_nothing_is_forwarded(console: OpenedConsole, typed: str) -> None:
    await console.shows("Nothing is forwarded")
    await forward(console, typed)
    await console.shows("is no address")
    assert console.services.webhooks.route is None


async def test_a_webhook_shows_its_body_what_is_new_its_request_and_code(
    api: Api, console: OpenedConsole, receiver: Receiver
) -> None:
    receiver.answers = [200, 500]
    await forward(console, receiver.url)
    await console.shows("forwarding to")
    api.put("p1", "succeeded", age=-1, output=["an end"], started_at=STARTED, logs="done\n")
    await console.until(lambda: len(receiver.taken) == 3)
    await console.shows("2 tries")
    start, _, end = receiver.taken
    await console.press("enter")
    await console.shows("an end")
    await console.press("right_square_bracket")
    await console.shows("status  processing → succeeded")
    await console.shows('output  nothing → ["an end"]')
    await console.press("right_square_bracket")
    await console.shows("POST /hook HTTP/1.1")
    await console.shows(f"webhook-id: {end.id}")
    await console.shows(end.headers["webhook-signature"])
    await console.press("right_square_bracket")
    await console.shows("from standardwebhooks import Webhook")
    await console.press("escape", "down")
    await console.shows(start.id)


async def test_one_is_sent_again_newly_signed_to_the_same_address_or_another(
    api: Api, console: OpenedConsole, receiver: Receiver
) -> None:
    await forward(console, receiver.url)
    await console.shows("forwarding to")
    api.put("p1", "canceled", age=-1)
    await console.until(lambda: len(receiver.taken) == 1)
    await console.press("p")
    await console.shows("Nothing is forwarded")
    await console.press("r")
    await console.shows("Send again")
    await console.press("escape")
    await console.until(lambda: not console.app.screen.is_modal)
    assert len(receiver.taken) == 1
    await console.press("r")
    await console.shows("Send again")
    await console.press("enter")
    await console.until(lambda: len(receiver.taken) == 2)
    with receiving() as other:
        await console.press("r")
        await console.shows("Send again")
        await console.press("ctrl+u", *other.url, "enter")
        await console.until(lambda: other.taken)
        await console.until(lambda: console.text.count("completed   ✓ 200") == 3)
        await console.press("g")
        await console.shows(f"of p1  to {other.url}")
        (elsewhere,) = other.taken
    first, again = receiver.taken
    assert len({first.id, again.id, elsewhere.id}) == 3
    assert first.body == again.body == elsewhere.body
    for one in (again, elsewhere):
        assert Webhook(SECRET).verify(one.body, one.headers) == json.loads(first.body)
    await console.press("P")
    await console.until(lambda: console.app.current_mode == "predictions")
    await console.shows("canceled · x")


async def test_the_list_is_filtered_by_event_answer_prediction_and_address(
    api: Api, console: OpenedConsole, receiver: Receiver
) -> None:
    receiver.answers = [500, 200]
    await forward(console, receiver.url)
    await console.shows("forwarding to")
    api.put("p1", "succeeded", age=-1, started_at=STARTED)
    await console.until(lambda: len(receiver.taken) == 2)
    await console.shows("completed")
    await console.press("slash", *"start 500", "enter")
    await console.until(lambda: "completed" not in console.text)
    await console.press("slash", *" nothing", "enter")
    await console.shows("No webhook matches.")
    await console.press("escape")
    await console.shows("completed")


async def test_read_only_forwards_nothing(api: Api, tmp_path: Path, receiver: Receiver) -> None:
    async with opened_console(api, tmp_path, Place("webhooks"), read_only=True) as console:
        await console.shows("Nothing is forwarded")
        await console.press("p")
        await console.shows("read-only")
        assert not console.app.screen.is_modal


async def test_what_the_open_tab_shows_is_copied(api: Api, console: OpenedConsole, receiver: Receiver) -> None:
    copied: list[str] = []
    console.app.copy_text = lambda text, what: copied.append(text)  # type: ignore[method-assign]
    await forward(console, receiver.url)
    await console.shows("forwarding to")
    api.put("p1", "canceled", age=-1)
    await console.shows("completed")
    await console.press("enter")
    await console.shows('id: "p1"')
    await console.press("y", "right_square_bracket")
    await console.shows("status  nothing → canceled")
    await console.press("y", "right_square_bracket")
    await console.shows("POST /hook HTTP/1.1")
    await console.press("y", "right_square_bracket")
    await console.shows("from standardwebhooks")
    await console.press("y", "Y")
    await console.until(lambda: len(copied) == 5)
    (one,) = receiver.taken
    body, news, request, code, id = copied
    assert json.loads(body) == one.json()
    assert "status  nothing → canceled" in news.splitlines()
    assert request.startswith("POST /hook HTTP/1.1") and one.headers["webhook-signature"] in request
    assert code.startswith("# pip install standardwebhooks") and id == one.id


async def test_a_request_whose_secret_cannot_be_had_says_so(api: Api, tmp_path: Path, receiver: Receiver) -> None:
    async def refuses(request: Request) -> None:
        request.answer({"detail": "no such thing"}, 403)

    async with opened_console(api, tmp_path, Place("webhooks"), size=(120, 40)) as console:
        await forward(console, receiver.url)
        await console.shows("forwarding to")
        api.put("p1", "canceled", age=-1)
        await console.shows("completed")
    api.on[ASKED] = refuses
    async with opened_console(api, tmp_path, Place("webhooks"), size=(120, 40)) as console:
        await console.shows("completed")
        await console.press("enter", "right_square_bracket", "right_square_bracket")
        await console.shows("What it is signed with is not known")
