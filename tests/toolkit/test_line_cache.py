"""A view of lines is shown as Textual's own cache shows it, whatever is drawn around it."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from textual._styles_cache import StylesCache
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip

from tests.support.screen import until
from tui.toolkit.line_view import LineView


class Lines(LineView):
    """Numbered lines, of which one can change."""

    DEFAULT_CSS = "Lines { color: $text; background: $panel 60%; height: 12; }"

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.words = "line"
        self.rendered: list[int] = []

    def on_mount(self) -> None:
        self.set_extent(0, self.count)

    def line_strip(self, y: int) -> Strip:
        return Strip([Segment(f"{self.words} {self.top + y} 一二三".ljust(self.view.width - 3), self.style_for())])

    def render_line(self, y: int) -> Strip:
        self.rendered.append(y)
        return super().render_line(y)


class Host(App[None]):
    """The lines in a container, over a background of its own."""

    def __init__(self, rules: str, count: int) -> None:
        self.lines = Lines(count)
        self.CSS = f"Vertical {{ background: $primary; }} {rules}"
        super().__init__()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self.lines


def cells(strips: list[Strip]) -> list[list[tuple[str, str]]]:
    return [[(segment.text, str(segment.style)) for segment in strip.simplify()] for strip in strips]


@pytest.mark.parametrize("count", [3, 200])
@pytest.mark.parametrize(
    "rules",
    [
        "",
        "Lines { padding: 1 2; }",
        "Lines { border-left: solid $accent; }",
        "Lines { border-top: solid $accent; }",
        "Lines { outline: solid $accent; }",
        "Lines { hatch: cross $accent; }",
        "Lines { tint: $accent 40%; }",
        "Lines { opacity: 50%; }",
        "Lines { text-opacity: 50%; }",
        "Vertical { opacity: 50%; }",
        "Lines { overflow-x: scroll; }",
    ],
)
@pytest.mark.parametrize("colours", [True, False])
async def test_it_shows_what_textual_shows(
    rules: str, count: int, colours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    app = Host(rules, count)
    async with app.run_test(size=(50, 20)) as pilot:
        lines = app.lines
        await until(pilot, lambda: lines.region.height)
        width, height = lines.region.size
        for crop in (
            Region(0, 0, width, height),
            Region(4, 2, 9, 3),
            Region(0, 0, width - 1, 1),
            Region(width - 2, 5, 2, 4),
        ):
            wanted = cells(StylesCache().render_widget(lines, crop))
            assert cells(lines.render_lines(crop)) == wanted
            # Again, from what it keeps.
            assert cells(lines.render_lines(crop)) == wanted


async def test_only_lines_that_changed_are_rendered_again() -> None:
    app = Host("", 200)
    async with app.run_test(size=(50, 20)) as pilot:
        lines = app.lines
        await until(pilot, lambda: lines.region.height)
        whole = Region(0, 0, *lines.region.size)
        lines.render_lines(whole)
        lines.rendered.clear()
        lines.words = "other"
        lines.refresh(Region(0, 3, lines.region.width, 2))
        shown = lines.render_lines(whole)
        assert sorted(set(lines.rendered)) == [3, 4]
        assert [strip.text.split()[0] for strip in shown[2:6]] == ["line", "other", "other", "line"]


async def test_a_border_that_comes_and_goes_is_shown_at_once() -> None:
    app = Host("Lines.-lined { border-left: solid $accent; padding: 0 1; }", 200)
    async with app.run_test(size=(50, 20)) as pilot:
        lines = app.lines
        await until(pilot, lambda: lines.region.height)
        for lined in (True, False):
            lines.set_class(lined, "-lined")
            await pilot.pause()
            crop = Region(0, 0, *lines.region.size)
            assert cells(lines.render_lines(crop)) == cells(StylesCache().render_widget(lines, crop))
            assert ("│" in lines.render_lines(crop)[0].text) is lined
