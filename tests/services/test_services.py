"""The services as a whole: whose they are, and that nothing is left of them."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path

import pytest

from tests.services.conftest import opened
from tests.support.fake_api import Api, Request
from tui.api.errors import Unauthorized
from tui.api.token import Token
from tui.services.bus import AccountIdentified, Bus, Event, RateLimitChanged, Waiting
from tui.services.services import Services
from tui.services.single_flight import SingleFlight
from tui.services.tasks import Tasks
from tui.store.database import StoreDamaged


async def test_opening_asks_nothing_of_the_network(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path, account=None) as seen:
        assert seen.services.account.startswith("?") and seen.services.username is None
    assert api.seen == []


async def test_what_was_kept_before_the_name_was_known_is_kept_under_it(api: Api, tmp_path: Path) -> None:
    host = api.origin.removeprefix("http://")
    async with opened(api.base_url, tmp_path, account=None) as seen:
        await seen.services.store.save_draft(seen.services.account, "a/b", {"prompt": "x"})
        assert await seen.services.identify() == "ada"
        assert seen.services.account == f"ada@{host}" and seen.services.username == "ada"
        assert await seen.services.store.draft(f"ada@{host}", "a/b") is not None
    async with opened(api.base_url, tmp_path, account=None) as seen:
        assert seen.services.account == f"ada@{host}", "known without the network"
        assert seen.services.username == "ada"
    async with opened(api.base_url, tmp_path, account=None, token="another") as seen:
        assert seen.services.account.startswith("?")


async def test_a_given_account_stays(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path, account="sandbox") as seen:
        await seen.services.identify()
        assert (seen.services.account, seen.services.username) == ("sandbox", "ada")


async def test_a_bad_token_is_said_and_changes_nothing(api: Api, tmp_path: Path) -> None:
    async def refuse(request: Request) -> None:
        request.answer({"title": "Unauthenticated", "detail": "no", "status": 401}, 401)

    api.on["GET", "/v1/account"] = refuse
    async with opened(api.base_url, tmp_path, account=None) as seen:
        before = seen.services.account
        with pytest.raises(Unauthorized):
            await seen.services.identify()
        assert seen.services.account == before


async def test_a_damaged_store_is_said_and_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "kept.db").write_bytes(b"not a database" * 500)
    with pytest.raises(StoreDamaged, match=r"kept\.db"):
        async with opened("http://127.0.0.1:9", tmp_path):
            raise AssertionError
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("store")]


async def test_the_rate_limit_and_the_waits_are_told(api: Api, tmp_path: Path) -> None:
    answers = [429, 200]

    async def limited(request: Request) -> None:
        if answers.pop(0) == 429:
            request.answer({"detail": "throttled"}, 429, Retry_After="2")
        else:
            request.answer({"username": "ada"}, ratelimit_remaining="17", ratelimit_reset="9")

    api.on["GET", "/v1/account"] = limited
    async with opened(api.base_url, tmp_path, sleep=lambda s: asyncio.sleep(0)) as seen:
        await seen.services.identify()
        assert seen.of(Waiting)[0].seconds >= 2
        assert seen.of(RateLimitChanged)[-1].rate.remaining == 17


async def test_closing_in_the_middle_of_everything_leaves_nothing(api: Api, tmp_path: Path) -> None:
    async def stuck(request: Request) -> None:
        await asyncio.sleep(30)

    api.put("p", "processing")
    api.on["GET", "/v1/predictions"] = api.on["GET", "/v1/models"] = api.on["GET", "/v1/predictions/q"] = stuck
    async with opened(api.base_url, tmp_path) as seen:
        seen.services.watcher.see(True, "p")
        seen.services.watcher.track("q")
        waiting = [
            asyncio.ensure_future(seen.services.catalogue.more()),
            asyncio.ensure_future(seen.services.watcher.ask("q")),
        ]
        await seen.until(lambda: len(api.seen) >= 3)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("store")]


async def test_closing_twice_is_fine(api: Api, tmp_path: Path) -> None:
    services = await Services.open(
        api.base_url, Token("t"), account="a", store_path=tmp_path / "x.db", outputs_dir=tmp_path
    )
    await services.aclose()
    await services.aclose()


def test_a_listener_that_fails_does_not_keep_the_news_from_others(caplog: pytest.LogCaptureFixture) -> None:
    bus, told = Bus(), list[Event]()

    def broken(event: Event) -> None:
        raise RuntimeError("broken")

    end = bus.subscribe(broken)
    bus.subscribe(told.append)
    with caplog.at_level(logging.ERROR):
        bus.publish(Waiting(1, "x"))
    assert told == [Waiting(1, "x")] and "broken" in caplog.text
    end()
    end()
    bus.publish(Waiting(2, "x"))
    assert len(told) == 2


async def test_a_task_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks("test")

    async def fail() -> None:
        raise RuntimeError("it broke")

    with caplog.at_level(logging.ERROR):
        await asyncio.gather(tasks.start(fail(), "x"), return_exceptions=True)
    assert "it broke" in caplog.text
    await tasks.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        tasks.start(fail(), "y")


async def test_shared_work_is_done_once_and_its_failure_is_everybodys() -> None:
    sharing, calls = SingleFlight(), 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        raise ValueError("no")

    results = await asyncio.gather(*(sharing.run("k", work) for _ in range(3)), return_exceptions=True)
    assert calls == 1 and all(isinstance(result, ValueError) for result in results)
    await sharing.aclose()


async def test_lists_are_told_once_to_read_again_when_the_name_is_known(api: Api, tmp_path: Path) -> None:
    host = api.origin.removeprefix("http://")
    async with opened(api.base_url, tmp_path, account=None) as seen:
        await seen.services.identify()
        await seen.services.identify()
        assert seen.of(AccountIdentified) == [AccountIdentified(f"ada@{host}")]
    async with opened(api.base_url, tmp_path, account=None) as seen:
        await seen.services.identify()
        assert not seen.of(AccountIdentified), "it was known already"


async def test_what_is_listed_while_the_name_is_asked_for_is_kept_under_it(api: Api, tmp_path: Path) -> None:
    for number in range(15):
        api.put(f"p{number:02}", "succeeded", age=7200 + number)
    async with opened(api.base_url, tmp_path, account=None) as seen:
        await asyncio.gather(seen.services.watcher.refresh(), seen.services.identify())
        assert len(await seen.services.store.rows(seen.services.account)) == 15
