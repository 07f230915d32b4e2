"""cog build and cog push: with a `cog` and a `docker` that are small programs, and without them."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.cog.folders import predictor, write_model
from tests.support.command import Command
from tui.cog.beginnings import begin
from tui.services.local.cog_command import Step, step_in

CANARY = "r8_CANARY0123456789abcdefghijklmnopqrst"


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def tools(command: Command, tmp_path: Path) -> Path:
    """The folder that PATH is; the command finds the programs there and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    begin(command.folder, "text")
    command.environment |= {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin", "REPLICATE_API_TOKEN": CANARY}
    program(folder, "docker", "exit 0")
    return folder


def test_where_both_are_missing_how_to_get_them_is_said(command: Command, tools: Path) -> None:
    command.environment["PATH"] = str(tools)
    (tools / "docker").unlink()
    done = command("cog", "build")
    assert (done.code, done.out) == (2, "")
    assert "the `cog` command is not here. On Linux: sudo curl -o /usr/local/bin/cog -L https://github.com/" in done.err
    assert "Docker is not here, which cog builds with: https://docs.docker.com/engine/install/" in done.err
    program(tools, "cog", "exit 0")
    done = command("cog", "build")
    assert "the `cog` command" not in done.err and "Docker is not here" in done.err


def test_a_docker_that_does_not_answer_is_said(command: Command, tools: Path) -> None:
    program(tools, "cog", "exit 0")
    program(tools, "docker", 'echo "Cannot connect to the Docker daemon" >&2; exit 1')
    done = command("cog", "build")
    assert done.code == 2
    assert "Docker is installed, but does not answer: Cannot connect to the Docker daemon" in done.err


def test_a_build_is_followed_in_the_models_folder_and_gets_no_token(command: Command, tools: Path) -> None:
    program(tools, "cog", 'echo "args: $@"; pwd; env; printf "#7 [ 2/5] RUN a\\r#7 [ 3/5] RUN b\\n" >&2; printf end')
    done = command("cog", "build", ".", "r8.im/you/poet")
    assert (done.code, done.out) == (0, "")
    assert "args: build -t r8.im/you/poet\n" in done.err
    assert f"{command.folder.resolve()}\n" in done.err
    assert "#7 [ 2/5] RUN a\n#7 [ 3/5] RUN b\nend\nBuilt in " in done.err
    assert CANARY not in done.err


def test_a_build_that_fails_says_at_which_step_and_with_which_code(command: Command, tools: Path) -> None:
    program(tools, "cog", 'echo "#9 [stage-1 4/9] RUN pip install x"; echo "no such package"; exit 7')
    done = command("cog", "build")
    assert done.code == 1
    assert "no such package\n" in done.err
    assert "cog build failed at step 4 of 9, with code 7, after " in done.err


def test_a_push_stops_at_errors_unless_it_is_told_to_go_on(command: Command, tools: Path) -> None:
    program(tools, "cog", 'echo "args: $@"')
    folder = write_model(command.folder / "wrong", predictor("a: int = Input(default=3, le=2)"))
    assert command("cog", "push", str(folder), "r8.im/you/poet").code == 2
    stopped = command("cog", "push", str(folder), "r8.im/you/poet")
    assert "predict.py:3: `a`: the default 3 is above le=2\n" in stopped.err
    assert "Nothing was pushed." in stopped.err and "args:" not in stopped.err
    pushed = command("cog", "push", str(folder), "r8.im/you/poet", "--yes")
    assert pushed.code == 0
    assert "args: push r8.im/you/poet\nPushed in " in pushed.err


def test_a_push_is_refused_where_read_only_is_set_and_a_build_is_not(command: Command, tools: Path) -> None:
    program(tools, "cog", 'echo "args: $@"')
    refused = command("--read-only", "cog", "push", ".", "r8.im/you/poet")
    assert refused.code == 2
    assert "Pushing a model is refused" in refused.err and "args:" not in refused.err
    assert command("--read-only", "cog", "build").code == 0


def test_an_interrupted_build_is_ended(command: Command, tools: Path) -> None:
    program(tools, "cog", 'trap "touch ended; exit 1" TERM; echo begun; while :; do sleep 0.1; done')
    process = command.start("cog", "build")
    assert process.stderr is not None
    while "begun" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    process.communicate()
    assert (command.folder / "ended").exists()


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("#12 [ 5/9] RUN x", Step(5, 9)),
        ("#5 [stage-0 1/1] FROM y", Step(1, 1)),
        ("[10/9] beyond", None),
        ("[0/3] none", None),
        ("Step 3/9 : RUN", None),
        ("nothing", None),
    ],
)
def test_a_step_is_read_from_a_line(line: str, step: Step | None) -> None:
    assert step_in(line) == step
