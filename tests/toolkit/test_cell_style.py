"""A picture's cell is painted, read and combined as one whose style rich made."""

from __future__ import annotations

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.toolkit.cell_style import NO_INK, cell_style

ORANGE = 255 | 128 << 8
NIGHT = 1 | 2 << 8 | 30 << 16
CONSOLE = Console(color_system="truecolor", force_terminal=True)


def painted(style: Style, text: str = "▚") -> str:
    return Strip([Segment(text, style)]).render(CONSOLE)


def test_a_cell_is_painted_in_both_of_its_colours() -> None:
    assert painted(cell_style(ORANGE, NIGHT)) == "\x1b[38;2;255;128;0;48;2;1;2;30m▚\x1b[0m"


def test_a_cell_without_ink_is_painted_in_its_ground_alone() -> None:
    assert painted(cell_style(NO_INK, NIGHT), "  ") == "\x1b[48;2;1;2;30m  \x1b[0m"


def test_black_ink_is_ink() -> None:
    assert painted(cell_style(0, NIGHT)) == "\x1b[38;2;0;0;0;48;2;1;2;30m▚\x1b[0m"


def test_its_colours_are_those_that_rich_would_name() -> None:
    style = cell_style(ORANGE, NIGHT)
    assert (style.color, style.bgcolor) == (Color.parse("#ff8000"), Color.parse("#01021e"))
    assert cell_style(NO_INK, NIGHT).color is None


def test_it_is_equal_to_the_same_style_of_rich_and_has_its_hash() -> None:
    made = Style(color="#ff8000", bgcolor="#01021e")
    assert cell_style(ORANGE, NIGHT) == made
    assert hash(cell_style(ORANGE, NIGHT)) == hash(Style.from_color(made.color, made.bgcolor))
    assert cell_style(ORANGE, ORANGE) != made


def test_it_can_be_combined_with_other_styles() -> None:
    cell = cell_style(ORANGE, NIGHT)
    assert painted(cell + Style(bold=True)) == "\x1b[1;38;2;255;128;0;48;2;1;2;30m▚\x1b[0m"
    assert painted(Style(italic=True, color="#ffffff") + cell) == "\x1b[3;38;2;255;128;0;48;2;1;2;30m▚\x1b[0m"
    assert cell.without_color == Style()
