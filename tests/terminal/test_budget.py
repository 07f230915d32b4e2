"""What a run costs, from before it is made to the budget that asks before the next one, by keyboard alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import Command
from tests.terminal.conftest import Open

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(240)

SIZES = ((120, 40), (80, 24))
PRICE = '# mine\n[prices]\ndate = "2026-11-01"\n[prices.models."sandbox/guide"]\nper_run = 0.25\n'


@pytest.mark.parametrize("size", SIZES, ids=("120x40", "80x24"))
def test_a_run_is_priced_found_in_usage_and_asked_about_once_a_budget_is_set(
    console: Open, home: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    config = home / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(PRICE)
    with console("--sandbox", "run", "sandbox/guide", size=size) as t:
        t.until("≈ $0.25 a run")
        t.until("▌ prompt")
        t.type("How do I cancel?")
        t.press("ctrl+r")
        t.until("succeeded", 60)
        t.press("8")
        t.until("≈ $0.25  1 run")
        t.press("e")
        t.until("What may be spent?")
        t.type("a lot")
        t.press("enter")
        t.until("'a lot' is no budget")
        t.press("ctrl+u")
        t.until_gone("a lot\n")
        t.type("0.01 a day")
        t.press("enter")
        t.until("At most 0.01 a day")
        t.until("! ≈ $0.25 of $0.01 today")
        assert config.read_text() == f"{PRICE}\n[budget]\nday = 0.01\n"
        t.press("1")
        t.until("Cancel from the command line")
        t.press("ctrl+r")
        t.until("Pass the budget?")
        t.until("This run may cost ≈ $0.25. Today ≈ $0.25 of the")
        t.until("$0.01 is spent.")
        t.press("b")
        t.until_gone("Pass the budget?")
        t.press("8")
        t.until("≈ $0.25  1 run")
        t.press("q")
        assert t.wait_exit() == 0
    # A script is asked, too, by the same budget.
    command = Command(home, tmp_path / "work")
    done = command("--sandbox", "run", "sandbox/guide", "-i", "prompt=once more", "-i", "delay=0", "--json")
    assert (done.code, done.out) == (2, "") and "of the budget of $0.01 is spent" in done.err
