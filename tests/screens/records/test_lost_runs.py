"""A run whose answer was lost is seen without a key until a person has decided about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.fake_api import Api, Request
from tests.support.lost_runs import leave_sent
from tests.support.records_console import Seen, opened, settings
from tests.support.screen import screen_text, widget_lines
from tui.api.types import Target
from tui.connection import connect
from tui.forms import Form
from tui.navigation import PlaceKind
from tui.services.services import Services

VERSION = "v" * 64
ADDRESSES = ("/v1/predictions", f"/v1/models/acme/words/versions/{VERSION}/trainings")


@pytest.fixture(autouse=True)
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked for in vain is looked for in a moment: tests/services has the pauses."""
    monkeypatch.setattr("tui.services.runs.adoption.LOOKS", (0.01, 0.05))


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async def lost(request: Request) -> None:
        request.drop()

    async with Api() as server:
        for address in ADDRESSES:
            server.on["POST", address] = lost
        yield server


async def lose(seen: Seen, prompt: str, destination: str = "") -> None:
    """Start a run whose answer never comes, and which is not in the list either."""
    services = seen.app.services
    assert services is not None
    target = Target("acme", "words", VERSION)
    run = await services.runs.start(target, Form.parse(None), {"prompt": prompt}, destination=destination)
    await seen.until(lambda: (found := services.runs.get(run.id)) is not None and found.needs_decision)


@asynccontextmanager
async def other_services(api: Api, home: Path) -> AsyncIterator[Services]:
    """What another console or a command has, on the same store."""
    chosen = settings(api, home)
    services = await Services.connected(chosen, connect(chosen))
    try:
        await services.identify()
        yield services
    finally:
        await services.aclose()


def rows(seen: Seen) -> list[str]:
    lost = seen.screen.query_one("#records-lost")
    return [line.strip() for line in widget_lines(lost)] if lost.display else []


async def test_it_is_a_row_a_count_and_a_notice_until_it_is_decided_about(api: Api, tmp_path: Path) -> None:
    api.put("id000001", "succeeded", age=5, input={"prompt": "no1"})
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: seen.numbers == [1])
        assert rows(seen) == [] and "lost run" not in screen_text(seen.app)
        await lose(seen, "LOSTONE")
        await seen.until(lambda: rows(seen) == ["? answer lost · x decides  acme/words  LOSTONE"])
        await seen.until(lambda: "? 1 lost run waits for you · 2 x" in screen_text(seen.app))
        await seen.until(lambda: "was lost: it may run, or not." in " ".join(screen_text(seen.app).split()))
        # Left open by escape it stays; and looking once more, without finding it, leaves it as it is.
        for key in ("escape", "l"):
            await seen.press("x")
            await seen.until(lambda: "acme/words: LOSTONE" in screen_text(seen.app))
            await seen.press(key)
            await seen.until(lambda: "The answer to this run was lost" not in screen_text(seen.app))
            await seen.until(lambda: rows(seen) and "x decides" in rows(seen)[0])
        await seen.press("x")
        await seen.until(lambda: "acme/words: LOSTONE" in screen_text(seen.app))
        await seen.press("d")
        await seen.until(lambda: rows(seen) == [] and "lost run" not in screen_text(seen.app))
        assert seen.numbers == [1]
    assert api.seen.count(("POST", "/v1/predictions")) == 1


async def test_the_next_console_tells_of_it_in_any_section_and_shows_its_row(api: Api, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: "No predictions yet" in screen_text(seen.app))
        await lose(seen, "LOSTONE")
    async with opened(api, tmp_path, section="models") as seen:
        await seen.until(lambda: "was lost: it may run, or not." in " ".join(screen_text(seen.app).split()))
        await seen.until(lambda: "? 1 lost run waits for you · 2 x" in screen_text(seen.app))
        await seen.press("2")
        await seen.until(lambda: rows(seen) == ["? answer lost · x decides  acme/words  LOSTONE"])


