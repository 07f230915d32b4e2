"""What a file is: one table of kinds, told by a file's first bytes, then by its name, then by what a server said.

A name may narrow what the bytes say (a ZIP is a .docx, a text is a .csv), but never contradict it: a JPEG that is named
.png is a JPEG.
"""

from __future__ import annotations

import mimetypes
import re
import zlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

HEAD = 4096
"""How many of a file's first bytes tell its kind."""


class FileType(NamedTuple):
    """One kind of file."""

    word: str
    """For people: `PNG`."""
    media_type: str
    endings: tuple[str, ...] = ()
    """With their dot; the first is the usual one."""
    within: str = ""
    """The word of the kind that it is a case of: a .docx is a ZIP."""


def _types(rows: str) -> tuple[FileType, ...]:
    """A row is `WORD media/type .ending .other < WORD OF THE KIND THAT IT IS A CASE OF`."""
    found: list[FileType] = []
    for row in rows.strip().splitlines():
        own, _, within = row.partition("<")
        word, media_type, *endings = own.split()
        found.append(FileType(word.replace("_", " "), media_type, tuple(endings), within.strip()))
    return tuple(found)


TYPES = _types("""
PNG image/png .png .apng
JPEG image/jpeg .jpg .jpeg .jpe .jfif
GIF image/gif .gif
WebP image/webp .webp
AVIF image/avif .avif .avifs
HEIC image/heic .heic .heics
HEIF image/heif .heif .hif
JPEG_XL image/jxl .jxl
JPEG_2000 image/jp2 .jp2 .j2k .jpx
BMP image/bmp .bmp .dib
TIFF image/tiff .tiff .tif
DNG image/x-adobe-dng .dng < TIFF
ICO image/vnd.microsoft.icon .ico
PSD image/vnd.adobe.photoshop .psd .psb
EXR image/x-exr .exr
HDR image/vnd.radiance .hdr
QOI image/qoi .qoi
DDS image/vnd.ms-dds .dds
MP4 video/mp4 .mp4 .mp4v
M4V video/x-m4v .m4v < MP4
M4A audio/mp4 .m4a .m4b < MP4
QuickTime video/quicktime .mov .qt
3GP video/3gpp .3gp .3g2
Matroska video/x-matroska .mkv
MKA audio/x-matroska .mka < Matroska
WebM video/webm .webm
WEBA audio/webm .weba < WebM
AVI video/x-msvideo .avi
FLV video/x-flv .flv
MPEG video/mpeg .mpg .mpeg
MPEG-TS video/mp2t .m2ts .mts
ASF video/x-ms-asf .asf .wmv .wma
MP3 audio/mpeg .mp3
AAC audio/aac .aac
WAV audio/wav .wav .wave
FLAC audio/flac .flac
Ogg audio/ogg .ogg .oga
Opus audio/ogg .opus < Ogg
OGV video/ogg .ogv
AIFF audio/aiff .aiff .aif .aifc
CAF audio/x-caf .caf
AMR audio/amr .amr
MIDI audio/midi .mid .midi
PDF application/pdf .pdf
RTF application/rtf .rtf
PostScript application/postscript .ps .eps .ai
glTF model/gltf-binary .glb
PLY model/ply .ply
FBX application/vnd.fbx .fbx
Blender application/x-blender .blend
USD model/vnd.usd .usdc
STL model/stl .stl
SPLAT application/octet-stream .splat
ZIP application/zip .zip .cbz
NPZ application/x-npz .npz < ZIP
DOCX application/vnd.openxmlformats-officedocument.wordprocessingml.document .docx < ZIP
XLSX application/vnd.openxmlformats-officedocument.spreadsheetml.sheet .xlsx < ZIP
PPTX application/vnd.openxmlformats-officedocument.presentationml.presentation .pptx < ZIP
ODT application/vnd.oasis.opendocument.text .odt < ZIP
EPUB application/epub+zip .epub < ZIP
USDZ model/vnd.usdz+zip .usdz < ZIP
3MF model/3mf .3mf < ZIP
PyTorch application/x-pytorch .pt .pth .ckpt < ZIP
wheel application/x-wheel+zip .whl < ZIP
JAR application/java-archive .jar < ZIP
gzip application/gzip .gz
tar.gz application/gzip .tar.gz .tgz < gzip
NIfTI application/gzip .nii.gz < gzip
SPZ application/gzip .spz < gzip
SVGZ image/svg+xml .svgz < gzip
tar application/x-tar .tar
xz application/x-xz .xz
tar.xz application/x-xz .tar.xz .txz < xz
bzip2 application/x-bzip2 .bz2
tar.bz2 application/x-bzip2 .tar.bz2 .tbz2 < bzip2
zstd application/zstd .zst
tar.zst application/zstd .tar.zst < zstd
7z application/x-7z-compressed .7z
RAR application/vnd.rar .rar
safetensors application/x-safetensors .safetensors
GGUF application/x-gguf .gguf
NPY application/x-npy .npy
HDF5 application/x-hdf5 .h5 .hdf5
Parquet application/vnd.apache.parquet .parquet
pickle application/x-pickle .pkl .pickle
ONNX application/x-onnx .onnx
SQLite application/vnd.sqlite3 .sqlite .sqlite3
WebAssembly application/wasm .wasm
WOFF font/woff .woff
WOFF2 font/woff2 .woff2
OpenType font/otf .otf
TrueType font/ttf .ttf
text text/plain .txt .text .log
Markdown text/markdown .md .markdown < text
CSV text/csv .csv < text
TSV text/tab-separated-values .tsv < text
HTML text/html .html .htm < text
XML application/xml .xml < text
SVG image/svg+xml .svg < XML
JSON application/json .json < text
GeoJSON application/geo+json .geojson < JSON
glTF_JSON model/gltf+json .gltf < JSON
notebook application/x-ipynb+json .ipynb < JSON
JSON_lines application/jsonl .jsonl .ndjson < text
YAML application/yaml .yaml .yml < text
TOML application/toml .toml < text
subtitles application/x-subrip .srt < text
WebVTT text/vtt .vtt < text
OBJ model/obj .obj < text
material model/mtl .mtl < text
ASCII_STL model/stl .stl < text
cube_LUT text/plain .cube < text
""")
UNKNOWN = FileType("data", "application/octet-stream")
EMPTY = FileType("empty file", "application/octet-stream")

