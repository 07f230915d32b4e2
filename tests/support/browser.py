"""The console in a page of Chromium, with its keys and its mouse, its screen emulated, as its reader sees it.

What xterm.js has drawn on a canvas cannot be read from there, so that a second terminal reads what came to the page.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

from tests.support.emulated import EmulatedScreen
from tests.support.terminal import Gone

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
KEYS = {"enter": "Enter", "escape": "Escape", "tab": "Tab", "right": "ArrowRight", "down": "ArrowDown", "space": " "}
PATIENCE = 60.0
"""Seconds that a text may take to come: several models and a browser share the machine."""
TAKEN_IN = 0.25
"""Seconds within which a key shows on the screen, where it does."""


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright  # only where it is installed

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


class ConsolePage:
    """One page with its console: what is on its screen, its keys, its mouse."""

    def __init__(self, context: Any, address: str) -> None:
        """Opens the address in a browser's context, which has the cookies."""
        self.page = context.new_page()
        self.screen = EmulatedScreen(80, 24)
        self._came = 0
        self.page.on("websocket", self._connect)
        self.page.goto(address)
        self.page.locator("textarea").focus()

    @property
    def columns(self) -> int:
        return self.screen.columns

    @property
    def rows(self) -> int:
        return self.screen.lines

    # ---- output

    def _connect(self, socket: Any) -> None:
        asked = parse_qs(urlsplit(socket.url).query)
        self._resize(int(asked["width"][0]), int(asked["height"][0]))
        socket.on("framereceived", self._take)
        socket.on("framesent", self._note)

    def _resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)

    def _note(self, data: Any) -> None:
        """What the page tells of its size."""
        kind, *given = json.loads(data)
        if kind == "resize":
            self._resize(int(given[0]["width"]), int(given[0]["height"]))

    def _take(self, data: Any) -> None:
        if isinstance(data, str):
            return  # what the console asks of the page
        self._came += 1
        self.screen.take(data)

    def text(self) -> str:
        """The screen's text."""
        return self.screen.text()

    def find(self, text: str) -> tuple[int, int] | None:
        """(column, row) of the first place of a text, or None."""
        return self.screen.find(text)

    def until(self, text: str) -> None:
        """Wait until a text is on the screen."""
        self.wait(lambda: text in self.text(), f"{text!r} did not come")

    def until_gone(self, text: str) -> None:
        """Wait until a text is not on the screen."""
        self.wait(lambda: text not in self.text(), f"{text!r} did not go")

    def until_match(self, pattern: str) -> None:
        """Wait until a pattern matches the screen."""
        self.wait(lambda: re.search(pattern, self.text()) is not None, f"{pattern!r} matches nothing")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Let the page go on until the condition holds; Gone when it does not in time."""
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                raise Gone(f"{what} within {PATIENCE:.0f} s; the screen is\n{self.text()}")
            self.page.wait_for_timeout(30)

    def clipboard(self) -> str:
        """What lies in the browser's clipboard."""
        return self.page.evaluate("navigator.clipboard.readText()")

    def colours(self, path: Path | None = None) -> int:
        """How many colours the page has now; its picture is written where a path is given."""
        picture = self.page.screenshot(path=path)
        return len(Image.open(io.BytesIO(picture)).convert("RGB").getcolors(1 << 24) or ())

    # ---- input

    def press(self, *keys: str) -> None:
        """Press keys by their names, each when the one before has shown, where it does."""
        for key in keys:
            before = self._came
            self.page.keyboard.press(KEYS.get(key, key.replace("ctrl+", "Control+")))
            self._let_show(before)

    def type(self, text: str) -> None:
        """Type text, and wait until its end is on the screen."""
        before = self.text().count(text[-8:])
        self.page.keyboard.type(text, delay=10)
        self.wait(lambda: self.text().count(text[-8:]) > before, f"{text!r} was not taken")

    def instead_of(self, given: str, text: str) -> None:
        """Write a text into a dialog's line, in place of the one that is proposed there."""
        self.until("enter goes on")
        self.until(given)
        self.press("ctrl+u")
        self.until_gone(given)
        self.type(text)

    def click(self, text: str) -> None:
        """Click on the first place where a text is."""
        self.until(text)
        where = self.find(text)
        assert where is not None
        self.click_at(*where)

    def click_at(self, column: int, row: int) -> None:
        """Click on the middle of a cell."""
        box = self.page.locator(".xterm-screen").bounding_box()
        before = self._came
        self.page.mouse.click(
            box["x"] + (column + 0.5) * box["width"] / self.columns,
            box["y"] + (row + 0.5) * box["height"] / self.rows,
        )
        self._let_show(before)

    def into_field(self, text: str) -> None:
        """Click on a field's value, and wait until the field has the mark of the focus."""
        self.until(text)
        where = self.find(text)
        assert where is not None
        column, row = where
        self.click_at(column, row)
        self.wait(lambda: "▌" in self.screen.display[row][:column], f"the field of {text!r} did not get the focus")

    def to_field(self, name: str) -> None:
        """Go on with tab to a field of a form, each time when the one before has lost its mark."""
        self.until("▌")
        for _ in range(80):
            if self.find(f"▌ {name}"):
                return
            before = self._marked()
            self.press("tab")
            self.wait(lambda before=before: self._marked() != before, f"the focus did not leave {before!r}")
        raise Gone(f"there is no field {name}; the screen is\n{self.text()}")

    def fill(self, name: str, text: str) -> None:
        """Go to a field of a form, clear what is in it, and write a text into it."""
        self.to_field(name)
        self.press("ctrl+u")
        self.type(text)

    def _marked(self) -> list[str]:
        """The lines that have the mark of the focus, and the form's buttons."""
        return [line.partition("│")[0] for line in self.screen.display if "▌" in line.partition("│")[0]]

    def _let_show(self, before: int) -> None:
        end = time.monotonic() + TAKEN_IN
        self.page.wait_for_timeout(20)
        while self._came == before and time.monotonic() < end:
            self.page.wait_for_timeout(20)
