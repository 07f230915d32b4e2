"""Small valid files of every kind: pictures by Pillow, the rest written by hand. The same seed gives the same bytes."""

import io
import json
import math
import random
import struct
import tarfile
import time
import wave
import zipfile
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from tui.sandbox.stubs.movie import movie

if TYPE_CHECKING:
    from PIL import Image

_MOST_SIDE = 2048
_RATE = 16_000


class Wish(Struct, frozen=True):
    """What a file shall be: its seed, its words, and how large or long it is."""

    seed: int
    words: str
    width: int = 512
    height: int = 512
    seconds: float = 1.0


def make_file(ending: str, wish: Wish) -> bytes:
    """The bytes of a file whose name ends so."""
    match ending:
        case ".png" | ".jpg" | ".webp" | ".gif" | ".pdf":
            return _picture(ending, wish)
        case ".mp4":
            small = Wish(wish.seed, wish.words, min(wish.width, 512), min(wish.height, 512))
            return movie([_picture(".jpg", small, turn) for turn in range(8)], small.width, small.height)
        case ".wav":
            return _tone(wish)
        case ".mp3":
            return _silence(wish)
        case ".glb":
            return _triangle(wish)
        case ".zip":
            return _zipped(wish)
        case ".tar":
            return _tarred(wish)
        case ".mid":
            return _notes(wish)
        case ".safetensors":
            header = json.dumps({"__metadata__": {"made_by": wish.words}}).encode()
            return struct.pack("<Q", len(header)) + header
        case _:
            return _text(ending, wish).encode()


def _picture(ending: str, wish: Wish, turn: int = 0) -> bytes:
    """Soft colours by chance, with the words on them, so that nobody takes it for a model's work."""
    from PIL import Image, ImageDraw

    chance = random.Random(wish.seed)  # noqa: S311 - colours, not secrets
    small = Image.frombytes("RGB", (4, 4), chance.randbytes(48))
    small = small.rotate(90 * (turn % 4)) if turn % 4 else small
    size = (max(16, min(wish.width, _MOST_SIDE)), max(16, min(wish.height, _MOST_SIDE)))
    # Pillow's own types name NumPy, which is not there.
    image = cast(Any, small).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    lines = [wish.words[at : at + 48] for at in range(0, min(len(wish.words), 240), 48)]
    draw.multiline_text((8, 8), "\n".join(lines), fill=(255, 255, 255), stroke_width=1, stroke_fill=(0, 0, 0))
    return _encoded(image, ending)


def _encoded(image: "Image.Image", ending: str) -> bytes:
    made = io.BytesIO()
    match ending:
        case ".jpg":
            image.save(made, "JPEG", quality=80)
        case ".webp":
            image.save(made, "WEBP", quality=80, method=0)
        case ".gif":
            image.save(made, "GIF")
        case ".pdf":
            moment = time.struct_time((2026, 1, 1, 0, 0, 0, 3, 1, 0))
            image.save(made, "PDF", creationDate=moment, modDate=moment)
        case _:
            image.save(made, "PNG", compress_level=1)
    return made.getvalue()


def _tone(wish: Wish) -> bytes:
    pitch = 220.0 * 2 ** (wish.seed % 12 / 12)
    count = int(_RATE * min(max(wish.seconds, 0.1), 10.0))
    samples = [int(6000 * math.sin(2 * math.pi * pitch * at / _RATE)) for at in range(count)]
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(struct.pack(f"<{count}h", *samples))
    return made.getvalue()


def _silence(wish: Wish) -> bytes:
    """Frames of MPEG-1 layer III, 128 kbit/s, 44.1 kHz, mono, that are silent, behind an ID3 title."""
    title = b"\x03" + f"{wish.words} ({wish.seed})".encode()[:200]
    frame = b"TIT2" + struct.pack(">I", len(title)) + b"\0\0" + title
    size = len(frame)
    tag = b"ID3\x03\0\0" + bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0)) + frame
    count = max(4, int(min(wish.seconds, 60.0) * 44_100 / 1152))
    return tag + (b"\xff\xfb\x90\xc4" + bytes(413)) * count


def _triangle(wish: Wish) -> bytes:
    """A binary glTF with one triangle."""
    chance = random.Random(wish.seed)  # noqa: S311 - a shape, not a secret
    corners = [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (chance.random(), 1.0, 0.0)]
    points = b"".join(struct.pack("<3f", *corner) for corner in corners)
    scene = {
        "asset": {"version": "2.0", "generator": wish.words[:200]},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": len(points)}],
        "bufferViews": [{"buffer": 0, "byteLength": len(points)}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}
        ],
    }
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(points), b"BIN\0") + points
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _zipped(wish: Wish) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("stand-in.txt", (2026, 1, 1, 0, 0, 0)), _text(".txt", wish))
    return made.getvalue()


def _tarred(wish: Wish) -> bytes:
    made = io.BytesIO()
    content = _text(".txt", wish).encode()
    with tarfile.open(fileobj=made, mode="w") as archive:
        entry = tarfile.TarInfo("stand-in.txt")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def _notes(wish: Wish) -> bytes:
    """A MIDI file of one note."""
    note = 60 + wish.seed % 12
    track = bytes((0, 0x90, note, 64, 96, 0x80, note, 0, 0, 0xFF, 0x2F, 0))
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 96) + b"MTrk" + struct.pack(">I", len(track)) + track


def _text(ending: str, wish: Wish) -> str:
    words = f"{wish.words} ({wish.seed})"
    match ending:
        case ".svg":
            colour = f"#{wish.seed % 0x1000000:06x}"
            return (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{wish.width}" height="{wish.height}">'
                f'<rect width="100%" height="100%" fill="{colour}"/></svg>\n'
            )
        case ".json":
            return json.dumps({"made_by": words}) + "\n"
        case ".csv":
            return f"made_by,seed\n{json.dumps(wish.words)},{wish.seed}\n"
        case ".srt":
            return f"1\n00:00:00,000 --> 00:00:01,000\n{words}\n"
        case ".vtt":
            return f"WEBVTT\n\n00:00.000 --> 00:01.000\n{words}\n"
        case ".html":
            return f"<!doctype html><title>stand-in</title><p>{wish.seed}</p>\n"
        case ".obj":
            return "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
        case ".ply":
            head = "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n"
            return head + f"end_header\n0 0 {wish.seed % 100}\n"
        case _:
            return words + "\n"
