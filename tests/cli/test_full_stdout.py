"""A stdout that takes nothing is a sentence and exit code 74."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import Command


@pytest.mark.parametrize("words", ["--version", "--help", "models --json --limit 1", "doctor", "account --json"])
def test_a_full_stdout_is_a_sentence_and_exit_code_74(replicate: Command, words: str) -> None:
    with Path("/dev/full").open("w") as full:
        process = replicate.start(*words.split(), stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 74, err
    assert "replicate-tui: stdout takes nothing more: No space left on device." in err
    assert "Traceback" not in err and "Exception ignored" not in err and "fault of" not in err


def test_a_run_whose_answer_cannot_be_printed_says_its_id(replicate: Command) -> None:
    given = ("-i", "prompt=x", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")
    with Path("/dev/full").open("w") as full:
        process = replicate.start("run", "sandbox/fractal", *given, "--json", stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 74
    word = next(line for line in err.splitlines() if "Succeeded" in line or "succeeded" in line).split()[0]
    assert len(word) > 20 and word.isalnum()
