"""The media types of the files that models give, by the ending of their names, and the other way round."""

import mimetypes

TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
    ".mp4": "video/mp4",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".mid": "audio/midi",
    ".txt": "text/plain",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".tar": "application/x-tar",
    ".glb": "model/gltf-binary",
    ".obj": "model/obj",
    ".ply": "model/ply",
    ".safetensors": "application/x-safetensors",
}
_ENDINGS = {kind: ending for ending, kind in TYPES.items()} | {"audio/x-wav": ".wav", "": ".bin"}


def ending_of(kind: str) -> str:
    """The ending for a media type; `.bin` for one that nobody knows."""
    return _ENDINGS.get(kind) or mimetypes.guess_extension(kind) or ".bin"
