"""What a shell is told of what may stand next, asked in the shells themselves too."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.sandbox import RunningSandbox
from tests.support.terminal import Terminal

pytestmark = pytest.mark.timeout(120)
SHELLS = ("bash", "zsh", "fish")


@pytest.fixture(scope="module")
def known(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> tuple[Command, str]:
    """A machine that keeps some models and one prediction, and that prediction's id."""
    folder = tmp_path_factory.mktemp("known")
    command = Command(folder / "home", folder / "work").against(sandbox)
    ran = command("run", "sandbox/guide", "-i", "delay=0", "-i", "prompt=a lake", "--json")
    assert ran.code == 0, ran.err
    return command, ran.json["id"]


def offered(command: Command, *words: str) -> dict[str, str]:
    """The words that are offered, with what they are."""
    result = command("__complete", *words)
    assert (result.code, result.err) == (0, "")
    return {line.partition("\t")[0]: line.partition("\t")[2] for line in result.out.splitlines()}


def test_commands_come_with_what_they_do_and_actions_behind_their_section(command: Command) -> None:
    found = offered(command, "")
    assert {"models", "run", "sandbox", "completion", "config", "webhooks"} <= found.keys()
    assert found["doctor"] == "What works here" and "__complete" not in found
    assert offered(command, "pred") == {"predictions": "Your predictions, newest first, or one"}
    assert {"create", "update", "delete"} <= offered(command, "deployments", "").keys()
    assert offered(command, "config", "c").keys() == {"check"}
    assert {"init", "schema", "check", "run", "serve", "build", "push"} <= offered(command, "cog", "").keys()
    assert offered(command, "cog", "run", "").keys() == offered(command, "cog", "push", "").keys() == {":files"}


def test_options_of_the_command_and_of_all_and_their_values(command: Command) -> None:
    found = offered(command, "run", "owner/model", "--")
    assert {"--save", "--stream", "--sandbox", "--json", "--help"} <= found.keys()
    assert "--by" not in found and found["--stream"] == "print the output's text as it comes"
    assert offered(command, "--sandbox", "usage", "--by", "m").keys() == {"model"}
    assert offered(command, "usage", "--by=m").keys() == {"--by=model"}
    assert offered(command, "completion", "").keys() == set(SHELLS)
    assert "nord" in offered(command, "--theme", "no")
    assert offered(command, "run", "owner/model", "--save", "").keys() == {":files"}
    assert offered(command, "sandbox", "--", "py").keys() == {":files"}


def test_models_ids_and_inputs_come_from_what_this_machine_keeps(known: tuple[Command, str]) -> None:
    command, id_ = known
    assert offered(command, "run", "sandbox/gu")["sandbox/guide"] == "run lately"
    assert id_ in offered(command, "predictions", id_[:4])
    assert "sandbox/guide" in offered(command, "predictions", id_[:4])[id_]
    assert id_ not in offered(command, "cancel", id_[:4]), "it has ended"
    assert "prompt=" in offered(command, "run", "sandbox/guide", "-i", "promp")
    assert offered(command, "run", "sandbox/guide", "-i", "delay=0", "-i", "prompt=@").keys() == {":files"}


def test_profiles_come_from_the_config_file_and_a_broken_one_is_no_error(command: Command) -> None:
    config = command.home / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(
        '[profiles.work]\nbase_url = "https://a.example"\ntoken_command = "touch ran"\n'
    )
    assert offered(command, "--profile", "w").keys() == {"work"}
    assert offered(command, "--profile", "work", "predictions", "").keys() == {"cancel"}
    assert not (command.folder / "ran").exists(), "a tab runs no command"
    (config / "config.toml").write_text("profile = ")
    assert offered(command, "--profile", "w") == {}
    assert "models" in offered(command, "mod")


@pytest.fixture
def shell(known: tuple[Command, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """A shell with the completion, in a folder with one file."""
    name = request.param
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed here")
    command = known[0]
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "photo-of-a-lake.png").touch()
    home = tmp_path / "shell"
    home.mkdir()
    prompt = "PS1='ready> '; PROMPT_COMMAND=; "
    load = f'eval "$(replicate-tui completion {name})"'
    begin = {
        "bash": ["bash", "--norc", "--noprofile", "-i"],
        "zsh": ["zsh", "-f", "-i"],
        "fish": ["fish", "--no-config", "-i"],
    }[name]
    first = {
        "bash": f"{prompt}bind 'set bell-style none'; {load}",
        "zsh": f"{prompt}autoload -Uz compinit; compinit -u -D; {load}",
        "fish": "function fish_prompt; echo 'ready> '; end; function fish_greeting; end; "
        "replicate-tui completion fish | source",
    }[name]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env: dict[str, str | None] = {**command.env, "PATH": path, "HOME": str(home), "TERM": "xterm-256color"}
    env |= {"XDG_CONFIG_HOME": str(home), "XDG_DATA_HOME": str(home), "COLORTERM": None}
    terminal = Terminal(begin, env=env, size=(150, 40), cwd=folder)
    try:
        terminal.send(f"{first}\necho be''gun\n")
        terminal.until("begun")
        terminal.settle()
        yield terminal
    finally:
        terminal.close()


@pytest.mark.parametrize("shell", SHELLS, indirect=True)
def test_a_real_shell_completes_commands_models_ids_inputs_and_files(
    shell: Terminal, known: tuple[Command, str]
) -> None:
    id_ = known[1]
    for typed, whole in (
        ("replicate-tui predi\t", "replicate-tui predictions"),
        ("replicate-tui run sandbox/gui\t", "replicate-tui run sandbox/guide"),
        ("replicate-tui run sandbox/guide --strea\t", "--stream"),
        ("replicate-tui run sandbox/guide -i promp\t", "-i prompt="),
        (f"replicate-tui predictions {id_[:12]}\t", f"replicate-tui predictions {id_}"),
        ("replicate-tui files upload photo-of\t", "upload photo-of-a-lake.png"),
        ("replicate-tui run sandbox/guide -i prompt=@photo\t", "-i prompt=@photo-of-a-lake.png"),
    ):
        shell.send(typed)
        shell.until(whole)
        # ctrl+c: another line.
        shell.send("\x03")
        shell.settle(0.1)
