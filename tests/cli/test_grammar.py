"""What may be typed, what it costs to ask for help, and what a typing error says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import Command
from tui import __version__
from tui.cli.grammar import Call, Usage, parse

HEAVY = ("httpx", "msgspec", "textual", "rich", "asyncio", "starlette", "tomlkit", "PIL", "platformdirs", "sqlite3")


@pytest.mark.parametrize(
    ("argv", "call"),
    [
        ([], Call()),
        (["--sandbox"], Call(sandbox=True)),
        (["--json", "models", "a", "b", "--limit", "3"], Call("models", ("a", "b"), json=True, limit=3)),
        (["models", "--json", "--profile", "work"], Call("models", json=True, profile="work")),
        (["--profile", "models", "model", "a/b"], Call("model", ("a/b",), profile="models")),
        (["whoami"], Call("account")),
        (["--theme", "sandbox", "predictions"], Call("predictions", theme="sandbox")),
        (["predictions", "abc", "--read-only"], Call("predictions", ("abc",), read_only=True)),
        (["cancel", "a", "b"], Call("cancel", ("a", "b"))),
        (
            ["run", "a/b", "-i", "x=1", "-i", "y==@", "--cancel-after", "1h30m45s"],
            Call("run", ("a/b",), inputs=("x=1", "y==@"), cancel_after=5445.0),
        ),
        (["run", "a/b", "--input", "-", "-i", "x="], Call("run", ("a/b",), inputs=("x=",), input_file="-")),
        (["run", "a/b", "--input", "last.json"], Call("run", ("a/b",), input_file="last.json")),
        (["models", "--json", "delete", "a/b"], Call("models delete", ("a/b",), json=True)),
        (["--json", "models", "--", "delete"], Call("models", ("delete",), json=True)),
        (["predictions", "--local", "--", "--delete", "--yes"], Call("predictions", ("--delete", "--yes"), local=True)),
        (["predictions", "--local", "x", "--", "x", "-h"], Call("predictions", ("x", "x", "-h"), local=True)),
        (["models", "--", "--sandbox"], Call("models", ("--sandbox",))),
        (["run", "--dry-run", "--", "--yes"], Call("run", ("--yes",), dry_run=True)),
        (["predictions", "cancel", "a"], Call("cancel", ("a",))),
        (["files", "delete", "a", "-y"], Call("files delete", ("a",), yes=True)),
        (
            ["deployments", "update", "a/b", "--model-version", "v", "--max-instances", "0"],
            Call("deployments update", ("a/b",), fields={"version": "v", "max_instances": 0}),
        ),
        (
            ["run", "a/b", "--webhook", "https://x.y/z", "--webhook-event", "start", "--webhook-event", "logs"],
            Call("run", ("a/b",), fields={"webhook": "https://x.y/z", "webhook_events_filter": ("start", "logs")}),
        ),
        (["trainings", "x", "--follow"], Call("trainings", ("x",), follow=True)),
        (["run", "a/b", "--no-wait"], Call("run", ("a/b",), wait=False)),
        (["run", "a/b", "-i", "n=-5", "--stream"], Call("run", ("a/b",), inputs=("n=-5",), stream=True)),
        (["--profile", "x", "sandbox", "--port", "3", "-h"], Call("sandbox", profile="x", rest=("--port", "3", "-h"))),
    ],
)
def test_options_stand_before_or_after_the_command(argv: list[str], call: Call) -> None:
    assert parse(argv) == call


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("models list", "models"),
        ("model list --json", "models --json"),
        ("models show a/b", "model a/b"),
        ("model view a/b", "model a/b"),
        ("account current", "account"),
        ("accounts", "account"),
        ("hardware list", "hardware"),
        ("predictions list --limit 3", "predictions --limit 3"),
        ("prediction show abc", "predictions abc"),
        ("prediction abc", "predictions abc"),
        ("predictions get abc", "predictions abc"),
        ("prediction cancel abc", "cancel abc"),
        ("predict a/b -i x=1", "run a/b -i x=1"),
        ("predictions create a/b x=1 y=@z --save out", "run a/b -i x=1 -i y=@z --save out"),
        ("run a/b x=1 --stream y=2", "run a/b --stream -i x=1 -i y=2"),
        ("stream a/b x=1", "run --stream a/b -i x=1"),
        ("train a/b --destination c/d x=1", "trainings create a/b --destination c/d -i x=1"),
        ("training create a/b --destination c/d", "trainings create a/b --destination c/d"),
        ("trainings list", "trainings"),
        ("deployment show a/b", "deployments a/b"),
        ("deployments list", "deployments"),
        ("deployment update a/b --hardware cpu", "deployments update a/b --hardware cpu"),
        ("deployments update a/b --version v", "deployments update a/b --model-version v"),
        ("collections get faces", "collections faces"),
        ("--sandbox models list", "models --sandbox"),
    ],
)
def test_the_words_of_replicates_own_command_line_do_what_they_say_there(typed: str, meant: str) -> None:
    assert parse(typed.split()) == parse(meant.split())


def test_a_search_may_have_the_words_of_another_command_line() -> None:
    assert parse(["models", "list", "cats"]) == Call("models", ("list", "cats"))
    assert parse(["models", "show", "me", "cats"]) == Call("models", ("show", "me", "cats"))
    assert parse(["models", "--", "list"]) == Call("models", ("list",))


def test_a_deployment_is_made_of_the_version_that_was_named() -> None:
    call = parse(["deployments", "create", "fast", "--model", "a/b", "--version", "abc", "--hardware", "cpu"])
    assert call.text("version") == "abc"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["models", "schema", "a/b"], "model OWNER/NAME --json"),
        (["deployments", "schema", "a/b"], "has the schema"),
        (["scaffold", "abc"], "Code tab"),
        (["run", "a/b", "cats"], "must be NAME=VALUE"),
        (["predictions", "list", "cats"], "cats"),
        (["deployments", "create", "x", "--version"], "--version"),
        (["modls"], "did you mean 'models'"),
        (["run"], "OWNER/NAME"),
        (["run", "a/b", "-i", "x"], "NAME=VALUE"),
        (["run", "a/b", "-i", "=x"], "NAME=VALUE"),
        (["run", "a/b", "--cancel-after", "4s"], "at least 5 seconds"),
        (["run", "a/b", "--cancel-after", "soon"], "a time such as"),
        (["run", "a/b", "--cancel-after", ""], "a time such as"),
        (["run", "a/b", "--no-wait", "--stream"], "--no-wait"),
        (["run", "a/b", "--no-wait", "--save", "x"], "--no-wait"),
        (["run", "a/b", "--json", "--stream"], "one of them"),
        (["models", "--limit", "-1"], "whole number"),
        (["--sandbox", "account", "--base-url", "http://x"], "exclude each other"),
        (["account", "extra"], "extra"),
        (["--prof"], "--prof"),
        (["local"], "there is no command"),
        (["webhooks"], "webhooks secret"),
        (["models", "create", "a/b"], "--hardware"),
        (["models", "create", "a/b", "--hardware", "cpu", "--visibility", "secret"], "--visibility"),
        (["models", "create", "a/b", "--hardware", "cpu", "--github-url", "me"], "--github-url: must be an address"),
        (["models", "words", "--sort-by", "model_created_at"], "its own order"),
        (["deployments", "create", "x", "--model", "a/b"], "--hardware"),
        (["deployments", "update", "a/b", "--min-instances", "6"], "--min-instances: .* from 0 to 5, got '6'"),
        (["deployments", "update", "a/b", "--max-instances", "21"], "--max-instances: .* from 0 to 20"),
        (["deployments", "update", "a/b", "--min-instances", "-1"], "--min-instances"),
        (
            ["deployments", "update", "a/b", "--min-instances", "2", "--max-instances", "1"],
            r"--min-instances: must be at most --max-instances \(1\), got 2",
        ),
        (["predictions", "--created-after", "yesterday"], "--created-after: must be a date"),
        (["predictions", "--source", "api"], "--source"),
        (["predictions", "--follow", "--created-before", "2h"], "give one of them"),
        (["run", "a/b", "--webhook", "http://example.com"], "--webhook: must be an https address"),
        (["run", "a/b", "--webhook-event", "start"], "give the --webhook too"),
        (["files", "upload"], "FILE"),
    ],
)
def test_a_wrong_usage_says_what_would_be_right(argv: list[str], words: str) -> None:
    with pytest.raises(Usage, match=words) as caught:
        parse(argv)
    assert caught.value.code == 2


def test_a_typing_error_is_not_sent_to_the_terminal_as_it_is() -> None:
    for argv in (["\x1b[31mx"], ["models", "--limit", "\x1b]0;x\x07"], ["account", "\x9b31m\r"]):
        with pytest.raises(Usage) as caught:
            parse(argv)
        assert all(character.isprintable() or character == "\n" for character in caught.value.text)


def test_the_version_and_the_help_are_on_stdout(command: Command) -> None:
    assert command("--version").out == f"replicate-tui {__version__}\n"
    assert command("models", "--version").out == f"replicate-tui {__version__}\n"
    help_ = command("--help")
    assert (help_.code, help_.err) == (0, "")
    for word in ("models", "model ", "collections", "search", "predictions", "account", "hardware", "run ", "cancel"):
        assert f"\n  {word}" in help_.out, word
    for word in (
        "versions",
        "readme",
        "trainings",
        "deployments",
        "files",
        "webhooks secret",
        "batch OWNER",
        "batches",
        "cog run",
        "cog check",
        "serve [--port N]",
    ):
        assert f"\n  {word}" in help_.out, word
    assert max(map(len, help_.out.splitlines())) <= 120
    run_help = command("run", "--help")
    assert run_help.code == 0
    assert "--cancel-on-interrupt" in run_help.out
    sandbox_help = command("sandbox", "--help")
    assert sandbox_help.code == 0
    assert "--chaos" in sandbox_help.out


def test_a_wrong_usage_exits_2_and_leaves_stdout_empty(command: Command) -> None:
    for words in (["frob"], ["sandbox", "--frob"], ["run", "x/y", "--cancel-after", "1s"]):
        result = command(*words)
        assert (result.code, result.out) == (2, ""), words
        assert result.err


@pytest.mark.parametrize("argument", ["--version", "--help", "frob"])
def test_asking_for_help_imports_nothing_heavy(argument: str, command: Command) -> None:
    code = (
        "import sys\nfrom tui.cli import main\n"
        f"main([{argument!r}])\nprint(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=command.env, cwd=command.folder, check=True
    )
    assert done.stderr.strip().splitlines()[-1:] in ([], [""]) or not set(done.stderr.split()) & set(HEAVY)


def test_the_settings_import_nothing_heavy(command: Command) -> None:
    code = (
        f"import sys, tui.settings, tui.navigation, tui.connection\nprint(*(n for n in {HEAVY!r} if n in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=command.env, cwd=command.folder, check=True
    )
    assert done.stdout.strip() == ""


def test_a_batch_is_given_in_many_words() -> None:
    words = [
        "batch",
        "a/b",
        "r.csv",
        "--set",
        "seed=1..8",
        "--map",
        "x=y",
        "--rate",
        "60/min",
        "--out",
        "t.csv",
        "--yes",
    ]
    call = parse([*words, "--save", "out", "--name", "{row}", "--stop-after-failures", "3", "--dry-run"])
    assert (call.command, call.words, call.yes, call.save) == ("batch", ("a/b", "r.csv"), True, Path("out"))
    assert call.batch is not None
    assert (call.batch.sets, call.batch.maps, call.batch.rate) == (["seed=1..8"], ["x=y"], 60.0)
    assert (call.batch.out, call.batch.name, call.batch.stop_after_failures) == (Path("t.csv"), "{row}", 3)
    assert (call.batch.dry_run, call.batch.concurrency, call.batch.retries) == (True, 16, 3)
    assert parse(["batch", "a/b", "-i", "x=1", "r.csv"]).words == ("a/b", "r.csv")
    assert parse(["batches"]).words == ()
    assert parse(["batches", "resume", "x1"]).command == "batches resume"
    for wrong in (["--out", "t.txt"], ["--rate", "0"], ["--concurrency", "0"], ["--set", "seed"], ["--max-cost", "-1"]):
        with pytest.raises(Usage) as usage:
            parse(["batch", "a/b", *wrong])
        assert usage.value.code == 2