_BY_WORD = {kind.word: kind for kind in TYPES}
_BY_ENDING = {ending: kind for kind in reversed(TYPES) for ending in kind.endings}
_BY_MEDIA_TYPE = {kind.media_type: kind for kind in reversed(TYPES) if kind.media_type != UNKNOWN.media_type}
_ALSO_MEDIA_TYPES = {
    "image/jpg": "JPEG", "image/pjpeg": "JPEG", "image/x-png": "PNG", "image/apng": "PNG", "image/x-ms-bmp": "BMP",
    "image/x-icon": "ICO", "audio/x-wav": "WAV", "audio/wave": "WAV", "audio/vnd.wave": "WAV", "audio/mp3": "MP3",
    "audio/x-m4a": "M4A", "audio/m4a": "M4A", "audio/x-flac": "FLAC", "audio/x-aiff": "AIFF", "audio/opus": "Opus",
    "audio/aacp": "AAC", "application/ogg": "Ogg", "application/x-gzip": "gzip", "application/x-zip-compressed": "ZIP",
    "text/json": "JSON", "application/x-ndjson": "JSON lines", "application/jsonlines": "JSON lines", "text/xml": "XML",
    "text/x-markdown": "Markdown", "application/csv": "CSV", "text/yaml": "YAML", "application/x-yaml": "YAML",
    "text/plain": "text", "application/x-compressed-tar": "tar.gz", "video/avi": "AVI", "text/srt": "subtitles",
    "application/sla": "STL", "model/x-ply": "PLY",
}  # fmt: skip

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"GIF8", "GIF"),
    (0, b"8BPS", "PSD"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"\0\0\1\0", "ICO"),
    (0, b"\x76\x2f\x31\x01", "EXR"),
    (0, b"#?RADIANCE", "HDR"),
    (0, b"#?RGBE", "HDR"),
    (0, b"qoif", "QOI"),
    (0, b"DDS ", "DDS"),
    (4, b"moov", "QuickTime"),
    (4, b"wide", "QuickTime"),
    (0, b"FLV\1", "FLV"),
    (0, b"\0\0\1\xba", "MPEG"),
    (0, b"\0\0\1\xb3", "MPEG"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "ASF"),
    (0, b"ID3", "MP3"),
    (0, b"fLaC", "FLAC"),
    (0, b"caff\0\1", "CAF"),
    (0, b"#!AMR", "AMR"),
    (0, b"MThd", "MIDI"),
    (0, b"%PDF-", "PDF"),
    (0, b"{\\rtf", "RTF"),
    (0, b"%!PS", "PostScript"),
    (0, b"glTF", "glTF"),
    (0, b"ply\n", "PLY"),
    (0, b"ply\r\n", "PLY"),
    (0, b"Kaydara FBX Binary", "FBX"),
    (0, b"BLENDER", "Blender"),
    (0, b"PXR-USDC", "USD"),
    (0, b"\xfd7zXZ\0", "xz"),
    (0, b"BZh", "bzip2"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "RAR"),
    (257, b"ustar", "tar"),
    (0, b"GGUF", "GGUF"),
    (0, b"\x93NUMPY", "NPY"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5"),
    (0, b"PAR1", "Parquet"),
    (0, b"SQLite format 3\0", "SQLite"),
    (0, b"\0asm", "WebAssembly"),
    (0, b"wOFF", "WOFF"),
    (0, b"wOF2", "WOFF2"),
    (0, b"OTTO", "OpenType"),
    (0, b"\0\1\0\0\0", "TrueType"),
)
_RIFF = {b"WEBP": "WebP", b"WAVE": "WAV", b"AVI ": "AVI"}
_BRANDS = {
    "avif": "AVIF", "avis": "AVIF", "heic": "HEIC", "heix": "HEIC", "heim": "HEIC", "heis": "HEIC", "hevc": "HEIC",
    "hevx": "HEIC", "mif1": "HEIF", "msf1": "HEIF", "M4A ": "M4A", "M4B ": "M4A", "M4P ": "M4A", "M4V ": "M4V",
    "qt  ": "QuickTime",
}  # fmt: skip
_OGG = {
    b"OpusHead": "Opus", b"\x80theora": "OGV", b"\1vorbis": "Ogg", b"\x7fFLAC": "Ogg", b"Speex   ": "Ogg",
}  # fmt: skip
_IN_ZIP = (
    (b"word/", "DOCX"), (b"xl/", "XLSX"), (b"ppt/", "PPTX"), (b"application/epub+zip", "EPUB"), (b"3D/", "3MF"),
    (b"application/vnd.oasis.opendocument.text", "ODT"), (b"/data.pkl", "PyTorch"), (b".npy", "NPZ"),
    (b"META-INF/MANIFEST.MF", "JAR"), (b".usdc", "USDZ"), (b".usda", "USDZ"),
)  # fmt: skip
"""What stands near the beginning of a ZIP, in its entries' names."""
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,80}/[a-z0-9.+-]{1,120}")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,12}")
_NO_PICTURE = ("SVG", "SVGZ", "HEIC", "HEIF", "JPEG XL", "EXR", "HDR", "DNG")


