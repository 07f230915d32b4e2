"""What a file is, by its first bytes rather than its name. Plain functions that may block: call them in a thread."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path

from tui.wording import size as size_words

HEAD = 512

_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG", "image/png"),
    (0, b"\xff\xd8\xff", "JPEG", "image/jpeg"),
    (0, b"GIF8", "GIF", "image/gif"),
    (8, b"WEBP", "WebP", "image/webp"),
    (0, b"BM", "BMP", "image/bmp"),
    (0, b"II*\0", "TIFF", "image/tiff"),
    (0, b"MM\0*", "TIFF", "image/tiff"),
    (4, b"ftypavif", "AVIF", "image/avif"),
    (4, b"ftyphei", "HEIC", "image/heic"),
    (8, b"WAVE", "WAV", "audio/wav"),
    (8, b"AVI ", "AVI", "video/x-msvideo"),
    (0, b"ID3", "MP3", "audio/mpeg"),
    (0, b"\xff\xfb", "MP3", "audio/mpeg"),
    (0, b"\xff\xf3", "MP3", "audio/mpeg"),
    (0, b"fLaC", "FLAC", "audio/flac"),
    (0, b"OggS", "Ogg", "audio/ogg"),
    (4, b"ftypM4A", "M4A", "audio/mp4"),
    (4, b"ftypqt", "QuickTime", "video/quicktime"),
    (4, b"ftyp", "MP4", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "WebM", "video/webm"),
    (0, b"%PDF-", "PDF", "application/pdf"),
    (0, b"PK\x03\x04", "ZIP", "application/zip"),
    (0, b"\x1f\x8b", "gzip", "application/gzip"),
    (0, b"glTF", "glTF", "model/gltf-binary"),
    (257, b"ustar", "tar", "application/x-tar"),
)


@dataclass(frozen=True)
class Facts:
    """One file: its size in bytes, a word for its type, and its media type."""

    path: Path
    size: int
    kind: str
    media_type: str

    @property
    def is_picture(self) -> bool:
        """Whether it is worth trying to show it as a picture."""
        return self.media_type.startswith("image/") and self.media_type not in ("image/svg+xml", "image/heic")

    @property
    def words(self) -> str:
        """`PNG · 312 kB`."""
        return f"{self.kind} · {size_words(self.size)}"


def sniff(head: bytes, name: str = "") -> tuple[str, str]:
    """A word for the type and the media type, from a file's first bytes, and from its name where they say nothing."""
    for offset, magic, kind, media_type in _MAGIC:
        if head[offset : offset + len(magic)] == magic and (offset != 8 or head[:4] == b"RIFF"):
            return kind, media_type
    text = head[:256].lstrip()
    if (text[:5].lower() == b"<?xml" and b"<svg" in head.lower()) or text[:4].lower() == b"<svg":
        return "SVG", "image/svg+xml"
    guessed = mimetypes.guess_type(name)[0] or ""
    if head and b"\0" not in head:
        try:
            head.decode("utf-8")
        except UnicodeDecodeError as error:
            plain = error.start >= len(head) - 3
        else:
            plain = True
        if plain:
            if text[:1] in (b"{", b"["):
                return "JSON", "application/json"
            return "text", guessed if guessed.startswith("text/") else "text/plain"
    if not head:
        return "empty file", "application/octet-stream"
    if guessed and guessed != "application/octet-stream" and not guessed.startswith(("image/", "text/")):
        return guessed.rpartition("/")[2], guessed
    return "data", "application/octet-stream"


def facts(path: Path) -> Facts:
    """What a file is. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        size = file.seek(0, 2)
    kind, media_type = sniff(head, path.name)
    return Facts(path, size, kind, media_type)


def why_not(path: Path, error: OSError | None = None) -> str:
    """Why a file cannot be read, in words."""
    if path.is_dir():
        return "is a folder, not a file"
    if isinstance(error, PermissionError):
        return "may not be read (permission denied)"
    if error is None or isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no such file"
    return f"cannot be read: {error.strerror or error}"
