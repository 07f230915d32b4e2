"""Writes an MP4 of JPEG pictures: the boxes of ISO/IEC 14496-12 and -14 that a player needs, and no more."""

import struct

_SCALE = 600
_FRAME = 75
"""Eight pictures a second."""
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def movie(pictures: list[bytes], width: int, height: int) -> bytes:
    """The pictures one after the other, an eighth of a second each."""
    head = _box(b"ftyp", b"isom" + struct.pack(">I", 512) + b"isomiso2mp41")
    data = _box(b"mdat", b"".join(pictures))
    return head + data + _moov(pictures, len(head) + 8, width, height)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def _full(name: bytes, content: bytes, flags: int = 0) -> bytes:
    return _box(name, struct.pack(">I", flags) + content)


def _moov(pictures: list[bytes], start: int, width: int, height: int) -> bytes:
    length = len(pictures) * _FRAME
    movie_head = struct.pack(">4I", 0, 0, _SCALE, length) + struct.pack(">IHH8x", 0x10000, 0x100, 0)
    track_head = struct.pack(">3I4xI8x4H", 0, 0, 1, length, 0, 0, 0, 0) + _UNITY
    media = _box(
        b"mdia",
        _full(b"mdhd", struct.pack(">4IHH", 0, 0, _SCALE, length, 0x55C4, 0))
        + _full(b"hdlr", struct.pack(">I4s12x", 0, b"vide") + b"pictures\0")
        + _box(b"minf", _full(b"vmhd", bytes(8), 1) + _data_information() + _table(pictures, start, width, height)),
    )
    track = _full(b"tkhd", track_head + struct.pack(">II", width << 16, height << 16), 3) + media
    return _box(b"moov", _full(b"mvhd", movie_head + _UNITY + bytes(24) + struct.pack(">I", 2)) + _box(b"trak", track))


def _data_information() -> bytes:
    return _box(b"dinf", _full(b"dref", struct.pack(">I", 1) + _full(b"url ", b"", 1)))


def _table(pictures: list[bytes], start: int, width: int, height: int) -> bytes:
    count = len(pictures)
    sizes = struct.pack(f">{count}I", *(len(picture) for picture in pictures))
    return _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1) + _sample_entry(width, height))
        + _full(b"stts", struct.pack(">3I", 1, count, _FRAME))
        + _full(b"stsc", struct.pack(">4I", 1, 1, count, 1))
        + _full(b"stsz", struct.pack(">2I", 0, count) + sizes)
        + _full(b"stco", struct.pack(">2I", 1, start)),
    )


def _sample_entry(width: int, height: int) -> bytes:
    """`mp4v` whose decoder is JPEG (object type 0x6C)."""
    config = b"\x04" + bytes((13,)) + b"\x6c\x11" + bytes(3) + struct.pack(">II", 0, 0)
    descriptor = b"\x03" + bytes((3 + len(config) + 3,)) + struct.pack(">HB", 1, 0) + config + b"\x06\x01\x02"
    looks = struct.pack(">6xH16xHHIIIH", 1, width, height, 0x480000, 0x480000, 0, 1)
    return _box(b"mp4v", looks + bytes(32) + struct.pack(">Hh", 24, -1) + _full(b"esds", descriptor))
