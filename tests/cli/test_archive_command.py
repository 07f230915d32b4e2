"""What this machine keeps, found, exported and deleted from a script; and the code of an earlier request."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.support.command import Command
from tests.support.sandbox import RunningSandbox

QUICK = ("-i", "prompt=a lake", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")


@pytest.fixture
def replicate(command: Command, sandbox: RunningSandbox) -> Command:
    return command.against(sandbox)


def run(replicate: Command, *words: str) -> str:
    done = replicate("run", *words, "--json")
    assert done.code == 0, done.err
    return done.json["id"]


def test_words_and_filters_find_what_is_kept_without_asking_anyone(replicate: Command) -> None:
    picture = run(replicate, "sandbox/fractal", *QUICK)
    text = run(replicate, "sandbox/guide", "-i", "delay=0", "-i", "prompt=a hill")
    # Nobody answers here any more; the token is still known.
    found = replicate("predictions", "--local", "model:fractal", "since:1h")
    assert found.code == 0, found.err
    assert [one["id"] for one in found.json] == [picture]
    assert found.json[0]["input"]["prompt"] == "a lake"
    lines = replicate("predictions", "--local", "--jsonl").out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [text, picture]
    table = list(csv.DictReader(io.StringIO(replicate("predictions", "--local", "hill", "--csv").out)))
    assert [(row["id"], row["status"], json.loads(row["input"])["prompt"]) for row in table] == [
        (text, "succeeded", "a hill")
    ]
    assert replicate("predictions", "--local", "--limit", "1", "--jsonl").out.count("\n") == 1
    listed = replicate("predictions", "--local", "status:succeeded", "--table").out.splitlines()
    assert [line.split()[0] for line in listed] == [text, picture]
    assert replicate("predictions", "--local", "status:failed").json == []
    assert replicate("trainings", "--local").json == []


def test_a_machine_or_a_token_that_keeps_nothing_gives_nothing(command: Command, replicate: Command) -> None:
    assert command("predictions", "--local", "--sandbox").json == []
    run(replicate, "sandbox/guide", "-i", "delay=0", "-i", "prompt=x")
    stranger = Command(replicate.home, replicate.folder, **{**replicate.environment, "REPLICATE_API_TOKEN": "r8_other"})
    found = stranger("predictions", "--local")
    assert (found.code, found.json) == (0, []) and "Nothing is kept here under this token" in found.err


def test_what_is_deleted_wants_a_yes_and_takes_its_files_along(replicate: Command) -> None:
    picture = run(replicate, "sandbox/fractal", *QUICK)
    text = run(replicate, "sandbox/guide", "-i", "delay=0", "-i", "prompt=a hill")
    (file,) = (replicate.home / "data" / "outputs").rglob("*.png")
    asked = replicate("predictions", "--local", "model:fractal", "--delete")
    assert asked.code == 2 and "1 prediction kept here would be deleted for good" in asked.err
    assert "Nothing was deleted" in asked.err and file.exists()
    refused = replicate("--read-only", "predictions", "--local", "model:fractal", "--delete", "--yes")
    assert refused.code == 2 and "read-only is set" in refused.err and file.exists()
    done = replicate("predictions", "--local", "model:fractal", "--delete", "--yes")
    assert done.code == 0 and done.json["deleted"] == 1 and done.json["files"] == 1
    assert not file.exists()
    assert [one["id"] for one in replicate("predictions", "--local").json] == [text]
    # The API still lists it.
    assert picture in [one["id"] for one in replicate("predictions", "--json").json]
    assert replicate("predictions", "--local", "nothing-has-this-word", "--delete", "--yes").json["deleted"] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("predictions", "a", "b"), "give --local to look for words"),
        (("predictions", "--csv"), "--csv prints what this machine keeps: give --local too"),
        (("predictions", "--delete", "x"), "give --local too"),
        (("predictions", "--local", "--delete", "--yes"), "--delete wants to know what"),
        (("predictions", "--local", "--follow"), "--follow asks the API"),
        (("predictions", "--local", "--created-after", "2h"), "--created-after asks the API"),
        (("predictions", "--local", "--json", "--csv"), "--json and --csv exclude each other"),
    ],
)
def test_what_does_not_go_together_is_refused(command: Command, words: tuple[str, ...], said: str) -> None:
    result = command(*words)
    assert result.code == 2 and said in result.err


def test_a_filter_that_is_probably_a_slip_is_told(replicate: Command) -> None:
    run(replicate, "sandbox/guide", "-i", "delay=0", "-i", "prompt=x")
    assert "status: is a filter" in replicate("predictions", "--local", "statis:failed").err


@pytest.mark.long
def test_the_code_of_an_earlier_request_is_printed_in_each_language(replicate: Command) -> None:
    id_ = run(replicate, "sandbox/guide", "-i", "delay=0", "-i", "prompt=it's")
    for language, words in (
        ("python", "import replicate"),
        ("node", 'import Replicate from "replicate"'),
        ("curl", "Authorization: Bearer $REPLICATE_API_TOKEN"),
        ("cli", "replicate-tui run"),
    ):
        done = replicate("code", id_, "--language", language)
        assert done.code == 0, done.err
        assert words in done.out and "sandbox/guide" in done.out
        assert replicate.environment["REPLICATE_API_TOKEN"] not in done.out
    assert replicate("code", id_).out == replicate("code", id_, "--language", "python").out
    assert replicate("code", id_, "--json").json["language"] == "python"
    assert replicate("code", "nothinghasthisid").code == 4


def test_the_code_of_an_earlier_request_is_python_unless_another_language_is_named(replicate: Command) -> None:
    id_ = run(replicate, "sandbox/guide", "-i", "delay=0", "-i", "prompt=x")
    assert "import replicate" in replicate("code", id_).out
    assert "Authorization: Bearer $REPLICATE_API_TOKEN" in replicate("code", id_, "--language", "curl").out
