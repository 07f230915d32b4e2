"""What a form writes of itself, bit by bit, is what a terminal painted anew would show."""

from __future__ import annotations

from random import Random
from typing import Any, cast

from tests.support.form_host import Host, all_mounted, form_of
from tests.support.screen import until
from tests.support.written import Written
from tui.toolkit.screen import PartialScreen

NOTES = (None, "looking at the file", "a note that is longer than the one before it")
PROBLEMS = (None, "must be at most 1440", "wrong")
KEYS = ("tab", "tab", "shift+tab", "down", "up", "x", "3", "backspace", "right", "ctrl+u", "pagedown", "pageup")


class Partial(Host):
    def get_default_screen(self) -> PartialScreen[None]:
        return PartialScreen()


async def test_a_note_and_a_problem_are_written_as_they_come() -> None:
    app = Partial(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("style")
        await until(pilot, lambda: app.view.focused_field == "style")
        await pilot.pause()
        written = Written(app)
        image, style = app.view.widget_of("image"), app.view.widget_of("style")
        assert image is not None
        assert style is not None
        image.set_note("looking at the file")
        await until(pilot, lambda: any("looking at the file" in line for line in written.terminal.display))
        style.set_problem("it is wrong")
        await until(pilot, lambda: any("✗ it is wrong" in line for line in written.terminal.display))
        assert written.cells() == written.painted_anew()


async def test_the_cursor_leaves_a_text_with_the_focus() -> None:
    app = Partial(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("prompt")
        await until(pilot, lambda: app.view.focused_field == "prompt")
        written = Written(app)
        prompt = app.view.widget_of("prompt")
        assert prompt is not None

        def backgrounds() -> set[str]:
            return {cell.bg for cell in written.cells()[prompt.region.y + 1][: prompt.region.width]}

        await pilot.press(*"a cat")
        await until(pilot, lambda: "a cat" in written.terminal.display[prompt.region.y + 1] and len(backgrounds()) == 2)
        await pilot.press("tab")
        await until(pilot, lambda: len(backgrounds()) == 1)


async def test_whatever_is_done_in_a_form_the_terminal_is_as_painted_anew() -> None:
    random, app = Random(11), Partial(form_of())
    async with app.run_test(size=(70, 20)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("prompt")
        await until(pilot, lambda: app.view.focused_field == "prompt")
        await pilot.pause()
        written = Written(app)
        widgets = [widget for field in app.view.fields if (widget := app.view.widget_of(field.name)) is not None]
        screen: Any = app.screen
        for step in range(150):
            await pilot.press(random.choice(KEYS))
            if random.random() < 0.2:
                random.choice(widgets).set_note(random.choice(NOTES))
            if random.random() < 0.2:
                random.choice(widgets).set_problem(random.choice(PROBLEMS))
            await pilot.pause()
            await until(pilot, lambda: not any(cast(Any, one)._repaint_required for one in (screen, *widgets)))
            await until(pilot, lambda: not screen._dirty_widgets and not screen._compositor._dirty_regions)
            assert written.cells() == written.painted_anew(), step
