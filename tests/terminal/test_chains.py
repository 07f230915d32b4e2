"""One model's output is the next one's input, by keys alone, in a real terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.terminal.conftest import Open

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(180)


def use_in(t: Terminal, model: str) -> None:
    """Put the output into the form of a model, and wait for its form."""
    t.press("N")
    t.until("Use it as an input of which model?")
    t.type(model)
    t.until(f"sandbox/{model}  image")
    t.press("enter")
    t.until("▌ image * •")


def test_a_picture_is_cut_out_and_enlarged_by_keys_alone_and_a_step_that_fails_costs_none_of_the_others(
    console: Open, home: Path
) -> None:
    words = ("-i", "prompt=hills", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")
    with console("--sandbox", "run", "sandbox/fractal", *words) as t:
        # The command line has asked for the run: it begins by itself.
        t.until_match(r"64×64 PNG", 60)
        t.until("succeeded", 60)
        use_in(t, "cutout")
        t.press("ctrl+r")
        t.until("succeeded", 60)
        use_in(t, "upscale")
        # What the schema refuses is not sent; the pictures before are there all the same.
        t.fill("scale", "9")
        t.press("ctrl+r")
        t.until("1 field needs a look")
        t.fill("scale", "2")
        t.press("ctrl+r")
        t.until_match(r"128×128 PNG", 60)
        t.press("2")
        for name in ("upscale", "cutout", "fractal"):
            t.until_match(rf"✓ +{name}")
        t.press("q")
        assert t.wait_exit() == 0, t.text()
    assert len(list((home / "data" / "outputs").rglob("output*.png"))) == 3
