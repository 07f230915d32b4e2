"""The transcript of a conversation, as a reader sees it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from tests.support.screen import screen_text, until, widget_lines
from tui.widgets.chat.transcript import Message, Note, Transcript


class TranscriptApp(App[None]):
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self.view = Transcript(id="view")

    def compose(self) -> ComposeResult:
        yield self.view


def lines(app: TranscriptApp) -> list[str]:
    found = widget_lines(app.view)
    while found and not found[-1]:
        found.pop()
    return found


def asked(number: int, text: str = "", **more: Any) -> Message:
    return Message(f"q{number}", True, "You", text or f"Question {number}?", **more)


def answered(number: int, text: str = "", **more: Any) -> Message:
    return Message(f"a{number}", False, "sandbox/guide", text or f"Answer {number}.", **more)


def conversation(turns: int, words: int = 12) -> list[Message]:
    found: list[Message] = []
    for number in range(turns):
        body = "\n\n".join(f"Paragraph {number}.{n} " + "with some words " * words for n in range(4))
        found += [asked(number), answered(number, body, notes=(Note(f"{number} tokens"),))]
    return found


async def settled(pilot: Pilot[None], app: TranscriptApp) -> None:
    view = app.view
    await until(
        pilot,
        lambda: (
            view._show_timer is None
            and view._rough(view.scroll_offset.y, view.scroll_offset.y + view.view.height) is None
        ),
    )
    await pilot.pause(0)


async def test_questions_and_answers_are_told_apart_without_colour() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_messages(
            [
                asked(1, "What is\n  it?", attachments=("cat.png",)),
                answered(1, "A **cat**.", aside="‹2/3›", notes=(Note("3 tokens"), Note("failed", "bad"))),
            ]
        )
        await settled(pilot, app)
        assert lines(app) == [
            " ┃ You",
            " ┃ ⎘ cat.png",
            " ┃ What is",
            " ┃   it?",
            "",
            "   sandbox/guide  ‹2/3›",
            "   A cat.",
            "",
            "   3 tokens",
            "   failed",
        ]


async def test_it_opens_at_its_end_and_follows_until_the_reader_scrolls_up() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.focus()
        app.view.set_messages([*conversation(20), asked(99), answered(99, "So", live=True)])
        await until(pilot, lambda: "So" in lines(app)[-1])
        text = "So"
        for number in range(30):
            text += f" word{number}\n\n"
            app.view.stream("a99", text)
        await until(pilot, lambda: any("word29" in line for line in lines(app)))
        await pilot.press("pageup")
        await settled(pilot, app)
        before = lines(app)[:-1]
        assert "more" in lines(app)[-1]
        app.view.stream("a99", text + "and on\n\n" * 20)
        await settled(pilot, app)
        assert lines(app)[:-1] == before
        await pilot.press("G")
        await until(pilot, lambda: "and on" in lines(app)[-1])
        app.view.stream("a99", text + "and on\n\n" * 20 + "the end")
        await until(pilot, lambda: "the end" in lines(app)[-1])


async def test_nothing_moves_when_an_answer_ends() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(60, 24)) as pilot:
        text = "# Title\n\nSome `code` and\n\n```python\nx = 1\n```\n\n- one\n- two\n"
        app.view.set_messages([asked(1), answered(1, live=True, notes=(Note("streaming"),))])
        app.view.stream("a1", text)
        await until(pilot, lambda: any("two" in line for line in lines(app)))
        await settled(pilot, app)
        before = lines(app)
        app.view.set_messages([asked(1), answered(1, text, notes=(Note("streaming"),))])
        await settled(pilot, app)
        assert lines(app) == before


@pytest.mark.parametrize("start", ["bottom", "top"])
async def test_scrolling_through_a_long_conversation_skips_and_repeats_no_line(start: str) -> None:
    app = TranscriptApp()
    async with app.run_test(size=(70, 12)) as pilot:
        app.view.focus()
        app.view.set_messages(conversation(12))
        await settled(pilot, app)
        if start == "top":
            await pilot.press("g")
            await settled(pilot, app)
        seen: list[str] = []
        for _ in range(2000):
            shown = widget_lines(app.view)
            if start == "top":
                seen.append(shown[0])
                if app.view.scroll_offset.y >= app.view.max_scroll_y:
                    seen += shown[1:]
                    break
                app.view.action_lines(1)
            else:
                seen.insert(0, shown[-2] if app.view.scroll_offset.y < app.view.max_scroll_y else "")
                if app.view.scroll_offset.y == 0:
                    seen = [*shown[:-2], *seen]
                    break
                app.view.action_lines(-1)
            await pilot.pause(0)
        found = [word for line in seen for word in line.split() if word.count(".") == 1 and word[0].isdigit()]
        wanted = [f"{turn}.{n}" for turn in range(12) for n in range(4)]
        if start == "bottom":
            # The last lines were behind the mark.
            wanted, found = wanted[:-3], found[: len(wanted) - 3]
        assert found == wanted


async def test_a_resize_keeps_what_was_at_the_top() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(100, 14)) as pilot:
        app.view.focus()
        app.view.set_messages(conversation(40, words=20))
        await settled(pilot, app)
        await pilot.press(*["pageup"] * 12)
        await settled(pilot, app)
        first = next(word for line in lines(app) for word in line.split() if word.count(".") == 1)
        for width in (50, 80, 30, 100):
            await pilot.resize_terminal(width, 14)
            await until(pilot, lambda w=width: app.view.view.width == w - 1)
            await settled(pilot, app)
            near = [word for line in lines(app) for word in line.split() if word.count(".") == 1 and word[0].isdigit()]
            assert first.split(".")[0] in {word.split(".")[0] for word in near}, (width, first, near)


async def test_thinking_is_folded_and_a_key_opens_it() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(60, 24)) as pilot:
        app.view.focus()
        app.view.set_messages([asked(1), answered(1, live=True)])
        for text in ("<th", "<think>\nHmm, ", "<think>\nHmm, two and two"):
            app.view.stream("a1", text)
            await settled(pilot, app)
        assert "▸ Thinking: 2 words" in screen_text(app)
        assert "Hmm" not in screen_text(app) and "<th" not in screen_text(app)
        app.view.stream("a1", "<think>\nHmm, two and two.\n</think>\n\nFour.")
        await until(pilot, lambda: "▸ Thought: 4 words" in screen_text(app) and "Four." in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Hmm, two and two." in screen_text(app))
        assert "think>" not in screen_text(app)
        app.view.stream("a1", "<think>\nHmm, two and two.\n</think>\n\nFour. Yes.")
        await until(pilot, lambda: "Four. Yes." in screen_text(app))
        await pilot.click("#view", offset=(10, 4))
        await until(pilot, lambda: "Hmm" not in screen_text(app))
        assert app.view.current_text == "Four. Yes."


async def test_keys_go_from_message_to_message_and_from_code_to_code() -> None:
    app = TranscriptApp()
    text = "Here:\n\n```python\nx = 1\n```\n\n- and\n\n  ```sh\n  ls\n  ```\n"
    async with app.run_test(size=(60, 30)) as pilot:
        app.view.focus()
        app.view.set_messages([asked(1), answered(1, text), asked(2), answered(2, "None.")])
        await settled(pilot, app)
        assert app.view.current_text == "None."
        await pilot.press("K", "K")
        assert app.view.current_text == text and app.view.current_code is None
        await pilot.press("]")
        assert app.view.current_code is not None and app.view.current_code.text == "x = 1\n"
        await pilot.press("]")
        assert app.view.current_code is not None
        assert (app.view.current_code.language, app.view.current_code.text) == ("sh", "ls\n")
        await pilot.press("]", "[")
        assert app.view.current_code is not None and app.view.current_code.text == "x = 1\n"
        await until(pilot, lambda: any(line.startswith("▌") and "x = 1" in line for line in lines(app)))
        assert not any(line.startswith("▌") and "ls" in line for line in lines(app))
        await pilot.press("J")
        assert app.view.current is not None and app.view.current.id == "q2"


async def test_a_click_puts_the_cursor_on_what_was_clicked() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(60, 30)) as pilot:
        app.view.set_messages([asked(1), answered(1, "```python\nx = 1\n```"), asked(2)])
        await settled(pilot, app)
        await pilot.click("#view", offset=(8, 4))
        assert app.view.current_code is not None and app.view.current_code.text == "x = 1\n"
        await pilot.click("#view", offset=(8, 1))
        assert app.view.current_text == "Question 1?"


async def test_a_question_of_thousands_of_lines_is_shown_by_its_beginning() -> None:
    app = TranscriptApp()
    text = "\n".join(f"line {n}" for n in range(5000))
    async with app.run_test(size=(60, 30)) as pilot:
        app.view.focus()
        app.view.set_messages([asked(1, text)])
        await settled(pilot, app)
        assert "line 11" in screen_text(app) and "line 12" not in screen_text(app)
        assert "4,988 more lines" in screen_text(app)
        await pilot.press("K", "enter")
        await until(pilot, lambda: "line 20" in screen_text(app))
        await pilot.press("G")
        await until(pilot, lambda: "line 4999" in screen_text(app))
        assert app.view.current_text == text


HOSTILE = "\x1b]0;t\x07 [/] [bold]x[/bold]\n\n```\x1b[/]\n\x1b[31m\n```\n\n\u202e \ud800 <think>\n\n" + "> " * 200 + "x"


async def test_hostile_texts_send_no_control_and_do_not_crash() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(40, 60)) as pilot:
        app.view.focus()
        app.view.set_messages(
            [
                asked(1, HOSTILE, aside=HOSTILE, attachments=(HOSTILE,)),
                answered(1, HOSTILE, notes=(Note(HOSTILE, "bad"),)),
                Message("", False, HOSTILE, ""),
            ]
        )
        await settled(pilot, app)
        text = screen_text(app)
        assert "[/] [bold]x[/bold]" in text
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text.replace("\n", ""))
        text.encode()
        await pilot.press("J", "]", "enter", "K", "[", "g", "G")
        app.view.set_messages([])
        app.view.set_empty("Nothing [/] here")
        await until(pilot, lambda: "Nothing [/] here" in screen_text(app))
        await pilot.press("J", "]", "enter", "K", "[", "g", "G", "down")


async def test_what_is_selected_is_without_the_gutter() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_messages([asked(1, "one\ntwo")])
        await settled(pilot, app)
        assert app.view.get_selection(Selection(Offset(0, 0), Offset(5, 2))) == ("You\none\ntw", "\n")


async def test_the_place_is_found_again() -> None:
    app = TranscriptApp()
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.focus()
        app.view.set_messages(conversation(30))
        await settled(pilot, app)
        assert app.view.place_now() is None
        await pilot.press(*["pageup"] * 9)
        await settled(pilot, app)
        place, shown = app.view.place_now(), lines(app)
        app.view.set_messages([asked(500)])
        await settled(pilot, app)
        app.view.set_messages(conversation(30), place=place)
        await settled(pilot, app)
        assert lines(app) == shown


async def test_two_hundred_turns_of_twenty_thousand_tokens_are_on_the_screen_at_once() -> None:
    answer = "\n\n".join(f"Paragraph {n} " + "with some words " * 20 for n in range(240))
    app = TranscriptApp()
    async with app.run_test(size=(100, 30)) as pilot:
        app.view.focus()
        app.view.set_messages([m for n in range(100) for m in (asked(n), answered(n, f"{answer}\n\nend {n}"))])
        await until(pilot, lambda: "end 99" in screen_text(app))
        ready = sum(piece.ready for laid in app.view._laid for piece in laid.pieces if piece.kind == "body")
        assert ready < 10 + 100
        for key in ("g", "pagedown", "pagedown", "G", "pageup", "p", "p"):
            await pilot.press(key)
            await asyncio.sleep(0)
        await settled(pilot, app)
        await pilot.press("G")
        await until(pilot, lambda: "end 99" in screen_text(app))


async def test_a_line_that_tells_the_time_does_not_hold_up_the_text_that_comes_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = TranscriptApp()
    now = 1000.0
    monkeypatch.setattr("tui.widgets.text.text_view.monotonic", lambda: now)
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.set_messages([asked(1), answered(1, "So", live=True)])
        await settled(pilot, app)
        now += 1.0
        app.view.set_notes("a1", (Note("1.0 s"),))
        now += 0.02
        app.view.stream("a1", "So it goes")
        assert app.view.line_text(4).strip() == "So it goes"
        now += 0.001
        app.view.stream("a1", "So it goes on")
        assert app.view.line_text(4).strip() == "So it goes", "but no more than one before it is due"
        await until(pilot, lambda: "So it goes on" in screen_text(app))