def is_picture(kind: FileType) -> bool:
    """Whether it is worth trying to show it as a picture: Pillow reads no HEIC, JPEG XL, EXR or SVG."""
    return kind.media_type.startswith("image/") and kind.word not in _NO_PICTURE


def file_type(head: bytes, name: str = "", media_type: str = "") -> FileType:
    """The kind of a file, from its first bytes, its name, and the media type that a server gave it."""
    told = [kind for kind in (by_name(name), by_media_type(media_type)) if kind is not None]
    found = by_content(head)
    if found is None:
        return next(iter(told), UNKNOWN) if head else EMPTY
    narrower = next((kind for kind in told if kind != found and is_a(kind, found.word)), None)
    if narrower is not None:
        return narrower
    if found.within == "text" or (found.word == "SVG" and told):
        # What a text holds is a guess: a name or a server that says which text it is knows better.
        return next((kind for kind in told if is_a(kind, "text")), found)
    return found


def type_of(path: Path, name: str = "", media_type: str = "") -> FileType:
    """The kind of the file at `path`, which may still be without its `name`. Blocks. Raises OSError."""
    with path.open("rb") as file:
        return file_type(file.read(HEAD), name or path.name, media_type)


def is_a(kind: FileType, word: str) -> bool:
    """Whether it is of the kind of that name, or a case of it."""
    at: FileType | None = kind
    while at is not None:
        if at.word == word:
            return True
        at = _BY_WORD.get(at.within)
    return False


@lru_cache(maxsize=256)
def by_name(name: str) -> FileType | None:
    """The kind that a name's ending tells, whatever this machine's own list of endings has."""
    ending = ending_of(name)
    if not ending:
        return None
    known = _BY_ENDING.get(ending)
    if known is None:
        # Of its own list, and not of /etc/mime.types, which another machine has otherwise.
        guessed = mimetypes.MimeTypes().guess_type(f"x{ending}")[0]
        if guessed and guessed != UNKNOWN.media_type:
            known = FileType(ending[1:].upper(), guessed, (ending,), _text_if(guessed))
    return known


@lru_cache(maxsize=256)
def by_media_type(media_type: str) -> FileType | None:
    """The kind that a server's Content-Type tells; None for one that tells nothing."""
    stated = media_type.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(stated) or stated in (UNKNOWN.media_type, "binary/octet-stream"):
        return None
    known = _BY_MEDIA_TYPE.get(stated) or _BY_WORD.get(_ALSO_MEDIA_TYPES.get(stated, ""))
    if known is None:
        ending = mimetypes.MimeTypes().guess_extension(stated)
        known = FileType(stated.rpartition("/")[2], stated, (ending,) if ending else (), _text_if(stated))
    return known


