"""What a tile shows of a file: the picture, the waveform, the first lines, or what it is. Everything here blocks."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from textual.strip import Strip

from tui import wording
from tui.api.file_types import FileType, is_a
from tui.api.text import clean
from tui.pictures.canvas import Canvas, Refused
from tui.toolkit.line_view import printable, shorten
from tui.widgets.media.file_facts import Facts, facts, why_not
from tui.widgets.media.picture_cells import take
from tui.widgets.media.sound import length_of, read_wav

READ = 8_000
"""Bytes of a text that are read: what fills a screen."""
_HALVES = " ▀▄█"
_SIGNS = {"audio": "♪", "video": "▶"}


class Face(Struct, frozen=True):
    """One file as it is shown: cells of a picture, or lines of text."""

    words: str
    """What it is: `768×512 PNG · 312 kB`."""
    strips: tuple[Strip, ...] = ()
    lines: tuple[str, ...] = ()
    drawn: bool = False
    """Whether the lines draw something, and are no words."""
    path: Path | None = None
    canvas: Canvas | None = None
    frames: int = 1
    payload: str = ""
    """What the terminal must be sent before the cells show anything."""


def face_of(path: Path, canvas: Canvas) -> Face:
    """What is shown of a file, in that much room. Never raises for the file's sake."""
    try:
        found = facts(path)
        if found.is_picture:
            return _picture(path, canvas)
        if found.type.word == "WAV" and (face := _wave(found, canvas)) is not None:
            return face
        if is_a(found.type, "text"):
            return _text(found, canvas)
        return _named(found, canvas)
    except OSError as error:
        return Face("", lines=(printable(f"{path.name}: {why_not(path, error)}."),), path=path, canvas=canvas)


def said(words: str, canvas: Canvas, facts: str = "") -> Face:
    """Words in the place of a file that is not here, and what is known of it all the same."""
    return Face(facts, lines=tuple(printable(line) for line in words.splitlines()), canvas=canvas)


def kind_words(kind: FileType | None) -> str:
    """A sign and a word for what a file is, `♪ MP3`."""
    if kind is None:
        return "file"
    sign = _SIGNS.get(kind.media_type.partition("/")[0], "")
    return f"{sign} {kind.word}".strip()


def _picture(path: Path, canvas: Canvas) -> Face:
    try:
        shot = take(path, canvas)
    except Refused as error:
        return Face(facts(path).words, lines=(printable(str(error)),), path=path, canvas=canvas)
    return Face(shot.caption, tuple(shot.strips), path=path, canvas=canvas, frames=shot.frames, payload=shot.payload)


def _wave(found: Facts, canvas: Canvas) -> Face | None:
    sound = read_wav(found.path, canvas.width)
    if sound is None:
        return None
    words = f"{found.words} · {clock(sound.seconds)} · {sound.words}"
    return Face(words, lines=waveform(sound.peaks, canvas.height), drawn=True, path=found.path, canvas=canvas)


def waveform(peaks: tuple[float, ...], height: int) -> tuple[str, ...]:
    """The loudness of each column up and down from the middle, the loudest as far as there is room."""
    rows = max(1, min(height, 9))
    most = max(peaks, default=0.0)
    # Silence is a line: it is a sound too.
    reach = [max(1, round(peak / most * rows)) if most else 1 for peak in peaks]

    def dot(far: int, at: int) -> bool:
        return rows - far <= at < rows + far

    return tuple(
        "".join(_HALVES[dot(far, 2 * row) + 2 * dot(far, 2 * row + 1)] for far in reach) for row in range(rows)
    )


def clock(seconds: float) -> str:
    """`0:31`; below a minute with tenths, because a sound may be short."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    minutes = f"{whole // 60 % 60:02}" if whole >= 3600 else str(whole // 60)
    hours = f"{whole // 3600}:" if whole >= 3600 else ""
    return f"{hours}{minutes}:{whole % 60:02}"


def _text(found: Facts, canvas: Canvas) -> Face:
    with found.path.open("rb") as file:
        content = file.read(READ)
    text = clean(content.decode("utf-8", "replace"))
    lines = [shorten(printable(line), canvas.width) for line in text.splitlines()[: canvas.height]]
    return Face(found.words, lines=tuple(lines), drawn=True, path=found.path, canvas=canvas)


def _named(found: Facts, canvas: Canvas) -> Face:
    seconds = length_of(found.path, found.type.word)
    length = f" · {clock(seconds)}" if seconds is not None else ""
    lines = (kind_words(found.type), f"{wording.size(found.size)}{length}")
    return Face(found.words + length, lines=lines, path=found.path, canvas=canvas)
