"""How long sounds and films are, and how loud a WAV is where, in every coding that models give."""

from __future__ import annotations

import struct
from array import array
from pathlib import Path

import pytest

from tui.widgets.media.face import clock, waveform
from tui.widgets.media.sound import length_of, read_wav


def wav(path: Path, kind: int, bits: int, data: bytes, *, channels: int = 1, rate: int = 100, told: int = -1) -> Path:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits)
    if kind == 0xFFFE:
        form += struct.pack("<HHIH", 22, bits, 0, 1) + b"\0" * 14
    extra = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    length = len(data) if told < 0 else told
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + extra + b"data" + struct.pack("<I", length) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


@pytest.mark.parametrize(
    ("kind", "bits", "data"),
    [
        (1, 8, bytes([128] * 100 + [128, 64] * 50)),
        (1, 16, array("h", [0] * 100 + [0, -16384] * 50).tobytes()),
        (1, 24, b"\0\0\0" * 100 + b"\0\0\0\0\0\xc0" * 50),
        (1, 32, array("i", [0] * 100 + [0, -(1 << 30)] * 50).tobytes()),
        (3, 32, array("f", [0] * 100 + [0, 0.5] * 50).tobytes()),
        (0xFFFE, 16, array("h", [0] * 100 + [0, 16384] * 50).tobytes()),
    ],
)
def test_a_wav_is_read_in_every_coding(tmp_path: Path, kind: int, bits: int, data: bytes) -> None:
    sound = read_wav(wav(tmp_path / "a.wav", kind, bits, data), 4)
    assert sound is not None
    assert sound.seconds == 2.0 and sound.words == "0.1 kHz mono"
    assert [round(peak, 2) for peak in sound.peaks] == [0, 0, 0.5, 0.5]


def test_a_streamed_wav_whose_length_nobody_knew_is_as_long_as_the_file(tmp_path: Path) -> None:
    sound = read_wav(wav(tmp_path / "a.wav", 1, 16, b"\1\1" * 300, channels=2, told=0xFFFFFFFF), 3)
    assert sound is not None and sound.seconds == 1.5 and sound.words == "0.1 kHz stereo"


def test_a_long_wav_is_not_read_whole(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", 1, 16, b"\0\x20" * 5_000_000, rate=44_100)
    sound = read_wav(path, 100)
    assert sound is not None and set(sound.peaks) == {0.25}


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff", b"RIFF\0\0\0\0WAVEdata\0\0\0\0"]
)
def test_a_broken_wav_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    assert read_wav(tmp_path / "a.wav", 10) is None
    assert read_wav(wav(tmp_path / "b.wav", 1, 16, b"", rate=0), 10) is None
    assert read_wav(wav(tmp_path / "c.wav", 6, 8, b"\0" * 10), 10) is None
    assert read_wav(tmp_path / "gone.wav", 10) is None


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def test_the_length_of_a_film_and_of_a_flac_is_told_by_their_heads(tmp_path: Path) -> None:
    short = box(b"mvhd", b"\0\0\0\0" + b"\0" * 8 + struct.pack(">II", 600, 3_150) + b"\0" * 80)
    (tmp_path / "a.mp4").write_bytes(box(b"ftyp", b"isom") + box(b"mdat", b"\0" * 99) + box(b"moov", short))
    assert length_of(tmp_path / "a.mp4", "MP4") == 5.25
    long = box(b"mvhd", b"\1\0\0\0" + b"\0" * 16 + struct.pack(">IQ", 1000, 90_000) + b"\0" * 80)
    (tmp_path / "b.mp4").write_bytes(box(b"ftyp", b"isom") + box(b"moov", box(b"trak", b"x") + long))
    assert length_of(tmp_path / "b.mp4", "MP4") == 90.0
    packed = (44_100 << 44 | 88_200).to_bytes(8, "big")
    (tmp_path / "c.flac").write_bytes(b"fLaC\0\0\0\x22" + b"\0" * 10 + packed + b"\0" * 16)
    assert length_of(tmp_path / "c.flac", "FLAC") == 2.0
    (tmp_path / "d.mp4").write_bytes(box(b"ftyp", b"isom") + b"\0\0\0\1mdat")
    assert length_of(tmp_path / "d.mp4", "MP4") is None
    assert length_of(tmp_path / "a.mp4", "MP3") is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.5, "0.5 s"), (9.94, "9.9 s"), (10, "0:10"), (61, "1:01"), (3599, "59:59"), (3725, "1:02:05")],
)
def test_lengths_are_written_as_people_read_them(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_a_wave_goes_up_and_down_from_its_middle() -> None:
    assert waveform((0.0, 0.5, 1.0), 2) == ("▄▄█", "▀▀█")
    assert waveform((0.0, 0.0), 4) == ("  ", "▄▄", "▀▀", "  ")
