"""Pictures are read by a process of their own, and whatever becomes of it costs one picture at most."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tui.pictures.canvas import Canvas, Refused
from tui.pictures.decoder import Decoder

CANVAS = Canvas(10, 5, "true", (0, 0, 0), "halves")


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    one = Decoder()
    yield one
    one.close()


@pytest.fixture
def red(tmp_path: Path) -> Path:
    path = tmp_path / "red.png"
    Image.new("RGB", (40, 40), (200, 30, 40)).save(path)
    return path


def children() -> set[int]:
    """The processes of this one that draw pictures."""
    found = set[int]()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if parent == os.getpid() and b"tui.pictures.worker" in words:
                found.add(int(entry.name))
    return found


def until_gone(pid: int) -> None:
    end = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < end, "it still runs"
        time.sleep(0.01)


def started(decoder: Decoder) -> int:
    """The process that a decoder starts."""
    before = children()
    decoder.prepare()
    (pid,) = children() - before
    return pid


def test_a_picture_is_drawn_in_another_process(decoder: Decoder, red: Path) -> None:
    pid = started(decoder)
    drawing = decoder.draw(red, "PNG", CANVAS)
    assert (drawing.pixels, drawing.size, drawing.frames) == ((40, 40), (10, 5), 1)
    assert drawing.under == bytes((200, 30, 40, 0)) * 50
    assert pid in children()


def test_its_process_gets_no_token_and_ends_with_the_decoder(
    decoder: Decoder, red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_secret")
    pid = started(decoder)
    decoder.draw(red, "PNG", CANVAS)
    assert b"r8_secret" not in Path(f"/proc/{pid}/environ").read_bytes()
    decoder.close()
    assert pid not in children()


def test_a_process_that_breaks_on_a_picture_costs_that_picture_alone(decoder: Decoder, red: Path) -> None:
    os.kill(started(decoder), signal.SIGSEGV)
    with pytest.raises(Refused, match=r"^red\.png begins as PNG, but what reads pictures broke on it \(SIGSEGV\)\.$"):
        decoder.draw(red, "PNG", CANVAS)
    assert decoder.draw(red, "PNG", CANVAS).size == (10, 5)


def test_one_that_has_ended_because_nothing_was_asked_is_started_anew(red: Path) -> None:
    decoder = Decoder(idle=0.01)
    pid = started(decoder)
    until_gone(pid)
    assert decoder.draw(red, "PNG", CANVAS).size == (10, 5)
    decoder.close()


def test_it_ends_when_whoever_started_it_is_killed(tmp_path: Path, red: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from tui.pictures.decoder import decoder\n"
        "decoder.prepare(); print(decoder._process.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        owner.kill()
    until_gone(pid)


def test_where_no_process_can_be_started_the_picture_is_drawn_here(
    decoder: Decoder, red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = children()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert decoder.draw(red, "PNG", CANVAS).size == (10, 5)
    assert children() <= before


def test_what_cannot_be_drawn_is_refused_in_the_same_words_there(decoder: Decoder, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"nothing")
    with pytest.raises(Refused, match=r"^broken\.png begins as PNG, but the rest cannot be read as a picture\.$"):
        decoder.draw(broken, "PNG", CANVAS)


def test_frames_come_in_their_turn_and_begin_anew(decoder: Decoder, tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    frames = [Image.new("RGB", (20, 20), colour) for colour in ((255, 0, 0), (0, 0, 255))]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[50, 70], loop=0)
    drawn = [decoder.draw(path, "GIF", CANVAS, number) for number in (0, 1, 2)]
    assert [one.under[:3] for one in drawn] == [bytes((255, 0, 0)), bytes((0, 0, 255)), bytes((255, 0, 0))]
    assert [one.seconds for one in drawn] == [0.05, 0.07, 0.05]


def test_a_name_that_is_no_utf_8_is_read_all_the_same(decoder: Decoder, red: Path) -> None:
    odd = red.parent / os.fsdecode(b"r\xe9d\n.png")
    red.rename(odd)
    assert decoder.draw(odd, "PNG", CANVAS).size == (10, 5)
