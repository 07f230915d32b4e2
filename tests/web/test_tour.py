"""The five minutes of the README in a real browser: once by keyboard, once by mouse."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import CHROMIUM, ConsolePage, chromium
from tests.support.command import Command
from tests.support.receiver import Receiver, receiving
from tests.support.web_page import Serving, serving, wait_until

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: apt-get install chromium"),
    # Playwright leaves its own pipes to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@dataclass
class Tour:
    """What the tour is made with: the page, the folder where `serve` runs, and a program that takes webhooks."""

    page: ConsolePage
    context: Any
    folder: Path
    program: Receiver

    def told(self) -> list[str]:
        """The states of predictions that the program was told of."""
        return [one.json()["status"] for one in self.program.taken]


@pytest.fixture
def tour(tmp_path: Path) -> Iterator[Tour]:
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # shown whole in the line of a dialog
        yield from _begin(Command(tmp_path / "home", Path(short) / "work"))


def _begin(command: Command) -> Iterator[Tour]:
    assert command("cog", "init", "poet").code == 0
    lines = "\n".join(f"shall i compare line {number} to a summer" for number in range(800))
    (command.folder / "lines.txt").write_text(lines)
    with serving(command, "--sandbox") as server, chromium() as browser, receiving() as program:
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
        )
        address = server.next_address()
        page = ConsolePage(context, address)
        yield Tour(page, context, command.folder, program)
        _see_off(page, browser, server, address)


def _see_off(page: ConsolePage, browser: Any, server: Serving, address: str) -> None:
    """Another browser gets nothing of all this, and the console ends with its page."""
    origin = page.page.url
    stranger = browser.new_context().new_page()
    for asked in (origin, address, f"{origin}ws", f"{origin}static/js/textual.js"):
        answer = stranger.goto(asked)
        assert answer.status == 403, asked
        assert stranger.inner_text("body").startswith("Nothing is shown here."), asked
    consoles = server.consoles()
    assert consoles
    page.page.close()
    wait_until(lambda: not server.consoles(), "the console has ended with its page")


def test_the_tour_by_keyboard(tour: Tour) -> None:
    p = tour.page
    p.until("sandbox/guide")
    p.press("/")
    p.type("fractal")
    p.until_gone("sandbox/guide")
    p.press("enter")
    p.until("updated")
    p.press("r")
    p.until("▌ prompt")
    p.type("quiet bay at dusk")
    p.fill("width", "9000")
    p.press("tab")
    p.until("must be at most 1440")
    p.press("ctrl+r")
    p.until("1 field needs a look")
    p.until("▌ width")
    p.fill("width", "256")
    p.press("ctrl+r")
    p.until("✓ succeeded")
    p.until("256×512 PNG")
    p.wait(lambda: p.colours() > 200, "no picture is on the page")
    for shown in ("prompt: quiet bay at dusk", "Painting ocean", "image_count", 'source: "api"', "import replicate"):
        p.press("]")
        p.until(shown)
    p.press("y")
    p.until("sent to the browser's clipboard")
    assert "replicate.run(" in p.clipboard()
    p.press("escape")
    p.until("▌ width")
    p.fill("steps", "50")
    p.fill("pace", "1")
    p.press("ctrl+r")
    p.until("▶ running")
    p.press("c")
    p.until("Cancel sandbox/fractal")
    p.press("c")
    p.until("⊘ canceled")

    p.press("2")
    p.until_match(r"⊘ +fractal")
    p.press("space")
    p.until("1 marked")
    p.press("j", "space")
    p.until("2 marked")
    p.press("d")
    p.until("≠  status")
    p.press("escape")
    p.until("2 marked")
    p.press("u")
    p.until_gone("2 marked")
    p.press("/")
    p.type("quiet")
    p.until("2 predictions match")
    p.press("enter")

    p.press("3")
    p.until("n picks a trainer")
    p.press("n")
    p.until("Train which model?")
    p.until("sandbox/bard")
    p.press("enter")
    p.fill("destination model", "sandbox/poet")
    p.fill("train_data", str(tour.folder / "lines.txt"))
    p.fill("epochs", "6")
    p.press("ctrl+r")
    p.until("Start the training?")
    p.press("s")
    p.until_match("loss +● ")
    p.until("✓ succeeded")
    p.press("v")
    p.until("Run  ^r")
    p.fill("max_tokens", "12")
    p.press("ctrl+r")
    p.until("sandbox/poet  ")
    p.until("✓ succeeded")
    p.press("escape")
    p.until("▌ max_tokens")
    p.press("escape")
    p.until("bard sandbox")

    p.press("4")
    p.until("Ask guide")
    p.type("How do I cancel a prediction?")
    p.press("enter")
    p.until("How to cancel a prediction")
    p.until("tokens/s")
    p.press("escape")
    p.until("? Help  : Find")
    p.press("5")
    p.until("Nothing is deployed.")
    p.press("n")
    p.until("▌ name")
    p.type("lakes")
    p.press("tab")
    p.until("▌ model")
    p.press("enter")
    p.until("type to filter")
    p.type("fractal")
    p.until_gone("▸  sandbox/bard")
    p.press("enter")
    p.until("newest")
    p.to_field("hardware")
    p.press("enter")
    p.until("type to filter")
    p.press("enter")
    p.until("≈ $0.36")
    p.press("ctrl+r")
    p.until("Create lakes?")
    p.press("s")
    p.until("● sandbox/lakes")

    p.press("7")
    p.until("p begins it")
    p.press("p")
    p.instead_of("http://localhost:8000/hook ", tour.program.url)
    p.press("enter")
    p.until("● forwarding to http")
    p.press("2")
    p.until("2 predictions match")
    p.press("j")
    p.until("✓ succeeded   sandbox/fractal")
    p.press("r")
    p.until("Run  ^r")
    p.press("ctrl+r")
    p.wait(lambda: "succeeded" in tour.told(), "the program was told")
    p.press("escape")
    p.until_match(r"(?m)^▌ ")
    p.press("escape")
    p.until("predictions match")
    p.press("7")
    p.until("✓ 200")

    p.press("9")
    p.until("n opens the folder")
    p.press("n")
    p.instead_of(f"{str(tour.folder)[-12:]} ", str(tour.folder / "poet"))
    p.press("enter")
    p.until("○ not started")
    p.until("▌ prompt")
    p.type("Ada")
    p.press("ctrl+r")
    p.until("Hello, Ada!")


def test_the_tour_by_mouse(tour: Tour) -> None:
    """Text is typed, for a mouse has no letters; everything else is a click."""
    p = tour.page
    p.click("sandbox/fractal")
    p.until("updated")
    p.click("Run…")
    p.until("Run  ^r")
    p.click("long text")
    p.type("quiet bay at dusk")
    p.into_field("768 (default)")
    p.type("9000")
    p.click("Run  ^r")
    p.until("must be at most 1440")
    p.click("reset")
    p.into_field("768 (default)")
    p.type("256")
    p.click("Run  ^r")
    p.until("✓ succeeded")
    p.until("256×512 PNG")
    p.wait(lambda: p.colours() > 200, "no picture is on the page")
    for tab, shown in (
        ("Input   Logs", "prompt: quiet bay at dusk"),
        ("Logs   Metrics", "Painting ocean"),
        ("Metrics   JSON", "image_count"),
        ("JSON   Code", 'source: "api"'),
        ("Code", "import replicate"),
    ):
        p.click(tab)
        p.until(shown)
    p.click("y Copy")
    p.until("sent to the browser's clipboard")
    assert "replicate.run(" in p.clipboard()
    p.into_field("20 (default)")
    p.type("50")
    p.into_field("0.08 (default)")
    p.type("1")
    p.click("Run  ^r")
    p.until("▶ running")
    p.click("c Cancel")
    p.until("Cancel sandbox/fractal")
    p.click("Cancel it")
    p.until("⊘ canceled")

    p.click("2 Predictions")
    p.until_match(r"⊘ +fractal")
    p.click("words  status")
    p.type("quiet")
    p.until("2 predictions match")
    p.click("✓  fractal")
    p.until("✓ succeeded   sandbox/fractal")
    p.until("256×512 PNG")

    p.click("3 Trainings")
    p.until("n picks a trainer")
    p.click("New training")
    p.until("Train which model?")
    p.click("sandbox/bard")
    p.until("sandbox/my-bard")
    p.click("required: path, URL")
    p.until("▌ train_data")
    p.type(str(tour.folder / "lines.txt"))
    p.into_field("12 (default)")
    p.type("6")
    p.click("Start  ^r")
    p.until("Start the training?")
    p.click("Start it")
    p.until_match("loss +● ")
    p.until("✓ succeeded")
    p.click("Run it")
    p.until("sandbox/my-bard  ")
    p.into_field("100 (default)")
    p.type("12")
    p.click("Run  ^r")
    p.until("✓ succeeded")

    p.click("4 Chat")
    p.until("Ask guide")
    p.click("Ask guide")
    p.type("How do I cancel a prediction?")
    p.press("enter")
    p.until("How to cancel a prediction")
    p.until("tokens/s")
    p.click("5 Deployments")
    p.until("Nothing is deployed.")
    p.click("n New…")
    p.until("▌ name")
    p.type("lakes")
    p.click("enter searches the models")
    p.until("type to filter")
    p.click("sandbox/fractal")
    p.until("newest")
    p.click("not set")
    p.until("type to filter")
    p.click("cpu  CPU")
    p.until_gone("type to filter")
    p.click("Create  ^r")
    p.until("Create lakes?")
    p.click("Send it")
    p.until("● sandbox/lakes")

    p.click("7 Webhooks")
    p.until("p begins it")
    p.click("p Forward")
    p.instead_of("http://localhost:8000/hook ", tour.program.url)
    p.press("enter")
    p.until("● forwarding to http")
    p.click("2 Predictions")
    p.until("2 predictions match")
    p.click("✓  fractal")
    p.until("✓ succeeded   sandbox/fractal")
    p.click("Run again")
    p.until("Run  ^r")
    p.click("Run  ^r")
    p.wait(lambda: "succeeded" in tour.told(), "the program was told")
    p.click("7 Webhooks")
    p.until("✓ 200")

    p.click("9 Local")
    p.until("n opens the folder")
    p.click("n Open")
    p.instead_of(f"{str(tour.folder)[-12:]} ", str(tour.folder / "poet"))
    p.press("enter")
    p.until("○ not started")
    p.click("long text")
    p.type("Ada")
    p.click("Run  ^r")
    p.until("Hello, Ada!")
