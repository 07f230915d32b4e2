"""The top bar names every section at every width, and who one is."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.support.screen import screen_lines
from tui.navigation import SECTIONS
from tui.widgets.bars import TabStrip, TopBar, key_word


class Bars(App[None]):
    def __init__(self, current: str, *words: object) -> None:
        super().__init__()
        self._current_section = current
        self._words = words

    def compose(self) -> ComposeResult:
        yield TopBar([section[:4] for section in SECTIONS], self._current_section)

    def on_mount(self) -> None:
        self.query_one(TopBar).set_account(*self._words)  # type: ignore[arg-type]


async def shown(width: int, current: str, *words: object) -> str:
    app = Bars(current, *words)
    async with app.run_test(size=(width, 5)) as pilot:
        await pilot.pause()
        return screen_lines(app)[0].rstrip()


SERVER = ("127.0.0.1:9471", "127.0.0.1:9471", False)
FAR = ("replicate.gateway.example.com · ada · read-only", "replicate.gateway.example.com · read-only", False)
SANDBOX = ("sandbox on this machine", "sandbox", True)
WORK = ("work · ada · read-only", "work · read-only", False)


@pytest.mark.parametrize(
    ("width", "current", "words", "line"),
    [
        (
            120,
            "chat",
            SANDBOX,
            " replicate  1 Models  2 Predict  3 Train  4 Chat  5 Deploy  6 Batches  7 Hooks  8 Usage  9 Local  0 Files",
        ),
        (80, "models", SANDBOX, " 1 Models  2 Pre 3 Tra 4 Cha 5 Dep 6 Bat 7 Hoo 8 Usa 9 Loc 0 Fil "),
        (80, "predictions", WORK, " 1 Mo 2 Predict  3 Tr 4 Ch 5 De 6 Ba 7 Ho 8 Us 9 Lo 0 Fi "),
        (80, "predictions", SERVER, " 1 Mod 2 Predict  3 Tra 4 Cha 5 Dep 6 Bat 7 Hoo 8 Usa 9 Loc 0 Fil 127.0.0.1:94…"),
        (80, "usage", FAR, " 1 Mo 2 Pr 3 Tr 4 Ch 5 De 6 Ba 7 Ho 8 Usage  9 Lo 0 Fi replicate.g… · read-only"),
        (50, "deployments", SANDBOX, " 1 M 2 P 3 T 4 C 5 Deploy  6 B 7 H 8 U 9 L 0 F"),
    ],
)
async def test_no_section_is_without_its_name(width: int, current: str, words: tuple[object, ...], line: str) -> None:
    assert (await shown(width, current, *words)).startswith(line)


@pytest.mark.parametrize(
    ("width", "end"), [(140, "sandbox on this machine"), (120, "sandbox"), (80, "sandbox"), (60, "sandbox")]
)
async def test_the_sandbox_is_named_at_every_width(width: int, end: str) -> None:
    assert (await shown(width, "trainings", *SANDBOX)).endswith(end)


async def test_a_long_name_of_a_server_is_cut_and_what_may_not_be_done_is_not() -> None:
    for width in (120, 100, 80):
        assert (await shown(width, "usage", *FAR)).endswith("… · read-only"), width
    assert (await shown(200, "usage", *FAR)).endswith(" replicate.gateway.example.com · ada · read-only")


async def test_a_narrow_bar_says_who_one_is_and_that_it_is_read_only() -> None:
    assert (await shown(140, "models", *WORK)).endswith(" work · ada · read-only")
    assert (await shown(120, "models", *WORK)).endswith(" work · read-only")
    assert (await shown(80, "models", *WORK)).endswith(" work · read-only")


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("question_mark", "?"),
        ("colon", ":"),
        ("slash", "/"),
        ("escape", "esc"),
        ("ctrl+p", "^p"),
        ("left", "←"),
        ("ctrl+down", "^↓"),
        ("less_than_sign", "<"),
        ("equals_sign", "="),
        ("plus", "+"),
        ("space", "space"),
        ("f1", "f1"),
        ("c,ctrl+x", "c"),
        ("R", "R"),
        ("delete", "delete"),
        ("shift+tab", "shift+tab"),
    ],
)
def test_keys_are_written_for_people(key: str, word: str) -> None:
    assert key_word(key) == word


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (26, " Output   Input   Metrics"),
        (25, " Output  Input  Metrics"),
        (24, " Output  Input  Metrics"),
        (23, "Output  Input  Metrics"),
        (22, "Output  Input  Metrics"),
        (21, "Output Input Metrics"),
    ],
)
async def test_tabs_stand_closer_before_one_is_out_of_sight(width: int, line: str) -> None:
    class Tabs(App[None]):
        def compose(self) -> ComposeResult:
            yield TabStrip([(name, name) for name in ("Output", "Input", "Metrics")])

    app = Tabs()
    async with app.run_test(size=(width, 3)) as pilot:
        await pilot.pause()
        assert screen_lines(app)[0].rstrip() == line
