"""`run --save`: every kind of output is kept where it was asked for, or the command fails and says why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_run import QUICK, picture_size
from tests.support.command import Command
from tests.support.inside import Inside
from tests.support.sandbox import RunningSandbox
from tui.api.decoding import decode
from tui.api.types import Prediction
from tui.cli.printing import Speaker
from tui.cli.save_output import names_a_file, save_output
from tui.forms import OutputKind
from tui.store.records import SavedOutput


@pytest.fixture
def inside(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Inside:
    return Inside(sandbox.base_url, sandbox.token, tmp_path, monkeypatch, capsys)


def test_a_text_is_saved_as_a_file(inside: Inside, tmp_path: Path) -> None:
    done = inside("run", "sandbox/guide", "-i", "prompt=How do I cancel a prediction?", "--save", "out", "--json")
    assert done.code == 0, done.err
    assert (tmp_path / "out/output.txt").read_text("utf-8") == "".join(done.json["output"])
    assert f"saved {tmp_path}/out/output.txt" in done.err


def test_any_other_output_is_saved_as_json(inside: Inside, tmp_path: Path) -> None:
    done = inside("run", "sandbox/everything", "-i", "name=ada", "-i", "count=3", "--save", "out", "--json")
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "out/output.json").read_text("utf-8")) == done.json["output"]


def test_a_name_with_an_ending_is_a_file_and_what_is_there_stays(inside: Inside, tmp_path: Path) -> None:
    (tmp_path / "lake.png").write_bytes(b"mine")
    done = inside("run", "sandbox/fractal", "-i", "prompt=a lake", *QUICK, "--save", "lake.png", "--json")
    assert done.code == 0, done.err
    assert (tmp_path / "lake.png").read_bytes() == b"mine"
    assert picture_size(tmp_path / "lake-1.png") == (64, 64)


def test_several_files_under_one_name_are_numbered(inside: Inside, tmp_path: Path) -> None:
    words = ("run", "sandbox/fractal", "-i", "prompt=x", "-i", "num_outputs=2", *QUICK, "--save", "pictures/a.png")
    done = inside(*words, "--json")
    assert done.code == 0, done.err
    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == ["a-1.png", "a-2.png"]


@pytest.mark.parametrize(
    ("name", "is_file"),
    [("a.png", True), ("a.json", True), ("out", False), ("run.v2", False), ("there.png", False), (".png", False)],
)
def test_what_has_the_ending_of_a_file_and_is_no_folder_is_a_file(tmp_path: Path, name: str, is_file: bool) -> None:
    (tmp_path / "there.png").mkdir()
    assert names_a_file(tmp_path / name) is is_file


def prediction(output: object, **more: object) -> Prediction:
    raw = {"id": "p1", "status": "succeeded", "model": "a/b", "version": "v", "input": {}, "output": output, **more}
    return decode(Prediction, raw)


@pytest.mark.parametrize(
    ("made", "kind", "said"),
    [
        (prediction(None), OutputKind.FILES, "its output is empty"),
        (prediction([]), OutputKind.FILES, "its output is empty"),
        (prediction(""), OutputKind.TEXT, "its output is empty"),
        (prediction(None, data_removed=True), OutputKind.ANY, "its data was removed"),
        (prediction("ftp://x/y.png"), OutputKind.FILE, "no address that can be fetched: ftp://x/y.png"),
    ],
)
async def test_a_save_that_saved_nothing_fails_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], made: Prediction, kind: OutputKind, said: str
) -> None:
    assert await save_output(Speaker(), tmp_path / "out", made, kind, (), "") == 4
    assert said in capsys.readouterr().err


async def test_an_object_with_files_keeps_its_other_values_too(tmp_path: Path) -> None:
    kept = tmp_path / "output-0.png"
    kept.write_bytes(b"x")
    saved = SavedOutput(0, "https://replicate.delivery/a.png", path=kept, state="saved")
    made = prediction({"image": "https://replicate.delivery/a.png", "seed": 7})
    assert await save_output(Speaker(), tmp_path, made, OutputKind.ANY, (saved,), "") == 0
    assert json.loads((tmp_path / "output.json").read_text())["seed"] == 7


@pytest.mark.parametrize(
    ("error", "code"),
    [("The disk is full: /x cannot take the file. Free some space; it is tried again.", 74), ("404 Not Found", 4)],
)
async def test_a_file_that_was_not_saved_fails_by_its_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], error: str, code: int
) -> None:
    lost = SavedOutput(0, "https://replicate.delivery/a.png", error=error)
    made = prediction(["https://replicate.delivery/a.png"])
    assert await save_output(Speaker(), tmp_path, made, OutputKind.FILES, (lost,), "") == code
    assert error in capsys.readouterr().err


def test_without_save_a_disk_that_takes_nothing_is_no_success(replicate: Command) -> None:
    (replicate.home / "data").mkdir(parents=True)
    (replicate.home / "data/outputs").write_text("in the way")
    done = replicate("run", "sandbox/fractal", "-i", "prompt=x", *QUICK, "--json")
    assert done.code == 74
    assert done.json["status"] == "succeeded"
    assert "cannot take the file" in done.err and "tried again" in done.err
