"""What changes something: refused when read-only, asked about where it destroys or costs on, never sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_terminal_face import open_terminal
from tests.support.command import Command
from tests.support.inside import Inside
from tests.support.paths import ROOT
from tests.support.sandbox import RunningSandbox, run_sandbox

CHANGES = [
    ("run", "sandbox/guide", "-i", "prompt=x"),
    ("cancel", "abc"),
    ("models", "create", "sandbox/x", "--hardware", "cpu"),
    ("models", "update", "sandbox/x", "--description", "y"),
    ("models", "delete", "sandbox/x", "--yes"),
    ("versions", "delete", "sandbox/x:abc", "--yes"),
    ("deployments", "create", "x", "--model", "sandbox/fractal", "--hardware", "cpu"),
    ("deployments", "update", "sandbox/x", "--max-instances", "1"),
    ("deployments", "delete", "sandbox/x", "--yes"),
    ("trainings", "create", "sandbox/bard", "--destination", "sandbox/x"),
    ("trainings", "cancel", "abc"),
    ("files", "upload", "x"),
    ("files", "delete", "abc", "--yes"),
]
DEPLOY = ("deployments", "create", "--model", "sandbox/fractal", "--hardware", "cpu")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox of its own: what is made here is seen by nobody else."""
    with run_sandbox() as running:
        yield running


@pytest.fixture
def inside(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Inside:
    """The command in this process, with that sandbox."""
    return Inside(sandbox.base_url, sandbox.token, tmp_path, monkeypatch, capsys)


def changes(sandbox: RunningSandbox) -> int:
    """How many requests came that change something."""
    return sum(1 for entry in sandbox.requests() if entry["method"] not in ("GET", "QUERY"))


def test_read_only_refuses_every_change_in_words(inside: Inside, sandbox: RunningSandbox) -> None:
    before = changes(sandbox)
    for words in CHANGES:
        result = inside("--read-only", *words)
        assert (result.code, result.out) == (2, ""), words
        assert "refused: read-only is set" in result.err
    assert changes(sandbox) == before


@pytest.mark.parametrize(
    "words",
    [
        ("models", "delete", "sandbox/fractal"),
        ("versions", "delete", "sandbox/fractal:abc"),
        ("files", "delete", "abc"),
        (*DEPLOY, "standing", "--min-instances", "1"),
    ],
)
def test_nobody_to_ask_means_no_unless_yes_was_said(
    inside: Inside, sandbox: RunningSandbox, words: tuple[str, ...]
) -> None:
    before = changes(sandbox)
    result = inside(*words)
    assert (result.code, result.out) == (2, "")
    assert "--yes" in result.err
    assert changes(sandbox) == before


def test_on_a_terminal_it_asks_what_it_means_and_costs(replicate: Command, sandbox: RunningSandbox) -> None:
    before = changes(sandbox)
    with open_terminal(replicate, *DEPLOY, "asked", "--min-instances", "2") as terminal:
        terminal.until("Go on? [y/N]")
        assert "2 instances are always up, and billed even while nobody uses it." in terminal.text()
        assert "an hour" in terminal.text()
        terminal.send("n\r")
        assert terminal.wait_exit(30) == 1
        assert "Nothing was sent." in terminal.text()
    assert changes(sandbox) == before
    replicate("models", "create", "sandbox/gone-soon", "--hardware", "cpu")
    with open_terminal(replicate, "models", "delete", "sandbox/gone-soon") as terminal:
        terminal.until("Delete the model sandbox/gone-soon?")
        terminal.send("y\r")
        terminal.until("sandbox/gone-soon is deleted.")
        assert terminal.wait_exit(30) == 0


def test_ctrl_c_at_the_question_sends_nothing(replicate: Command, sandbox: RunningSandbox) -> None:
    before = changes(sandbox)
    with open_terminal(replicate, "models", "delete", "sandbox/fractal") as terminal:
        terminal.until("[y/N]")
        terminal.send("\x03")
        assert terminal.wait_exit(30) == 130
    assert changes(sandbox) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("models", "create", "poet", "--hardware", "cpu"), "write OWNER/NAME"),
        (("models", "create", "sandbox/a:b", "--hardware", "cpu"), "names a version"),
        (("models", "create", "sandbox/UPPER", "--hardware", "cpu"), "name: "),
        (("models", "create", "sandbox/odd", "--hardware", "abacus"), "abacus is not a valid hardware SKU"),
        (("models", "update", "sandbox/fractal"), "Nothing to change"),
        (("models", "update", "sandbox/fractal", "--readme", "@none.md"), "--readme: cannot be read from 'none.md'"),
        (("versions", "delete", "sandbox/fractal"), "OWNER/NAME:VERSION"),
        ((*DEPLOY, "some one"), "name: "),
        ((*DEPLOY[:-1], "abacus", "fine"), "Your options are: cpu"),
        ((*DEPLOY, "you/fine"), "the owner must be sandbox"),
        (("deployments", "frob"), "names no deployment: write OWNER/NAME"),
        (("trainings", "create", "sandbox/bard", "--destination", "sandbox/x"), "train_data: is required"),
        (("trainings", "create", "sandbox/fractal", "--destination", "sandbox/x"), "cannot be trained"),
        (("files", "upload", "none.txt"), "cannot be read"),
        (("files", "upload", "."), "is no file"),
        (("files", "upload", "large.bin"), "100 MB at most"),
        (("files", "download", "abc"), "for a signed link only"),
        (("files", "download", "abc", "--owner", "a", "--expiry", "soon", "--signature", "x"), "--expiry"),
        (("predictions", "a b"), "is not the id of a prediction"),
        (("run", "sandbox/fractal:abc", "--deployment"), "write sandbox/fractal alone"),
    ],
)
def test_what_is_wrong_is_named_with_what_would_be_right(inside: Inside, words: tuple[str, ...], said: str) -> None:
    with (inside.folder / "large.bin").open("wb") as file:
        file.truncate(100 * 1024 * 1024 + 1)
    result = inside(*words, "--yes") if "delete" in words else inside(*words)
    assert (result.code, result.out) == (2, ""), result.err
    assert said in result.err


