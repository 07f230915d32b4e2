"""What a file is: by its content first, then by its name, then by what a server said."""

import gzip
import io
import mimetypes
import tarfile
import zipfile
from pathlib import Path

import pytest

from tui.api.file_types import by_media_type, by_name, ending_for, ending_of, file_type, is_picture, type_of


def iso(brand: bytes, *compatible: bytes) -> bytes:
    """The first box of an ISO media file."""
    return (
        (16 + 4 * len(compatible)).to_bytes(4, "big") + b"ftyp" + brand + b"\0\0\0\0" + b"".join(compatible) + bytes(64)
    )


def ogg(codec: bytes) -> bytes:
    return b"OggS\0\2" + bytes(20) + b"\1\x13" + codec + bytes(40)


def zipped(*names: str, first: bytes = b"x") -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, first)
    return data.getvalue()


def packed_tar() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO(b""))
    return data.getvalue()


_OFFICE = "application/vnd.openxmlformats-officedocument."
MATROSKA = b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x23\x42\x86\x81\x01\x42\x82\x88"


@pytest.mark.parametrize(
    ("head", "media_type", "ending"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(8), "image/png", ".png"),
        (b"\xff\xd8\xff\xe0" + bytes(8), "image/jpeg", ".jpg"),
        (b"RIFF\1\0\0\0WEBPVP8 ", "image/webp", ".webp"),
        (b"RIFF\1\0\0\0WAVEfmt ", "audio/wav", ".wav"),
        (b"RIFF\1\0\0\0AVI LIST", "video/x-msvideo", ".avi"),
        (iso(b"avif", b"mif1"), "image/avif", ".avif"),
        (iso(b"avis"), "image/avif", ".avif"),
        (iso(b"heic"), "image/heic", ".heic"),
        (iso(b"mif1", b"mif1", b"heic"), "image/heic", ".heic"),
        (iso(b"mif1", b"avif"), "image/avif", ".avif"),
        (iso(b"mif1"), "image/heif", ".heif"),
        (iso(b"isom", b"iso2", b"avc1", b"mp41"), "video/mp4", ".mp4"),
        (iso(b"M4A "), "audio/mp4", ".m4a"),
        (iso(b"qt  "), "video/quicktime", ".mov"),
        (iso(b"3gp5"), "video/3gpp", ".3gp"),
        (bytes(4) + b"moov" + bytes(40), "video/quicktime", ".mov"),
        (MATROSKA + b"matroska", "video/x-matroska", ".mkv"),
        (MATROSKA + b"webm" + bytes(8), "video/webm", ".webm"),
        (b"\xff\x0a\xfa\x7f", "image/jxl", ".jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl", ".jxl"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2", ".jp2"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp", ".bmp"),
        (b"\xff\xf1\x50\x80\x02\x1f\xfc", "audio/aac", ".aac"),
        (b"\xff\xf9\x50\x80\x02\x1f\xfc", "audio/aac", ".aac"),
        (b"\xff\xfb\x90\x64" + bytes(20), "audio/mpeg", ".mp3"),
        (b"\xff\xf2\x48\xc4" + bytes(20), "audio/mpeg", ".mp3"),
        (b"ID3\4" + bytes(20), "audio/mpeg", ".mp3"),
        (b"fLaC" + bytes(20), "audio/flac", ".flac"),
        (ogg(b"OpusHead"), "audio/ogg", ".opus"),
        (ogg(b"\1vorbis"), "audio/ogg", ".ogg"),
        (ogg(b"\x80theora"), "video/ogg", ".ogv"),
        (b"FORM\0\0\0\1AIFFCOMM", "audio/aiff", ".aiff"),
        (b"%PDF-1.7\n", "application/pdf", ".pdf"),
        (b"glTF\2\0\0\0", "model/gltf-binary", ".glb"),
        (b"ply\nformat binary_little_endian 1.0\n", "model/ply", ".ply"),
        (b'\x40\0\0\0\0\0\0\0{"__metadata__":{}}' + bytes(9), "application/x-safetensors", ".safetensors"),
        (b"GGUF\3\0\0\0", "application/x-gguf", ".gguf"),
        (b"\x93NUMPY\1\0", "application/x-npy", ".npy"),
        (zipped("a.txt"), "application/zip", ".zip"),
        (zipped("arr_0.npy"), "application/x-npz", ".npz"),
        (zipped("archive/data.pkl"), "application/x-pytorch", ".pt"),
        (zipped("[Content_Types].xml", "word/document.xml"), _OFFICE + "wordprocessingml.document", ".docx"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), _OFFICE + "spreadsheetml.sheet", ".xlsx"),
        (zipped("mimetype", first=b"application/epub+zip"), "application/epub+zip", ".epub"),
        (packed_tar(), "application/x-tar", ".tar"),
        (gzip.compress(packed_tar(), mtime=0), "application/gzip", ".tar.gz"),
        (gzip.compress(b"hello", mtime=0), "application/gzip", ".gz"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", ".svg"),
        (b"<?xml version='1.0'?>\n<!-- by hand -->\n<svg/>", "image/svg+xml", ".svg"),
        (b"<!DOCTYPE html><title>x</title>", "text/html", ".html"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi", "text/vtt", ".vtt"),
        (b'{"a": 1}', "application/json", ".json"),
        (b"[1, 2]", "application/json", ".json"),
        (b"{curly} talk", "text/plain", ".txt"),
        ("caf\u00e9".encode(), "text/plain", ".txt"),
        ("caf\u00e9".encode("utf-16"), "text/plain", ".txt"),
        (b'\xef\xbb\xbf{"a": 1}', "application/json", ".json"),
    ],
)
def test_a_file_without_a_name_is_told_by_its_first_bytes(head: bytes, media_type: str, ending: str) -> None:
    kind = file_type(head)
    assert (kind.media_type, ending_for(kind)) == (media_type, ending)


