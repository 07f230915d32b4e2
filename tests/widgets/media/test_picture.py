"""Pictures in the terminal: fitted, refused in words, and walked through."""

from __future__ import annotations

import struct
import wave
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.message import Message
from textual.strip import Strip

from tests.support.screen import screen_strips, screen_text, until
from tui.appearance import DARK
from tui.pictures.blocks import coloured as dots_coloured
from tui.pictures.blocks import dots_of
from tui.pictures.canvas import Blocks, Canvas, Colours, Refused
from tui.resources import styles
from tui.terminal.graphics import blocks_of, colours_of
from tui.widgets.media.file_facts import facts, path_words
from tui.widgets.media.picture import Picture
from tui.widgets.media.picture_cells import coloured as cells_coloured
from tui.widgets.media.picture_cells import take

BEHIND = (15, 17, 21)


def canvas(width: int = 60, height: int = 20, colours: str = "true") -> Canvas:
    return Canvas(width, height, colours, BEHIND)  # type: ignore[arg-type]


def picture(path: Path, size: tuple[int, int] = (300, 200), colour: object = (200, 40, 40)) -> Path:
    Image.new("RGB", size, colour).save(path)  # type: ignore[arg-type]
    return path


def huge_png(path: Path, width: int, height: int) -> Path:
    """A PNG that says it is huge and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


class Host(App[None]):
    CSS_PATH = styles()  # pyright: ignore
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, widget: Picture) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.widget = widget
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def on_picture_loaded(self, event: Picture.Loaded) -> None:
        self.heard.append(event)

    def on_picture_failed(self, event: Picture.Failed) -> None:
        self.heard.append(event)


# ---- cells


@pytest.mark.parametrize(("size", "cells"), [((300, 200), (60, 20)), ((200, 800), (10, 20)), ((3000, 10), (60, 1))])
def test_proportions_are_kept_and_the_room_is_used(
    tmp_path: Path, size: tuple[int, int], cells: tuple[int, int]
) -> None:
    shot = take(picture(tmp_path / "a.png", size), canvas())
    assert shot.size == cells
    assert all(strip.cell_length == cells[0] for strip in shot.strips)


RED, BLUE = (255, 0, 0), (0, 0, 255)


def dots(path: Path, rows: Sequence[str]) -> Path:
    """A picture of red (`r`) and blue (`b`) pixels; red is the brighter one."""
    image = Image.new("RGB", (len(rows[0]), len(rows)))
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            image.putpixel((x, y), RED if letter == "r" else BLUE)
    image.save(path)
    return path


def coloured(image: Image.Image, blocks: Blocks, colours: Colours) -> list[Strip]:
    """The cells of a picture whose size is a whole number of cells."""
    over, under = dots_coloured(image, blocks, colours)
    return cells_coloured(over, under, image.width // dots_of(blocks)[0], blocks, colours)


@pytest.mark.parametrize(
    ("blocks", "rows", "shown"),
    [
        ("halves", ["r", "b"], "▀"),
        ("halves", ["b", "r"], "▄"),
        ("quadrants", ["rb", "bb"], "▘"),
        ("quadrants", ["br", "bb"], "▝"),
        ("quadrants", ["rr", "bb"], "▀"),
        ("quadrants", ["bb", "rb"], "▖"),
        ("quadrants", ["rb", "rb"], "▌"),
        ("quadrants", ["br", "rb"], "▞"),
        ("quadrants", ["rr", "rb"], "▛"),
        ("quadrants", ["bb", "br"], "▗"),
        ("quadrants", ["rb", "br"], "▚"),
        ("quadrants", ["br", "br"], "▐"),
        ("quadrants", ["rr", "br"], "▜"),
        ("quadrants", ["bb", "rr"], "▄"),
        ("quadrants", ["rb", "rr"], "▙"),
        ("quadrants", ["br", "rr"], "▟"),
        ("sextants", ["rb", "bb", "bb"], "\U0001fb00"),
        ("sextants", ["br", "rb", "bb"], "\U0001fb05"),
        ("sextants", ["rb", "rb", "rb"], "▌"),
        ("sextants", ["br", "br", "br"], "▐"),
        ("sextants", ["bb", "rr", "rr"], "\U0001fb39"),
        ("sextants", ["br", "rr", "rr"], "\U0001fb3b"),
    ],
)
def test_a_cell_has_the_shape_and_the_colours_of_its_dots(
    tmp_path: Path, blocks: Blocks, rows: list[str], shown: str
) -> None:
    with Image.open(dots(tmp_path / "a.png", rows)) as image:
        (segment,) = coloured(image.convert("RGB"), blocks, "true")[0]
    assert segment.text == shown
    assert segment.style is not None and segment.style.color is not None and segment.style.bgcolor is not None
    assert (segment.style.color.triplet, segment.style.bgcolor.triplet) == (RED, BLUE)


@pytest.mark.parametrize("blocks", ["halves", "quadrants", "sextants"])
def test_a_cell_of_one_colour_is_a_blank_on_that_colour(blocks: Blocks) -> None:
    across, down = dots_of(blocks)
    (segment,) = coloured(Image.new("RGB", (across * 5, down), (10, 120, 200)), blocks, "true")[0]
    assert segment.text == " " * 5
    assert segment.style is not None and segment.style.bgcolor is not None and segment.style.color is None
    assert segment.style.bgcolor.triplet == (10, 120, 200)


def test_the_mean_of_a_cells_bright_and_dark_dots_is_exact() -> None:
    image = Image.new("RGB", (2, 2), (30, 60, 91))
    image.putpixel((0, 0), (200, 210, 221))
    image.putpixel((1, 0), (202, 220, 230))
    (segment,) = coloured(image, "quadrants", "true")[0]
    assert segment.style is not None and segment.style.color is not None and segment.style.bgcolor is not None
    assert segment.style.color.triplet == (201, 215, 226) and segment.style.bgcolor.triplet == (30, 60, 91)


@pytest.mark.parametrize(
    ("environ", "blocks"),
    [
        ({"TERM": "xterm-256color"}, "quadrants"),
        ({}, "quadrants"),
        ({"TERM": "linux"}, "halves"),
        ({"TERM": "vt220"}, "halves"),
        ({"TERM": "xterm-kitty"}, "sextants"),
        ({"TERM": "foot-extra"}, "sextants"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "sextants"),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux"}, "quadrants"),
    ],
)
def test_a_cell_is_divided_as_far_as_the_terminal_can_be_trusted_to_show_it(
    environ: dict[str, str], blocks: Blocks
) -> None:
    assert blocks_of(environ) == blocks


def test_sixteen_colours_are_greys_that_each_terminal_has(tmp_path: Path) -> None:
    Image.radial_gradient("L").save(tmp_path / "a.png")
    shot = take(tmp_path / "a.png", canvas(30, 20, "16"))
    seen = {
        colour.triplet
        for strip in shot.strips
        for segment in strip
        if segment.style is not None
        for colour in (segment.style.color, segment.style.bgcolor)
        if colour is not None
    }
    assert seen == {(0, 0, 0), (85, 85, 85), (170, 170, 170), (255, 255, 255)}


def test_a_transparent_picture_lies_on_a_checker(tmp_path: Path) -> None:
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(tmp_path / "a.png")
    colours = {
        colour.triplet
        for strip in take(tmp_path / "a.png", canvas()).strips
        for segment in strip
        if segment.style
        for colour in (segment.style.color, segment.style.bgcolor)
        if colour
    }
    assert colours == {BEHIND, (37, 39, 43)}


@pytest.mark.parametrize("colours", ["true", "256", "16", "none"])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "YCbCr"])
def test_every_kind_of_pixel_is_shown(tmp_path: Path, mode: str, colours: str) -> None:
    suffix = "tif" if mode in ("F", "CMYK", "YCbCr") else "png"
    source = cast(Any, Image.linear_gradient("L")).resize((90, 60))
    image = source.convert("F").convert("I;16") if mode == "I;16" else source.convert(mode)
    image.save(tmp_path / f"a.{suffix}")
    shot = take(tmp_path / f"a.{suffix}", canvas(30, 20, colours))
    assert shot.size == (30, 10)
    assert len({str(strip) for strip in shot.strips}) > 1


def test_few_colours_means_only_those(tmp_path: Path) -> None:
    Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 30).convert("RGB").save(tmp_path / "a.png")
    shot = take(tmp_path / "a.png", canvas(30, 20, "16"))
    seen = {
        segment.style.color.triplet
        for strip in shot.strips
        for segment in strip
        if segment.style is not None and segment.style.color is not None
    }
    assert len(seen) <= 16


def test_no_colour_means_no_colour_but_still_a_picture(tmp_path: Path) -> None:
    Image.linear_gradient("L").save(tmp_path / "a.png")
    shot = take(tmp_path / "a.png", canvas(20, 20, "none"))
    assert not any(segment.style and segment.style.color for strip in shot.strips for segment in strip)
    assert len({strip.text for strip in shot.strips}) > 3
    assert all(strip.text.isascii() for strip in shot.strips)


def test_a_gif_says_how_many_frames_it_has(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), (n * 20, 0, 0)) for n in range(5)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert take(tmp_path / "a.gif", canvas()).caption.endswith(" · 5 frames")


def test_what_cannot_be_shown_is_refused_in_words(tmp_path: Path) -> None:
    whole = picture(tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:60])
    (tmp_path / "notes.png").write_text("these are notes")
    (tmp_path / "empty.png").write_bytes(b"")
    huge_png(tmp_path / "huge.png", 30_000, 30_000)
    for name, words in {
        "cut.png": "broken",
        "notes.png": "not a picture but text",
        "empty.png": "not a picture but empty file",
        "huge.png": "900 megapixels",
        "gone.png": "no such file",
        ".": "a folder",
    }.items():
        with pytest.raises(Refused, match=words):
            take(tmp_path / name, canvas())


def test_a_file_is_known_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    picture(tmp_path / "real.png").rename(tmp_path / "song.mp3")
    assert facts(tmp_path / "song.mp3").kind == "PNG"
    with wave.open(str(tmp_path / "a.png"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 100)
    assert facts(tmp_path / "a.png").kind == "WAV"
    (tmp_path / "x.json").write_text('{"a": 1}')
    assert facts(tmp_path / "x.json").kind == "JSON"
    (tmp_path / "x.safetensors").write_bytes(b"\0\1\2")
    assert facts(tmp_path / "x.safetensors").words == "safetensors · 3 B"


# ---- the widgets


def red_cells(app: App[None]) -> int:
    """How many cells have the ground of the red picture."""
    return sum(
        segment.cell_length
        for strip in screen_strips(app)
        for segment in strip
        if segment.style and segment.style.bgcolor and segment.style.bgcolor.triplet == (200, 40, 40)
    )


async def test_a_picture_is_shown_and_told(tmp_path: Path) -> None:
    app = Host(Picture())
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.widget
        view.show(picture(tmp_path / "a.png"))
        await until(pilot, lambda: red_cells(app) == 72 * 24)
        assert view.caption.startswith("300×200 PNG · ")
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: red_cells(app) == 36 * 12)
        assert [type(event).__name__ for event in app.heard] == ["Loaded"]
        view.show(tmp_path / "gone.png")
        await until(pilot, lambda: "no such file" in screen_text(app))
        assert not red_cells(app) and view.caption == ""
        view.show(None)
        await until(pilot, lambda: "no such file" not in screen_text(app))


def test_the_colours_of_a_terminal_are_known_by_richs_words() -> None:
    assert colours_of(False, "truecolor") == "true"
    assert colours_of(False, "256") == "256"
    assert colours_of(False, "standard") == "16"
    assert colours_of(True, "truecolor") == "none"
    assert colours_of(False, None) == "none"


def test_of_a_long_path_folders_in_the_middle_are_left_out() -> None:
    path = Path("/a/very/long/way/to/output-0.png")
    assert path_words(path, 32) == "/a/very/long/way/to/output-0.png"
    assert path_words(path, 31) == "/…/long/way/to/output-0.png"
    assert path_words(path, 18) == "/…/to/output-0.png"
    assert path_words(path, 17) == "/…/output-0.png"
    assert path_words(path, 12) == "output-0.png"
    assert path_words(path, 11) == "output-0.p…"
    assert path_words(Path.home() / "x.png", 40) == "~/x.png"
    assert path_words(Path.home() / "some" / "where" / "x.png", 15) == "~/…/where/x.png"