def test_what_a_good_token_may_not_do_is_no_fault_of_the_token(inside: Inside) -> None:
    for words in (("models", "delete", "sandbox/fractal", "--yes"), ("models", "create", "you/x", "--hardware", "cpu")):
        result = inside(*words)
        assert (result.code, result.out) == (4, "")
        assert "may not do this" in result.err
        assert "The token is the one of" not in result.err


def test_a_training_needs_a_destination_that_is_there(inside: Inside, sandbox: RunningSandbox) -> None:
    before = changes(sandbox)
    data = f"train_data=@{ROOT / 'tui/sandbox/models/bard/sonnets.txt'}"
    words = ("trainings", "create", "sandbox/bard", "-i", data, "--destination")
    for destination, said in (
        ("sandbox/nowhere", "--create-destination SKU makes it"),
        ("someone/poet", "must be a model of yours: sandbox/poet"),
        ("poet", "must be OWNER/NAME"),
    ):
        result = inside(*words, destination)
        assert (result.code, result.out) == (2, ""), destination
        assert said in result.err
    assert inside(*words, "sandbox/nowhere", "-i", "epochs=many").code == 2
    assert changes(sandbox) == before, "nothing was uploaded or made"


def test_numbers_that_do_not_fit_those_that_are_there_are_refused(inside: Inside, sandbox: RunningSandbox) -> None:
    assert inside(*DEPLOY, "small", "--max-instances", "1").code == 0
    before = changes(sandbox)
    result = inside("deployments", "update", "sandbox/small", "--min-instances", "3", "--yes")
    assert (result.code, result.out) == (2, "")
    assert "would be 3 of 1: give --max-instances too" in result.err
    assert changes(sandbox) == before
    again = inside("deployments", "update", "sandbox/small", "--max-instances", "1")
    assert again.code == 0
    assert again.json["current_release"]["number"] == 1, "what is so already makes no release"
    assert changes(sandbox) == before


def test_a_disabled_deployment_says_so_before_anything_is_sent(inside: Inside, sandbox: RunningSandbox) -> None:
    assert inside(*DEPLOY, "off", "--max-instances", "0").code == 0
    before = changes(sandbox)
    result = inside("run", "--deployment", "sandbox/off", "-i", "prompt=x")
    assert (result.code, result.out) == (2, "")
    assert "is disabled" in result.err
    assert changes(sandbox) == before


@pytest.fixture(scope="module")
def losing() -> Iterator[RunningSandbox]:
    """A sandbox that carries out the first of each creation, and loses the answer."""
    names = ("models.create", "files.create", "deployments.create", "deployments.update", "trainings.create")
    with run_sandbox(chaos=",".join(f"{name}:lost=1x1" for name in names)) as running:
        yield running


def test_what_was_made_is_found_when_its_answer_is_lost(
    losing: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inside = Inside(losing.base_url, losing.token, tmp_path, monkeypatch, capsys)
    (tmp_path / "a.txt").write_text("the same\n")
    (tmp_path / "sonnets.txt").write_text((ROOT / "tui/sandbox/models/bard/sonnets.txt").read_text()[:20_000])
    train = ("trainings", "create", "sandbox/bard", "--destination", "sandbox/lost", "-i", "train_data=@sonnets.txt")
    for operation, words in {
        "models.create": ("models", "create", "sandbox/lost", "--hardware", "cpu"),
        "files.create": ("files", "upload", "a.txt"),
        "deployments.create": (*DEPLOY, "lost"),
        "deployments.update": ("deployments", "update", "sandbox/lost", "--max-instances", "2"),
        "trainings.create": (*train, "--no-wait"),
    }.items():
        result = inside(*words)
        assert result.code == 0, (operation, result.err)
        assert result.json
        # The training's data is uploaded as well; that file was sent once, and answered.
        assert losing.count(operation) == 1, operation


def test_the_secret_of_webhooks_is_printed_and_written_nowhere(inside: Inside, sandbox: RunningSandbox) -> None:
    key = sandbox.get("/v1/webhooks/default/secret")["key"]
    assert inside("webhooks", "secret").json == {"key": key}
    files = [path for path in inside.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if key.encode() in path.read_bytes()]
