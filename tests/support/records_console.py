"""The console at a list of records, on a scripted API, and what its list shows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.support.fake_api import START, Api
from tests.support.screen import until, widget_lines
from tui.api.token import Token
from tui.api.types import Prediction, decode
from tui.app import Console
from tui.navigation import Place, PlaceKind
from tui.screens.records.records_screen import RecordsScreen
from tui.services.bus import RecordsListed
from tui.settings.model import Paths, Settings

ROW = re.compile(r"no(\d+)\b")


def settings(api: Api, home: Path) -> Settings:
    """A console of its own, for that API."""
    return Settings(
        base_url=api.base_url,
        token=Token("r8_test"),
        token_source="a test",
        profile="default",
        sandbox=False,
        read_only=False,
        theme=None,
        paths=Paths(home, home, home, home),
        keymap={},
        no_color=False,
    )


def made(number: int, status: str = "succeeded", **fields: Any) -> Prediction:
    """A higher number is younger."""
    at: datetime = START - timedelta(days=2) + timedelta(seconds=number)
    return decode(
        Prediction,
        {
            "id": f"id{number:06d}",
            "model": "acme/words",
            "version": "v" * 64,
            "status": status,
            "source": "api",
            "created_at": at.isoformat(),
            "input": {"prompt": f"no{number}"},
            "output": None,
            "logs": "",
            "metrics": {"predict_time": 1.0, "total_time": 2.0} if status == "succeeded" else {},
            **fields,
        },
    )


class Seen:
    """The console, and what its list shows."""

    def __init__(self, app: Console, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> RecordsScreen:
        screen = self.app.screen_stack[0] if len(self.app.screen_stack) else self.app.screen
        assert isinstance(screen, RecordsScreen)
        return screen

    @property
    def lines(self) -> list[str]:
        return widget_lines(self.screen.list.table)

    def number_of(self, line: str) -> int | None:
        """The number of the record on a line; None for a heading."""
        found = ROW.search(line)
        return int(found[1]) if found else None

    @property
    def numbers(self) -> list[int]:
        return [int(found[1]) for line in self.lines if (found := ROW.search(line))]

    @property
    def under_cursor(self) -> int | None:
        return next(
            (int(found[1]) for line in self.lines if line.startswith("›") and (found := ROW.search(line))), None
        )

    @property
    def marked(self) -> set[int]:
        return {int(found[1]) for line in self.lines if line[1:2] == "*" and (found := ROW.search(line))}

    @property
    def days(self) -> list[str]:
        """The headings of the days in sight."""
        return [line.strip() for line in self.lines[1:] if " run" in line and "·" in line and not ROW.search(line)]

    @property
    def foot(self) -> str:
        return "".join(widget_lines(self.screen.query_one("#records-foot")))

    async def until(self, condition: Any) -> None:
        await until(self.pilot, condition, seconds=30.0)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def tell(self, predictions: Sequence[Prediction]) -> None:
        """What a page of the API's list brings, and the frame after it."""
        services = self.app.services
        assert services is not None
        fold = await services.store.fold_page(services.account, predictions, START, "prediction")
        services.bus.publish(RecordsListed(fold.changed))
        await self.pilot.pause()


@asynccontextmanager
async def opened(
    api: Api,
    home: Path,
    records: Sequence[Prediction] = (),
    section: PlaceKind = "predictions",
    size: tuple[int, int] = (120, 30),
) -> AsyncIterator[Seen]:
    """The console at a section; with `records` as if the API had just listed them."""
    app = Console(settings(api, home), Place(section))
    async with app.run_test(size=size, notifications=True) as pilot:
        seen = Seen(app, pilot)
        await seen.until(lambda: app.services is not None)
        if records:
            await seen.tell(records)
            await seen.until(lambda: seen.numbers)
        yield seen
