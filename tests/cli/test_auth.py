"""A token is kept after the API has said whose it is, found again, and removed; it is shown nowhere."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.support.command import Command, Result, leaks
from tests.support.sandbox import RunningSandbox
from tests.support.terminal import Terminal


@pytest.fixture
def address(sandbox: RunningSandbox) -> str:
    return f"--base-url={sandbox.base_url}"


def login(command: Command, sandbox: RunningSandbox, *words: str, stdin: str | None = None) -> Result:
    given = f"{sandbox.token}\n" if stdin is None else stdin
    return command("auth", "login", "--token-stdin", f"--base-url={sandbox.base_url}", *words, stdin=given)


def test_a_token_from_stdin_is_kept_for_its_address_and_removed_again(
    command: Command, sandbox: RunningSandbox, address: str
) -> None:
    done = login(command, sandbox)
    kept = command.home / "config" / "credentials.toml"
    assert (done.code, done.err) == (0, "")
    assert done.json == {
        "profile": "default",
        "base_url": sandbox.base_url,
        "username": "sandbox",
        "kept_in": str(kept),
    }
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and sandbox.token in kept.read_text()
    status = command("auth", "status", address)
    assert status.code == 0 and status.json["username"] == "sandbox" and status.json["token_source"] == str(kept)
    assert command("account", address).code == 0
    # For another address there is none.
    assert command("auth", "status").code == 3
    gone = command("auth", "logout", address)
    assert gone.code == 0 and gone.json["removed_from"] == [str(kept)]
    assert sandbox.token not in kept.read_text()
    assert command("auth", "status", address).code == 3
    again = command("auth", "logout", address)
    assert again.code == 0 and again.json["removed_from"] == []
    for result in (done, status, gone, again):
        assert leaks(sandbox.token, [], result.out, result.err) == []


def test_a_profile_that_there_is_not_yet_is_made_with_its_address(command: Command, sandbox: RunningSandbox) -> None:
    assert login(command, sandbox, "--profile", "work").json["profile"] == "work"
    assert command("account", "--profile", "work").json["username"] == "sandbox"
    assert command("auth", "logout", "--profile", "work").json["removed_from"]
    assert command("account", "--profile", "work").code == 3


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ("r8_unknown\n", 3, "does not know this token"),
        ("\n", 2, "No token was given"),
        ("two words\n", 3, "is not a token"),
    ],
)
def test_what_is_no_token_of_the_api_is_not_kept(
    command: Command, sandbox: RunningSandbox, given: str, code: int, words: str
) -> None:
    done = login(command, sandbox, stdin=given)
    assert done.code == code and words in done.err and done.out == ""
    assert not (command.home / "config" / "credentials.toml").exists()


def test_where_the_api_is_not_reached_nothing_is_kept(command: Command) -> None:
    done = command("auth", "login", "--token-stdin", "--base-url", "http://127.0.0.1:1", stdin="r8_some\n")
    assert done.code == 4 and "127.0.0.1:1" in done.err
    assert not (command.home / "config").exists()


def test_a_token_in_the_command_line_is_refused_and_not_repeated(command: Command) -> None:
    done = command("auth", "login", "r8_in_the_command_line")
    assert done.code == 2 and "--token-stdin" in done.err and "r8_in" not in done.err + done.out
    assert "--token-stdin reads it" in command("auth", "login").err
    assert "The sandbox has a token of its own" in command("--sandbox", "auth", "login", "--token-stdin").err


def test_another_token_that_goes_before_the_kept_one_is_named(command: Command, sandbox: RunningSandbox) -> None:
    command.environment["REPLICATE_API_TOKEN"] = "r8_of_the_environment"
    done = login(command, sandbox)
    assert done.code == 0 and "the one of REPLICATE_API_TOKEN goes before it" in done.err
    gone = command("auth", "logout", "--base-url", sandbox.base_url)
    assert gone.code == 0 and "There is still the one of REPLICATE_API_TOKEN." in gone.err
    assert "until you revoke it" in gone.err


def test_an_address_of_the_working_folder_gets_no_token_by_itself(command: Command, sandbox: RunningSandbox) -> None:
    (command.folder / ".env").write_text(f"REPLICATE_API_BASE_URL={sandbox.base_url}\n")
    done = command("auth", "login", "--token-stdin", stdin=f"{sandbox.token}\n")
    assert done.code == 2 and f"--base-url {sandbox.base_url}" in done.err
    assert not (command.home / "config").exists()


def test_at_a_terminal_it_is_asked_for_and_not_shown(command: Command, sandbox: RunningSandbox, tmp_path: Path) -> None:
    words = command.argv("auth", "login", f"--base-url={sandbox.base_url}")
    with Terminal(words, size=(100, 24), env=dict(command.env), cwd=command.folder) as terminal:
        terminal.until(f"Token for {sandbox.base_url}:")
        terminal.send(f"{sandbox.token}\r")
        terminal.until("Profile default: sandbox. The token is kept in")
        assert terminal.wait_exit() == 0
        assert sandbox.token.encode() not in bytes(terminal.written)
    assert command("account", "--base-url", sandbox.base_url).code == 0
