"""The list of a picker: titles among its rows are stepped over, and nothing of them can be picked."""

from __future__ import annotations

from textual.app import App

from tests.support.screen import screen_text, until
from tui.widgets.picker import Picker, Row

ROWS = [
    Row(None, "First", heading=True),
    Row("a", "alpha", "the first", key="^a"),
    Row("b", "beta", key="b"),
    Row(None, "Second", heading=True),
    Row("c", "gamma", "not now: closed", key="f1", dim=True),
]


async def test_arrows_step_over_titles_in_both_directions() -> None:
    app = App[None]()
    async with app.run_test(size=(80, 24)) as pilot:
        picker = Picker("Which?", ROWS)
        await app.push_screen(picker)
        await until(pilot, lambda: "gamma" in screen_text(app))
        seen: list[str] = []
        for key in ("down", "down", "down", "up", "up", "up"):
            row = picker.list.current
            assert row is not None
            seen.append(row.words)
            await pilot.press(key)
        assert seen == ["alpha", "beta", "gamma", "gamma", "beta", "alpha"]
        await pilot.press("ctrl+end")
        assert picker.list.index == 4
        await pilot.press("ctrl+home")
        assert picker.list.index == 1


async def test_a_click_on_a_title_picks_nothing_and_one_on_a_row_does() -> None:
    app = App[None]()
    async with app.run_test(size=(80, 24)) as pilot:
        picker = Picker("Which?", ROWS)
        picked: list[object] = []
        await app.push_screen(picker, lambda row: picked.append(row.value if row else None))
        await until(pilot, lambda: "gamma" in screen_text(app))
        lines = screen_text(app).splitlines()
        title = next(y for y, line in enumerate(lines) if "Second" in line)
        await pilot.click(offset=(lines[title].index("Second"), title))
        await pilot.pause()
        assert picked == []
        row = next(y for y, line in enumerate(lines) if "gamma" in line)
        await pilot.click(offset=(lines[row].index("gamma"), row))
        await until(pilot, lambda: picked == ["c"])


async def test_the_keys_stand_in_a_column_of_their_own() -> None:
    app = App[None]()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(Picker("Which?", ROWS))
        await until(pilot, lambda: "gamma" in screen_text(app))
        at = {
            line.index(word)
            for line in screen_text(app).splitlines()
            for word in ("alpha", "beta", "gamma")
            if word in line
        }
        assert len(at) == 1
        assert "▸  ^a      alpha  the first" in screen_text(app)
