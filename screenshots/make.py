"""Makes the pictures of the README from the running console, and a recording of its tour: `make screenshots`.

Each picture is the screen of the real command in a pseudo-terminal, on the embedded sandbox in a folder of its own,
written as SVG, which needs no font here and stays sharp there. What a browser shows is a PNG of its page, in Chromium.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from screenshots.svg import Frame, film, frame, still
from tests.support.browser import ConsolePage, chromium
from tests.support.command import Command
from tests.support.terminal import Terminal
from tests.support.web_page import serving

FOLDER = Path(__file__).parent
SONNETS = FOLDER.parent / "tui" / "sandbox" / "models" / "bard"
COMMAND = [str(Path(sys.executable).parent / "replicate-tui"), "--sandbox"]
SIZE = (120, 36)
BEFORE = (
    ("fractal", "prompt=a harbour at dawn", "seed=3"),
    ("zoom", "target=seahorse", "frames=12"),
    ("bard", "prompt=Shall I compare thee"),
    ("strings", "seed=3"),
    ("fractal", "prompt=a volcano over the ocean at dusk", "num_outputs=2", "seed=8"),
    ("trouble", "kind=memory"),
    ("fractal", "prompt=nebula in rose and violet", "seed=5"),
)
"""What ran before: a model and its input."""


class Recording:
    """The screens of the tour, each with how long it is shown."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._frames: list[tuple[Frame, float]] = []

    def take(self, seconds: float) -> None:
        """Take the screen as it is, once it is still."""
        self._terminal.settle(0.3, 2.0)
        self._frames.append((frame(self._terminal), seconds))

    def save(self, name: str) -> None:
        """Write it as screenshots/NAME.svg."""
        _write(name, film(self._frames))


def shoot(terminal: Terminal, name: str) -> None:
    """Save the screen as screenshots/NAME.svg."""
    terminal.settle()
    _write(name, still(frame(terminal)))


def _write(name: str, content: str) -> None:
    (FOLDER / f"{name}.svg").write_text(content, encoding="utf-8")
    print(f"screenshots/{name}.svg")


def call(home: str, *arguments: str) -> None:
    """Run one command beside the console, on the same sandbox."""
    environment, quiet = {**os.environ, "REPLICATE_TUI_HOME": home}, subprocess.DEVNULL
    subprocess.run([*COMMAND, *arguments, "--json"], env=environment, check=False, stdout=quiet, stderr=quiet)


def tour() -> None:
    """Find a model, run it, look at what came and at all that ran; each picture is taken on the way."""
    with tempfile.TemporaryDirectory() as home, Terminal(COMMAND, SIZE, {"REPLICATE_TUI_HOME": home}) as t:
        t.until("fractal")
        for model, *values in BEFORE:
            call(home, "run", f"sandbox/{model}", *(part for value in values for part in ("-i", value)))
        recording = Recording(t)
        recording.take(2.0)
        t.press("/")
        t.type("fractal")
        t.until("sandbox/fractal")
        recording.take(1.5)
        t.press("enter", "escape", "g")
        t.until("README")
        shoot(t, "models")
        paint(t, recording)
        t.press("2")
        t.until("status:failed")
        t.until("O opens")
        shoot(t, "predictions")
        recording.take(2.5)
        t.press("j", "j")
        recording.take(2.0)
        ask(t, recording)
        recording.save("tour")


def paint(t: Terminal, recording: Recording) -> None:
    """Four pictures as a sheet, one of them on the whole screen."""
    t.press("/")
    t.type("fractal")
    t.press("enter", "r")
    t.until("num_outputs")
    recording.take(1.5)
    t.type("night lake under the aurora")
    recording.take(1.0)
    t.fill("num_outputs", "4")
    t.press("ctrl+r")
    t.until("▶ running", timeout=60)
    t.until_match(r"\d+×\d+ PNG", timeout=60)
    recording.take(1.0)
    t.until("succeeded", timeout=60)
    shoot(t, "run")
    recording.take(2.5)
    t.press("z")
    t.until("z goes back")
    shoot(t, "gallery")
    recording.take(2.0)
    t.press("right")
    recording.take(1.5)
    t.press("escape", "escape", "escape")


def ask(t: Terminal, recording: Recording) -> None:
    """A question and its answer."""
    t.press("4")
    t.until("enter sends it")
    t.type("How do I see what a deployment costs?")
    recording.take(1.0)
    t.press("enter")
    t.until("tokens/s", timeout=60)
    shoot(t, "chat")
    recording.take(3.0)
    t.press("escape")


def rooms() -> None:
    """Train and deploy, and take a picture of each."""
    with tempfile.TemporaryDirectory() as home, Terminal(COMMAND, SIZE, {"REPLICATE_TUI_HOME": home}) as t:
        t.until("fractal")
        train(t, Path(home) / "sonnets.txt")
        call(home, "deployments", "create", "lakes", "--model", "sandbox/fractal", "--hardware", "gpu-t4")
        deploy(t)


def train(t: Terminal, text: Path) -> None:
    """A training of the sandbox's poet on its own sonnets in another order, its loss as a curve."""
    lines = (SONNETS / "sonnets.txt").read_text(encoding="utf-8").splitlines()
    text.write_text("\n".join(sorted(lines) * 2), encoding="utf-8")
    t.press("3")
    t.until("n picks a trainer")
    t.press("n")
    t.until("Train which model?", timeout=60)
    t.until("sandbox/bard")
    t.press("enter")
    t.until("destination model", timeout=60)
    for field, value in (("destination model", "sandbox/poet"), ("train_data", str(text)), ("epochs", "12")):
        while not t.find(f"▌ {field}"):
            t.press("tab")
            t.settle(0.2)
        t.press("ctrl+u")
        t.type(value)
    t.press("ctrl+r")
    t.until("Start the training?", timeout=60)
    t.press("s")
    t.until("▾", timeout=60)
    t.until("succeeded", timeout=120)
    shoot(t, "training")


def deploy(t: Terminal) -> None:
    """The form that changes a deployment, with what the change means."""
    t.press("5")
    t.until("sandbox/lakes", timeout=60)
    t.press("e")
    t.until("max_instances", timeout=60)
    while not t.find("▌ min_instances"):
        t.press("tab")
        t.settle(0.2)
    t.press("right")
    t.until("at most")
    shoot(t, "deployment")


def pages() -> None:
    """A run under `serve`, in a wide window and in a phone's."""
    for name, (width, height) in {"serve": (1280, 800), "serve-narrow": (390, 844)}.items():
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            server = stack.enter_context(serving(Command(Path(folder) / "home", Path(folder)), "--sandbox"))
            browser = stack.enter_context(chromium())
            context = browser.new_context(viewport={"width": width, "height": height})
            page = ConsolePage(context, server.next_address())
            page.click("sandbox/fractal")
            page.until_match("›.*fractal")
            page.press("r")
            page.until("▌ prompt")
            page.type("night lake under the aurora")
            page.press("ctrl+r")
            page.until("✓ succeeded")
            page.until("768×512 PNG")
            page.wait(lambda page=page: page.colours() > 200, "no picture is on the page")
            page.colours(FOLDER / f"{name}.png")
            print(f"screenshots/{name}.png")


if __name__ == "__main__":
    tour()
    rooms()
    pages()
