"""The section Files, as a person uses it: uploaded, stopped, handed to a model, deleted, picked in a form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import Api, Request
from tests.support.files_api import FilesApi
from tests.support.opened_console import OpenedConsole, opened_console
from tui.navigation import Place
from tui.screens.files.files_screen import FilesScreen
from tui.screens.run.run_screen import RunScreen
from tui.widgets.picker import PickList

pytestmark = pytest.mark.timeout(120)

KEY = "acme/words"
FIELDS: dict[str, Any] = {
    "image": {"type": "string", "format": "uri", "x-order": 0},
    "prompt": {"type": "string", "x-order": 1},
}


@pytest.fixture
def files(api: Api) -> FilesApi:
    async def model(request: Request) -> None:
        schema = {"components": {"schemas": {"Input": {"type": "object", "properties": FIELDS}}}}
        version = {"id": "hidden", "created_at": "2026-01-01T00:00:00Z", "openapi_schema": schema}
        request.answer({"owner": "acme", "name": "words", "is_official": True, "latest_version": version})

    api.on["GET", f"/v1/models/{KEY}"] = model
    return FilesApi(api)


@pytest.fixture
async def console(api: Api, files: FilesApi, tmp_path: Path) -> AsyncIterator[OpenedConsole]:
    async with opened_console(api, tmp_path, Place("files"), size=(120, 40)) as opened_at:
        yield opened_at


def made(folder: Path, name: str, size: int = 1000) -> Path:
    path = folder / name
    path.write_bytes(b"x" * size)
    return path


async def upload(console: OpenedConsole, *paths: Path) -> None:
    """Give the paths one after another, and begin."""
    await console.press("n")
    await console.shows("Upload files")
    for path in paths:
        await console.press(*str(path), "enter")
        await console.until(lambda path=path: f"{path.name}  " in console.text)
    await console.press("enter")
    await console.until(lambda: not console.app.screen.is_modal)


async def test_an_empty_list_says_what_to_press(console: OpenedConsole) -> None:
    await console.shows("There are no files at Replicate.")
    await console.shows("n uploads some")


async def test_two_files_are_uploaded_with_a_bar_and_are_in_the_list_then(
    console: OpenedConsole, files: FilesApi, tmp_path: Path
) -> None:
    await console.shows("There are no files")
    files.open.clear()
    await upload(console, made(tmp_path, "lake.png"), made(tmp_path, "sea.png", 2000))
    await console.until(lambda: sorted(files.asked) == ["lake.png", "sea.png"])
    await console.until(lambda: console.text.count("━━━━━━━━━━ 100 %") >= 2)
    await console.shows("▲ 2 on the way")
    files.open.set()
    await console.shows("2 files, 3.0 kB")
    await console.until(lambda: console.text.count("23 h 59 min") >= 2 and "text/plain" in console.text)


async def test_an_upload_is_stopped_by_a_key_and_the_other_arrives(
    console: OpenedConsole, files: FilesApi, tmp_path: Path
) -> None:
    await console.shows("There are no files")
    files.open.clear()
    await upload(console, made(tmp_path, "lake.png"), made(tmp_path, "sea.png"))
    await console.until(lambda: sorted(files.asked) == ["lake.png", "sea.png"])
    await console.shows("▲ 2 on the way")
    await console.press("g", "c")
    await console.shows("▲ 1 on the way")
    files.open.set()
    await console.shows("1 file, 1.0 kB")
    await console.until(lambda: "sea.png" in console.text and "▲" not in console.text)


async def test_what_cannot_be_uploaded_is_said_before_anything_is_sent(
    console: OpenedConsole, files: FilesApi, tmp_path: Path
) -> None:
    await console.shows("There are no files")
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(100 * 1024 * 1024 + 1)
    await console.press("n")
    await console.shows("Upload files")
    await console.press(*str(large), "enter")
    await console.shows("100 MB at most")
    await console.press("ctrl+u", *str(tmp_path / "nothing.png"), "enter")
    await console.shows("No such file")
    await console.press("escape")
    await console.until(lambda: not console.app.screen.is_modal)
    assert files.asked == []


async def test_a_file_that_was_added_is_taken_out_again(
    console: OpenedConsole, files: FilesApi, tmp_path: Path
) -> None:
    await console.shows("There are no files")
    await console.press("n")
    await console.shows("Upload files")
    for name in ("lake.png", "sea.png"):
        await console.press(*str(made(tmp_path, name)), "enter")
        await console.shows(f"{name}  1.0 kB")
    await console.press(*"zzz", "ctrl+u")
    await console.until(lambda: "zzz" not in console.text)
    assert "2 files, 2.0 kB" in console.text
    await console.press("ctrl+u")
    await console.until(lambda: "sea.png" not in console.text)
    await console.press("enter")
    await console.until(lambda: not console.app.screen.is_modal)
    await console.until(lambda: files.asked == ["lake.png"])


async def test_leaving_while_a_file_is_on_its_way_is_a_question(
    console: OpenedConsole, files: FilesApi, tmp_path: Path
) -> None:
    await console.shows("There are no files")
    files.open.clear()
    await upload(console, made(tmp_path, "lake.png"))
    await console.shows("▲ 1 on the way")
    await console.press("q")
    await console.shows("A file is being uploaded, and does not arrive at Replicate.")
    await console.press("s")
    await console.until(lambda: not console.app.screen.is_modal)
    files.open.set()
    await console.shows("1 file, 1.0 kB")


@pytest.mark.parametrize(("answer", "left"), [("d", 0), ("s", 1), ("escape", 1)])
async def test_a_file_is_deleted_after_a_question_only(
    console: OpenedConsole, files: FilesApi, answer: str, left: int
) -> None:
    files.put("lake.png")
    await console.press("R")
    await console.shows("lake.png")
    await console.press("D")
    await console.shows("Delete lake.png?")
    await console.press(answer)
    await console.until(lambda: not console.app.screen.is_modal)
    await console.shows("There are no files" if not left else "1 file, 1 B")
    assert len(files.kept) == left


async def test_what_is_about_to_expire_and_is_needed_says_so(console: OpenedConsole, files: FilesApi) -> None:
    address, other = files.put("lake.png", left=1800), files.put("sea.png", left=1800)
    later = files.put("later.png", left=7200)
    services = console.services
    await services.store.save_draft(services.account, KEY, {"image": address})
    await services.store.save_draft(services.account, "acme/later", {"image": later})
    await console.press("R")
    await console.shows("⚠ draft acme/words")
    await console.shows("⚠ lake.png: 29:")
    assert "draft acme/later" in console.text and "⚠ draft acme/later" not in console.text
    assert console.text.count("⚠ draft") == 1 and other


async def test_the_time_that_is_left_is_counted_down_until_it_is_over(console: OpenedConsole, files: FilesApi) -> None:
    files.put("lake.png", left=3)
    await console.press("R")
    await console.shows("0:02")
    await console.shows("0:01")
    await console.shows("expired")


async def test_the_runs_that_used_it_stand_below_and_one_is_opened(
    api: Api, console: OpenedConsole, files: FilesApi
) -> None:
    address = files.put("lake.png")
    api.put("used1", "succeeded", input={"image": address})
    await console.press("2")
    await console.shows("1 prediction")
    await console.press("0", "R")
    await console.shows("Used by 1 run")
    await console.press("P")
    await console.until(lambda: console.app.current_mode == "predictions")


async def test_a_file_goes_into_the_form_of_a_model(console: OpenedConsole, files: FilesApi) -> None:
    address = files.put("lake.png")
    await console.press("R")
    await console.shows("lake.png")
    await console.press("N")
    await console.shows("Use it as an input of which model?")
    await console.press(*KEY)
    await console.shows("as typed")
    await console.press("enter")
    await console.until(lambda: isinstance(console.app.screen, RunScreen) and console.form.values == {"image": address})
    await console.shows("lake.png · 23 h 59 min left")


async def test_a_file_field_of_a_form_picks_one_that_is_at_replicate(console: OpenedConsole, files: FilesApi) -> None:
    address = files.put("lake.png")
    files.put("sea.png")
    screen = RunScreen(KEY)
    console.app.push_screen(screen)
    await console.until(lambda: screen.is_mounted and screen.request is not None and console.form.focused_field)
    await console.press("ctrl+o")
    await console.shows("files at Replicate…")
    await console.press(*"files at")
    await console.until(lambda: (row := console.app.screen.query_one(PickList).current) and row.value == "@")
    await console.press("enter")
    await console.shows("sea.png")
    await console.press(*"lake")
    await console.until(lambda: (row := console.app.screen.query_one(PickList).current) and row.value == address)
    await console.press("enter")
    await console.until(lambda: console.form.values == {"image": address})


async def test_a_form_says_that_the_file_of_its_draft_is_gone(console: OpenedConsole, files: FilesApi) -> None:
    address = files.put("lake.png")
    files.kept.clear()
    screen = RunScreen(KEY, texts={"image": address})
    console.app.push_screen(screen)
    await console.shows("not at Replicate any more")


async def test_without_an_answer_the_reason_is_shown_and_what_is_known_stays(
    api: Api, console: OpenedConsole, files: FilesApi
) -> None:
    files.put("lake.png")
    await console.press("R")
    await console.shows("lake.png")

    async def refuse(request: Request) -> None:
        request.answer({"detail": "out of order", "status": 400}, 400)

    before = api.on["GET", "/v1/files"]
    api.on["GET", "/v1/files"] = refuse
    await console.press("R")
    await console.shows("out of order")
    assert "lake.png" in console.text
    api.on["GET", "/v1/files"] = before
    await console.press("R")
    await console.until(lambda: "out of order" not in console.text)


async def test_read_only_uploads_and_deletes_nothing(api: Api, files: FilesApi, tmp_path: Path) -> None:
    files.put("lake.png")
    async with opened_console(api, tmp_path, Place("files"), read_only=True) as console:
        await console.shows("lake.png")
        await console.press("n")
        await console.shows("read-only")
        await console.press("D")
        await console.shows("Delete…: this console is read-only")
        assert not console.app.screen.is_modal
    assert (files.asked, files.deleted) == ([], [])


async def test_a_thousand_files_are_listed_and_found_by_words(console: OpenedConsole, files: FilesApi) -> None:
    for number in range(1000):
        files.put(f"picture-{number}.png")
    await console.press("R")
    await console.shows("1,000 files")
    await console.press("slash", *"picture-512")
    await console.until(lambda: "picture-512.png" in console.text and "picture-999.png" not in console.text)


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 50)])
async def test_list_and_file_are_shown_at_every_size(
    api: Api, files: FilesApi, tmp_path: Path, size: tuple[int, int]
) -> None:
    files.put("lake.png")
    async with opened_console(api, tmp_path, Place("files"), size=size) as console:
        await console.shows("lake.png")
        await console.press("enter")
        await console.shows("sha256")
        await console.press("escape")
        screen = console.app.screen
        assert isinstance(screen, FilesScreen)
        await console.until(lambda: screen.focused is not None and screen.focused.id == "files-table")
