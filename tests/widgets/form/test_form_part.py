"""The part at the end of a form that is no input of the model: folded away until a key opens it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.pilot import Pilot
from textual.widgets import Button

from tests.support.form_host import Host, all_mounted, form_of
from tests.support.screen import screen_text, until
from tui.forms import Form, Problem
from tui.forms.delivery import DEADLINE, EVENTS, WEBHOOK
from tui.widgets.form.fold_line import FoldLine
from tui.widgets.form.form_head import head_words
from tui.widgets.form.form_part import DELIVERY
from tui.widgets.form.form_view import FormView

SIZES = [(80, 24), (200, 50)]
SMALL: dict[str, dict[str, Any]] = {"prompt": {"type": "string"}, "steps": {"type": "integer", "default": 4}}
LARGE: dict[str, dict[str, Any]] = {**SMALL, **{f"text_{n}": {"type": "string"} for n in range(20)}}
HOOK = "https://example.com/hook"


class Parted(Host):
    def compose(self) -> ComposeResult:
        with Vertical():
            yield FormView(self.given, folding=True, part=DELIVERY, id="the-form")
            yield Button("Run", id="after", compact=True)


@asynccontextmanager
async def parted(
    form: Form, size: tuple[int, int] = (80, 24), *, in_sight: bool = True, **texts: str
) -> AsyncGenerator[tuple[Parted, Pilot[Any]]]:
    """A form as it opens, once the line of its part is there."""
    app = Parted(form)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.view.is_mounted)
        app.view.set_values(texts)
        app.view.settle({})
        await all_mounted(pilot, app)
        await until(pilot, lambda: any("webhook" in line.HELP for line in app.query(FoldLine)))
        await until(pilot, lambda: not in_sight or "▸ Delivery" in screen_text(app))
        yield app, pilot


def mounted_of_part(app: Host) -> list[str]:
    return [name for name in (WEBHOOK, *EVENTS.values(), DEADLINE) if app.view.widget_of(name) is not None]


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_of_it_is_mounted_until_a_key_opens_it_and_a_key_closes_it(size: tuple[int, int]) -> None:
    async with parted(form_of(SMALL), size) as (app, pilot):
        assert mounted_of_part(app) == []
        app.view.enter()
        await pilot.press("tab", "tab")
        assert isinstance(app.screen.focused, FoldLine)
        await pilot.press("enter")
        await until(pilot, lambda: "▾ Delivery" in screen_text(app) and DEADLINE in screen_text(app))
        await pilot.press("tab")
        assert app.view.focused_field == WEBHOOK
        await pilot.press("shift+tab", "left")
        await until(pilot, lambda: "▸ Delivery" in screen_text(app))
        assert WEBHOOK not in screen_text(app)
        await pilot.press("tab")
        assert app.screen.focused is not None and app.screen.focused.id == "after"


async def test_a_click_opens_it_and_what_is_chosen_stands_in_its_line_when_it_is_closed() -> None:
    async with parted(form_of(SMALL)) as (app, pilot):
        await pilot.click(FoldLine, offset=(6, 0))
        await until(pilot, lambda: app.view.complete and bool(mounted_of_part(app)))
        app.view.focus_field(WEBHOOK)
        await pilot.press(*HOOK)
        app.view.focus_field(EVENTS["output"])
        await pilot.press("right")
        app.view.focus_field(DEADLINE)
        await pilot.press(*"5m")
        assert app.view.values == {WEBHOOK: HOOK, EVENTS["output"]: "false", DEADLINE: "5m"}
        app.view.open_part(False)
        await until(pilot, lambda: f"▸ Delivery  canceled after 5m · {HOOK} · on completed" in screen_text(app))


async def test_a_draft_is_told_in_the_line_and_opens_nothing() -> None:
    async with parted(form_of(SMALL), **{WEBHOOK: HOOK}) as (app, _):
        assert f"▸ Delivery  {HOOK}" in screen_text(app)
        assert mounted_of_part(app) == []
        assert app.view.changed_fields == []
        assert str(head_words(app.view)) == "2 fields · to fill in: prompt"


async def test_what_is_wrong_in_it_opens_it_and_is_said_at_its_field() -> None:
    async with parted(form_of(SMALL)) as (app, pilot):
        assert app.view.set_problems([Problem(WEBHOOK, None, "must be an https address")]) == []
        assert app.view.focus_first_problem()
        await until(pilot, lambda: "✗ must be an https address" in screen_text(app))
        assert app.view.focused_field == WEBHOOK
        app.view.open_part(False)
        await pilot.pause()
        assert "▾ Delivery" in screen_text(app)


async def test_a_wrong_address_and_a_wrong_time_are_said_as_their_fields_are_left() -> None:
    async with parted(form_of(SMALL)) as (app, pilot):
        app.view.open_part(True)
        await until(pilot, lambda: app.view.complete and bool(mounted_of_part(app)))
        app.view.focus_field(WEBHOOK)
        await pilot.press(*"http://example.com", "tab")
        await until(pilot, lambda: set(app.view.problems) == {WEBHOOK})
        app.view.focus_field(DEADLINE)
        await pilot.press("4", "shift+tab")
        await until(pilot, lambda: set(app.view.problems) == {WEBHOOK, DEADLINE})


async def test_undo_brings_back_what_was_emptied_in_it() -> None:
    async with parted(form_of(SMALL), **{WEBHOOK: HOOK}) as (app, pilot):
        app.view.replace({}, whole=True)
        await until(pilot, lambda: HOOK not in screen_text(app))
        assert app.view.go_back()
        await until(pilot, lambda: HOOK in screen_text(app))
        assert app.view.values == {WEBHOOK: HOOK}


@pytest.mark.parametrize("size", SIZES)
async def test_beside_a_fold_each_line_opens_its_own_fields(size: tuple[int, int]) -> None:
    async with parted(form_of(LARGE), size, in_sight=False) as (app, pilot):
        app.view.enter()
        await pilot.press("ctrl+end")
        await until(pilot, lambda: "▸ 14 more fields" in screen_text(app) and "▸ Delivery" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "▾ Delivery" in screen_text(app))
        assert len(app.view.shown.names) == 8 + 6
        await pilot.press("shift+tab", "enter")
        await until(pilot, lambda: len(app.view.shown.names) == 22 + 6 and app.view.complete)
        assert app.view.shown.names[22:] == [WEBHOOK, *EVENTS.values(), DEADLINE]
        assert str(head_words(app.view)).startswith("22 fields")


async def test_words_find_its_fields_too() -> None:
    async with parted(form_of(SMALL)) as (app, pilot):
        assert app.view.find("webhook logs") == 1
        await until(pilot, lambda: app.view.complete and EVENTS["logs"] in screen_text(app))
        assert "Delivery" not in screen_text(app)
        app.view.find("")
        await until(pilot, lambda: "▸ Delivery" in screen_text(app))


async def test_a_model_that_asks_for_nothing_has_it_below_the_words_that_say_so() -> None:
    async with parted(form_of({})) as (app, pilot):
        lines = screen_text(app).splitlines()
        says = next(n for n, line in enumerate(lines) if "asks for no input" in line)
        assert any("▸ Delivery" in line for line in lines[says + 1 :])
        await pilot.press("tab", "enter")
        await until(pilot, lambda: DEADLINE in screen_text(app))
