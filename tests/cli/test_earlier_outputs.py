"""An output of an earlier run as an input: by `@prediction:`, and by piping JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Command, Result
from tests.support.sandbox import RunningSandbox, run_sandbox

PICTURE = ("-i", "prompt=hills", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")


@pytest.fixture
def pictures(replicate: Command) -> str:
    """The id of a prediction with two pictures, which are saved on this machine."""
    result = replicate("run", "sandbox/fractal", *PICTURE, "-i", "num_outputs=2", "--json")
    assert result.code == 0, result.err
    assert len(result.json["output"]) == 2
    return str(result.json["id"])


def cutout(replicate: Command, given: str) -> Result:
    """The thing of a picture before its background."""
    return replicate("run", "sandbox/cutout", "-i", f"image={given}", "--json")


def created(sandbox: RunningSandbox) -> int:
    """How many predictions were asked for."""
    return sandbox.count("predictions.create") + sandbox.count("models.predictions.create")


def test_a_chain_of_three_models_goes_on_from_saved_outputs(replicate: Command, pictures: str) -> None:
    cut = cutout(replicate, f"@prediction:{pictures}/1")
    assert cut.code == 0, cut.err
    # The file itself is sent, so that it works when Replicate has deleted it.
    assert cut.json["input"]["image"].startswith("data:image/png;base64,")
    large = replicate("run", "sandbox/upscale", "-i", f"image=@prediction:{cut.json['id']}", "--json")
    assert large.code == 0, large.err
    assert large.json["status"] == "succeeded"


def test_what_was_not_saved_here_is_given_by_its_address(replicate: Command, pictures: str) -> None:
    shutil.rmtree(replicate.home)
    cut = cutout(replicate, f"@prediction:{pictures}/1")
    assert cut.code == 0, cut.err
    assert cut.json["input"]["image"].startswith("http://127.0.0.1:")


def test_a_saved_file_that_was_taken_away_is_given_by_its_address(replicate: Command, pictures: str) -> None:
    saved = [path for path in replicate.home.rglob("output-*") if path.is_file()]
    assert len(saved) == 2
    for path in saved:
        path.unlink()
    cut = cutout(replicate, f"@prediction:{pictures}/0")
    assert cut.code == 0, cut.err
    assert cut.json["input"]["image"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("{}/2", "there is no output 2: {} has 2 files, /0 to /1"),
        ("{}/one", "the INDEX behind the id must be a whole number"),
        ("nobody", "@prediction:nobody: there is no prediction of this id"),
        ("", "is not the id of a prediction"),
    ],
)
def test_what_there_is_not_is_said_and_nothing_is_sent(
    replicate: Command, sandbox: RunningSandbox, pictures: str, given: str, words: str
) -> None:
    before = created(sandbox)
    result = cutout(replicate, f"@prediction:{given.format(pictures)}")
    assert result.code == 2
    assert words.format(pictures) in result.err
    assert "Nothing was sent." in result.err
    assert created(sandbox) == before > 0


def test_what_replicate_has_deleted_is_said(replicate: Command) -> None:
    with run_sandbox(options=("--retention", "5s")) as own:
        alone = replicate.against(own)
        made: dict[str, Any] = alone("run", "sandbox/fractal", *PICTURE, "--json").json
        shutil.rmtree(alone.home)
        while not own.get(f"/v1/predictions/{made['id']}")["data_removed"]:
            pass
        result = cutout(alone, f"@prediction:{made['id']}")
    assert result.code == 2
    assert "Replicate has deleted its output, and nothing of it was saved here" in result.err


def test_a_text_is_given_as_text_however_it_begins(replicate: Command) -> None:
    said = replicate("run", "sandbox/guide", "-i", "prompt=How do I cancel a prediction?", "--json")
    assert said.code == 0, said.err
    picture = replicate("run", "sandbox/fractal", *PICTURE[2:], "-i", f"prompt=@prediction:{said.json['id']}", "--json")
    assert picture.code == 0, picture.err
    assert picture.json["input"]["prompt"] == "".join(said.json["output"])
    wrong = cutout(replicate, f"@prediction:{said.json['id']}")
    assert wrong.code == 2
    assert "its output holds no file" in wrong.err


def test_a_chain_by_piping_json_keeps_the_outputs_of_the_steps_before_a_failure(
    replicate: Command, pictures: str
) -> None:
    made = replicate("predictions", pictures, "--json").json
    piped = json.dumps({"image": made["output"][0]})
    assert replicate("run", "sandbox/cutout", "--input", "-", "--json", stdin=piped).code == 0
    failed = replicate("run", "sandbox/upscale", "--input", "-", "-i", "scale=99", "--json", stdin=piped)
    assert failed.code == 2
    kept = replicate("run", "sandbox/upscale", "-i", f"image=@prediction:{pictures}", "--json")
    assert kept.code == 0, kept.err


def test_the_parameters_of_a_chat_may_come_from_a_file(replicate: Command) -> None:
    Path(replicate.folder / "parameters.json").write_text('{"nothing": 1}')
    result = replicate("chat", "sandbox/guide", "--input", "parameters.json", "--json", stdin="Why?")
    assert result.code == 2
    assert "nothing: is an unknown input" in result.err
    Path(replicate.folder / "parameters.json").write_text('{"max_tokens": 3}')
    result = replicate("chat", "sandbox/guide", "--input", "parameters.json", "--json", stdin="Why?")
    assert result.code == 0, result.err
    prediction = replicate("predictions", result.json["prediction"], "--json").json
    assert prediction["input"]["max_tokens"] == 3


def test_a_chat_reads_its_question_and_nothing_else_from_stdin(replicate: Command) -> None:
    for words in (("--input", "-"), ("-i", "temperature=@-")):
        result = replicate("chat", "sandbox/guide", *words, "--json", stdin="{}")
        assert result.code == 2
        assert "stdin is the question" in result.err