async def test_several_are_told_apart_and_decided_about_one_after_the_other(api: Api, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: "No predictions yet" in screen_text(seen.app))
        for number in range(1, 6):
            await lose(seen, f"LOST{number}")
        await seen.until(lambda: rows(seen)[-1:] == ["and 2 more"])
        assert "x decides  acme/words  LOST1" in rows(seen)[0] and rows(seen)[1] == "? answer lost  acme/words  LOST2"
        assert rows(seen)[3] == "and 2 more"
        await seen.until(lambda: "? 5 lost runs wait for you" in screen_text(seen.app))
        await seen.press("x")
        await seen.until(lambda: "acme/words: LOST1" in screen_text(seen.app))
        await seen.press("d")
        await seen.until(lambda: rows(seen)[0].endswith("x decides  acme/words  LOST2"))
        await seen.until(lambda: "? 4 lost runs wait for you" in screen_text(seen.app))


async def test_of_several_that_may_be_it_a_person_picks_the_one(api: Api, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for number, (id, status) in enumerate((("first0000000", "succeeded"), ("second000000", "processing"))):
        at = now + timedelta(seconds=number)
        api.put(id, status, created_at=at.isoformat(), input={"prompt": "LOSTONE"})
    async with opened(api, tmp_path) as seen:
        services = seen.app.services
        assert services is not None
        await leave_sent(services, "r", {"prompt": "LOSTONE"}, target=Target("acme", "words", VERSION), since=now)
        await seen.press("R")
        await seen.until(lambda: rows(seen) == ["? answer lost · x decides  acme/words  LOSTONE"])
        await seen.press("x")
        await seen.until(lambda: " 2  It is second00 · " in screen_text(seen.app))
        first, second = (line for line in screen_text(seen.app).splitlines() if "  It is " in line)
        assert f" 1  It is first000 · {now.astimezone():%H:%M:%S}, " in first and " · ✓ succeeded" in first
        assert " · ▶ processing" in second
        await seen.press("2")
        await seen.until(lambda: rows(seen) == [] and "lost run" not in screen_text(seen.app))
        run = services.runs.active["r"]
        assert run.record is not None and run.record.id == "second000000" and run.state == "following"
    assert api.seen.count(("POST", "/v1/predictions")) == 0


@pytest.mark.parametrize("answer", ["l", "s"])
async def test_what_was_decided_while_the_question_stood_is_said_and_nothing_is_sent(
    api: Api, tmp_path: Path, answer: str
) -> None:
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: "No predictions yet" in screen_text(seen.app))
        await lose(seen, "LOSTONE")
        await seen.until(lambda: rows(seen))
        await seen.press("x")
        await seen.until(lambda: "acme/words: LOSTONE" in screen_text(seen.app))
        services = seen.app.services
        assert services is not None
        (run_id,) = services.runs.active
        await services.runs.resolve(run_id, "drop")
        await seen.press(answer)
        await seen.until(lambda: "decided about, meanwhile" in " ".join(screen_text(seen.app).split()))
    assert api.seen.count(("POST", "/v1/predictions")) == 1


@pytest.mark.parametrize("section", ["models", "predictions"])
async def test_what_another_process_leaves_behind_is_seen_by_the_console_that_is_open(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: PlaceKind
) -> None:
    """In the list of predictions because the other has written to the store, elsewhere within a minute."""
    monkeypatch.setattr("tui.app.LEFT_BEHIND", 0.2 if section == "models" else 3600.0)
    async with opened(api, tmp_path, section=section) as seen:
        services = seen.app.services
        assert services is not None
        await seen.until(lambda: services.username)
        async with other_services(api, tmp_path) as other:
            assert other.account == services.account
            await leave_sent(other, "r", {"prompt": "LOSTONE"}, target=Target("acme", "words", VERSION))
        await seen.until(lambda: "? 1 lost run waits for you" in screen_text(seen.app))
        if section == "predictions":
            await seen.until(lambda: rows(seen) == ["? answer lost · x decides  acme/words  LOSTONE"])


async def test_a_lost_training_is_shown_among_the_trainings(api: Api, tmp_path: Path) -> None:
    async with opened(api, tmp_path) as seen:
        await seen.until(lambda: "No predictions yet" in screen_text(seen.app))
        await lose(seen, "LOSTONE", destination="ada/mine")
        await seen.until(lambda: "? 1 lost run waits for you · 3 x" in screen_text(seen.app))
        assert rows(seen) == []
        await seen.press("x")
        await seen.until(lambda: "There is no run whose answer was lost." in screen_text(seen.app))
        await seen.press("3")
        await seen.until(lambda: len(rows(seen)) == 1 and "x decides" in rows(seen)[0])
