"""The composer, as one who writes in it sees it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.message import Message

from tests.support.screen import screen_text, until
from tui.widgets.chat.composer import Composer, SlashCommand


class ComposerApp(App[None]):
    BINDINGS: ClassVar = [("ctrl+c", "stop", "Stop")]

    def __init__(self) -> None:
        super().__init__()
        self.composer = Composer(id="composer")
        self.told: list[Message] = []
        self.stopped = 0

    def compose(self) -> ComposeResult:
        yield self.composer

    def on_mount(self) -> None:
        self.composer.slashes = lambda: [
            SlashCommand("model", "another model"),
            SlashCommand("rename", "another title"),
            SlashCommand("regenerate", "answer anew", "There is no answer yet."),
        ]
        self.composer.area.focus()

    def on_composer_sent(self, message: Composer.Sent) -> None:
        self.told.append(message)

    def on_composer_slash(self, message: Composer.Slash) -> None:
        self.told.append(message)

    def action_stop(self) -> None:
        self.stopped += 1

    def on_composer_file_dropped(self, message: Composer.FileDropped) -> None:
        self.told.append(message)

    @property
    def sent(self) -> list[str]:
        return [message.text for message in self.told if isinstance(message, Composer.Sent)]

    @property
    def slashed(self) -> list[tuple[str, str]]:
        return [(message.name, message.argument) for message in self.told if isinstance(message, Composer.Slash)]


async def test_enter_sends_and_the_keys_that_terminals_have_begin_a_new_line() -> None:
    app = ComposerApp()
    async with app.run_test(size=(60, 24)) as pilot:
        for key in ("shift+enter", "ctrl+j", "alt+enter"):
            await pilot.press("a", key)
        await pilot.press("b", "backslash", "enter", "c", "enter")
        await until(pilot, lambda: app.sent == ["a\na\na\nb\nc"])
        await pilot.press("enter")
        assert app.composer.text == "a\na\na\nb\nc"


async def test_nothing_is_sent_while_nothing_is_written() -> None:
    app = ComposerApp()
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("enter", "space", "ctrl+j", "enter")
        await pilot.pause()
        assert app.sent == []


async def test_it_grows_to_a_third_of_the_screen() -> None:
    app = ComposerApp()
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: app.composer.size.height == 1)
        await pilot.press(*["ctrl+j"] * 30)
        await until(pilot, lambda: app.composer.size.height == 7)


async def test_up_at_the_first_line_brings_back_what_was_sent_and_down_what_was_being_written() -> None:
    app = ComposerApp()
    async with app.run_test(size=(60, 24)) as pilot:
        app.composer.set_history(["first", "second\nof two lines"])
        await pilot.press("n", "e", "w", "up")
        assert app.composer.text == "second\nof two lines"
        await pilot.press("up", "up")
        assert app.composer.text == "first"
        await pilot.press("up")
        assert app.composer.text == "first"
        await pilot.press("down", "down", "down")
        assert app.composer.text == "new"
        await pilot.press("down")
        assert app.composer.text == "new"


async def test_a_huge_paste_is_a_chip_that_is_sent_whole_and_deleted_as_one() -> None:
    app = ComposerApp()
    paste = "\n".join(f"line {n} [/] \x1b[31m" for n in range(40_000))
    async with app.run_test(size=(70, 24)) as pilot:
        await pilot.press("a", "space")
        app.composer.area.post_message(events.Paste(paste.replace("\n", "\r\n")))
        await until(pilot, lambda: "[paste 1: 40,000 lines" in screen_text(app))
        await pilot.press("z", "left", "left", "left", "x")
        assert app.composer.text == f"a {paste}xz"
        await pilot.press("enter")
        await until(pilot, lambda: app.sent == [f"a {paste}xz"])
        await pilot.press("backspace", "backspace")
        assert app.composer.text == "a z"
        app.composer.set_text(paste)
        await until(pilot, lambda: "[paste 2: 40,000 lines" in screen_text(app))
        assert app.composer.text == paste


async def test_a_slash_offers_commands_and_completes_them() -> None:
    app = ComposerApp()
    async with app.run_test(size=(70, 24)) as pilot:
        await pilot.press("slash")
        await until(pilot, lambda: "/model" in screen_text(app) and "There is no answer yet." in screen_text(app))
        await pilot.press("r", "e")
        await until(pilot, lambda: "/model" not in screen_text(app))
        await pilot.press("tab")
        await until(pilot, lambda: app.composer.text == "/rename ")
        await pilot.press("x", "enter")
        await until(pilot, lambda: app.slashed == [("rename", "x")])
        assert app.composer.text == ""
        await pilot.press("slash", "m", "enter")
        await until(pilot, lambda: app.slashed[1:] == [("model", "")])
        await pilot.press("slash", "escape", "q", "backspace", "backspace", "backspace")
        assert app.composer.text == ""


async def test_what_begins_with_a_slash_and_is_no_command_is_sent() -> None:
    app = ComposerApp()
    async with app.run_test(size=(70, 24)) as pilot:
        app.composer.set_text("/etc/hosts: what is it?")
        await pilot.press("enter")
        app.composer.set_text("/nosuch thing")
        await pilot.press("enter")
        await until(pilot, lambda: app.sent == ["/etc/hosts: what is it?", "/nosuch thing"])
        app.composer.set_text("/nosuch")
        await pilot.press("enter")
        await until(pilot, lambda: app.slashed == [("nosuch", "")])
        assert app.composer.text == "/nosuch"


async def test_attachments_are_chips_that_a_key_or_a_click_takes_away(tmp_path: Path) -> None:
    picture = tmp_path / "my cat.png"
    picture.write_bytes(b"x")
    app = ComposerApp()
    async with app.run_test(size=(70, 24)) as pilot:
        app.composer.takes_files = True
        app.composer.area.post_message(events.Paste(f"'{picture}'"))
        await until(pilot, lambda: [m.path for m in app.told if isinstance(m, Composer.FileDropped)] == [str(picture)])
        app.composer.attach(str(picture))
        app.composer.attach("https://example.com/dog.jpg")
        await until(pilot, lambda: "⎘ my cat.png ✕" in screen_text(app) and "⎘ dog.jpg ✕" in screen_text(app))
        await pilot.click("Attachments", offset=(4, 0))
        assert app.composer.attachments == ("https://example.com/dog.jpg",)
        await pilot.press("backspace")
        assert app.composer.attachments == ()
        await until(pilot, lambda: "⎘" not in screen_text(app))


async def test_interrupting_with_nothing_marked_is_the_screens_and_loses_no_text() -> None:
    app = ComposerApp()
    async with app.run_test(size=(70, 24)) as pilot:
        await pilot.press("a", "ctrl+c")
        await until(pilot, lambda: app.stopped == 1)
        await pilot.press("shift+left", "ctrl+c")
        await until(pilot, lambda: app.clipboard == "a")
        assert (app.stopped, app.composer.text) == (1, "a")
