"""What a screen does not do again: lay out, style and parse what is as it was, or wait with a frame."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.css.stylesheet import Stylesheet
from textual.events import ScreenResume
from textual.geometry import Region
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.toolkit.screen import DialogScreen, PartialScreen, hurry, keep_styles
from tui.toolkit.static import FixedSizeStatic, FixedWidthInput
from tui.toolkit.stylesheet import CachedStylesheet


class Program(App[None]):
    CSS = "Input { border: none; height: 1; }"

    def get_default_screen(self) -> Screen[Any]:
        return PartialScreen()

    def compose(self) -> ComposeResult:
        yield FixedSizeStatic("one\ntwo", id="text")
        yield FixedWidthInput("word", id="line")


def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[None]:
    """An item for each call of a method."""
    calls: list[None] = []
    method = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *args, **kwargs: (calls.append(None), method(*args, **kwargs))[1])
    return calls


async def test_a_text_lays_out_the_screen_only_when_it_needs_another_size(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Program()
    async with app.run_test() as pilot:
        await pilot.pause(0.1)
        layouts = counted(monkeypatch, app.screen, "_refresh_layout")
        text, line = app.query_one("#text", Static), app.query_one("#line", Input)
        text.update("six\nsix")
        line.value = "a longer word"
        await pilot.pause(0.1)
        assert not layouts
        text.update("one\ntwo\nthree")
        await pilot.pause(0.1)
        assert layouts and text.size.height == 3


async def test_a_screen_that_is_shown_again_is_styled_again_only_after_a_change_of_styles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Program()
    async with app.run_test() as pilot:
        screen = app.screen
        assert isinstance(screen, PartialScreen)
        keep_styles(screen)
        styled = counted(monkeypatch, screen, "update_node_styles")
        screen.post_message(ScreenResume())
        await pilot.pause()
        assert not styled
        screen._css_update_count = -1
        screen.post_message(ScreenResume())
        await pilot.pause()
        assert styled


async def test_a_screen_is_seen_on_top_and_through_a_dialog_and_not_under_an_opaque_one() -> None:
    app = Program()
    async with app.run_test() as pilot:
        first, second, dialog, over = app.screen, PartialScreen[None](), DialogScreen[None](), DialogScreen[None]()
        for one in (dialog, over):
            one.styles.background = "black 99%"
        await app.push_screen(dialog)
        await pilot.pause()
        assert (first.is_current, dialog.is_current) == (True, True)
        await app.pop_screen()
        await app.push_screen(second)
        await pilot.pause()
        assert (first.is_current, second.is_current, dialog.is_current) == (False, True, False)
        await app.push_screen(over)
        await pilot.pause()
        assert (first.is_current, second.is_current) == (False, True)
        await app.pop_screen()
        await app.pop_screen()
        assert first.is_current


async def test_a_dialog_paints_what_changed_in_it_though_what_is_behind_asks_for_a_frame_of_a_piece_of_it() -> None:
    painted: list[set[Region]] = []

    class Dialog(DialogScreen[None]):
        def compose(self) -> ComposeResult:
            yield Static("words", id="words")

        def _compositor_refresh(self) -> None:
            painted.append(set(self._compositor._dirty_regions))
            super()._compositor_refresh()

    async with Program().run_test(size=(40, 10)) as pilot:
        dialog = Dialog()
        await pilot.app.push_screen(dialog)
        while not painted:
            await pilot.pause()
        painted.clear()
        words = dialog.query_one("#words", Static)
        words.refresh()
        dialog.refresh(Region(0, 9, 3, 1))
        for _ in range(200):
            if any(Region(0, 9, 3, 1) in regions for regions in painted):
                break
            await pilot.pause(0.01)
        assert any(region.overlaps(words.region) for regions in painted for region in regions), painted


async def test_a_frame_right_behind_another_does_not_wait_for_a_tick() -> None:
    app = Program()
    async with app.run_test() as pilot:
        await pilot.pause(0.1)
        screen, text = app.screen, app.query_one("#text", Static)
        assert isinstance(screen, PartialScreen)
        quickest = 1.0
        for number in range(20):
            await asyncio.sleep(0.06)
            for turn in "ab":
                start = time.monotonic()
                text.update(f"{number:03d}\n{turn}")
                while screen.painted_at < start:
                    await asyncio.sleep(0)
            quickest = min(quickest, screen.painted_at - start)
        assert quickest < 0.012, "a tick of Textual's comes sixty times a second"


@pytest.mark.parametrize("key", [True, False])
async def test_what_answers_a_key_does_not_wait_for_the_frames_of_what_else_changes(
    monkeypatch: pytest.MonkeyPatch, key: bool
) -> None:
    monkeypatch.setattr("tui.toolkit.screen.FRAME", 0.5)
    app = Program()
    async with app.run_test():
        screen, text, line = app.screen, app.query_one("#text", Static), app.query_one("#line", Input)
        assert isinstance(screen, PartialScreen)

        async def painted(change: str) -> bool:
            """Whether a change is painted long before the next frame of its own is due."""
            before, since = screen.painted_at, time.monotonic()
            text.update(change)
            while screen.painted_at == before:
                await asyncio.sleep(0.001)
            return time.monotonic() - since < 0.25

        number = 0
        while await painted(f"{number}\ntwo"):
            number += 1
            assert number < 20, "frames never had to wait"
        before, since = screen.painted_at, time.monotonic()
        text.update("this waits\nfor its frame")
        await asyncio.sleep(0.02)
        if key:
            hurry(screen)
        line.value = "typed"
        while screen.painted_at == before:
            await asyncio.sleep(0.001)
        assert (time.monotonic() - since < 0.25) == key


def test_a_sheet_is_parsed_once_for_all_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = CachedStylesheet(variables={"ink": "#ffffff"})
    sheet.add_source("Label { color: $ink; }", read_from=("one", ""))
    sheet.parse()
    parsed = counted(monkeypatch, sheet, "_parse_rules")
    rules = list(sheet.rules)
    found = {id(rule) for rule in rules}
    sheet.set_variables({"ink": "#ffffff"})
    sheet.reparse()
    assert {id(rule) for rule in sheet.rules} == found
    sheet.set_variables({"ink": "#000000"})
    sheet.reparse()
    assert parsed and not {id(rule) for rule in sheet.rules} & found


async def test_a_dialog_that_is_answered_twice_closes_no_other_screen() -> None:
    app = Program()
    async with app.run_test() as pilot:
        below, dialog = PartialScreen[Any](), DialogScreen[Any]()
        answers: list[Any] = []
        app.push_screen(below)
        app.push_screen(dialog, answers.append)
        await pilot.pause()
        for answer in ("one", "other"):
            dialog.dismiss(answer)
        await pilot.pause()
        assert app.screen is below and answers == ["one"]


class Panes(App[None]):
    """Two panes with a border that tells of the focus, each with something in it that may look otherwise, too."""

    def __init__(self, css: str) -> None:
        super().__init__()
        self.stylesheet = CachedStylesheet(variables=self.get_css_variables())
        self.stylesheet.add_source(css, read_from=("panes", ""))

    def get_default_screen(self) -> PartialScreen[None]:
        return PartialScreen()

    def compose(self) -> ComposeResult:
        for name in ("left", "right"):
            with Vertical(id=name, classes="pane"):
                yield Input(id=f"{name}-field")
                yield Static("text", id=f"{name}-text")


BORDERS = ".pane { border-left: solid red; } .pane:focus-within { border-left: solid blue; }"
INSIDE = ".pane:focus-within Static { color: blue; }"


@pytest.mark.parametrize(("css", "reaches"), [(BORDERS, False), (BORDERS + INSIDE, True)])
async def test_a_focus_that_goes_to_another_pane_styles_both_panes_and_what_a_rule_reaches_in_them(
    css: str, reaches: bool
) -> None:
    app = Panes(css)
    async with app.run_test() as pilot:

        def looks(name: str) -> tuple[str, str]:
            border = app.query_one(f"#{name}").styles.border_left[1].hex
            return border, app.query_one(f"#{name}-text").styles.color.hex

        plain = looks("right")[1]
        text = {True: "#0000FF", False: plain}[reaches]
        for here, there in (("left", "right"), ("right", "left")):
            app.query_one(f"#{here}-field").focus()
            await pilot.pause()
            assert (looks(here), looks(there)) == (("#0000FF", text), ("#FF0000", plain))
        app.screen.set_focus(None)
        await pilot.pause()
        assert looks("left") == looks("right") == ("#FF0000", plain)


async def test_what_is_in_a_pane_is_not_styled_again_because_of_its_border(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Panes(BORDERS)
    async with app.run_test() as pilot:
        app.query_one("#left-field").focus()
        await pilot.pause()
        styled: list[str | None] = []
        apply = Stylesheet.apply

        def count(sheet: Stylesheet, node: Any, **options: Any) -> None:
            styled.append(node.id)
            apply(sheet, node, **options)

        monkeypatch.setattr(Stylesheet, "apply", count)
        app.query_one("#right-field").focus()
        await pilot.pause()
    assert {"left", "right"} <= set(styled)
    assert not {"left-text", "right-text"} & set(styled)