@pytest.mark.parametrize(
    ("head", "name", "media_type", "ending"),
    [
        (b"\xff\xd8\xff", "out.png", "image/jpeg", ".jpg"),
        (b"\xff\xd8\xff", "out.JPEG", "image/jpeg", ".jpeg"),
        (b"just words", "out.png", "text/plain", ".txt"),
        (b"<!DOCTYPE html>", "out.png", "text/html", ".html"),
        (b"\x1f\x8b" + bytes(40), "weights.tar.gz", "application/gzip", ".tar.gz"),
        (b"\x1f\x8b" + bytes(40), "weights.v1.2.tgz", "application/gzip", ".tgz"),
        (b"\x1f\x8b" + bytes(40), "brain.nii.gz", "application/gzip", ".nii.gz"),
        (b"PK\3\4" + bytes(40), "weights.npz", "application/x-npz", ".npz"),
        (b"PK\3\4" + bytes(40), "weights.pth", "application/x-pytorch", ".pth"),
        (b"PK\3\4" + bytes(40), "weights.odd", "application/zip", ".odd"),
        (iso(b"isom"), "sound.m4a", "audio/mp4", ".m4a"),
        (b'{"a": 1}\n{"a": 2}', "train.jsonl", "application/jsonl", ".jsonl"),
        (b"a,b\n1,2", "t.csv", "text/csv", ".csv"),
        (b"[1] see below", "notes.md", "text/markdown", ".md"),
        (b"v 0 0 0", "mesh.obj", "model/obj", ".obj"),
        (bytes(80) + b"\1\0\0\0", "mesh.stl", "model/stl", ".stl"),
        (b"\1\2\3\0", "x.weird", "application/octet-stream", ".weird"),
        (b"print(1)", "x.py", "text/x-python", ".py"),
    ],
)
def test_a_name_narrows_what_the_bytes_say_and_never_contradicts_it(
    head: bytes, name: str, media_type: str, ending: str
) -> None:
    kind = file_type(head, name)
    assert (kind.media_type, ending_for(kind, name)) == (media_type, ending)


@pytest.mark.parametrize(
    ("head", "stated", "ending"),
    [
        (b"a,b\n1,2\n", "text/csv; charset=utf-8", ".csv"),
        (b"a,b\n1,2\n", "application/octet-stream", ".txt"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHi", "application/x-subrip", ".srt"),
        (b'{"a": 1}', "application/x-ndjson", ".jsonl"),
        (b"\x89PNG\r\n\x1a\n", "text/plain", ".png"),
        (iso(b"avif"), "video/mp4", ".avif"),
        (b"\0\1\2\3", "audio/mp4", ".m4a"),
        (b"\0\1\2\3", "", ""),
    ],
)
def test_a_servers_word_is_taken_where_the_bytes_leave_it_open(head: bytes, stated: str, ending: str) -> None:
    assert ending_for(file_type(head, "abc", stated), "abc") == ending


def test_an_empty_file_is_no_picture_whatever_its_name() -> None:
    kind = file_type(b"", "zero.png", "image/png")
    assert (kind.word, kind.media_type, is_picture(kind)) == ("empty file", "application/octet-stream", False)


def test_only_pictures_that_can_be_decoded_are_tried() -> None:
    assert [is_picture(file_type(iso(brand))) for brand in (b"avif", b"heic", b"isom")] == [True, False, False]
    assert not is_picture(file_type(b"<svg/>"))
    assert not is_picture(file_type(b"\xff\x0a\xfa\x7f"))


def test_endings_do_not_depend_on_the_machines_own_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mimetypes, "types_map", {})

    def odd(name: str) -> tuple[str, None]:
        return f"application/x-odd-{len(name)}", None

    monkeypatch.setattr(mimetypes, "guess_type", odd)
    by_name.cache_clear()
    told = {
        name: kind.media_type for name in ("a.webp", "a.avif", "a.mkv", "a.jsonl", "a.css") if (kind := by_name(name))
    }
    assert told == {
        "a.webp": "image/webp",
        "a.avif": "image/avif",
        "a.mkv": "video/x-matroska",
        "a.jsonl": "application/jsonl",
        "a.css": "text/css",
    }


def test_hostile_names_have_no_ending() -> None:
    for name in ("", ".", "..", ".png", "a.", "a.sh\0", "a.b/c", "x.p ng", "a." + "x" * 40, ".tar.gz", "a.\u202egnp"):
        assert ending_of(name) in ("", ".gz"), name
    assert by_media_type("") is None
    assert by_media_type("nonsense") is None


def test_a_large_text_whose_head_ends_inside_a_character_is_text(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("a" * 4095 + "\u00e9" * 10, "utf-8")
    assert type_of(path).media_type == "text/plain"
    path.write_bytes(b"a" * 4095 + b"\xc3")
    assert type_of(path).media_type == "text/plain"
    path.write_bytes(b"a\xc3")
    assert type_of(path).media_type == "application/octet-stream"
