"""What a console that a browser shows is told of the world."""

from __future__ import annotations

import pytest

pytest.importorskip("textual_serve", reason="the extra `web` is not installed")

from tui.settings import environment
from tui.web import page_console


def test_it_knows_nothing_of_the_terminal_that_serves_and_its_children_nothing_of_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {
        "TERM": "xterm-kitty",
        "KITTY_WINDOW_ID": "1",
        "TMUX": "/tmp/x",
        "DISPLAY": ":0",
        "SSH_CONNECTION": "x",
        "REPLICATE_API_TOKEN": "r8_secret",
        "NO_COLOR": "1",
        "EDITOR": "vi",
        "TEXTUAL_LOG": "/tmp/log",
    }
    monkeypatch.setattr(environment.os, "environ", dict(given))
    monkeypatch.setattr(environment, "_withheld", {})
    environment.withhold()
    page = page_console.for_page(90, 30)
    assert page == {
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TERM_PROGRAM": "textual",
        "COLUMNS": "90",
        "ROWS": "30",
        "REPLICATE_API_TOKEN": "r8_secret",
        "NO_COLOR": "1",
        "EDITOR": "vi",
    }
    monkeypatch.setattr(environment.os, "environ", page)
    assert environment.in_browser()
    of_a_child = environment.for_children()
    assert "TEXTUAL_DRIVER" not in of_a_child and "REPLICATE_API_TOKEN" not in of_a_child
    monkeypatch.setattr(environment.os, "environ", of_a_child)
    assert not environment.in_browser()
