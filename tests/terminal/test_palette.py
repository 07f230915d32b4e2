"""The palette in a real terminal: finds commands and models, and does what was picked."""

from __future__ import annotations

import pytest

from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(120)
TITLE = "Find a command, a model, a prediction, a chat"


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_command_is_found_by_its_words_and_done(console: Open, size: tuple[int, int]) -> None:
    t = console("--sandbox", size=size)
    t.until("sandbox/fractal", 60)
    t.press("ctrl+p")
    t.until(TITLE)
    t.type("deploym")
    t.until_match("▸ +5 +Deployments", 20)
    t.press("enter")
    t.until_gone(TITLE)
    t.until("Nothing is deployed", 20)


def test_a_model_is_found_by_its_name_and_opened(console: Open) -> None:
    t = console("--sandbox")
    t.until("sandbox/fractal", 60)
    t.press("ctrl+p")
    t.until(TITLE)
    t.type("fractal")
    t.until_match("▸ +sandbox/fractal", 20)
    t.press("enter")
    t.until_gone(TITLE)
    t.until("r Run…", 20)
    t.until("Paints landscapes", 20)


def test_a_model_that_is_not_known_yet_is_searched_for(console: Open) -> None:
    t = console("--sandbox", "predictions")
    t.until("No predictions yet", 60)
    t.press("ctrl+p")
    t.until(TITLE)
    t.type("fractal")
    t.until_match("▸ +Search all models for “fractal”", 20)
    t.press("enter")
    t.until_gone(TITLE)
    t.until("sandbox/fractal", 20)
    t.until_gone("sandbox/strings", 20)


def test_escape_leaves_everything_as_it_was(console: Open) -> None:
    t = console("--sandbox", "predictions")
    t.until("No predictions yet", 60)
    t.press("ctrl+p")
    t.until(TITLE)
    t.press("ctrl+p")
    t.type("quit")
    t.until_match("▸ +q +Quit", 20)
    t.press("escape")
    t.until_gone(TITLE)
    t.until("No predictions yet")


def test_what_cannot_be_done_now_says_why_in_the_palette_and_when_picked(console: Open) -> None:
    t = console("--sandbox", "predictions")
    t.until("No predictions yet", 60)
    t.press("ctrl+p")
    t.until(TITLE)
    t.type("run again")
    reason = t.until_match(r"▸ +r +Run again +not now: ([^│\n]+?) *[│▕█\n]", 20).group(1)
    t.press("enter")
    t.until_gone(TITLE)
    t.until(reason[:30], 20)


def test_a_command_of_another_section_is_found_with_its_key_and_says_there_why_it_is_not_possible(
    console: Open,
) -> None:
    t = console("--sandbox")
    t.until("sandbox/fractal", 60)
    t.press(":")
    t.until(TITLE)
    t.type("disable")
    t.until_match(r"▸ +Z +Disable deployment +in Deployments · Switch a deployment off", 20)
    t.press("enter")
    t.until_gone(TITLE)
    t.until("Nothing is deployed", 20)
    t.until("There is no deployment under the cursor.", 20)
