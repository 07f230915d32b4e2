"""The JSON view, as a reader of an answer sees it."""

from __future__ import annotations

import json
import time

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.support.screen import screen_text, until, widget_lines
from tui.widgets.text.json_tree import folded, jq_path, quoted
from tui.widgets.text.json_view import InputView, JsonView

VALUE: dict[str, object] = {
    "id": "abc",
    "ok": True,
    "none": None,
    "number": 1.5,
    "input": {"prompt": "a cat", "list": [1, 2, {"deep": "x"}]},
    "empty": {},
    "nothing": [],
}


class JsonApp(App[None]):
    def __init__(self, value: object, view: JsonView | None = None) -> None:
        super().__init__()
        self.json_view = view or JsonView(value, id="json")
        if view is not None:
            view.set_value(value)
        self.leaked: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.json_view


def lines(app: JsonApp) -> list[str]:
    return [line[3:] for line in widget_lines(app.json_view) if line]


def cursor(app: JsonApp) -> str:
    return next(line[3:].strip() for line in widget_lines(app.json_view) if line.startswith("›"))


async def quiet(pilot: Pilot[None]) -> None:
    await pilot.pause(0)
    await pilot.pause(0)


async def test_a_value_is_a_tree_with_its_first_levels_open() -> None:
    app = JsonApp(VALUE)
    async with app.run_test(size=(60, 24)) as pilot:
        await quiet(pilot)
        assert lines(app) == [
            "▾ {…} 7 keys",
            '    id: "abc"',
            "    ok: true",
            "    none: null",
            "    number: 1.5",
            "  ▾ input: {…} 2 keys",
            '      prompt: "a cat"',
            "    ▾ list: […] 3 items",
            "        0: 1",
            "        1: 2",
            "      ▾ 2: {…} 1 key",
            '          deep: "x"',
            "    empty: {}",
            "    nothing: []",
        ]


async def test_keys_fold_unfold_and_walk_the_tree() -> None:
    app = JsonApp(VALUE)
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press(*"jjjjj")
        await quiet(pilot)
        assert cursor(app) == "▾ input: {…} 2 keys"
        await pilot.press("enter")
        await quiet(pilot)
        assert cursor(app) == "▸ input: {…} 2 keys"
        assert "prompt" not in screen_text(app)
        await pilot.press("space", "right", "j", "right", "j", "j")
        await quiet(pilot)
        assert cursor(app) == "▾ 2: {…} 1 key"
        await pilot.press("left")
        await quiet(pilot)
        assert cursor(app) == "▸ 2: {…} 1 key"
        await pilot.press("left")
        await quiet(pilot)
        assert cursor(app) == "▾ list: […] 3 items"
        await pilot.press("minus")
        await quiet(pilot)
        assert cursor(app) == "▸ input: {…} 2 keys"
        assert len(lines(app)) == 8
        await pilot.press("plus", "G")
        await quiet(pilot)
        assert len(lines(app)) == 14
        assert cursor(app) == "nothing: []"


async def test_the_mouse_folds_too() -> None:
    app = JsonApp(VALUE)
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.click("#json", offset=(5, 5))  # the sign of `input`
        await quiet(pilot)
        assert cursor(app) == "▸ input: {…} 2 keys"
        await pilot.click("#json", offset=(12, 1))
        await quiet(pilot)
        assert cursor(app) == 'id: "abc"'
        await pilot.click("#json", offset=(12, 5))
        await quiet(pilot)
        assert "prompt" not in screen_text(app), "the first click only moves"
        await pilot.wait_for_scheduled_animations()
        await pilot.press("enter")
        await quiet(pilot)
        assert "prompt" in screen_text(app)


async def test_what_is_copied_is_the_value_at_the_cursor() -> None:
    app = JsonApp(VALUE)
    view = app.json_view
    async with app.run_test(size=(60, 24)) as pilot:
        assert view.path_at_cursor == "."
        assert json.loads(view.copyable()) == VALUE
        await pilot.press("j")
        assert (view.path_at_cursor, view.copyable()) == (".id", "abc")
        await pilot.press("j", "j", "j", "j", "j", "j", "j", "j")
        assert (view.path_at_cursor, view.value_at_cursor) == (".input.list[1]", 2)
        view.find("deep")
        assert (view.path_at_cursor, view.value_at_cursor) == (".input.list[2].deep", "x")
    assert jq_path(("odd key", 0, "a\x1bb")) == '.["odd key"][0]["a\\u001bb"]'
    assert jq_path((0, "x")) == ".[0].x"


