"""Who asks for a token says where it goes: the first start in a folder of one's own, and in a stranger's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.support.api_server import Server, ok
from tui.app import Console
from tui.navigation import Place
from tui.screens.dialogs.welcome import Welcome, about
from tui.settings import Options, Settings, load

SECRET = "r8_planted0123456789"


@pytest.fixture
async def stranger() -> AsyncIterator[Server]:
    server = await Server().start()
    server.on("GET", "/v1/account", ok({"type": "user", "username": "eve", "name": "Eve"}))
    yield server
    await server.stop()


def settings(home: Path, *, dotenv: str = "", options: Options | None = None, **environ: str) -> Settings:
    (home / "work").mkdir(exist_ok=True)
    if dotenv:
        (home / "work" / ".env").write_text(dotenv)
    return load(options, environ={"REPLICATE_TUI_HOME": str(home), **environ}, folder=home / "work")


def shown(screen: Any) -> str:
    """All that the dialog says, on one line."""
    return " ".join(" ".join(str(part.render()) for part in screen.query("Static, Button")).split())


async def test_a_token_for_the_address_of_a_folders_dotenv_is_sent_only_after_a_second_yes(
    tmp_path: Path, stranger: Server
) -> None:
    found = settings(tmp_path, dotenv=f"REPLICATE_API_BASE_URL={stranger.url}\n", REPLICATE_API_TOKEN=SECRET)
    assert found.token is None
    app = Console(found, Place())
    async with app.run_test(size=(100, 30)) as pilot:
        while not isinstance(app.screen, Welcome):
            await pilot.pause(0.01)
        await pilot.pause()
        said = shown(app.screen)
        assert found.base_url in said and str(tmp_path / "work" / ".env") in said
        app.screen.query_one("#token", Input).value = "r8_another0123456789"
        await pilot.press("enter")
        await pilot.pause()
        assert "Press enter again to send it there" in shown(app.screen)
        assert stranger.requests == []
        await pilot.press("escape")
    assert stranger.requests == []


async def test_the_users_own_address_is_one_key_away(tmp_path: Path, stranger: Server, monkeypatch: Any) -> None:
    own = await Server().start()
    own.on("GET", "/v1/account", ok({"type": "user", "username": "ada", "name": "Ada"}))
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text(
        f'[profiles.default]\nbase_url = "{own.url}"\ntoken = "{SECRET}"\n'
    )
    found = settings(tmp_path, dotenv=f"REPLICATE_API_BASE_URL={stranger.url}\n")
    monkeypatch.setenv("REPLICATE_TUI_HOME", str(tmp_path))
    for name in ("REPLICATE_API_TOKEN", "REPLICATE_API_BASE_URL", "REPLICATE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    app = Console(found, Place())
    try:
        async with app.run_test(size=(100, 30)) as pilot:
            while not isinstance(app.screen, Welcome):
                await pilot.pause(0.01)
            await pilot.press("ctrl+o")
            while app.services is None:
                await pilot.pause(0.01)
            assert app.settings.base_url == f"{own.url}/v1"
    finally:
        await own.stop()
    assert stranger.requests == []


def test_at_replicate_itself_nothing_is_said_of_another_address(tmp_path: Path) -> None:
    assert "replicate.com/account/api-tokens" in about(settings(tmp_path))
    assert "set by" not in about(settings(tmp_path))


@pytest.mark.parametrize(
    ("address", "open_way"),
    [("https://gate.example/x", False), ("http://gate.example/x", True), ("http://127.0.0.1:9", False)],
)
def test_another_address_is_named_with_who_set_it(tmp_path: Path, address: str, open_way: bool) -> None:
    said = about(settings(tmp_path, REPLICATE_API_BASE_URL=address))
    assert address in said and "set by REPLICATE_API_BASE_URL" in said
    assert ("not encrypted" in said) is open_way
    assert "set by --base-url" in about(settings(tmp_path, options=Options(base_url=address)))


def test_why_a_token_that_is_there_is_not_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text(f'[profiles.default]\ntoken = "{SECRET}"\n')
    said = about(settings(tmp_path, options=Options(base_url="http://127.0.0.1:9")))
    assert "is not sent to http://127.0.0.1:9/v1" in said and SECRET not in said
