"""The help below a form: tells the field with the focus, without moving what stands above it."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tests.support.form_host import form_of
from tests.support.screen import screen_text, until
from tui.appearance import DARK
from tui.resources import styles
from tui.widgets.form.field_help import FieldHelp

LONG = "It goes on about what it asks for, what that does to the answer, and what it costs. " * 4
FORM = form_of(
    {
        "prompt": {"type": "string", "description": LONG},
        "seed": {"type": "integer", "description": "Short."},
        "plain": {"type": "string"},
    }
)


class Host(App[None]):
    CSS_PATH = styles()  # pyright: ignore
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        yield FieldHelp(id="run-help")

    def on_mount(self) -> None:
        self.register_theme(DARK)
        self.theme = DARK.name


async def test_each_field_is_explained_in_the_room_that_the_longest_needs() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        shown = app.query_one(FieldHelp)
        heights: list[int] = []
        for field, words in zip(FORM.fields, ("It goes on about", "Short.", "plain"), strict=True):
            shown.explain(field, FORM.fields)
            await until(pilot, lambda words=words: words in screen_text(app))
            await pilot.pause()
            heights.append(shown.outer_size.height)
        assert heights == [4, 4, 4]
        assert "required" not in screen_text(app)
        shown.explain(FORM.fields[0], FORM.fields)
        await until(pilot, lambda: "prompt  required" in screen_text(app))
        assert "…" in screen_text(app), "what there is no room for is told to be there"
        await pilot.resize_terminal(140, 12)
        await until(pilot, lambda: screen_text(app).count("what it costs.") > 1)


async def test_short_explanations_take_little_room() -> None:
    app = Host()
    async with app.run_test(size=(60, 12)) as pilot:
        app.query_one(FieldHelp).explain(FORM.fields[1], FORM.fields[1:])
        await until(pilot, lambda: "Short." in screen_text(app))
        assert app.query_one(FieldHelp).outer_size.height == 3
