"""Pictures in the terminal: fitted, refused in words, and walked through."""

from __future__ import annotations

import struct
import wave
import zlib
from pathlib import Path

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.message import Message

from tests.support.screen import screen_text, until
from tui.appearance import DARK
from tui.resources import styles
from tui.terminal.graphics import colours_of
from tui.widgets.media.file_facts import facts
from tui.widgets.media.picture import Caption, Gallery, Picture, path_words, prepare
from tui.widgets.media.picture_cells import Canvas, Refused, take

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

    def __init__(self, widget: Picture | Gallery) -> None:
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


def test_colours_are_those_of_the_picture(tmp_path: Path) -> None:
    image = Image.new("RGB", (2, 2), (255, 0, 0))
    image.putpixel((0, 1), (0, 0, 255))
    image.save(tmp_path / "a.png")
    strip = take(tmp_path / "a.png", canvas(2, 1)).strips[0]
    first = next(iter(strip)).style
    assert first is not None and first.color is not None and first.bgcolor is not None
    assert first.color.triplet == (255, 0, 0) and first.bgcolor.triplet == (0, 0, 255)


def test_a_transparent_picture_lies_on_a_checker(tmp_path: Path) -> None:
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(tmp_path / "a.png")
    colours = {
        segment.style.color.triplet
        for strip in take(tmp_path / "a.png", canvas()).strips
        for segment in strip
        if segment.style and segment.style.color
    }
    assert colours == {BEHIND, (37, 39, 43)}


@pytest.mark.parametrize("colours", ["true", "256", "16", "none"])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "YCbCr"])
def test_every_kind_of_pixel_is_shown(tmp_path: Path, mode: str, colours: str) -> None:
    suffix = "tif" if mode in ("F", "CMYK", "YCbCr") else "png"
    source = Image.linear_gradient("L").resize((90, 60))
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
    assert take(tmp_path / "a.gif", canvas()).caption.endswith("first of 5 frames")


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


async def test_a_picture_is_shown_and_told(tmp_path: Path) -> None:
    app = Host(Picture())
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.widget
        assert isinstance(view, Picture)
        view.show(picture(tmp_path / "a.png"))
        await until(pilot, lambda: "▀▀▀" in screen_text(app))
        assert view.caption.startswith("300×200 PNG · ")
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: max(map(len, screen_text(app).splitlines())) <= 40)
        await until(pilot, lambda: screen_text(app).count("▀") in range(300, 481))
        assert [type(event).__name__ for event in app.heard] == ["Loaded"]
        view.show(tmp_path / "gone.png")
        await until(pilot, lambda: "no such file" in screen_text(app))
        assert "▀" not in screen_text(app) and view.caption == ""
        view.show(None)
        await until(pilot, lambda: "no such file" not in screen_text(app))


async def test_a_gallery_is_walked_by_keys_and_by_mouse(tmp_path: Path) -> None:
    paths = [picture(tmp_path / f"output-{n}.png", colour=(n * 60, 0, 0)) for n in range(4)]
    gallery = Gallery()
    app = Host(gallery)
    async with app.run_test(size=(80, 24)) as pilot:
        gallery.show(paths, "saving 1 file…")
        gallery.focus()
        await until(pilot, lambda: "1 of 4" in screen_text(app) and "300×200" in screen_text(app))
        assert "saving 1 file" in screen_text(app)
        await pilot.press("right", "right")
        assert gallery.current == paths[2]
        await until(pilot, lambda: "3 of 4" in screen_text(app) and "300×200" in screen_text(app))
        await pilot.click(gallery.query_one(Caption), offset=(0, 0))
        assert gallery.current == paths[1]
        await pilot.click(gallery.query_one(Caption), offset=(9, 0))
        assert gallery.current == paths[2]
        await pilot.press("right", "right", "right")
        assert gallery.current == paths[3]
        gallery.show(list(reversed(paths)), "")
        assert gallery.current == paths[3]
        await until(pilot, lambda: "1 of 4" in screen_text(app) and "saving" not in screen_text(app))
        gallery.show([], "")
        await until(pilot, lambda: "▀" not in screen_text(app) and gallery.current is None)


async def test_files_that_are_no_pictures_are_listed_with_size_and_type(tmp_path: Path) -> None:
    (tmp_path / "a[b].mp3").write_bytes(b"ID3" + b"\0" * 997)
    (tmp_path / "b\x1b[31m.bin").write_bytes(b"\0" * 2_000)
    gallery = Gallery()
    app = Host(gallery)
    async with app.run_test(size=(80, 24)) as pilot:
        gallery.show(sorted(tmp_path.iterdir()))
        gallery.focus()
        await until(pilot, lambda: "data · 2.0 kB" in screen_text(app))
        text = screen_text(app)
        assert "a[b].mp3" in text and "MP3 · 1.0 kB" in text and "\x1b" not in text
        await pilot.press("down")
        assert gallery.current == tmp_path / "b\x1b[31m.bin"
        await until(pilot, lambda: "2 of 2" in screen_text(app))
        await pilot.click(gallery.query_one("PickList"), offset=(5, 0))
        assert gallery.current == tmp_path / "a[b].mp3"


async def test_a_single_sound_is_said_by_name_type_size_and_path(tmp_path: Path) -> None:
    (tmp_path / "output-0.flac").write_bytes(b"fLaC" + b"\0" * 96)
    gallery = Gallery()
    app = Host(gallery)
    async with app.run_test(size=(120, 24)) as pilot:
        gallery.show([tmp_path / "output-0.flac"])
        await until(pilot, lambda: "FLAC · 100 B" in screen_text(app))
        assert str(tmp_path / "output-0.flac") in screen_text(app) and "1 of" not in screen_text(app)
        assert gallery.caption == "output-0.flac  FLAC · 100 B"


def test_the_colours_of_a_terminal_are_known_by_richs_words() -> None:
    assert colours_of(False, "truecolor") == "true"
    assert colours_of(False, "256") == "256"
    assert colours_of(False, "standard") == "16"
    assert colours_of(True, "truecolor") == "none"
    assert colours_of(False, None) == "none"


def test_a_long_path_keeps_its_end() -> None:
    assert path_words(Path("/a/very/long/way/to/output-0.png"), 16) == "…to/output-0.png"
    assert path_words(Path.home() / "x.png", 40) == "~/x.png"


def test_without_a_terminal_nothing_is_asked() -> None:
    assert prepare() == ""
