"""The form: filled by keys or by mouse, its problems beside the fields, nothing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, TextArea

from tests.support.form_host import HOSTILE, KINDS, RECORDED, Host, all_mounted, form_of, recorded_form
from tests.support.screen import screen_strips, screen_text, until, widget_lines
from tui.appearance import DARK, LIGHT
from tui.forms import Form, Problem
from tui.widgets.form.field_base import FieldWidget
from tui.widgets.form.form_view import FormView
from tui.widgets.picker import Picker, Row

SIZES = [(120, 40), (80, 24)]
recorded = pytest.mark.recorded
needs_recordings = pytest.mark.skipif(not RECORDED.is_dir(), reason="../shared/replicate is not here")


@pytest.mark.parametrize("size", SIZES)
async def test_every_kind_is_filled_by_keys_alone(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    app = Host(form_of())
    async with app.run_test(size=size) as pilot:
        await all_mounted(pilot, app)
        await pilot.press("tab")
        await until(pilot, lambda: app.view.focused_field == "prompt")
        await pilot.press(*"a cat", "enter", *"b", "tab")
        assert app.view.focused_field == "style"
        await pilot.press(*"oil", "enter")
        await pilot.press(*"512", "tab")
        await pilot.press("ctrl+up", "tab")
        await pilot.press("space", "tab")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"png", "enter")
        await until(pilot, lambda: not isinstance(app.screen, Picker))
        await pilot.press("tab", *picture.name, "enter")
        await pilot.press(*"r8_abc", "enter")
        await pilot.press(*"1", "enter", *"2", "tab")
        await pilot.press(*'{"a": 1}', "tab")
        assert app.view.focused_field == "old"
        assert app.view.values == {
            "prompt": "a cat\nb",
            "style": "oil",
            "width": "512",
            "guidance": "0.51",
            "tiled": "true",
            "format": "png",
            "image": "cat.png",
            "api_key": "r8_abc",
            "sizes": "1\n2",
            "extra": '{"a": 1}',
        }
        await until(pilot, lambda: "PNG · 108 B" in screen_text(app))
        assert "r8_abc" not in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_every_choice_is_made_by_mouse_alone(size: tuple[int, int]) -> None:
    app = Host(form_of())
    async with app.run_test(size=size) as pilot:
        await all_mounted(pilot, app)
        for name in ("tiled", "format"):
            widget = app.view.widget_of(name)
            assert isinstance(widget, FieldWidget)
            app.view.scroll_to_widget(widget, animate=False)
            await pilot.pause()
            await pilot.click(widget, offset=(widget.shape.label + 3, 0))
        await until(pilot, lambda: isinstance(app.screen, Picker))
        row = app.screen.query_one("PickList")
        await pilot.click(row, offset=(5, 3))
        await until(pilot, lambda: not isinstance(app.screen, Picker))
        assert app.view.values == {"tiled": "true", "format": "png"}
        false = app.view.widget_of("tiled")
        assert isinstance(false, FieldWidget)
        await pilot.click(false, offset=(false.shape.label + 13, 0))
        assert app.view.values["tiled"] == "false"
        await pilot.click(false, offset=(false.outer_size.width - 3, 0))
        assert "tiled" not in app.view.values
        file = app.view.widget_of("image")
        assert file is not None
        app.view.scroll_to_widget(file, animate=False)
        await pilot.pause()
        await pilot.click(file, offset=(file.outer_size.width - 4, 0))
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.click(offset=(0, 0))
        await until(pilot, lambda: not isinstance(app.screen, Picker))
        field = app.view.widget_of("width")
        assert isinstance(field, FieldWidget)
        app.view.scroll_to_widget(field, animate=False)
        await pilot.pause()
        await pilot.click(field, offset=(field.shape.label + 3, 0))
        assert app.view.focused_field == "width"


async def test_a_problem_takes_the_place_of_the_hint_and_goes_when_the_text_is_right() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("width")
        await pilot.press(*"2000")
        assert "✗" not in screen_text(app)
        before = [w.region for w in app.view.children]
        await pilot.press("tab")
        await until(pilot, lambda: "✗ must be" in screen_text(app))
        line = next(text for text in screen_text(app).splitlines() if "✗" in text)
        assert "width" in line and "1440" in line and "2000" in line
        assert [w.region for w in app.view.children] == before
        assert list(app.view.problems) == ["width"]
        await pilot.press("shift+tab", "backspace")
        await until(pilot, lambda: "✗" not in screen_text(app))
        assert "64–1440" in screen_text(app)


async def test_untouched_optional_fields_are_absent_and_show_their_default() -> None:
    app = Host(form_of())
    async with app.run_test(size=(120, 40)) as pilot:
        await all_mounted(pilot, app)
        assert app.view.values == {}
        assert "1024 (default)" in screen_text(app)
        app.view.focus_field("width")
        await pilot.press(*"7", "backspace")
        assert app.view.values == {}
        await pilot.press(*"77", "ctrl+u")
        assert app.view.values == {}
        assert "1024 (default)" in screen_text(app)
        app.view.focus_field("format")
        await pilot.press("right")
        assert app.view.values == {"format": "jpg"}
        await pilot.press("left")
        assert app.view.values == {"format": "webp"}
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press("ctrl+home", "enter")
        await until(pilot, lambda: app.view.values == {})
        names = [event.name for event in app.heard_of(FormView.Changed)]
        assert names[-1] == "format" and app.heard_of(FormView.Changed)[-1].text is None


async def test_hostile_names_choices_and_texts_reach_the_screen_as_plain_text() -> None:
    properties = {
        HOSTILE: {"type": "string", "default": HOSTILE},
        "[/]": {"type": "string", "enum": [HOSTILE, "[/b]"], "description": HOSTILE},
        "list[/]": {"type": "array", "items": {"type": "string"}, "default": [HOSTILE]},
    }
    app = Host(form_of(properties, required=("[/]",)))
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.set_values({HOSTILE: HOSTILE, "list[/]": HOSTILE, "[/]": HOSTILE})
        app.view.set_problems([Problem("[/]", None, f"must not {HOSTILE}")])
        await pilot.pause()
        text = screen_text(app)
        assert "\x1b" not in text and "\u202e" not in text and "\x07" not in text
        assert "[/] [bold]x[/b]" in text and "漢字" in text
        app.view.focus_field("[/]")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        assert "\x1b" not in screen_text(app) and "[/b]" in screen_text(app)


async def test_typed_text_survives_problems_a_resize_and_the_same_form_again() -> None:
    app = Host(form_of())
    async with app.run_test(size=(120, 40)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("style")
        await pilot.press(*"half a wo")
        app.view.set_problems([Problem("prompt", None, "is required"), Problem("gone", None, "is unknown")])
        await pilot.resize_terminal(80, 24)
        app.view.set_form(form_of())
        await pilot.press(*"rd")
        assert app.view.values == {"style": "half a word"}
        assert app.view.focused_field == "style"
        other = {name: schema for name, schema in KINDS.items() if name != "width"}
        app.view.set_form(form_of(other))
        await all_mounted(pilot, app)
        assert app.view.values == {"style": "half a word"}


async def test_problems_without_a_field_come_back_and_the_first_is_found() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        lost = app.view.set_problems(
            [Problem("extra", None, "must be JSON"), Problem("", None, "is wrong"), Problem("style", None, "no")]
        )
        assert [problem.field for problem in lost] == [""]
        assert app.view.focus_first_problem()
        assert app.view.focused_field == "style"
        app.view.set_problems([])
        assert not app.view.problems and not app.view.focus_first_problem()


async def test_up_and_down_move_in_a_text_and_leave_it_at_its_edges() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("prompt")
        await pilot.press(*"one", "enter", *"two", "up")
        assert app.view.focused_field == "prompt"
        await pilot.press("down", "down")
        assert app.view.focused_field == "style"
        await pilot.press("up", "up", "up")
        assert app.view.focused_field == "prompt"


async def test_tab_leaves_the_form_at_its_end_and_pages_take_the_focus_along() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("prompt")
        await pilot.press("pagedown")
        assert app.view.focused_field not in ("prompt", None)
        await pilot.press("ctrl+end")
        assert app.view.focused_field == "old"
        await pilot.press("tab")
        await until(pilot, lambda: app.screen.focused is not None and app.screen.focused.id == "after")
        await pilot.press("shift+tab")
        assert app.view.focused_field == "old"
        await pilot.press("ctrl+home")
        assert app.view.focused_field == "prompt"


async def test_steps_stay_within_the_bounds() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("width")
        await pilot.press("ctrl+up")
        assert app.view.values["width"] == "1025"
        app.view.set_values({"width": "1440", "guidance": "0.005"})
        await pilot.press("ctrl+up")
        assert app.view.values["width"] == "1440"
        app.view.focus_field("guidance")
        await pilot.press("ctrl+down")
        assert app.view.values["guidance"] == "0"
        app.view.set_values({"guidance": "nonsense"})
        await pilot.press("ctrl+up")
        assert app.view.values["guidance"] == "0"


async def test_a_huge_paste_is_held_by_its_size_and_does_not_freeze() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        huge = "word " * 400_000
        for name in ("prompt", "style", "extra"):
            app.view.focus_field(name)
            await pilot.pause()
            widget = app.view.widget_of(name)
            assert isinstance(widget, Input | TextArea)
            widget.insert_text(huge)  # type: ignore[union-attr]
            await pilot.pause()
            assert app.view.values[name] == huge
            assert "2.0 MB" in screen_text(app) and "too long" in screen_text(app)
            await pilot.press("x")
            assert app.view.values[name] == huge
            await pilot.press("ctrl+u")
            assert name not in app.view.values


async def test_several_lines_pasted_into_a_field_of_one_line_are_all_kept() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("style")
        await pilot.pause()
        widget = app.view.widget_of("style")
        widget.insert_text("first\nsecond\nthird")  # type: ignore[union-attr]
        await pilot.pause()
        assert app.view.values["style"] == "first\nsecond\nthird"
        assert "3 lines" in screen_text(app)


async def test_a_data_uri_is_shown_by_its_type_and_size() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.set_values({"image": "data:image/png;base64," + "A" * 55_000})
        app.view.focus_field("image")
        await until(pilot, lambda: "image/png · 41.2 kB" in screen_text(app))
        assert "AAAA" not in screen_text(app)


async def test_a_file_that_is_not_there_is_said_as_the_field_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("image")
        await pilot.press(*"no.png", "tab")
        await until(pilot, lambda: "✗ no such file" in screen_text(app))
        assert app.view.problems == {"image": "no such file"}


async def test_a_path_is_completed_with_the_right_arrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "portrait.jpg").write_bytes(b"\xff\xd8\xff" + b"0" * 50)
    app = Host(form_of())
    async with app.run_test(size=(120, 40)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("image")
        await pilot.press(*"por")
        await until(pilot, lambda: "portrait.jpg" in screen_text(app))
        await pilot.press("right")
        assert app.view.values["image"] == "portrait.jpg"


async def test_a_file_is_found_folder_by_folder(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "dog.png").write_bytes(b"\x89PNG\r\n\x1a\n123")
    (tmp_path / "[b] odd\x1b.txt").write_text("x")
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.set_values({"image": str(tmp_path / "x")})
        app.view.focus_field("image")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, Picker) and "inner/" in screen_text(app))
        assert "\x1b" not in screen_text(app) and "[b] odd" in screen_text(app)
        await pilot.press("left")
        await until(pilot, lambda: str(tmp_path.parent) in screen_text(app) and "inner/" not in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "inner/" in screen_text(app))
        await pilot.press(*"inn", "enter")
        await until(pilot, lambda: "dog.png" in screen_text(app))
        await pilot.press(*"dog", "enter")
        await until(pilot, lambda: not isinstance(app.screen, Picker))
        assert app.view.values["image"] == str(tmp_path / "inner" / "dog.png")
        await until(pilot, lambda: "PNG · 11 B" in screen_text(app))


async def test_a_secret_is_in_no_message_and_is_never_sent_to_an_editor() -> None:
    app = Host(form_of())
    seen: list[str] = []
    async with app.run_test(size=(80, 24), message_hook=lambda message: seen.append(repr(message))) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("api_key")
        await pilot.press(*"hunter2", "ctrl+e", "tab")
        await pilot.pause()
        assert app.view.values["api_key"] == "hunter2"
        assert "hunter2" not in screen_text(app)
        assert not [line for line in seen if "hunter2" in line]
        assert not app.heard_of(FormView.EditRequested)
        app.view.focus_field("style")
        await pilot.press("ctrl+e")
        await pilot.pause()
        assert [event.name for event in app.heard_of(FormView.EditRequested)] == ["style"]


async def test_a_list_of_secrets_is_masked() -> None:
    app = Host(form_of({"keys": {"type": "array", "items": {"type": "string", "x-cog-secret": True}}}))
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("keys")
        await pilot.press(*"hunter2", "enter", *"abc")
        await pilot.pause()
        assert app.view.values == {"keys": "hunter2\nabc"}
        assert "hunter2" not in screen_text(app) and "•••••••" in screen_text(app)


async def test_the_focused_field_is_told_by_more_than_its_colour() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("style")
        await pilot.pause()
        bars = [line for line in screen_text(app).splitlines() if line.startswith("▌")]
        assert len(bars) == 2 and "style" in bars[0]
        assert [event.name for event in app.heard_of(FormView.FieldFocused)][-1] == "style"


async def test_an_empty_form_says_that_nothing_is_asked_for() -> None:
    app = Host(form_of({}))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "asks for no input" in screen_text(app))
        app.view.set_form(Form.parse(None))
        await until(pilot, lambda: "does not say what" in screen_text(app))
        app.view.set_form(None)
        await until(pilot, lambda: "does not say what" not in screen_text(app))


async def test_a_field_that_is_not_mounted_yet_can_be_filled_and_focused_at_once() -> None:
    many = {f"field_{n}": {"type": "integer"} for n in range(200)}
    app = Host(form_of(many))
    async with app.run_test(size=(80, 24)) as pilot:
        app.view.set_values({"field_199": "5"})
        app.view.set_problems([Problem("field_198", None, "is odd")])
        app.view.focus_field("field_199")
        await until(pilot, lambda: app.view.focused_field == "field_199")
        await until(pilot, lambda: "✗ is odd" in screen_text(app))
        await pilot.press("7")
        assert app.view.values == {"field_199": "57"}


async def test_the_cursor_does_not_blink() -> None:
    app = Host(form_of())
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        assert not any(widget.cursor_blink for widget in app.view.query(Input))
        assert not any(widget.cursor_blink for widget in app.view.query(TextArea))


@recorded
@needs_recordings
@pytest.mark.parametrize("size", SIZES)
async def test_a_form_of_73_fields_is_walked_through_to_its_end(size: tuple[int, int]) -> None:
    form = recorded_form("many_inputs")
    assert len(form.fields) == 73
    app = Host(form)
    async with app.run_test(size=size) as pilot:
        await pilot.press("tab")
        await all_mounted(pilot, app)
        for field in (*form.fields[::7], form.fields[-1]):
            app.view.focus_field(field.name)
            await pilot.pause()
            await until(pilot, lambda name=field.name: app.view.focused_field == name and name[:20] in screen_text(app))
        assert app.view.values == {} and app.view.problems == {}


@recorded
@needs_recordings
async def test_one_of_1001_values_is_found_by_typing() -> None:
    app = Host(recorded_form("huge_enum"))
    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.focus_field("image_class")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Picker))
        await pilot.press(*"goldfish")
        await until(pilot, lambda: "1 of 1,002" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "image_class" in app.view.values)
        assert "goldfish" in app.view.values["image_class"]


@recorded
@needs_recordings
async def test_every_recorded_schema_makes_a_form_that_takes_its_own_example() -> None:
    import json

    from tui.forms import to_text

    app = Host(None)
    async with app.run_test(size=(80, 24)) as pilot:
        for path in sorted(RECORDED.glob("*.json")):
            model: dict[str, Any] = json.loads(path.read_text())["model"]
            form = Form.parse((model.get("latest_version") or {}).get("openapi_schema"))
            app.view.set_form(form)
            example: dict[str, Any] = (model.get("default_example") or {}).get("input") or {}
            texts = {
                field.name: to_text(field, example[field.name])
                for field in form.fields
                if example.get(field.name) is not None
            }
            app.view.clear()
            app.view.set_values(texts)
            await all_mounted(pilot, app)
            assert app.view.values == {name: text for name, text in texts.items() if text}, path.name


async def test_fields_of_a_kind_share_their_colours_through_a_theme_and_the_loss_of_the_first() -> None:
    fields = {name: {"type": "string", "default": f"of {name}"} for name in ("first", "second", "third")}
    app = Host(form_of(fields, required=()))

    def placeholder(name: str) -> object:
        """The colour in which a field shows its default."""
        widget = app.view.widget_of(name)
        assert widget is not None
        line = screen_strips(app)[widget.region.y + 1]
        return next(segment.style.color for segment in line if segment.style and "of" in segment.text)

    async with app.run_test(size=(80, 24)) as pilot:
        await all_mounted(pilot, app)
        dark = placeholder("first")
        assert placeholder("second") == placeholder("third") == dark
        app.register_theme(LIGHT)
        app.theme = LIGHT.name
        await until(pilot, lambda: placeholder("first") != dark)
        light = placeholder("first")
        assert placeholder("second") == placeholder("third") == light
        await app.query("LineField").first().remove()
        app.theme = DARK.name
        await until(pilot, lambda: placeholder("second") == placeholder("third") == dark)


async def test_a_row_of_a_picker_that_has_no_room_ends_in_an_ellipsis() -> None:
    app = Host(None)
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(Picker("Which", [Row("one", "one", "a note that goes on and on " * 9)]))
        await until(pilot, lambda: "a note that goes on" in screen_text(app))
        line = next(line for line in screen_text(app).splitlines() if "a note" in line)
        assert line.rstrip(" │").endswith("…")


LONG = "masterpiece, best quality, a lighthouse on a cliff"


async def test_a_default_or_a_text_that_has_no_room_shows_that_it_goes_on() -> None:
    app = Host(form_of({"a": {"type": "string", "default": LONG}, "b": {"type": "string"}, "c": {"type": "string"}}))
    async with app.run_test(size=(40, 24)) as pilot:
        await all_mounted(pilot, app)
        app.view.set_values({"b": LONG})
        app.view.focus_field("c")

        def value(name: str) -> str:
            widget = app.view.widget_of(name)
            assert widget is not None
            return widget_lines(widget)[0].strip()

        await until(pilot, lambda: value("a") == "masterpiece, best quality, a lightho…")
        await until(pilot, lambda: value("b").startswith("…") or value("b").endswith("…"))
        app.view.focus_field("b")
        await until(pilot, lambda: "…" not in value("b"))
        app.view.set_values({"b": "short"})
        app.view.focus_field("c")
        await until(pilot, lambda: value("b") == "short")
