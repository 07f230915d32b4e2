"""The log view, as a reader of a long and growing log sees it."""

from __future__ import annotations

import time

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from tests.support.screen import screen_strips, screen_text, until, widget_lines
from tui.widgets.text.log_view import LogView


class LogApp(App[None]):
    def __init__(self, text: str = "", *, wrap: bool = True) -> None:
        super().__init__()
        self.log_view = LogView(text, wrap=wrap, id="log")

    def compose(self) -> ComposeResult:
        yield self.log_view


def lines(app: LogApp) -> list[str]:
    found = widget_lines(app.log_view)
    while found and not found[-1]:
        found.pop()
    return found


def numbered(count: int, start: int = 0) -> str:
    return "".join(f"line {n}\n" for n in range(start, start + count))


async def settled(pilot: Pilot[None], app: LogApp) -> None:
    await until(
        pilot,
        lambda: app.log_view._show_timer is None,  # pyright: ignore[reportPrivateUsage]
    )
    await pilot.pause(0)


async def test_a_log_opens_at_its_end_and_follows_it() -> None:
    app = LogApp(numbered(100))
    async with app.run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: lines(app)[-1:] == ["line 99"])
        assert lines(app)[0] == "line 90"
        app.log_view.append("line 100\nhalf")
        await until(pilot, lambda: lines(app)[-2:] == ["line 100", "half"])
        app.log_view.append(" a line\n")
        await until(pilot, lambda: lines(app)[-1] == "half a line")
        assert app.log_view.text == numbered(101) + "half a line\n"


async def test_scrolling_up_stops_following_and_f_or_end_takes_it_up_again() -> None:
    app = LogApp(numbered(100))
    async with app.run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: lines(app)[-1:] == ["line 99"])
        for key in ("f", "end", "G"):
            await pilot.press("pageup")
            await pilot.pause(0)
            before = lines(app)
            app.log_view.set_text(app.log_view.text + "another\n")
            await settled(pilot, app)
            assert lines(app) == before, "what is read does not move"
            await pilot.press(key)
            await until(pilot, lambda: lines(app)[-1] == "another")
        await pilot.press("k", "j")
        app.log_view.append("scrolled back to the end\n")
        await until(pilot, lambda: lines(app)[-1].startswith("scrolled back"))


async def test_text_that_extends_is_appended_and_other_text_replaces() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: "No logs yet." in screen_text(app))
        for end in range(0, 60, 7):
            app.log_view.set_text(numbered(20)[:end])
            assert app.log_view.text == numbered(20)[:end]
        await until(pilot, lambda: lines(app)[-1:] == ["line 7"])
        app.log_view.set_text(numbered(50))
        await until(pilot, lambda: lines(app)[-1] == "line 49")
        await pilot.press("g")
        app.log_view.set_text("something else\n" + numbered(60))
        await until(pilot, lambda: lines(app)[-1] == "line 59")
        app.log_view.set_text("")
        await until(pilot, lambda: lines(app) == ["No logs yet."])


async def test_progress_that_overwrites_its_line_shows_its_last_state() -> None:
    app = LogApp("start\r\n")
    async with app.run_test(size=(40, 10)) as pilot:
        for percent in range(0, 101, 10):
            app.log_view.append(f"\r{percent}%|####|")
        await until(pilot, lambda: lines(app) == ["start", "100%|####|"])
        app.log_view.append("\r\ndone\n")
        await until(pilot, lambda: lines(app) == ["start", "100%|####|", "done"])


async def test_long_lines_wrap_and_w_shows_them_whole() -> None:
    app = LogApp("x" * 100 + "END\nshort\n日本語" + "漢" * 30 + "\n\nlast")
    async with app.run_test(size=(41, 12)) as pilot:
        await until(pilot, lambda: lines(app)[-1:] == ["last"])
        assert [len(line) for line in lines(app)] == [40, 40, 23, 5, 20, 13, 0, 4]
        await pilot.press("w")
        await until(pilot, lambda: len(lines(app)) == 5)
        assert "END" not in screen_text(app)
        await pilot.press(*["right"] * 8)
        await until(pilot, lambda: "END" in screen_text(app))
        await pilot.press("w")
        await until(pilot, lambda: len(lines(app)) == 8)
        await pilot.resize_terminal(21, 20)
        await until(pilot, lambda: len(lines(app)[0]) == 20)


