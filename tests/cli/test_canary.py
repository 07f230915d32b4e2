"""A canary for a token: with a server that quotes it in every kind of answer, it is in no output, file or child."""

from __future__ import annotations

import base64
import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.support.command import Command, leaks
from tests.support.inside import Inside
from tests.support.terminal import Terminal

CANARY = "r8_CANARY0123456789abcdefghijklmnopqrst"


class Quoting(BaseHTTPRequestHandler):
    """Quotes the request's token in whatever it answers; `kind` says how."""

    kind: ClassVar[str] = "records"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer with the token in it."""
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if self.kind.isdecimal():
            fields = [{"field": f"input.{token}", "description": token}]
            problem = {"title": token, "detail": f"your {self.headers}", "status": int(self.kind)}
            self.send(int(self.kind), {**problem, "invalid_fields": fields})
        elif self.kind == "html":
            page = f"<html><title>{token}</title>{self.headers}</html>"
            self.send_bytes(502, page.encode(), "text/html")
        elif self.kind == "text":
            self.send_bytes(200, f"no json {token}".encode(), f"text/{token}")
        elif self.kind == "redirect":
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.2:9/{token}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send(200, self.record(token))

    def record(self, token: str) -> object:
        """The answer to a good question, with everything that it may quote."""
        encoded = base64.b64encode(f"Bearer {token}".encode()).decode()
        words = f"{token} {urllib.parse.quote(token, safe='')} {encoded} {token.encode().hex()}"
        if self.path.endswith("/account"):
            return {"type": "user", "username": "ada", "name": words}
        one = {
            "id": "p1", "model": "acme/words", "status": "failed", "source": "api", "urls": {},
            "created_at": "2026-11-01T10:00:00Z",
            "completed_at": "2026-11-01T10:00:09Z", "input": {"prompt": words}, "output": words, "logs": words,
            "error": words,
        }  # fmt: skip
        if self.path.endswith("/p1"):
            return one
        if "/predictions" in self.path or "/trainings" in self.path or "/examples" in self.path:
            return {"results": [one], "next": None}
        if self.path.endswith("/hardware"):
            return [{"name": words, "sku": words}]
        if "/deployments" in self.path:
            release = {"number": 1, "model": "acme/words", "version": words, "created_at": one["created_at"]}
            release |= {"configuration": {"hardware": words}, "created_by": {"username": words}}
            return {"results": [{"owner": "ada", "name": "live", "current_release": release}], "next": None}
        if "/files" in self.path:
            file = {"id": "f1", "name": words, "content_type": words, "metadata": {"a": words}, "urls": {"get": words}}
            return {"results": [file], "next": None}
        if "/collections" in self.path:
            return {"results": [{"name": words, "slug": "a", "description": words}], "next": None}
        if self.path.endswith("/secret"):
            return {"key": f"whsec_{base64.b64encode(token.encode()).decode()}"}
        version = {"id": "a" * 64, "cog_version": words, "openapi_schema": {"info": {"title": words}}}
        if "/versions" in self.path:
            return {"results": [version], "next": None}
        model = {"owner": "acme", "name": "words", "description": words, "visibility": "public", "url": words}
        if self.path.endswith("/words"):
            return {**model, "latest_version": version, "default_example": one}
        return {"results": [model], "next": None}

    def send(self, status: int, value: object) -> None:
        """Send JSON."""
        self.send_bytes(status, json.dumps(value).encode(), "application/json")

    def send_bytes(self, status: int, body: bytes, kind: str) -> None:
        """Send a body, with the token among the headers."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("X-Request-Id", self.headers.get("Authorization") or "")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def quoting(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Quoting)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture
def given(quoting: str, tmp_path: Path) -> Command:
    environ = {"REPLICATE_API_TOKEN": CANARY, "REPLICATE_API_BASE_URL": quoting}
    return Command(tmp_path / "home", tmp_path / "work", **environ)


def quoted(*texts: str, folders: tuple[Path, ...] = ()) -> list[str]:
    """Where the canary is found, as it is or written in another way."""
    forms = [CANARY, CANARY.encode().hex(), base64.b64encode(f"Bearer {CANARY}".encode()).decode()[12:-4]]
    return [place for form in forms for place in leaks(form, folders, *texts)]


COMMANDS = (
    *("account", "hardware", "models", "model acme/words", "versions acme/words", "examples acme/words"),
    *("readme acme/words", "collections", "predictions", "predictions p1", "trainings", "trainings p1", "deployments"),
    *("files", "webhooks secret", "doctor"),
)


@pytest.mark.parametrize(
    "kind", ["records", "400", "401", "402", "403", "404", "422", "500", "html", "text", "redirect"]
)
def test_a_command_never_says_or_keeps_a_quoted_token(
    quoting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    monkeypatch.setattr(Quoting, "kind", kind)
    monkeypatch.setattr("tui.api.core.backoff", lambda tries: 0.01)
    inside = Inside(quoting, CANARY, tmp_path, monkeypatch, capsys)
    said: list[str] = []
    for words in COMMANDS:
        result = inside(*words.split(), "--json")
        said += [result.out, result.err]
        assert result.code == 0 or kind != "records", (words, result.err)
        assert result.code in (0, 3, 4, 2), (words, result.err)
    assert not quoted(*said, folders=(tmp_path,))


def test_the_canary_is_seen_where_nothing_hides_it(quoting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests beside this one look for would be found."""
    monkeypatch.setattr(Quoting, "kind", "records")
    asking = urllib.request.Request(f"{quoting}/account", headers={"Authorization": f"Bearer {CANARY}"})
    with urllib.request.urlopen(asking) as answer:
        assert len(quoted(answer.read().decode())) == 3


@pytest.mark.parametrize("kind", ["records", "401", "html"])
def test_the_console_never_shows_or_keeps_a_quoted_token(
    given: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(Quoting, "kind", kind)
    with Terminal(given.argv("predictions"), env=given.env, cwd=given.folder, timeout=40) as t:
        t.until("words acme" if kind == "records" else "token was not accepted" if kind == "401" else "502")
        t.send("\r")
        t.settle()
        # The chat is the last: in its composer keys are text.
        for section in ["1", "3", "5", "4", "escape"] if kind == "records" else []:
            t.press(section)
            t.settle()
        t.send("q")
        t.wait_exit(20)
        assert not quoted(bytes(t.written).decode("utf-8", "replace"), folders=(tmp_path,))


def test_children_do_not_inherit_the_token(given: Command, tmp_path: Path, quoting: str) -> None:
    seen = tmp_path / "seen"
    (tmp_path / "home" / "config").mkdir(parents=True)
    # What the program starts by itself at every start of a profile: it sees what every child would.
    (tmp_path / "home" / "config" / "config.toml").write_text(
        f"[profiles.work]\nbase_url = '{quoting}'\ntoken_command = 'env > {seen}; echo r8_another0123456789'\n"
    )
    result = given("--profile", "work", "account", "--json")
    assert result.json["username"] == "ada"
    assert "REPLICATE_TUI_HOME" in seen.read_text()
    assert CANARY not in seen.read_text() + result.out + result.err
