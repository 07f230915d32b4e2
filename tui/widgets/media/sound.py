"""How long a sound or a film is, and the shape of a WAV, from the file's own numbers. Everything here blocks."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct

_SAMPLES = 400
"""How many samples of a column are looked at, at most: more would take seconds and look the same."""
_FLOAT, _EXTENSIBLE = 3, 0xFFFE


class Sound(Struct, frozen=True):
    """A WAV: its length, how it is sampled, and the loudest of each of its parts, from 0 to 1."""

    seconds: float
    rate: int
    channels: int
    peaks: tuple[float, ...]

    @property
    def words(self) -> str:
        """`16 kHz mono`."""
        channels = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        return f"{self.rate / 1000:g} kHz {channels}"


def read_wav(path: Path, parts: int) -> Sound | None:
    """A WAV in so many parts; None where it cannot be read as one."""
    try:
        with path.open("rb") as file:
            return _read_wav(file, path.stat().st_size, max(1, parts))
    except (OSError, struct.error, ValueError, ZeroDivisionError):
        return None


def _read_wav(file: BinaryIO, size: int, parts: int) -> Sound | None:
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    form = b""
    for name, start, length in _chunks(file, 12, size):
        if name == b"fmt ":
            file.seek(start)
            form = file.read(min(length, 40))
        elif name == b"data" and form:
            # A stream's length is not known when its head is written.
            return _sampled(file, form, start, min(length, size - start), parts)
    return None


def _chunks(file: BinaryIO, at: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        yield name, at + 8, length
        at += 8 + length + length % 2


def _sampled(file: BinaryIO, form: bytes, start: int, length: int, parts: int) -> Sound | None:
    kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", form[:16])
    if kind == _EXTENSIBLE and len(form) >= 26:
        kind = struct.unpack("<H", form[24:26])[0]
    loudness = _loudness(kind, bits)
    if loudness is None or not (block and rate and channels):
        return None
    frames = length // block
    peaks: list[float] = []
    for part in range(parts):
        first, last = frames * part // parts, max(frames * part // parts + 1, frames * (part + 1) // parts)
        file.seek(start + first * block)
        wanted = min(last - first, _SAMPLES * 8)
        peaks.append(loudness(file.read(min(wanted, frames - first) * block)))
    return Sound(frames / rate, rate, channels, tuple(peaks))


def _loudness(kind: int, bits: int) -> Callable[[bytes], float] | None:
    """What tells the loudest of some samples; None for a coding that is not read here."""
    if kind == _FLOAT and bits == 32:
        return lambda data: min(1.0, _peak("f", data, 4, 1.0))
    if kind != 1:
        return None
    known: dict[int, Callable[[bytes], float]] = {
        8: lambda data: max((abs(byte - 128) for byte in _thinned(data)), default=0) / 128,
        16: lambda data: _peak("h", data, 2, 32768),
        24: lambda data: _peak("h", _upper_bytes(data), 2, 32768),
        32: lambda data: _peak("i", data, 4, 2147483648),
    }
    return known.get(bits)


def _upper_bytes(data: bytes) -> bytes:
    """The two upper bytes of each sample of three: they tell enough."""
    return b"".join(data[at + 1 : at + 3] for at in range(0, len(data) - 2, 3))


def _peak(code: str, data: bytes, width: int, full: float) -> float:
    numbers: array[Any] = array(code, data[: len(data) // width * width])
    if sys.byteorder == "big":
        numbers.byteswap()
    return max((abs(number) for number in _thinned(numbers)), default=0.0) / full


def _thinned(numbers: Any) -> Any:
    return numbers[:: max(1, len(numbers) // _SAMPLES)]


def length_of(path: Path, word: str) -> float | None:
    """The seconds of a file of that kind, where its head tells them cheaply."""
    rule = {"FLAC": _flac, "MP4": _mp4, "M4A": _mp4, "M4V": _mp4, "QuickTime": _mp4}.get(word)
    if rule is None:
        return None
    try:
        with path.open("rb") as file:
            return rule(file, path.stat().st_size)
    except (OSError, struct.error, ValueError, ZeroDivisionError):
        return None


def _flac(file: BinaryIO, size: int) -> float | None:
    head = file.read(42)
    if head[:4] != b"fLaC" or head[4] & 127 or len(head) < 26:
        return None
    packed = int.from_bytes(head[18:26], "big")
    rate, samples = packed >> 44, packed & ((1 << 36) - 1)
    return samples / rate if samples else None


def _mp4(file: BinaryIO, size: int) -> float | None:
    found = _box(file, b"moov", 0, size)
    head = _box(file, b"mvhd", *found) if found else None
    if head is None:
        return None
    file.seek(head[0])
    if file.read(1) == b"\1":
        file.seek(head[0] + 20)
        scale, length = struct.unpack(">IQ", file.read(12))
    else:
        file.seek(head[0] + 12)
        scale, length = struct.unpack(">II", file.read(8))
    return length / scale


def _box(file: BinaryIO, name: bytes, at: int, end: int) -> tuple[int, int] | None:
    """Where the content of a box begins and ends, among those that lie between two places."""
    while at + 8 <= end:
        file.seek(at)
        length, found = struct.unpack(">I4s", file.read(8))
        start = at + 8
        if length == 1:
            length, start = struct.unpack(">Q", file.read(8))[0], at + 16
        if found == name:
            return start, min(end, at + length) if length else end
        if length < 8:
            return None
        at += length
    return None
