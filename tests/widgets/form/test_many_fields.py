"""A form of many fields: a handful in sight, the others one key away, found by words, in two columns where wide."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.pilot import Pilot
from textual.widgets import Button, Input, TextArea

from tests.support.form_host import Host, all_mounted, form_of
from tests.support.screen import screen_text, until
from tui.forms import Problem
from tui.widgets.form.fold_line import FoldLine
from tui.widgets.form.form_view import FormView

PROPERTIES: dict[str, dict[str, Any]] = {
    "prompt": {"type": "string"},
    **{f"number_{n}": {"type": "integer", "default": n} for n in range(20)},
    **{f"text_{n}": {"type": "string", "description": f"word{n}"} for n in range(20)},
    "image": {"type": "string", "format": "uri"},
}
SIZES = [(80, 24), (200, 50)]


class Folding(Host):
    def compose(self) -> ComposeResult:
        with Vertical():
            yield Button("Above", id="before", compact=True)
            yield FormView(self.given, folding=True, id="the-form")
            yield Button("Run", id="after", compact=True)


@asynccontextmanager
async def folding(
    size: tuple[int, int] = (80, 24), required: tuple[str, ...] = ("image",), **texts: str
) -> AsyncGenerator[tuple[Folding, Pilot[Any]]]:
    """A form as it opens, filled with texts."""
    app = Folding(form_of(PROPERTIES, required))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.view.is_mounted)
        app.view.set_values(texts)
        app.view.settle({})
        await all_mounted(pilot, app)
        yield app, pilot


def names_in_sight(app: Host) -> list[str]:
    """The names of the fields that are on the screen, from the top."""
    words = [word for line in screen_text(app).splitlines() for word in line.replace("▌", " ").split()]
    return [word for word in words if word in PROPERTIES]


@pytest.mark.parametrize("size", SIZES)
async def test_it_opens_with_what_is_required_and_what_was_changed_and_counts_the_rest(size: tuple[int, int]) -> None:
    async with folding(size, text_7="typed") as (app, _):
        assert names_in_sight(app)[:2] == ["image", "text_7"]
        assert len(names_in_sight(app)) == 8
        assert "▸ 34 more fields" in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_the_line_of_the_fold_is_reached_by_tab_and_opened_and_closed_by_keys(size: tuple[int, int]) -> None:
    async with folding(size) as (app, pilot):
        app.view.enter()
        await pilot.press(*["tab"] * 8)
        await until(pilot, lambda: isinstance(app.screen.focused, FoldLine))
        await pilot.press("enter")
        await until(pilot, lambda: "▾ 34 more fields" in screen_text(app) and app.view.complete)
        await pilot.press("tab")
        assert app.view.focused_field == "number_6"
        await pilot.press("shift+tab", "left")
        await until(pilot, lambda: "▸ 34 more fields" in screen_text(app))
        await pilot.press("tab")
        assert app.screen.focused is not None and app.screen.focused.id == "after"


async def test_a_click_opens_the_fold() -> None:
    async with folding() as (app, pilot):
        await pilot.click(FoldLine, offset=(6, 0))
        await until(pilot, lambda: "▾ 34 more fields" in screen_text(app))


async def test_the_focus_goes_into_the_form_from_both_sides_without_what_is_folded() -> None:
    async with folding() as (app, pilot):
        app.view.unfold(True)
        await all_mounted(pilot, app)
        app.view.unfold(False)
        await pilot.pause()
        app.screen.set_focus(app.query_one("#after"))
        await pilot.press("shift+tab")
        assert isinstance(app.screen.focused, FoldLine)
        app.screen.set_focus(app.query_one("#before"))
        await pilot.press("tab")
        assert app.view.focused_field == "image"
        await pilot.press("shift+tab")
        assert app.screen.focused is not None and app.screen.focused.id == "before"


async def test_a_problem_in_a_folded_field_shows_it() -> None:
    async with folding() as (app, pilot):
        app.view.set_problems([Problem("text_19", None, "is wrong")])
        assert app.view.focus_first_problem()
        await until(pilot, lambda: "✗ is wrong" in screen_text(app))
        assert app.view.focused_field == "text_19"
        assert "▸ 33 more fields" in screen_text(app)


async def test_nothing_moves_while_one_types_and_what_was_changed_comes_first_the_next_time() -> None:
    async with folding() as (app, pilot):
        before = names_in_sight(app)
        app.view.focus_field("number_5")
        await pilot.press(*"42", "tab")
        await pilot.pause()
        assert names_in_sight(app) == before
        app.view.settle({})
        await pilot.pause()
        assert names_in_sight(app) == before, "the form is open: it has a history"


async def test_what_is_folded_shows_again_when_a_step_back_changes_it() -> None:
    async with folding() as (app, pilot):
        app.view.replace({"text_15": "from an example"})
        await until(pilot, lambda: "from an example" in screen_text(app))
        app.view.unfold(False)
        app.view.go_back()
        await until(pilot, lambda: app.view.focused_field == "text_15")
        assert app.view.values == {}


@pytest.mark.parametrize("size", SIZES)
async def test_words_leave_only_the_fields_that_they_find(size: tuple[int, int]) -> None:
    async with folding(size) as (app, pilot):
        assert app.view.find("word1") == 11
        await until(pilot, lambda: names_in_sight(app)[:2] == ["text_1", "text_10"] and app.view.complete)
        assert "more fields" not in screen_text(app)
        app.view.action_first_field()
        await pilot.press("x", "tab")
        assert app.view.focused_field == "text_10"
        assert app.view.find("") == 42
        await until(pilot, lambda: names_in_sight(app)[:1] == ["image"])
        assert app.view.focused_field == "text_10", "the one with the focus stays in sight"
        assert "text_10" in names_in_sight(app)
        assert app.view.values == {"text_1": "x"}


async def test_words_that_find_nothing_leave_an_empty_form() -> None:
    async with folding() as (app, pilot):
        assert app.view.find("nothing like it") == 0
        await until(pilot, lambda: names_in_sight(app) == [])
        app.view.find("")
        await until(pilot, lambda: names_in_sight(app)[:1] == ["image"])


async def test_the_columns_change_without_the_loss_of_text_cursor_or_focus() -> None:
    async with folding((200, 50)) as (app, pilot):
        left, right = app.view.widget_of("number_2"), app.view.widget_of("number_3")
        assert left is not None and right is not None
        assert left.region.y == right.region.y and left.region.right < right.region.x
        app.view.focus_field("number_3")
        await pilot.press(*"1234", "left", "left")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: left.region.x == right.region.x)
        await pilot.press("9")
        assert isinstance(right, Input)
        assert (right.value, app.view.focused_field) == ("12934", "number_3")
        await pilot.resize_terminal(200, 50)
        await until(pilot, lambda: left.region.y == right.region.y)
        await pilot.press("backspace")
        assert app.view.values == {"number_3": "1234"}


async def test_down_and_up_stay_in_their_column() -> None:
    async with folding((200, 50)) as (app, pilot):
        app.view.focus_field("number_2")
        await pilot.press("down")
        assert app.view.focused_field == "number_4"
        await pilot.press("tab")
        assert app.view.focused_field == "number_5"
        await pilot.press("up")
        assert app.view.focused_field == "number_3"


async def test_a_text_that_grows_keeps_itself_in_sight_in_whatever_width() -> None:
    properties = {"text": {"type": "string", "format": "textarea"}, **{k: PROPERTIES[k] for k in ("prompt", "image")}}
    app = Host(form_of(properties, ()))
    async with app.run_test(size=(120, 12)) as pilot:
        await all_mounted(pilot, app)
        app.view.set_values({"text": "a line that is wrapped " * 12})
        app.view.focus_field("image")
        for width in (60, 120, 45):
            await pilot.resize_terminal(width, 12)
            focused = app.screen.focused
            assert focused is not None
            await until(pilot, lambda f=focused: app.view.content_region.contains_region(f.region))
        assert isinstance(app.view.widget_of("text"), TextArea)


@pytest.mark.parametrize(("text", "mark"), [("1024", False), ("1025", True), ("", False)])
async def test_a_changed_field_is_marked_by_more_than_its_colour(text: str, mark: bool) -> None:
    app = Host(form_of({"width": {"type": "integer", "default": 1024}}, ()))
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.settle({})
        app.view.focus_field("width")
        await pilot.press(*text, "tab")
        await until(pilot, lambda: app.view.focused_field is None)
        assert ("width •" in screen_text(app)) is mark
        assert app.view.changed_fields == (["width"] if mark else [])


async def test_what_differs_from_how_the_form_began_is_changed() -> None:
    app = Host(form_of({"least": {"type": "integer"}, "most": {"type": "integer"}}, ()))
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.set_values({"least": "1", "most": "2"})
        app.view.settle({"least": "1", "most": "2"})
        assert app.view.changed_fields == []
        app.view.focus_field("least")
        await pilot.press("backspace")
        assert app.view.changed_fields == ["least"]


async def test_letters_that_are_taken_back_one_by_one_come_back() -> None:
    app = Host(form_of({"style": {"type": "string"}}, ()))
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("style")
        await pilot.press(*"oil", *["backspace"] * 3)
        assert app.view.values == {}
        app.view.go_back()
        assert app.view.values == {"style": "oil"}
        app.view.go_back()
        assert app.view.values == {}


@pytest.mark.parametrize(("width", "words"), [(80, "✗ must be at most 1440, got 2000"), (46, "✗ at most 1440")])
async def test_a_problem_beside_a_value_is_told_in_the_words_that_there_is_room_for(width: int, words: str) -> None:
    app = Host(form_of({"width": {"type": "integer", "maximum": 1440, "default": 1024}}, ()))
    async with app.run_test(size=(width, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("width")
        await pilot.press(*"2000", "tab")
        await until(pilot, lambda: words in screen_text(app))
        assert "2000" in screen_text(app).partition("✗")[0]
