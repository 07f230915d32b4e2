"""Whatever a terminal sends, wherever one is: the console lives, and only a key that says so sends or quits."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from tests.support.sandbox import RunningSandbox, run_sandbox
from tests.support.screen import until
from tui.api.token import Token
from tui.app import Console
from tui.navigation import Place
from tui.screens.dialogs.help import Help
from tui.screens.dialogs.outcomes import Outcomes
from tui.screens.dialogs.palette import Palette
from tui.screens.dialogs.prompt import Prompt
from tui.screens.dialogs.question import Ask, Option
from tui.settings.model import Paths, Settings
from tui.toolkit.bursts import Bursts
from tui.toolkit.key_parser import KeyParser
from tui.widgets.picker import Picker, Row

pytestmark = pytest.mark.timeout(600)

PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]
FOREIGN = ["é", "ß", "ф", "π", "ש", "日", "한", "🎨", "\u0301", "\u200d", "\u202e", "\xa0", "\xad", "ﬁ", "�", "\ue000"]
CONTROL = [chr(code) for code in (*range(0x20), 0x7F)]
NAMED = [sequence for sequence in ANSI_SEQUENCES_KEYS if len(sequence) > 1]
KITTY = [f"\x1b[{code};{held}u" for code in (9, 13, 27, 32, 64, 99, 113, 127, 1089, 57358) for held in (1, 2, 3, 5, 9)]
QUITS = {"q", "\x11", "\x1b[113;1u", "\x1b[113;5u"}

SECTIONS = ["models", "predictions", "trainings", "chat", "deployments"]
PLACES: dict[str, Place] = {
    **{name: Place(name) for name in SECTIONS},  # type: ignore[arg-type] - each is a PlaceKind
    "a model": Place("model", "sandbox/fractal"),
    "a form": Place("run", "sandbox/everything"),
    "a conversation": Place("chat", "sandbox/guide"),
}
DIALOGS: dict[str, Callable[[Console], Screen[Any]]] = {
    "a question": lambda _: Ask(
        "Stop?", "It is billed.", [Option("yes", "y", "Stop it"), Option("no", "n", "Let it run")]
    ),
    "a prompt": lambda _: Prompt("Name", "Write its name."),
    "a picker": lambda _: Picker("Pick", [Row(str(n), f"row {n}") for n in range(30)]),
    "outcomes": lambda _: Outcomes("Canceling", [(f"id{n}", "acme/words") for n in range(5)]),
    "the palette": lambda app: Palette(app.screen),
    "the help": lambda app: Help(app.screen),
}


class Kept(Console):
    """Notes that it was told to end, and stays."""

    ended = 0

    def exit(self, *_: Any, **__: Any) -> None:
        self.ended += 1


class Typist:
    """Gives the console what a terminal sends, each read by itself."""

    def __init__(self, app: Kept, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot
        self.parser, self.bursts = KeyParser(), Bursts()
        self._place: object = None

    async def read(self, data: str, *, settle: bool = True) -> None:
        """One read of the terminal; without `settle` the next one may come before it is dealt with."""
        self.bursts = Bursts()
        came = False
        for message in self.bursts.sort(self.parser.read(data), self.parser):
            came = True
            self.app.post_message(message)
        if came and settle:
            await self.settle()

    async def pass_time(self) -> None:
        """What is unfinished will not be finished."""
        if self.parser.wait() is not None:
            self.parser._deadline = 0.0
        for message, _ in self.parser.expire():
            self.app.post_message(message)
        await self.settle()

    async def settle(self) -> None:
        await self.pilot.pause(0)
        assert self.app.is_running and self.app._exception is None

    async def go(self, place: Place) -> None:
        """Leave what was opened, and go to a place, unless one is there."""
        if self._place == (place, self._where()):
            return
        while len(self.app.screen_stack) > 1:
            await self._leave()
        self.app.visit(place)
        await self.settle()
        await until(self.pilot, lambda: not place.argument or self.app.screen.focused is not None, seconds=30.0)
        while self.app.screen.is_modal:
            await self._leave()
        self._place = (place, self._where())

    async def _leave(self) -> None:
        screen = self.app.screen

        def has_opened() -> bool:
            widgets = list(screen.walk_children())
            return screen is not self.app.screen or (screen.is_mounted and all(widget.is_mounted for widget in widgets))

        await until(self.pilot, has_opened, seconds=30.0)
        if screen is self.app.screen:
            self.app.pop_screen()
        await self.settle()

    def _where(self) -> tuple[str, list[Screen[Any]]]:
        return self.app.current_mode, list(self.app.screen_stack)


@pytest.fixture(scope="module")
def api() -> Iterator[RunningSandbox]:
    with run_sandbox() as sandbox:
        yield sandbox


@asynccontextmanager
async def opened(api: RunningSandbox, home: Path) -> AsyncIterator[Typist]:
    settings = Settings(
        base_url=api.base_url,
        token=Token(api.token),
        token_source="a test",
        profile="default",
        sandbox=False,
        read_only=False,
        theme=None,
        paths=Paths(home, home, home, home),
        keymap={},
        no_color=False,
    )
    app = Kept(settings, Place("models"))
    async with app.run_test(size=(120, 40), notifications=False) as pilot:
        await until(pilot, lambda: app.services is not None, seconds=30.0)
        yield Typist(app, pilot)


def changes(api: RunningSandbox) -> list[str]:
    """What was asked for that costs or changes something."""
    return [entry["operation"] for entry in api.requests() if entry["method"] not in ("GET", "HEAD", "QUERY")]


async def every_key(typist: Typist, keys: list[str], back: Callable[[], Any]) -> None:
    for key in keys:
        await back()
        ended = typist.app.ended
        await typist.read(key)
        await typist.pass_time()
        assert typist.app.ended == ended or key in QUITS, f"{key!r} ended the console"


def chosen(keys: list[str], whole: bool) -> list[str]:
    """All of them, or a few that stand for their kind."""
    return keys if whole else random.Random(3).sample(keys, min(len(keys), 8))


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", PLACES)
async def test_every_key_in_every_place(api: RunningSandbox, tmp_path: Path, name: str, whole: bool) -> None:
    keys = [*chosen(PRINTABLE, whole), "@", *chosen(FOREIGN, whole), *chosen(CONTROL, whole), *chosen(NAMED, whole)]
    before = changes(api)
    async with opened(api, tmp_path) as typist:

        async def back() -> None:
            await typist.go(PLACES[name])

        await every_key(typist, [key for key in keys if key != "\x12"], back)
        await every_key(typist, chosen(KITTY, whole), back)
    assert changes(api) == before


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_every_key_in_every_dialog(api: RunningSandbox, tmp_path: Path, whole: bool) -> None:
    keys = [*chosen(PRINTABLE, whole), "@", *chosen(FOREIGN, whole), *chosen(CONTROL, whole), *chosen(NAMED, whole)]
    before = changes(api)
    async with opened(api, tmp_path) as typist:
        for dialog in DIALOGS.values():
            await typist.go(Place("predictions"))
            shown: list[Screen[Any]] = []

            async def back(dialog: Callable[[Console], Screen[Any]] = dialog, shown: list[Screen[Any]] = shown) -> None:
                if typist.app.screen not in shown:
                    await typist.go(Place("predictions"))
                    shown[:] = [dialog(typist.app)]
                    typist.app.push_screen(shown[0])
                    await until(typist.pilot, lambda: shown[0].is_mounted, seconds=30.0)

            await every_key(typist, keys, back)
    assert changes(api) == before


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_every_key_in_every_field(api: RunningSandbox, tmp_path: Path, whole: bool) -> None:
    keys = [*PRINTABLE, *FOREIGN, *CONTROL, *NAMED]
    before = changes(api)
    async with opened(api, tmp_path) as typist:
        for place in (
            Place("run", "sandbox/everything"),
            Place("run", "sandbox/upscale"),
            Place("chat", "sandbox/guide"),
        ):
            await typist.go(place)
            await until(typist.pilot, lambda: typist.app.screen.focus_chain, seconds=30.0)
            for number in range(len(typist.app.screen.focus_chain)):

                async def back(number: int = number, place: Place = place) -> None:
                    if typist.app.screen.is_modal or number >= len(typist.app.screen.focus_chain):
                        await typist.go(place)
                    chain = typist.app.screen.focus_chain
                    typist.app.screen.set_focus(chain[min(number, len(chain) - 1)])
                    if isinstance(typist.app.focused, Input):
                        typist.app.focused.value = ""

                # Enter sends a question, and presses a button: these say so.
                few = [key for key in chosen(keys, whole) if key not in ("\r", "\n", "\x12", "\x1bOM", " ")]
                await every_key(typist, few, back)
    assert changes(api) == before


# ---- what nobody types


def reply(chance: random.Random) -> str:
    """What terminals answer, and reports that they make."""
    number = chance.randint(0, 300)
    colour = "/".join(f"{chance.getrandbits(16):04x}" for _ in range(3))
    return chance.choice(
        [
            f"\x1b[?{number};{number}c",
            f"\x1b[>{number};{number};0c",
            f"\x1b[{chance.choice((0, 3))}n",
            f"\x1b[?997;{chance.choice((1, 2))}n",
            f"\x1b[?{number}u",
            f"\x1b[?{number};{chance.randint(0, 4)}$y",
            f"\x1b]{number};rgb:{colour}\x07",
            f"\x1b]11;rgb:{colour}\x1b\\",
            "\x1b]52;c;cXFyXGRE\x07",
            f"\x1b_Gi={number};OK\x1b\\",
            f"\x1bP1+r{number:x}=71\x1b\\",
            f"\x1bP>|tmux 3.{number}\x1b\\",
            f"\x1b[8;{number};{number}t",
            f"\x1b[{number + 1};{number + 1}R",
            f"\x1b[<35;{number % 120 + 1};{number % 40 + 1}M",
            f"\x1b[<{chance.choice((64, 65))};{number % 120 + 1};{number % 40 + 1}M",
            "\x1b[I\x1b[O\x1b[I",
        ]
    )


def noise(chance: random.Random) -> list[str]:
    """The pieces of a byte string as they are read."""
    kind = chance.randrange(5)
    if kind == 0:
        return [reply(chance)]
    if kind == 1:
        # In pieces, of which none is a single letter that might be a key.
        text = "".join(reply(chance) for _ in range(chance.randint(1, 3)))
        cut = chance.randint(2, len(text) - 2)
        return [text[:cut], text[cut:]]
    if kind == 2:
        return [reply(chance)[1:]]
    if kind == 3:
        # Broken off, and begun anew.
        return [reply(chance)[: chance.randint(2, 6)] + reply(chance) for _ in range(2)]
    data = bytes(chance.choices(range(256), k=chance.randint(4, 40)))
    return [data.decode("utf-8", "replace").replace("\x1b", "\x1b[?")]


@pytest.mark.parametrize("many", [60, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
@pytest.mark.parametrize("section", SECTIONS)
async def test_whatever_bytes_come_nothing_is_sent_canceled_deleted_or_quit(
    api: RunningSandbox, tmp_path: Path, section: str, many: int
) -> None:
    chance = random.Random(f"{section}{many}")
    before = changes(api)
    async with opened(api, tmp_path) as typist:
        for number in range(many):
            if number % 25 == 0:
                await typist.go(PLACES[section])
            for piece in noise(chance):
                await typist.read(piece, settle=number % 10 == 0)
            if chance.random() < 0.05:
                await typist.pass_time()
            assert not typist.app.ended, number
        await typist.pass_time()
    assert changes(api) == before


async def test_a_key_that_sends_does_send(api: RunningSandbox, tmp_path: Path) -> None:
    """What the tests above count is counted."""
    before = changes(api)
    async with opened(api, tmp_path) as typist:
        await typist.go(Place("run", "sandbox/fractal"))
        await until(typist.pilot, lambda: typist.app.screen.focus_chain, seconds=30.0)
        await typist.read("a\x12")
        assert changes(api) == before
        assert typist.app.input_queue.in_burst
        await typist.read("\x12")
        await until(typist.pilot, lambda: len(changes(api)) > len(before), seconds=30.0)
        await typist.pilot.pause(0.3)
        assert len(changes(api)) == len(before) + 1
