"""The console in a real browser: the models are listed, a run is made, its picture is seen and handed over."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.command import Command
from tests.support.web_page import serving

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: apt-get install chromium"),
    # Playwright leaves its own pipes to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        options = [*QUIET, "--disable-component-update", "--disable-sync"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


class Reader:
    """A person at a page. What is drawn on a canvas is read from what the console wrote to the page."""

    def __init__(self, context: Any) -> None:
        self.context = context
        self.page = context.new_page()
        self.written = ""
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._take))

    def _take(self, data: Any) -> None:
        self.written += data if isinstance(data, str) else data.decode("utf-8", "replace")

    def until(self, text: str) -> None:
        """Wait until the console has written a text since the last key."""
        for _ in range(600):
            if text in self.written:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never came: {text!r}")

    def press(self, key: str) -> None:
        self.written = ""
        self.page.keyboard.press(key)


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["wide", "narrow"])
def test_a_run_is_made_and_its_picture_seen(chromium: Any, tmp_path: Path, size: tuple[int, int]) -> None:
    command = Command(tmp_path / "home", tmp_path / "work")
    with serving(command, "--sandbox") as server:
        viewport = {"width": size[0], "height": size[1]}
        context = chromium.new_context(viewport=viewport, permissions=["clipboard-read", "clipboard-write"])
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        reader = Reader(context)
        reader.page.goto(server.next_address())
        assert "token" not in reader.page.url
        origin = reader.page.url
        reader.until("fractal")
        reader.page.locator("textarea").focus()
        reader.press("/")
        reader.page.keyboard.type("fractal")
        reader.until("fractal")
        reader.press("Enter")
        reader.until("fractal")
        reader.press("r")
        reader.until("num_outputs")
        reader.written = ""
        reader.page.keyboard.type("a mountain lake")
        # A key right behind what was typed is taken for a part of a paste, and sends nothing.
        reader.until("a mountain lake")
        # The browser's own ctrl+r would load the page anew.
        reader.press("Control+r")
        reader.until("768×512 PNG")
        picture = reader.page.screenshot(path=tmp_path / "ran.png")
        assert colours(picture) > 200, "no picture is on the page"
        with context.expect_page() as opening:
            reader.press("Shift+O")
        opened = opening.value
        opened.wait_for_load_state()
        assert opened.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]") == [768, 512]
        opened.close()
        (console,) = [pid for pid in server.consoles() if b"sandbox\0--embedded" not in words_of(pid)]
        reader.page.close()
        limit = time.monotonic() + 20
        while console in server.consoles():
            assert time.monotonic() < limit, "the console goes on without its page"
            time.sleep(0.05)
        assert all(url.startswith((origin, "data:")) for url in asked), asked


def words_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def colours(picture: bytes) -> int:
    """How many colours a screenshot has."""
    return len(Image.open(io.BytesIO(picture)).convert("RGB").getcolors(1 << 24) or ())
