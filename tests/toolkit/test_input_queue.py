"""Keys and clicks in one burst: the next one is dealt with when the one before has done its work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, TextArea

from tui.toolkit import input_queue as queue_module
from tui.toolkit.app import ToolkitApp
from tui.toolkit.bursts import Bursts
from tui.toolkit.focus import takes_letters
from tui.toolkit.key_parser import KeyParser
from tui.toolkit.static import FixedWidthInput


class Asking(ModalScreen[str]):
    """A dialog whose input has the focus once it is there."""

    BINDINGS = [("enter", "app.pop_screen", "Done")]

    def compose(self) -> ComposeResult:
        yield Input(id="asked")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class Stuck(Input):
    """Gives the focus away on a tab, and then never comes back from it."""

    released: asyncio.Event

    async def on_key(self, event: events.Key) -> None:
        if event.key == "tab":
            event.stop()
            self.screen.query(Input).first().focus()
            await self.released.wait()


class App(ToolkitApp[None]):
    """Two inputs; ctrl+o asks in a dialog, ctrl+r takes the input away that has the focus."""

    BINDINGS = [("ctrl+o", "ask", "Ask"), ("ctrl+r", "take_away", "Take away")]
    answer: str | None = None

    def __init__(self) -> None:
        super().__init__(Path("/somewhere/replicate-tui.log"))

    def compose(self) -> ComposeResult:
        yield Input(id="first")
        yield Stuck(id="second")
        yield Button("Ask")

    def on_button_pressed(self) -> None:
        self.action_ask()

    def action_ask(self) -> None:
        self.push_screen(Asking(), self._answered)

    def _answered(self, answer: str | None) -> None:
        self.answer = answer

    async def action_take_away(self) -> None:
        assert self.focused is not None
        await self.focused.remove()
        self.screen.query(Input).first().focus()


def burst(app: App, *keys: str | events.Event) -> None:
    for key in keys:
        app.post_message(events.Key(key, None) if isinstance(key, str) else key)


def mouse(kind: type[events.MouseEvent], widget: Widget, column: int = 0) -> events.MouseEvent:
    x, y = widget.content_region.offset
    return kind(None, x + column, y, 0, 0, 1, False, False, False)


def click(widget: Widget) -> tuple[events.MouseEvent, events.MouseEvent]:
    return mouse(events.MouseDown, widget), mouse(events.MouseUp, widget)


async def until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def test_letters_deletions_and_pastes_keep_their_order() -> None:
    app = App()
    async with app.run_test():
        burst(app, "a", "b", "backspace", "c", events.Paste("xyz"), "left", "d", "home", "e")
        await until(lambda: app.query_one("#first", Input).value == "eacxydz")


async def test_a_dialog_gets_what_was_typed_for_it_and_the_screen_below_the_rest() -> None:
    app = App()
    async with app.run_test():
        burst(app, "a", "ctrl+o", *"word", "enter", "b")
        await until(lambda: app.answer == "word" and app.query_one("#first", Input).value == "ab")


async def test_what_was_typed_before_a_click_stays_where_it_was_typed_and_what_follows_goes_where_it_clicked() -> None:
    app = App()
    async with app.run_test():
        first, second = app.query_one("#first", Input), app.query_one("#second", Input)
        burst(app, *"one", *click(second), *"two", *click(first), "home", *"0")
        await until(lambda: (first.value, second.value) == ("0one", "two"))


async def test_a_dialog_that_a_click_opens_gets_what_was_typed_for_it() -> None:
    app = App()
    async with app.run_test():
        burst(app, "a", *click(app.query_one(Button)), *"word", "enter", "shift+tab", "shift+tab", "end", "b")
        await until(lambda: app.answer == "word" and app.query_one("#first", Input).value == "ab")


async def test_a_text_is_selected_by_a_mouse_that_was_drawn_over_it_while_letters_waited() -> None:
    app = App()
    async with app.run_test():
        first = app.query_one("#first", Input)
        down, up = mouse(events.MouseDown, first), mouse(events.MouseUp, first, 3)
        burst(app, *"abcdef", down, mouse(events.MouseMove, first, 2), mouse(events.MouseMove, first, 3), up, "x")
        await until(lambda: first.value == "xdef")


class Slow(App):
    """Takes so long to take its input away that the keys are looked after before the focus has moved."""

    async def action_take_away(self) -> None:
        assert self.focused is not None
        await self.focused.remove()
        self.call_later(cast(Any, self.input_queue)._look_after)
        self.screen.query(Input).first().focus()


@pytest.mark.parametrize("kind", [App, Slow])
async def test_a_widget_that_goes_takes_no_key_with_it(kind: type[App]) -> None:
    app = kind()
    async with app.run_test():
        burst(app, "a", "ctrl+r", *"left")
        await until(lambda: app.query_one("#second", Input).value == "left")


async def test_a_key_that_hangs_is_overtaken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "HELD", 0.0)
    monkeypatch.setattr(Stuck, "released", asyncio.Event(), raising=False)
    app = App()
    async with app.run_test():
        stuck = app.query_one("#second")
        stuck.focus()
        await until(lambda: app.focused is stuck)
        try:
            burst(app, "tab", "a")
            await until(lambda: app.query_one("#first", Input).value == "a")
        finally:
            Stuck.released.set()


class Plain(Container):
    """Has no say in keys."""


class Hears(Container):
    """Keeps a key by a method of the usual name."""

    def on_key(self, event: events.Key) -> None:
        event.stop()


class Decorated(Container):
    """Keeps a key by a decorated method."""

    @on(events.Key)
    def kept(self, event: events.Key) -> None:
        event.stop()


class Named(Container):
    """Does something at one key; what is bound to it is done as well."""

    def key_f5(self) -> None:
        cast(Any, self.app).done.append("named")


class Nested(ToolkitApp[None]):
    """A container around what has the focus, and a key that is bound at the app."""

    BINDINGS = [("f5", "note", "Note")]

    def __init__(self, around: type[Container]) -> None:
        super().__init__(Path("/somewhere/replicate-tui.log"))
        self.around = around
        self.done: list[str] = []

    def compose(self) -> ComposeResult:
        with self.around():
            yield Input()

    def action_note(self) -> None:
        self.done.append("bound")


@pytest.mark.parametrize(
    ("around", "done"), [(Plain, ["bound"]), (Hears, []), (Decorated, []), (Named, ["named", "bound"])]
)
async def test_a_widget_above_the_focus_has_its_say_before_a_binding(around: type[Container], done: list[str]) -> None:
    app = Nested(around)
    async with app.run_test() as pilot:
        app.query_one(Input).focus()
        await pilot.press("f5", "x")
        assert app.done == done
        assert app.query_one(Input).value == "x"


async def test_a_bound_key_finds_its_binding_without_a_way_through_the_widgets() -> None:
    app = Nested(Plain)
    async with app.run_test() as pilot:
        app.query_one(Input).focus()
        await pilot.pause()
        went: list[events.Event] = []
        around = app.query_one(Plain)
        post = around.post_message
        around.post_message = lambda message: went.append(message) or post(message)
        await pilot.press("f5")
        assert app.done == ["bound"]
        assert not [event for event in went if isinstance(event, events.Key)]


class Lines(TextArea):
    """Sends what is written by enter."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            cast(Any, self.app).done.append("sent")
        else:
            await super()._on_key(event)


