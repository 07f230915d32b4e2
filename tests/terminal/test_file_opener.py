"""Which files are handed to the desktop's opener, and which are only shown where they lie."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.programs import program
from tui.terminal.file_opener import open_file, why_not_shown

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00"
SCRIPT = b"#!/bin/sh\nrm -rf ~\n"
LAUNCHER = b"[Desktop Entry]\nType=Application\nExec=touch /tmp/x\n"


def saved(folder: Path, name: str, content: bytes, mode: int = 0o644) -> Path:
    path = folder / name
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("out.png", PNG),
        ("OUT.PNG", PNG),
        ("out.tar.png", PNG),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("a.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 "),
        ("a.wav", b"RIFF\x10\x00\x00\x00WAVEfmt "),
        ("a.mp3", b"ID3\x04\x00"),
        ("a.mp3", b"\xff\xfb\x90\x00"),
        ("a.mp4", MP4),
        ("a.webm", b"\x1aE\xdf\xa3\x01"),
        ("a.pdf", b"%PDF-1.7\n"),
        # Models often take one picture format for another: each of them shows.
        ("a.png", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("a.txt", "Grüße, 世界".encode()),
        ("a.txt", b""),
        ("a.json", b'{"a": 1}'),
        # The bound of what is looked at cuts a character in two.
        ("long.txt", b"x" * 4095 + "é".encode() * 10),
    ],
)
def test_what_only_shows_is_opened(tmp_path: Path, name: str, content: bytes) -> None:
    assert why_not_shown(saved(tmp_path, name, content)) is None


@pytest.mark.parametrize(
    "name",
    [
        *("a.desktop", "a.terminal", "a.inetloc", "a.fileloc", "a.webloc", "a.url", "a.lnk", "a.command", "a.tool"),
        *("a.sh", "a.py", "a.jar", "a.exe", "a.bat", "a.ps1", "a.app", "a.AppImage", "a.deb", "a.pkg", "a.dmg"),
        *(
            "a.html",
            "a.htm",
            "a.xhtml",
            "a.svg",
            "a.xml",
            "a.docm",
            "a.xlsx",
            "a.csv",
            "a.zip",
            "a.tar",
            "a.safetensors",
        ),
        *("photo.png.desktop", "photo.pdf.exe", "a", "a.", ".desktop", "a.DESKTOP", "a.png "),
    ],
)
@pytest.mark.parametrize("content", [PNG, b"plain words", LAUNCHER])
def test_what_may_do_more_is_not_opened_whatever_is_in_it(tmp_path: Path, name: str, content: bytes) -> None:
    assert why_not_shown(saved(tmp_path, name, content)) == "is of a kind that may do more than show"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", LAUNCHER),
        ("a.png", b"\x7fELF\x02\x01"),
        ("a.png", b"\x89PNG\r\n\x1a"),
        ("a.mp4", b"ftypmp42"),
        ("a.wav", b"RIFF\x10\x00\x00\x00ACONanih"),
        ("a.pdf", b"<html><script>"),
        ("a.txt", SCRIPT),
        ("a.txt", b"\xef\xbb\xbf" + SCRIPT),
        ("a.txt", b"\n  " + LAUNCHER),
        ("a.txt", b"[InternetShortcut]\r\nURL=file:///c:/x.exe"),
        ("a.txt", b"MZ\x90\x00\x03"),
        ("a.json", b"\x7fELF\x02\x01\x00"),
        ("a.md", b"<!DOCTYPE html><script>"),
        ("a.txt", b"\xff\xfe#\x00!\x00"),
    ],
)
def test_a_content_that_is_not_what_its_name_says_is_not_opened(tmp_path: Path, name: str, content: bytes) -> None:
    assert "is not what its ending" in (why_not_shown(saved(tmp_path, name, content)) or "")


@pytest.mark.parametrize("mode", [0o755, 0o744, 0o654, 0o645])
def test_a_file_that_may_be_run_is_not_opened(tmp_path: Path, mode: int) -> None:
    assert why_not_shown(saved(tmp_path, "a.png", PNG, mode)) == "is marked as a program"


def test_a_link_and_a_folder_are_no_files_to_open(tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(saved(tmp_path, "a.png", PNG))
    (tmp_path / "folder.png").mkdir()
    assert why_not_shown(tmp_path / "link.png") == "is no plain file"
    assert why_not_shown(tmp_path / "folder.png") is not None
    assert why_not_shown(tmp_path / "gone.png") is not None


@pytest.mark.skipif(sys.platform != "linux", reason="names the opener of a Linux desktop")
async def test_the_opener_gets_the_path_where_windows_are_seen_and_nothing_elsewhere(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.png", PNG)
    program(tmp_path / "bin", "xdg-open", f'echo "$1" >> {tmp_path / "got"}')
    environment = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}/usr/bin:/bin"}
    assert not await open_file(path, environment)
    assert not (tmp_path / "got").exists()
    assert await open_file(path, {**environment, "DISPLAY": ":0"})
    assert (tmp_path / "got").read_text() == f"{path}\n"
    program(tmp_path / "bin", "xdg-open", "exit 4")
    assert not await open_file(path, {**environment, "DISPLAY": ":0"})
