"""An API that does not answer: it is told while the request still waits, with an age that goes on."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.support.fake_api import Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tui.navigation import Place
from tui.services.watching import fetcher


def ages(seen: OpenedConsole) -> list[int]:
    return [int(found) for found in re.findall(r"! stale, last answer (\d+) s ago", seen.text)]


async def test_silence_is_told_with_an_age_that_goes_on_until_the_api_answers(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetcher, "SILENT", 0.3)
    api.put("p", "succeeded")
    answers = asyncio.Event()
    async with opened_console(api, tmp_path, Place("predictions")) as seen:
        await seen.shows("acme/")

        async def hang(request: Request) -> None:
            await answers.wait()
            request.answer({"results": [], "next": None, "previous": None})

        api.on["GET", "/v1/predictions"] = hang
        await seen.press("R")
        await seen.until(lambda: ages(seen))
        first = ages(seen)
        await seen.until(lambda: ages(seen) > first)
        answers.set()
        await seen.until(lambda: "stale" not in seen.text)
