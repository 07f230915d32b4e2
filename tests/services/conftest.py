"""Services on a store of their own, events written down, and time that passes when it is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.support.fake_api import START, Api
from tui.api.client import Target
from tui.api.token import Token
from tui.forms import Form
from tui.services.bus import Event
from tui.services.runs.run import Run
from tui.services.services import Services
from tui.services.session import Clock

E = TypeVar("E")

TEXT_SCHEMA: dict[str, Any] = {
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "properties": {
                    "prompt": {"type": "string", "x-order": 0},
                    "image": {"type": "string", "format": "uri", "x-order": 1},
                    "api_key": {"type": "string", "format": "password", "x-cog-secret": True, "x-order": 2},
                    "shibboleth": {"type": "string", "format": "password", "x-cog-secret": True, "x-order": 3},
                },
            },
            "Output": {
                "type": "array",
                "items": {"type": "string"},
                "x-cog-array-type": "iterator",
                "x-cog-array-display": "concatenate",
            },
        }
    }
}
FILES_SCHEMA: dict[str, Any] = {
    "components": {
        "schemas": {
            "Input": {"type": "object", "properties": {"prompt": {"type": "string"}}},
            "Output": {"type": "array", "items": {"type": "string", "format": "uri"}, "x-cog-array-type": "iterator"},
        }
    }
}
TEXT, FILES = Form.parse(TEXT_SCHEMA), Form.parse(FILES_SCHEMA)
WORDS = Target("acme", "words", official=True)


class Time:
    """A clock that moves only when somebody waits; each wait lets the loop turn."""

    def __init__(self, begun: datetime = START) -> None:
        self.begun = begun
        self.passed = 0.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return self.begun + timedelta(seconds=self.passed)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        # Real answers must be able to arrive between two waits.
        await asyncio.sleep(0.002)
        self.passed += seconds


class Seen:
    """The services, and every event they told."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.events: list[Event] = []
        self._news = asyncio.Event()
        services.bus.subscribe(self._note)

    def _note(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], Any], what: str = "it", seconds: float = 20.0) -> None:
        """Wait until the condition holds; it is looked at after each event, and now and then."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._news.clear()
                    try:
                        async with asyncio.timeout(0.02):
                            await self._news.wait()
                    except TimeoutError:
                        pass
        except TimeoutError:
            last = [str(event)[:300] for event in self.events[-5:]]
            raise AssertionError(f"{what} did not happen; last events: {last}") from None

    async def ended(self, run: Run) -> Run:
        async with asyncio.timeout(30):
            return await self.services.runs.wait(run.id)


_open: list[set[asyncio.Task[Any]]] = []
"""The tasks that there were before each of the services that are open."""


@asynccontextmanager
async def opened(
    base_url: str, home: Path, *, token: str = "r8_test", account: str | None = "ada@here", **options: Any
) -> AsyncIterator[Seen]:
    """Services over a home folder; closed at the end, with nothing left of them. `options` replace parts of Clock."""
    _open.append(asyncio.all_tasks())
    services = await Services.open(
        base_url,
        Token(token),
        account=account,
        store_path=home / "kept.db",
        outputs_dir=home / "outputs",
        clock=Clock(**options),
    )
    try:
        yield Seen(services)
    finally:
        await services.aclose()
        before = _open.pop()
        # Another console of the same test, the server's side of a connection, or a timer of Textual may go on.
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        foreign = ("Api._", "Timer._run_timer")
        assert _open or not {task for task in left if not any(name in repr(task) for name in foreign)}, left


@pytest.fixture(autouse=True)
def soon_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was lost is looked for as often as ever, with shorter pauses."""
    monkeypatch.setattr("tui.services.runs.adoption.LOOKS", (0.02, 0.08, 0.2))


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


@pytest.fixture
async def seen(api: Api, tmp_path: Path) -> AsyncIterator[Seen]:
    """Services against the scripted API, in real time."""
    async with opened(api.base_url, tmp_path) as found:
        yield found


def utc() -> datetime:
    return datetime.now(UTC)