async def test_a_resize_keeps_the_line_at_the_top() -> None:
    app = LogApp("".join(f"{n} {'word ' * 20}\n" for n in range(200)))
    async with app.run_test(size=(51, 12)) as pilot:
        await until(pilot, lambda: lines(app))
        await pilot.press("g", *["pagedown"] * 5)
        await pilot.pause(0)
        number = next(line.split()[0] for line in lines(app) if line[:1].isdigit())
        await pilot.resize_terminal(31, 12)
        await pilot.pause()
        await until(pilot, lambda: any(line.startswith(f"{number} ") for line in lines(app)[:8]))


async def test_matches_are_marked_and_n_goes_from_one_to_the_next() -> None:
    app = LogApp(numbered(50) + "an Error here, error\n" + numbered(50, 50) + "Error last")
    async with app.run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: lines(app)[-1:] == ["Error last"])
        await pilot.press("g")
        assert app.log_view.find("error") == 3
        await until(pilot, lambda: "an Error here" in screen_text(app))
        assert app.log_view.current_match == 1

        def marked(style: str) -> list[str]:
            strips = screen_strips(app)
            return [
                s.text for strip in strips for s in strip if s.style and getattr(s.style, style) and s.text.isalpha()
            ]

        assert marked("reverse") == ["Error"]
        assert marked("underline") == ["error"]
        await pilot.press("J", "J")
        await until(pilot, lambda: "Error last" in screen_text(app))
        await pilot.press("J")
        assert app.log_view.current_match == 1, "after the last comes the first"
        await pilot.press("K")
        assert app.log_view.current_match == 3
        assert app.log_view.find("Error") == 2, "a capital means it"
        assert app.log_view.current_match == 2, "from where the view is"
        app.log_view.set_text(app.log_view.text + "\nError later\n")
        await until(pilot, lambda: app.log_view.match_count == 3)
        assert app.log_view.current_match == 2, "a log that goes on does not forget where the reader is"
        assert app.log_view.find("[", regex=True) == 0
        assert app.log_view.find(r"line \d\d", regex=True) == 90
        assert app.log_view.find("") == 0


async def test_a_match_in_a_wrapped_line_is_scrolled_to() -> None:
    app = LogApp("a" * 3000 + "needle" + "b" * 3000 + "\n")
    async with app.run_test(size=(40, 6)) as pilot:
        await until(pilot, lambda: lines(app))
        app.log_view.find("needle")
        await until(pilot, lambda: "needle" in "".join(lines(app)))


HOSTILE = "\x1b]0;t\x07[/] [@click=app.quit]x[/]\x9b31m\u202e\ttab \ud800 日本\n"


async def test_hostile_text_sends_no_control_and_no_markup() -> None:
    app = LogApp(HOSTILE * 3)
    async with app.run_test(size=(80, 10)) as pilot:
        await until(pilot, lambda: len(lines(app)) == 3)
        text = screen_text(app)
        assert "[/] [@click=app.quit]x[/]" in text
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text.replace("\n", ""))
        text.encode()
        app.log_view.find("tab")
        await pilot.pause(0)


