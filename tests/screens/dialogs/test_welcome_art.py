"""The first start shows the program's name and a picture, and all of its words at every size."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.screen import screen_text, until
from tui.app import Console
from tui.navigation import Place
from tui.screens.dialogs.welcome import Welcome
from tui.screens.dialogs.welcome_art import picture, wordmark
from tui.settings import load


def test_the_name_is_written_in_three_lines() -> None:
    assert wordmark("LIT") == ["█   ▀█▀ ▀█▀", "█    █   █ ", "▀▀▀ ▀▀▀  ▀ "]
    assert {len(line) for line in wordmark()} == {35}


@pytest.mark.parametrize(("width", "height"), [(25, 3), (62, 9)])
def test_the_picture_has_the_size_that_it_is_asked_for_with_and_without_colours(width: int, height: int) -> None:
    coloured, grey = picture(width, height, colours=True).plain, picture(width, height, colours=False).plain
    assert coloured == "\n".join(["▀" * width] * height)
    assert [len(line) for line in grey.split("\n")] == [width] * height
    assert set(grey) - set(" ░▒▓█\n") == set() and {"▓", "█"} < set(grey)


@pytest.mark.parametrize(
    ("size", "colours"), [((80, 24), True), ((80, 24), False), ((120, 40), True), ((100, 30), True)]
)
async def test_nothing_of_the_words_is_cut_off(tmp_path: Path, size: tuple[int, int], colours: bool) -> None:
    (tmp_path / "work").mkdir()
    environ = {"REPLICATE_TUI_HOME": str(tmp_path)} | ({} if colours else {"NO_COLOR": "1"})
    app = Console(load(None, environ=environ, folder=tmp_path / "work"), Place())
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Welcome) and "esc quits" in screen_text(app))
        text = screen_text(app)
        assert "The console for Replicate needs an API token." in text
        assert "Open the sandbox" in text
        lines = text.splitlines()
        assert any(line.strip().startswith("╭") for line in lines) and any("╰" in line for line in lines)
        assert "█▀█" in text or "█▀▀" in text or "██" in text
