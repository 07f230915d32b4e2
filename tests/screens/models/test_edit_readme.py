"""The README of an own model: what was written is kept until sent or dropped, and an empty one is asked about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tui.navigation import Place

KEY = "readme:ada/painter"
THERE = "# Painter\n\nIt paints.\n"


class Painter:
    """A model of one's own at the API, and what was sent to change it."""

    def __init__(self, api: Api) -> None:
        self.readme = THERE
        self.sent: list[Any] = []
        self.model = {"owner": "ada", "name": "painter", "visibility": "private", "description": "Paints"}
        api.models["ada/painter"] = self.model
        api.on["GET", "/v1/models"] = self.list
        api.on["GET", "/v1/models/ada/painter/readme"] = self.give
        api.on["PATCH", "/v1/models/ada/painter"] = self.change

    async def list(self, request: Request) -> None:
        request.answer({"results": [self.model], "next": None})

    async def give(self, request: Request) -> None:
        content = self.readme.encode()
        request.head(200, "text/plain", Content_Length=str(len(content)))
        request.writer.write(content)

    async def change(self, request: Request) -> None:
        self.sent.append(request.json())
        self.readme = request.json()["readme"]
        request.answer(self.model)


class Editor:
    """The person's editor: `writes` is what it leaves in the file, None where it changed nothing."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.writes: str | None = None

    async def __call__(self, app: object, text: str, name: str, ending: str = "") -> str | None:
        self.given.append(text)
        return self.writes


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


@pytest.fixture
def painter(api: Api) -> Painter:
    return Painter(api)


@pytest.fixture
def editor(monkeypatch: pytest.MonkeyPatch) -> Editor:
    """In the place of a program that is lent the terminal, which a test in this process has not."""
    found = Editor()
    monkeypatch.setattr("tui.terminal.editor.edit_text", found)
    return found


async def edit(console: OpenedConsole, editor: Editor, writes: str | None) -> None:
    await console.until(lambda: console.services.username == "ada")
    await console.shows("painter")
    editor.writes = writes
    await console.press("E")


async def test_an_emptied_readme_is_asked_about_in_words_and_sent_only_by_a_key_that_says_so(
    api: Api, painter: Painter, editor: Editor, tmp_path: Path
) -> None:
    async with opened_console(api, tmp_path, Place("models")) as console:
        await edit(console, editor, "  \n")
        await console.shows("Send it: the README becomes empty")
        assert "3 lines there now" in console.text and painter.sent == []
        await console.press("s")
        await console.shows("The README of ada/painter is changed.")
        assert painter.sent == [{"readme": "  \n"}]


@pytest.mark.parametrize("answer", ["b", "escape"])
async def test_an_emptied_readme_that_is_not_sent_leaves_the_draft_from_before(
    api: Api, painter: Painter, editor: Editor, tmp_path: Path, answer: str
) -> None:
    async with opened_console(api, tmp_path, Place("models")) as console:
        await edit(console, editor, "written with care")
        await console.shows("Not now: keep it as a draft")
        await console.press(answer)
        await console.until_draft(KEY, {"readme": "written with care"})
        await edit(console, editor, "")
        await console.shows("Not now: keep what was there before")
        await console.press(answer)
        await console.until(lambda: not console.app.screen.is_modal)
        assert await console.draft(KEY) == {"readme": "written with care"}
        assert editor.given == [THERE, "written with care"] and painter.sent == []


async def test_what_was_dropped_is_gone_and_what_was_sent_is_no_draft_any_more(
    api: Api, painter: Painter, editor: Editor, tmp_path: Path
) -> None:
    async with opened_console(api, tmp_path, Place("models")) as console:
        for answer, key in (("Drop what I wrote", "d"), ("Send it", "s")):
            await edit(console, editor, f"by {key}")
            await console.shows(answer)
            assert await console.draft(KEY) == {"readme": f"by {key}"}
            await console.press(key)
            await console.until_draft(KEY, None)
        assert editor.given == [THERE, THERE] and painter.sent == [{"readme": "by s"}]


async def test_an_editor_that_changed_nothing_sends_nothing(
    api: Api, painter: Painter, editor: Editor, tmp_path: Path
) -> None:
    async with opened_console(api, tmp_path, Place("models")) as console:
        await edit(console, editor, None)
        await console.shows("The README is as it was; nothing was sent.")
        assert not console.app.screen.is_modal and painter.sent == []