def _text_if(media_type: str) -> str:
    textual = media_type.startswith("text/") or media_type.endswith(("+xml", "+json", "/javascript", "/x-sh"))
    return "text" if textual else ""


def ending_of(name: str) -> str:
    """A name's ending with its dot, in small letters, whole where it is of two parts: `.tar.gz`; or nothing."""
    low = name.lower()
    for kind in TYPES:
        for ending in kind.endings:
            if ending.count(".") == 2 and low.endswith(ending) and len(low) > len(ending):
                return ending
    suffix = Path(low).suffix
    return suffix if _ENDING.fullmatch(suffix) else ""


def ending_for(kind: FileType, name: str = "") -> str:
    """The ending for a file of that kind: the name's own where it fits, else the usual one; or nothing."""
    own = ending_of(name)
    if own and (own in kind.endings or by_name(own and f"x{own}") is None):
        return own
    return kind.endings[0] if kind.endings else ""


def by_content(head: bytes) -> FileType | None:
    """The kind that a file's first bytes tell; None where they tell nothing."""
    word = _by_magic(head) or _by_container(head) or _by_structure(head) or _by_text(head)
    return _BY_WORD[word] if word else None


def _by_magic(head: bytes) -> str:
    return next((word for start, magic, word in _MAGIC if head.startswith(magic, start)), "")


def _by_container(head: bytes) -> str:
    """The kind of a file whose container holds several: ISO media, RIFF, Matroska, Ogg, ZIP, gzip."""
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "")
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "Matroska" if b"matroska" in head[:64] else "WebM"
    if head[:4] == b"OggS":
        return next((word for mark, word in _OGG.items() if mark in head[24:80]), "Ogg")
    if head[:4] in (b"PK\3\4", b"PK\5\6"):
        return next((word for mark, word in _IN_ZIP if mark in head[:2048]), "ZIP")
    if head[:2] == b"\x1f\x8b":
        return "tar.gz" if _unpacked(head)[257:262] == b"ustar" else "gzip"
    return ""


def _by_brand(head: bytes) -> str:
    size = int.from_bytes(head[:4], "big")
    brands = [head[at : at + 4].decode("latin-1") for at in (8, *range(16, min(size, len(head), 128), 4))]
    major = _BRANDS.get(brands[0], "3GP" if brands[0].startswith(("3gp", "3g2")) else "MP4")
    if major in ("HEIF", "MP4"):
        # A file of pictures may name its coding only among the brands that it is compatible with.
        named = (_BRANDS.get(brand, "") for brand in brands[1:])
        return next((word for word in named if word in ("AVIF", "HEIC")), major)
    return major


def _unpacked(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(head, 512)
    except zlib.error:
        return b""


def _by_structure(head: bytes) -> str:
    """The kind of a file without a mark of its own, by how its first numbers lie."""
    if len(head) >= 4 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0 and (head[2] >> 2) & 15 < 13:
        return "AAC"
    if len(head) >= 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and _is_mp3_frame(head[1], head[2]):
        return "MP3"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and len(head) >= 18:
        return "BMP"
    if head[:1] == b"\x47" and head[188:189] == b"\x47" and head[376:377] in (b"\x47", b""):
        return "MPEG-TS"
    if head[8:10] == b'{"' and 2 <= int.from_bytes(head[:8], "little") < 100_000_000:
        return "safetensors"
    if len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5 and head[2:3] in (b"}", b"]", b"(", b"c", b"\x95"):
        return "pickle"
    return ""


def _is_mp3_frame(version: int, rates: int) -> bool:
    """Whether the second and third byte of a frame name a version, a bit rate and a sample rate that there are."""
    return version & 0x18 != 8 and rates >> 4 not in (0, 15) and (rates >> 2) & 3 != 3


def _by_text(head: bytes) -> str:
    if not head or (b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff")):
        return ""
    try:
        head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
    except UnicodeDecodeError as error:
        # A character that the end of the head cuts in two is no fault of the text.
        if error.start < len(head) - 3 or len(head) < HEAD:
            return ""
    start = head.removeprefix(b"\xef\xbb\xbf")[:1024].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    if start.startswith(b"<svg") or (start.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in start):
        return "SVG"
    if start.startswith(b"<?xml"):
        return "XML"
    if start.startswith(b"webvtt"):
        return "WebVTT"
    return "JSON" if re.match(rb'\{\s*("|\})|\[\s*(["\[{\d\]-]|true|false|null)', start) else "text"
