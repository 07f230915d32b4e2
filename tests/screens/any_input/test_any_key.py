"""Whatever a terminal sends, wherever one is: the console lives, and only a key that says so sends or quits."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.screen import Screen
from textual.widgets import Input

from tests.support.sandbox import RunningSandbox
from tests.support.screen import until
from tests.support.typist import PLACES, Typist, changes, opened
from tui.app import Console
from tui.navigation import Place
from tui.screens.dialogs.help import Help
from tui.screens.dialogs.outcomes import Outcomes
from tui.screens.dialogs.palette import Palette
from tui.screens.dialogs.prompt import Prompt
from tui.screens.dialogs.question import Ask, Option
from tui.widgets.picker import Picker, Row

pytestmark = pytest.mark.timeout(600)

PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]
FOREIGN = ["é", "ß", "ф", "π", "ש", "日", "한", "🎨", "\u0301", "\u200d", "\u202e", "\xa0", "\xad", "ﬁ", "�", "\ue000"]
CONTROL = [chr(code) for code in (*range(0x20), 0x7F)]
NAMED = [sequence for sequence in ANSI_SEQUENCES_KEYS if len(sequence) > 1]
KITTY = [f"\x1b[{code};{held}u" for code in (9, 13, 27, 32, 64, 99, 113, 127, 1089, 57358) for held in (1, 2, 3, 5, 9)]
QUITS = {"q", "\x11", "\x1b[113;1u", "\x1b[113;5u"}

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


async def every_key(typist: Typist, keys: list[str], back: Callable[[], Any]) -> None:
    for key in keys:
        await back()
        ended = typist.app.ended
        await typist.read(key)
        await typist.pass_time()
        if key in QUITS:
            await until(typist.pilot, lambda: typist.app.screen.is_modal or not typist.app.is_quitting, seconds=30.0)
        assert typist.app.ended == ended or key in QUITS, f"{key!r} ended the console"


def chosen(keys: list[str], whole: bool) -> list[str]:
    """All of them, or a few that stand for their kind."""
    return keys if whole else random.Random(3).sample(keys, min(len(keys), 8))


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.soak)])
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


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.soak)])
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


FORMS = {
    "everything": Place("run", "sandbox/everything"),
    "upscale": Place("run", "sandbox/upscale"),
    "chat": Place("chat", "sandbox/guide"),
}


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", FORMS)
async def test_every_key_in_every_field(api: RunningSandbox, tmp_path: Path, name: str, whole: bool) -> None:
    keys, place = [*PRINTABLE, *FOREIGN, *CONTROL, *NAMED], FORMS[name]
    before = changes(api)
    async with opened(api, tmp_path) as typist:
        await typist.go(place)
        await until(typist.pilot, lambda: typist.app.screen.focus_chain, seconds=30.0)
        for number in range(len(typist.app.screen.focus_chain)):

            async def back(number: int = number) -> None:
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