async def test_folds_and_cursor_stay_when_a_new_value_comes() -> None:
    app = JsonApp(VALUE)
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press(*"jjjjj", "enter", "j", "j")
        await quiet(pilot)
        assert cursor(app) == "nothing: []"
        app.json_view.set_value({"first": "new", **VALUE, "ok": False})
        await until(pilot, lambda: "ok: false" in screen_text(app))
        assert cursor(app) == "nothing: []"
        assert "▸ input" in screen_text(app)
        painted: list[int] = []
        original = app.json_view.render_line
        app.json_view.render_line = lambda y: (painted.append(y), original(y))[1]  # type: ignore[method-assign]
        app.json_view.set_value({"first": "new", **VALUE, "ok": False})
        await quiet(pilot)
        assert painted == []
        app.json_view.set_value({"first": "newer", **VALUE, "ok": False})
        await until(pilot, lambda: "newer" in screen_text(app))
        assert painted == [1]
        app.json_view.set_value(None)
        await until(pilot, lambda: "No value." in screen_text(app))
        await pilot.press("enter", "left", "right", "plus", "minus", "j")
        app.json_view.set_value(3)
        await until(pilot, lambda: cursor(app) == "3")


async def test_a_long_string_says_its_size_and_unfolds_into_lines() -> None:
    text = "a line of words that is rather long\n" * 3 + "日本語" * 30
    app = JsonApp({"big": "x" * 2_000_000, "text": text})
    async with app.run_test(size=(60, 24)) as pilot:
        await quiet(pilot)
        assert "(2.0 MB)" in screen_text(app)
        await pilot.press("G", "enter")
        await quiet(pilot)
        assert screen_text(app).count("a line of words that is rather long\n") == 3
        await pilot.press("j")
        assert app.json_view.value_at_cursor == text
        await pilot.resize_terminal(40, 24)
        await until(pilot, lambda: all(len(line) <= 40 for line in lines(app)))
        await pilot.press("enter")
        await quiet(pilot)
        assert cursor(app).startswith('▸ text: "a line')


async def test_hostile_values_send_no_control_and_no_markup() -> None:
    hostile = "\x1b]0;t\x07[/] [@click=app.quit]x[/]\x9b\u202e\t日本"
    app = JsonApp({hostile: hostile, "n": float("nan"), "huge": 10**5000, "s": "\ud800", 3: {"a", "b"}})
    async with app.run_test(size=(100, 24)) as pilot:
        await quiet(pilot)
        text = screen_text(app)
        assert "\\u001b]0;t\\u0007[/] [@click=app.quit]x[/]\\u009b\\u202e\\t" in text
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text.replace("\n", ""))
        text.encode()
        app.json_view.set_value({hostile: hostile, "n": float("nan"), "s": "\ud800"})
        assert "\x1b" not in app.json_view.copyable()
        app.json_view.find("app.quit")
        await quiet(pilot)


async def test_a_hundred_thousand_elements_open_quickly() -> None:
    app = JsonApp(None)
    value = {"small": 1, "output": [{"n": n, "text": f"item {n}"} for n in range(100_000)]}
    async with app.run_test(size=(100, 40)) as pilot:
        await quiet(pilot)
        start = time.process_time()
        app.json_view.set_value(value)
        await quiet(pilot)
        took = time.process_time() - start
        assert "▸ output: […] 100,000 items" in screen_text(app)
        await pilot.press("G")
        start = time.process_time()
        await app.json_view.run_action("select")
        opened = time.process_time() - start
        await until(pilot, lambda: "▸ 5,000 … 5,999" in screen_text(app))
        await pilot.press("j", "j", "enter")
        await until(pilot, lambda: "▸ 1005: {…} 2 keys" in screen_text(app))
        start = time.process_time()
        for _ in range(50):
            await app.json_view.run_action("cursor(1)")
        key = (time.process_time() - start) / 50
        # CPU time, of which 2, 1 and 0.5 ms were measured: what grows with the elements takes seconds.
        assert took < 1 and opened < 0.5 and key < 0.1, (took, opened, key)
        assert app.json_view.path_at_cursor == ".output[1049]"
        assert app.json_view.find("item 99999") == 1
        await until(pilot, lambda: cursor(app) == 'text: "item 99999"')
        await pilot.press("plus", "minus")
        await until(pilot, lambda: len(lines(app)) == 3)