class Filter(FixedWidthInput):
    """Enter goes on to the list, and sends nothing."""

    ENTER_SENDS = False


class Question(ModalScreen[None]):
    """Letters answer it."""

    BINDINGS = [("y,enter", "note", "Yes")]

    def action_note(self) -> None:
        cast(Any, self.app).done.append("answered")


class Console(ToolkitApp[None]):
    """A list of letters that are commands, fields, a button."""

    BINDINGS = [
        ("j", "note('j')", "J"),
        ("x", "note('x')", "X"),
        Binding("slash", "at_once('filter')", "F", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__(Path("/somewhere/replicate-tui.log"))
        self.done: list[str] = []
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        yield Lines(id="lines")
        yield FixedWidthInput(id="line")
        yield Filter(id="filter")
        yield Button("Press")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "at_once" or not takes_letters(self.focused)

    def action_at_once(self, _: str) -> None:
        self.query_one(Filter).focus()

    def action_note(self, what: str) -> None:
        self.done.append(what)

    def on_button_pressed(self) -> None:
        self.done.append("pressed")

    def on_input_submitted(self) -> None:
        self.done.append("submitted")

    def notify(self, message: str, **_: Any) -> None:
        self.said.append(message)


async def read(app: Console, pilot: Pilot[None], text: str, focus: str = "") -> None:
    """Give the app what one read of the terminal found, with the focus on a widget or on none."""
    app.screen.set_focus(app.query_one(focus) if focus else None)
    await pilot.pause()
    parser = KeyParser()
    for message in Bursts().sort(parser.read(text), parser):
        app.post_message(message)
    await pilot.pause()
    await pilot.pause()


@pytest.fixture
async def running() -> AsyncIterator[tuple[Console, Pilot[None]]]:
    app = Console()
    async with app.run_test() as pilot:
        yield app, pilot


Running = tuple[Console, Pilot[None]]


async def test_a_text_with_line_ends_goes_into_the_field_with_the_focus_and_sends_nothing(running: Running) -> None:
    app, pilot = running
    await read(app, pilot, "one\rtwo\rx\r", "#lines")
    assert app.query_one(Lines).text == "one\ntwo\nx" and len(app.said) == 1
    await read(app, pilot, "one\r\ntwo", "#line")
    assert app.query_one("#line", FixedWidthInput).value == "one two"
    await read(app, pilot, "hello\rXq", "#filter")
    assert app.query_one(Filter).value == "hello Xq"
    assert app.done == [] and len(app.said) == 3


async def test_a_text_where_no_field_has_the_focus_does_nothing_and_says_so(running: Running) -> None:
    app, pilot = running
    for text in ("x\rj", "jxk", "Fix this\r", "xylophone /j"):
        await read(app, pilot, text)
    assert app.done == [] and len(app.said) == 4
    assert not app.query_one(Filter).value


async def test_keys_that_were_typed_ahead_act(running: Running) -> None:
    app, pilot = running
    await read(app, pilot, "jjjx")
    assert app.done == ["j", "j", "j", "x"]
    await read(app, pilot, "/fox\x7f")
    assert app.query_one(Filter).value == "fo" and app.focused is app.query_one(Filter)
    await read(app, pilot, "\x15go\r", "#lines")
    assert app.query_one(Lines).text == "go\n"
    assert app.done == ["j", "j", "j", "x"]
    await read(app, pilot, "ok\r", "#line")
    assert app.done[4:] == ["submitted"]


async def test_an_enter_of_a_burst_sends_presses_and_answers_nothing_and_alone_it_does(running: Running) -> None:
    app, pilot = running
    await read(app, pilot, "\x15abc\r", "#line")
    await read(app, pilot, "\r\r", "Button")
    app.push_screen(Question())
    await pilot.pause()
    parser = KeyParser()
    for text in ("yes", "y\r", "\r\x00"):
        for message in Bursts().sort(parser.read(text), parser):
            app.post_message(message)
        await pilot.pause()
    assert app.done == []
    assert len(app.said) == 5
    await pilot.press("y")
    assert app.done == ["answered"]
    app.pop_screen()
    await pilot.pause()
    await read(app, pilot, "\r", "#line")
    await read(app, pilot, "\r", "Button")
    await read(app, pilot, "\r", "#lines")
    assert app.done == ["answered", "submitted", "pressed", "sent"]


async def test_what_the_last_key_was_is_known_to_what_it_sets_off(running: Running) -> None:
    app, pilot = running
    await read(app, pilot, "jj")
    assert app.input_queue.in_burst
    await read(app, pilot, "j")
    assert not app.input_queue.in_burst
    await read(app, pilot, "one\rtwo", "#lines")
    assert app.input_queue.in_burst
    burst(app, *click(app.query_one(Button)))
    await until(lambda: "pressed" in app.done)
    assert not app.input_queue.in_burst
