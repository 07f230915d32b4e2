"""Makes the pictures of the README from the running console: `make screenshots`.

Each picture is the screen of the real command in a pseudo-terminal, on the embedded sandbox in a folder of its own,
written as SVG, which needs no font here and stays sharp there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.support.terminal import Terminal

FOLDER = Path(__file__).parent
SONNETS = FOLDER.parent / "tui" / "sandbox" / "models" / "bard"
WIDTH, HEIGHT, SIZE = 8.4, 18, 14
BACK, FRONT = "0f1115", "dfe3ea"
NAMED = {
    "black": "000000",
    "red": "cc4444",
    "green": "44aa44",
    "brown": "c0a040",
    "blue": "5577dd",
    "magenta": "aa55aa",
    "cyan": "44aaaa",
    "white": "d8d8d8",
}
QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""The block characters by the quarters that they fill: bit 0 is the upper left one, then along the rows."""


def colour(name: str, default: str) -> str:
    """A pyte colour as six hexadecimal digits."""
    if name == "default":
        return default
    return NAMED.get(name.removeprefix("bright"), name if len(name) == 6 else default)


def runs(line: dict[int, object], columns: int) -> Iterator[tuple[int, str, str, str, bool]]:
    """The cells of a line in runs of one style: (column, text, front, back, bold)."""
    cells = []
    for column in range(columns):
        cell = line[column]
        front, back = colour(cell.fg, FRONT), colour(cell.bg, BACK)
        if cell.reverse:
            front, back = back, front
        cells.append((column, cell.data or "", front, back, cell.bold))
    for (front, back, bold), group in groupby(cells, key=lambda cell: cell[2:]):
        members = list(group)
        yield members[0][0], "".join(member[1] for member in members), front, back, bold


def svg(terminal: Terminal) -> str:
    """The screen as SVG."""
    width, height = terminal.columns * WIDTH + 24, terminal.rows * HEIGHT + 24
    shapes: list[str] = []
    texts: list[str] = []
    for row in range(terminal.rows):
        top = 12 + row * HEIGHT
        for column, text, front, back, bold in runs(terminal.screen.buffer[row], terminal.columns):
            left, span = 12 + column * WIDTH, max(1, len(text)) * WIDTH
            if back != BACK:
                shapes.append(_box(left, top, span, HEIGHT, back))
            if any(character in QUADRANTS[1:] for character in text):
                shapes += [
                    _box(left + (i + x / 2) * WIDTH, top + y / 2 * HEIGHT, WIDTH / 2, HEIGHT / 2, front)
                    for i, character in enumerate(text)
                    for y, x in _quarters(character)
                ]
                text = "".join(" " if character in QUADRANTS else character for character in text)
            if text.strip():
                weight = ' font-weight="bold"' if bold else ""
                texts.append(
                    f'<text x="{left:.1f}" y="{top + HEIGHT - 5}" fill="#{front}" textLength="{span:.1f}"{weight}>'
                    f"{escape(text)}</text>"
                )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'font-family="JetBrains Mono, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="{SIZE}" '
        'xml:space="preserve" shape-rendering="crispEdges">'
        f'<rect width="100%" height="100%" rx="8" fill="#{BACK}"/>{"".join(shapes)}{"".join(texts)}</svg>\n'
    )


def _quarters(character: str) -> list[tuple[int, int]]:
    """The row and the column of each quarter that a block character fills."""
    bits = max(0, QUADRANTS.find(character))
    return [divmod(place, 2) for place in range(4) if bits >> place & 1]


def _box(left: float, top: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width + 0.1:.1f}" height="{height:.1f}" fill="#{fill}"/>'


def shoot(terminal: Terminal, name: str) -> None:
    """Save the screen as screenshots/NAME.svg."""
    terminal.settle()
    (FOLDER / f"{name}.svg").write_text(svg(terminal), encoding="utf-8")
    print(f"screenshots/{name}.svg")


def tour() -> None:
    """Walk through the console and take each picture on the way."""
    command = [str(Path(sys.executable).parent / "replicate-tui"), "--sandbox"]
    with tempfile.TemporaryDirectory() as home, Terminal(command, (120, 36), {"REPLICATE_TUI_HOME": home}) as t:
        t.until("fractal")
        t.press("/")
        t.type("fractal")
        t.press("enter")
        t.until("sandbox/fractal")
        shoot(t, "models")
        t.press("r")
        t.until("num_outputs")
        t.settle()
        t.type("night lake under the aurora")
        t.press("ctrl+r")
        t.until("succeeded", timeout=60)
        t.until_match(r"\d+×\d+ PNG")
        shoot(t, "run")
        t.press("1", "escape", "escape")
        t.until("README")
        t.press("/", "ctrl+u")
        t.type("guide")
        t.press("enter", "r")
        t.until("max_tokens")
        t.settle()
        t.type("What happens to my outputs after an hour?")
        t.press("ctrl+r")
        t.until("succeeded", timeout=60)
        shoot(t, "stream")
        t.press("2")
        t.until("status:failed")
        t.press("down")
        t.until_match(r"\d+×\d+ PNG")
        shoot(t, "predictions")


def rooms() -> None:
    """Train, talk and deploy, and take a picture of each."""
    command = [str(Path(sys.executable).parent / "replicate-tui"), "--sandbox"]
    with tempfile.TemporaryDirectory() as home, Terminal(command, (120, 36), {"REPLICATE_TUI_HOME": home}) as t:
        t.until("fractal")
        train(t, Path(home) / "sonnets.txt")
        talk(t)
        made = ("deployments", "create", "lakes", "--model", "sandbox/fractal", "--hardware", "gpu-t4", "--json")
        environment = {**os.environ, "REPLICATE_TUI_HOME": home}
        subprocess.run([*command, *made], env=environment, check=True, stdout=subprocess.DEVNULL)
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
    t.until("▾ min", timeout=60)
    t.until("succeeded", timeout=120)
    shoot(t, "training")


def talk(t: Terminal) -> None:
    """A question and its answer."""
    t.press("4")
    t.until("enter sends it")
    t.type("How do I see what a deployment costs?")
    t.press("enter")
    t.until("tokens/s", timeout=60)
    shoot(t, "chat")
    t.press("escape")


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


if __name__ == "__main__":
    tour()
    rooms()