async def test_a_line_of_two_megabytes_is_cut_on_the_screen_and_whole_in_the_text() -> None:
    app = LogApp("before\n" + "x" * 2_000_000 + "\nafter\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: lines(app)[-1:] == ["after"])
        assert "more characters" in screen_text(app)
        assert len(app.log_view.text) == 2_000_014


async def test_fifty_thousand_lines_open_quickly_and_one_more_costs_little() -> None:
    app = LogApp()
    text = "".join(f"2026-11-21T05:{n % 60:02} step {n} of 50000, loss {n / 7:.4f}\n" for n in range(50_000))
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        start = time.process_time()
        app.log_view.set_text(text)
        app.log_view.show_now()
        took = time.process_time() - start
        await until(pilot, lambda: "step 49999" in screen_text(app))
        start = time.process_time()
        for n in range(100):
            app.log_view.append(f"line {n}\n")
            app.log_view.show_now()
        one = (time.process_time() - start) / 100
        # CPU time, of which 60 and 2 ms were measured.
        assert took < 2, f"{took * 1000:.0f} ms"
        assert one < 0.1, f"{one * 1000:.1f} ms"


@pytest.mark.parametrize("wrap", [True, False])
async def test_selected_text_is_the_source_without_the_wrapping(wrap: bool) -> None:
    app = LogApp("alpha " * 20 + "\nbeta\ngamma", wrap=wrap)
    async with app.run_test(size=(41, 12)) as pilot:
        await until(pilot, lambda: lines(app)[-1:] == ["gamma"])
        end = app.log_view.line_count() - 1
        selected = app.log_view.get_selection(Selection(Offset(6, 0), Offset(3, end)))
        assert selected == ("alpha " * 19 + "\nbeta\ngam", "\n")
        await pilot.mouse_down("#log", offset=(0, end - 1))
        await pilot.hover("#log", offset=(2, end))
        await pilot.mouse_up("#log", offset=(2, end))
        await until(pilot, lambda: app.screen.get_selected_text() == "beta\ngam")


def steps(count: int, name: str = "", until: int | None = None) -> list[str]:
    """Lines as tqdm writes them into a log, one for each step."""
    return [f"{name}{100 * n // count:3}%|███ | {n}/{count} [00:01<00:09, 3.1it/s]" for n in range(until or count + 1)]


async def test_the_steps_of_a_bar_are_folded_to_the_last_and_a_key_shows_them_all() -> None:
    log = "\n".join(["begin", *steps(300), "end", ""])
    app = LogApp(log)
    async with app.run_test(size=(80, 12)) as pilot:
        await until(pilot, lambda: lines(app) == ["begin", steps(300)[-1], "end"])
        assert app.log_view.folded == 300
        app.log_view.focus()
        await pilot.press("minus")
        await until(pilot, lambda: len(app.log_view.text.split("\n")) == 304)
        assert app.log_view.text == log, "nothing is lost"
        await pilot.press("minus")
        await until(pilot, lambda: lines(app) == ["begin", steps(300)[-1], "end"])


async def test_a_bar_that_comes_in_pieces_is_folded_as_it_comes() -> None:
    app = LogApp()
    async with app.run_test(size=(80, 12)) as pilot:
        for line in steps(20):
            app.log_view.append(line[:7])
            app.log_view.append(line[7:] + "\n\n")
        app.log_view.append("end\n")
        await until(pilot, lambda: lines(app)[-1:] == ["end"])
        assert [line for line in lines(app) if line] == [steps(20)[-1], "end"]


async def test_bars_that_take_turns_are_each_folded_and_a_new_round_is_a_bar_of_its_own() -> None:
    app = LogApp()
    async with app.run_test(size=(80, 12)) as pilot:
        for epoch in range(3):
            for line in steps(10, "inner "):
                app.log_view.append(line + "\n")
            app.log_view.append(steps(2, "outer ")[epoch] + "\n")
        await until(pilot, lambda: lines(app) == [*[steps(10, "inner ")[-1]] * 3, steps(2, "outer ")[-1]])


async def test_what_stands_between_two_bars_keeps_them_apart() -> None:
    app = LogApp("\n".join([*steps(5), "a word", *steps(5), ""]))
    async with app.run_test(size=(80, 12)) as pilot:
        await until(pilot, lambda: lines(app) == [steps(5)[-1], "a word", steps(5)[-1]])


async def test_a_fold_keeps_matches_and_long_lines_where_they_belong() -> None:
    app = LogApp("x" * 9000 + "\n" + "\n".join(steps(5)) + "\n", wrap=False)
    async with app.run_test(size=(80, 12)) as pilot:
        await until(pilot, lambda: len(lines(app)) == 2)
        assert app.log_view.find("it/s") == 1
        app.log_view.append("\n".join(["y" * 9000, "needle it/s", ""]))
        await until(pilot, lambda: app.log_view.match_count == 2)
        assert app.log_view.text.split("\n")[2] == "y" * 9000


async def test_all_lines_are_offered_only_where_some_are_folded() -> None:
    app = LogApp("plain\n")
    async with app.run_test(size=(80, 12)) as pilot:
        app.log_view.focus()
        await pilot.pause()
        assert "minus" not in app.screen.active_bindings
        app.log_view.append("\n".join(steps(3)) + "\n")
        await until(pilot, lambda: "minus" in app.screen.active_bindings)
        await pilot.press("minus")
        assert "minus" in app.screen.active_bindings