async def test_finding_unfolds_what_is_found_and_n_goes_on() -> None:
    app = JsonApp({"many": [{"name": f"n{n}"} for n in range(100)], "other": "N50"})
    async with app.run_test(size=(60, 20)) as pilot:
        await quiet(pilot)
        assert app.json_view.find("n50") == 2
        await until(pilot, lambda: cursor(app) == 'name: "n50"')
        await pilot.press("J")
        await until(pilot, lambda: cursor(app) == 'other: "N50"')
        await pilot.press("K")
        await until(pilot, lambda: cursor(app) == 'name: "n50"')
        assert app.json_view.find("no such thing") == 0


async def test_a_string_is_cut_only_where_the_room_ends() -> None:
    words = "a photograph of a lighthouse at dusk, with the sea below it"
    app = JsonApp({"prompt": words})
    async with app.run_test(size=(80, 10)) as pilot:
        await quiet(pilot)
        assert lines(app)[1].strip() == f'prompt: "{words}"'
        await pilot.resize_terminal(50, 10)
        await until(pilot, lambda: lines(app)[1].endswith('…"'))
        # The last cell is the scroll bar's.
        assert len(widget_lines(app.json_view)[1]) == 49


def test_a_quoted_string_takes_the_room_that_there_is() -> None:
    assert quoted("abcdef", 8) == '"abcdef"'
    assert quoted("abcdef", 7) == '"abcd…"'
    assert quoted("x" * 999, 20) == '"' + "x" * 17 + '…"'
    assert quoted("x" * 1000, 20) == '"' + "x" * 8 + '…" (1.0 kB)'
    assert quoted("日本語日本語", 8) == '"日本 …"'


def test_a_text_is_broken_after_words_and_its_indent_is_kept() -> None:
    assert list(folded("one two three", 8)) == ["one two", "three"]
    assert list(folded("one two", 7)) == ["one two"]
    assert list(folded("    deep indent", 10)) == ["    deep", "indent"]
    assert list(folded("abcdefghij", 4)) == ["abcd", "efgh", "ij"]
    assert list(folded("日本語日本語", 5)) == ["日本", "語日", "本語"]
    assert list(folded("", 5)) == [""]


PROMPT = "A lighthouse on a cliff at dusk, painted in oil, with a rough sea below and gulls above it."


async def test_an_input_shows_its_prompt_as_text_and_the_rest_as_lines() -> None:
    app = JsonApp({"seed": 7, "prompt": PROMPT, "ratio": "16:9", "loras": [], "tags": ["a", "b"]}, InputView(id="json"))
    async with app.run_test(size=(60, 20)) as pilot:
        await quiet(pilot)
        assert lines(app) == [
            "▾ prompt",
            "    A lighthouse on a cliff at dusk, painted in oil,",
            "    with a rough sea below and gulls above it.",
            "  seed: 7",
            "  ratio: 16:9",
            "  loras: []",
            "▾ tags: […] 2 items",
            "    0: a",
            "    1: b",
        ]
        await pilot.press("j")
        assert app.json_view.copyable() == PROMPT
        await pilot.press("enter")
        await until(pilot, lambda: lines(app)[0].startswith("▸ prompt: A lighthouse on a cliff at dusk"))
        assert lines(app)[0].endswith("…")
        await pilot.press("left", "E", "C")
        await quiet(pilot)
        assert "seed: 7" in screen_text(app)


async def test_a_short_prompt_is_one_line_and_a_file_in_the_input_stays_folded() -> None:
    app = JsonApp({"image": "data:image/png;base64," + "A" * 500, "prompt": "a cat"}, InputView(id="json"))
    async with app.run_test(size=(60, 20)) as pilot:
        await quiet(pilot)
        assert lines(app)[0] == "  prompt: a cat"
        assert lines(app)[1].startswith("▸ image: data:image/png;base64,A") and len(lines(app)) == 2


async def test_for_reading_a_text_that_its_line_has_no_room_for_is_unfolded() -> None:
    # Five cells of indent, "prompt: ", 26 of text and one for the scroll bar make 40.
    for text, first in (("x" * 26, f"  prompt: {'x' * 26}"), ("x" * 27, "▾ prompt")):
        app = JsonApp({"prompt": text}, InputView(id="json"))
        async with app.run_test(size=(40, 20)) as pilot:
            await quiet(pilot)
            assert lines(app)[0] == first
