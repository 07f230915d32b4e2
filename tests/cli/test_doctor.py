"""The doctor: its exit code says whether anything essential fails, and it never tells the token."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.command import Command, Result, leaks
from tests.support.sandbox import RunningSandbox

PLANTED = "r8_doctor5555555555planted"


def check(result: Result, name: str) -> dict[str, Any]:
    """One check by its name."""
    (found,) = [one for one in result.json["checks"] if one["name"] == name]
    return found


def test_with_all_in_order_it_exits_0_and_names_everything(replicate: Command) -> None:
    result = replicate("doctor")
    assert result.code == 0, result.err
    names = [one["name"] for one in result.json["checks"]]
    assert names == [
        *("replicate-tui", "Python", "terminal", "colours", "in between", "encoding", "profile", "token"),
        *("config", "data", "cache", "log", "API", "account", "rate limit"),
        *("images", "clipboard", "keyring", "Cog", "Docker", "editor"),
    ]
    assert check(result, "token")["text"] == "from REPLICATE_API_TOKEN"
    assert str(replicate.home) in check(result, "log")["text"]
    assert not leaks(replicate.environment["REPLICATE_API_TOKEN"], [replicate.home], result.out, result.err)
    assert not replicate.home.exists(), "to look makes nothing"


def test_without_a_token_it_exits_3_and_still_asks_whether_the_api_is_there(
    command: Command, sandbox: RunningSandbox
) -> None:
    result = Command(command.home, command.folder, REPLICATE_API_BASE_URL=sandbox.base_url)("doctor")
    assert result.code == 3
    assert check(result, "token")["state"] == "fail"
    assert check(result, "API")["state"] == "ok"


def test_with_the_api_down_it_exits_4(command: Command) -> None:
    down = Command(
        command.home, command.folder, REPLICATE_API_BASE_URL="http://127.0.0.1:9", REPLICATE_API_TOKEN=PLANTED
    )
    result = down("doctor")
    assert result.code == 4
    assert check(result, "API")["state"] == "fail"
    assert PLANTED not in result.out + result.err


@pytest.mark.parametrize(
    ("config", "code", "name"),
    [
        ("theme = x", 2, "settings"),
        ("[profiles.default]\ntoken_command = 'echo locked >&2; exit 1'", 3, "token"),
        ("[profiles.default]\ntoken = 'two words'", 3, "token"),
        ("[profiles.default]\nbase_url = 'ftp://x'", 2, "settings"),
    ],
)
def test_bad_settings_are_a_finding_and_the_rest_is_looked_at(
    command: Command, config: str, code: int, name: str
) -> None:
    (command.home / "config").mkdir(parents=True)
    (command.home / "config" / "config.toml").write_text(config)
    result = command("doctor")
    assert result.code == code
    assert check(result, name)["state"] == "fail"
    assert check(result, "Python")["state"] == "ok"


def test_a_warning_of_the_settings_is_shown(replicate: Command) -> None:
    (replicate.home / "config").mkdir(parents=True)
    (replicate.home / "config" / "config.toml").write_text("thme = 'x'")
    result = replicate("doctor")
    assert result.code == 0
    assert "'thme'" in check(result, "settings")["text"]


def test_a_terminal_that_shows_little_is_told_of(replicate: Command) -> None:
    plain = Command(replicate.home, replicate.folder, **replicate.environment, NO_COLOR="1", EDITOR="/nowhere/vi")
    result = plain("doctor")
    assert "NO_COLOR" in check(result, "colours")["text"]
    assert check(result, "editor")["state"] == "warn"
