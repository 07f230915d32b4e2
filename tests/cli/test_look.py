"""The commands that ask and print: pure JSON on stdout, words on stderr, and the exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.support.command import Command, leaks
from tests.support.sandbox import RunningSandbox, run_sandbox

PLANTED = "r8_planted9876543210planted"


def test_each_command_prints_the_objects_of_the_api(replicate: Command, sandbox: RunningSandbox) -> None:
    assert replicate("account").json == sandbox.get("/v1/account")
    assert replicate("whoami", "--json").json["username"] == "sandbox"
    assert replicate("hardware").json == sandbox.get("/v1/hardware")
    assert replicate("model", "sandbox/fractal").json == sandbox.get("/v1/models/sandbox/fractal")
    names = {model["name"] for model in replicate("models").json}
    assert {"guide", "fractal", "trouble"} <= names
    assert [model["name"] for model in replicate("models", "fractal").json][:1] == ["fractal"]
    slugs = [item["slug"] for item in replicate("collections").json]
    one = replicate("collections", slugs[0]).json
    assert one["slug"] == slugs[0]
    assert one["models"]
    assert {"models", "collections", "pages"} <= set(replicate("search", "guide").json)
    assert isinstance(replicate("predictions").json, list)


def test_a_version_is_printed_where_one_is_named(replicate: Command, sandbox: RunningSandbox) -> None:
    version = sandbox.get("/v1/models/sandbox/fractal/versions")["results"][0]["id"]
    assert replicate("model", f"sandbox/fractal:{version}").json["id"] == version


def test_a_limit_holds_over_pages(replicate: Command) -> None:
    assert len(replicate("models", "--limit", "2").json) == 2
    everything = replicate("models", "--limit", "0").json
    assert len(everything) > 5


def test_what_is_not_there_exits_4_and_prints_nothing(replicate: Command) -> None:
    for words in (["model", "nobody/nothing"], ["predictions", "nosuchid"], ["collections", "nosuch"]):
        result = replicate(*words)
        assert (result.code, result.out) == (4, ""), words
        assert "ot found" in result.err


def test_a_name_that_is_none_exits_2(replicate: Command) -> None:
    for words in (["model", "noslash"], ["predictions", "a b"], ["cancel", "../account"], ["cancel", "x\x1b[31m"]):
        result = replicate(*words)
        assert (result.code, result.out) == (2, ""), words
        assert "\x1b" not in result.err


def test_a_bad_token_exits_3_and_is_not_shown(command: Command, sandbox: RunningSandbox) -> None:
    bad = Command(command.home, command.folder, REPLICATE_API_BASE_URL=sandbox.base_url, REPLICATE_API_TOKEN=PLANTED)
    for words in (["account"], ["models"], ["cancel", "abc"], ["run", "sandbox/guide", "-i", "prompt=x"], ["doctor"]):
        result = bad(*words)
        assert result.code == 3, words
        assert not leaks(PLANTED, [command.home, command.folder], result.out, result.err)
    assert "REPLICATE_API_TOKEN" in bad("account").err


def test_no_token_exits_3_and_says_how_to_get_one(command: Command) -> None:
    result = command("account")
    assert (result.code, result.out) == (3, "")
    assert "REPLICATE_API_TOKEN" in result.err
    assert "--sandbox" in result.err


def test_a_server_that_is_down_exits_4(command: Command) -> None:
    down = Command(
        command.home, command.folder, REPLICATE_API_BASE_URL="http://127.0.0.1:9", REPLICATE_API_TOKEN=PLANTED
    )
    result = down("account")
    assert (result.code, result.out) == (4, "")
    assert "127.0.0.1:9" in result.err
    assert PLANTED not in result.err


def test_the_settings_are_checked_first(command: Command) -> None:
    config = command.home / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("theme = x\n")
    result = command("account")
    assert (result.code, result.out) == (2, "")
    assert "config.toml" in result.err
    assert "line 1" in result.err
    (config / "config.toml").write_text("[profiles.default]\ntoken_command = 'echo locked >&2; exit 1'\n")
    result = command("account")
    assert (result.code, result.out) == (3, "")
    assert "locked" in result.err


def test_warnings_are_on_stderr_only(replicate: Command) -> None:
    config = replicate.home / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("thme = 'x'\n")
    result = replicate("account")
    assert result.code == 0
    assert result.json["username"] == "sandbox"
    assert "'thme'" in result.err


def test_read_only_refuses_what_changes_something(replicate: Command, sandbox: RunningSandbox) -> None:
    before = sandbox.count("predictions.create") + sandbox.count("predictions.cancel")
    for words in (["run", "sandbox/guide", "-i", "prompt=x"], ["cancel", "abc"]):
        result = replicate("--read-only", *words)
        assert (result.code, result.out) == (2, "")
        assert "read-only" in result.err
    assert sandbox.count("predictions.create") + sandbox.count("predictions.cancel") == before
    assert replicate("--read-only", "account").code == 0


def test_the_console_without_a_terminal_says_so(command: Command) -> None:
    result = command("--sandbox")
    assert (result.code, result.out) == (2, "")
    assert "terminal" in result.err


def test_a_reader_that_leaves_ends_the_command_quietly(replicate: Command) -> None:
    process = replicate.start("models", "--limit", "0")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.wait(30) == 141
    assert process.stderr.read() == ""
    process.stderr.close()


def test_stdout_that_is_closed_is_no_crash(replicate: Command) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" -m tui account >&-', sys.executable],
        env=replicate.env,
        cwd=replicate.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0


def test_json_is_utf_8_whatever_the_locale_says(replicate: Command) -> None:
    latin = Command(
        replicate.home, replicate.folder, **replicate.environment, PYTHONIOENCODING="latin-1", PYTHONUTF8="0"
    )
    assert latin("models").json == replicate("models").json


def test_the_sandbox_never_gets_a_real_token(command: Command) -> None:
    own = Command(command.home, command.folder, REPLICATE_API_TOKEN=PLANTED)
    result = own("--sandbox", "account")
    assert result.code == 0
    assert result.json["username"] == "sandbox"
    assert not leaks(PLANTED, [command.home, command.folder], result.out, result.err)


def test_the_sandbox_command_says_where_it_is_first(command: Command) -> None:
    process = command.start("sandbox")
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        there = Command(
            command.home, command.folder, REPLICATE_BASE_URL=said["base_url"], REPLICATE_API_TOKEN=said["token"]
        )
        assert there("account").json["username"] == "sandbox"
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0


# ---- hostile data

HOSTILE = "\x1b]52;c;aGk=\x07[/] [bold]\x9b31m\u202egnp\u2028\ud800\x7f\r"


@pytest.fixture
def hostile() -> Iterator[str]:
    """An API whose every answer is full of control codes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            thing = {"type": HOSTILE, "username": HOSTILE, "name": HOSTILE, "owner": HOSTILE, HOSTILE: [HOSTILE, None]}
            bodies: dict[str, Any] = {"account": thing, "hardware": [thing, None, 3, "x"]}
            body = bodies.get(
                self.path.rsplit("/", 1)[-1], {"results": [thing, thing], "next": None, "detail": HOSTILE}
            )
            data = json.dumps(body).encode()
            self.send_response(404 if "missing" in self.path else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the tests' stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_control_code_of_the_api_reaches_stdout_or_stderr(command: Command, hostile: str) -> None:
    there = Command(command.home, command.folder, REPLICATE_API_BASE_URL=hostile, REPLICATE_API_TOKEN="abc")
    for words in (["account"], ["models"], ["collections", "missing"]):
        result = there(*words)
        for text in (result.out, result.err):
            assert not [c for c in text if c not in "\n" and not c.isprintable()], words
    account = there("account").json
    assert account["username"] == HOSTILE, "the JSON escapes, and loses nothing"


def test_an_answer_that_is_not_json_exits_4(command: Command) -> None:
    with run_sandbox(chaos="account.get:503") as broken:
        result = command.against(broken)("account")
    assert result.code == 4
    assert result.out == ""
