"""`run` against the sandbox: what it prints, what it saves, what it refuses, and how it is interrupted."""

from __future__ import annotations

import asyncio
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Command, leaks
from tests.support.fake_api import Api, Request
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.cli import follow_run as follow
from tui.cli import main
from tui.store.records import Query
from tui.store.store import Store

QUICK = ("-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")
"""A picture that takes no time."""


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def harmless(text: str) -> bool:
    """Whether a terminal would only print it."""
    return all(c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160) for c in text) and "\u202e" not in text


@contextmanager
def running(command: Command, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command that is still running when the test looks at it."""
    process = command.start(*words)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """stderr until a line with the word."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if word in line:
            return said
    raise AssertionError(f"{word!r} was not said: {said}")


def test_a_stream_is_printed_as_text(replicate: Command, sandbox: RunningSandbox) -> None:
    result = replicate("run", "sandbox/guide", "-i", "prompt=How do I cancel a prediction?", "--stream")
    assert result.code == 0
    prediction = sandbox.get("/v1/predictions")["results"][0]
    whole = sandbox.get(f"/v1/predictions/{prediction['id']}")["output"]
    assert result.out.rstrip("\n") == "".join(whole).rstrip("\n")
    assert len(result.out) > 50


def test_the_text_comes_while_the_model_is_still_at_work(replicate: Command) -> None:
    words = ("-i", "kind=slow", "-i", "amount=40", "-i", "pause=0.2", "--stream")
    with running(replicate, "run", "sandbox/trouble", *words) as process:
        assert process.stdout is not None
        assert process.stdout.read(4) == "1 2 "
        assert process.poll() is None


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["width=abc"], "width: must be a whole number between 64 and 1440, got 'abc'"),
        (["prompt=x", "width=9000"], "width: must be at most 1440, got 9000"),
        (["prompt=x", "widht=100"], "widht: is an unknown input; did you mean width?"),
        (["prompt=x", "prompt=y"], "prompt: was given more than once"),
        (["width=100"], "prompt: is required"),
        (["prompt=@nosuch.txt"], "prompt: cannot be read from 'nosuch.txt'"),
        ([], "prompt: is required"),
    ],
)
def test_what_the_schema_refuses_exits_2_and_is_not_sent(
    replicate: Command, sandbox: RunningSandbox, pairs: list[str], said: str
) -> None:
    before = sandbox.count("models.predictions.create") + sandbox.count("predictions.create")
    words = [word for pair in pairs for word in ("-i", pair)]
    result = replicate("run", "sandbox/fractal", *words)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert sandbox.count("models.predictions.create") + sandbox.count("predictions.create") == before


def test_what_stdin_holds_is_never_ignored(replicate: Command, sandbox: RunningSandbox) -> None:
    words = ("run", "sandbox/fractal", "-i", "prompt=hills", "-i", "width=9000", "--json")
    ignored = replicate(*words, stdin='{"prompt": "sea"}')
    assert (ignored.code, ignored.out) == (2, "")
    assert "stdin holds data that no option reads; nothing was sent" in ignored.err
    nothing = replicate(*words, stdin="")
    assert "width: must be at most 1440" in nothing.err
    read = replicate("run", "sandbox/fractal", "--input", "-", "--json", stdin='{"prompt": "sea", "width": 9000}')
    assert "width: must be at most 1440, got 9000" in read.err
    one = replicate("run", "sandbox/fractal", "-i", "prompt=@-", "-i", "width=9000", stdin="sea")
    assert "width: must be at most 1440" in one.err


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("latest", "write sandbox/fractal alone for its latest version"),
        ("1a2b3c", "has 64 digits and is written whole"),
    ],
)
def test_a_version_that_is_none_is_told_in_words(replicate: Command, version: str, said: str) -> None:
    result = replicate("run", f"sandbox/fractal:{version}", "-i", "prompt=x", "--json")
    assert (result.code, result.out) == (4, "")
    assert said in result.err


def test_a_file_that_is_not_there_exits_2(replicate: Command) -> None:
    result = replicate("run", "sandbox/upscale", "-i", "image=@nosuch.png")
    assert (result.code, result.out) == (2, "")
    assert "there is no file 'nosuch.png'" in result.err


def test_files_go_in_and_come_out(replicate: Command, sandbox: RunningSandbox) -> None:
    first = replicate("run", "sandbox/fractal", "-i", "prompt=hills", *QUICK, "--save", "out", "--json")
    assert first.code == 0, first.err
    small = replicate.folder / "out" / "output-0.png"
    assert picture_size(small) == (64, 64)
    second = replicate("run", "sandbox/upscale", "-i", f"image=@{small}", "--save", "big", "--json")
    assert second.code == 0, second.err
    width, height = picture_size(replicate.folder / "big" / "output-0.png")
    assert (width, height) > (64, 64)
    assert second.json["status"] == "succeeded"
    assert second.json["id"] in {item["id"] for item in sandbox.get("/v1/predictions")["results"]}
    assert "saved" in second.err
    assert not leaks(sandbox.token, [replicate.home, replicate.folder], first.out, first.err, second.out, second.err)


def test_a_text_field_takes_stdin(replicate: Command) -> None:
    result = replicate("run", "sandbox/fractal", *QUICK, "-i", "prompt=@-", stdin="from\na pipe\n")
    assert result.json["input"]["prompt"] == "from\na pipe"


def test_a_run_is_recorded_as_any_other(replicate: Command, sandbox: RunningSandbox) -> None:
    prediction = replicate("run", "sandbox/fractal", "-i", "prompt=hills", *QUICK).json

    async def kept() -> list[Any]:
        store = await Store.open(replicate.home / "data" / "store.db")
        try:
            account = f"sandbox@{sandbox.origin.removeprefix('http://')}"
            return list(await store.list(account, Query(), 10, None))
        finally:
            await store.close()

    import asyncio

    assert [row.id for row in asyncio.run(kept())] == [prediction["id"]]
    saved = replicate.home / "data" / "outputs" / prediction["id"] / "output-0.png"
    assert picture_size(saved) == (64, 64)


def test_a_failure_exits_1_with_the_error_its_meaning_and_the_log(replicate: Command) -> None:
    result = replicate("run", "sandbox/trouble", "-i", "kind=code", "--json")
    assert result.code == 1
    assert result.json["status"] == "failed"
    assert "E1001" in result.err
    assert "ran out of memory" in result.err
    assert "trouble of kind code" in result.err
    assert harmless(result.err)


def test_output_that_came_before_a_failure_is_printed(replicate: Command) -> None:
    words = ("-i", "kind=fail_late", "-i", "pause=0", "--stream")
    result = replicate("run", "sandbox/trouble", *words)
    assert result.code == 1
    assert result.out.startswith("word0 word1 ")
    assert "failed late" in result.err


@pytest.mark.parametrize("face", ["--stream", "--json"])
def test_no_escape_sequence_of_a_model_reaches_the_terminal(replicate: Command, face: str) -> None:
    result = replicate("run", "sandbox/trouble", "-i", "kind=escapes", face)
    assert result.code == 0
    assert harmless(result.out)
    assert harmless(result.err)
    assert "[/] [/red]" in result.out


@pytest.mark.long
def test_a_deadline_cancels_and_exits_1(replicate: Command) -> None:
    result = replicate("run", "sandbox/trouble", "-i", "kind=hang", "--cancel-after", "5s")
    assert result.code == 1
    assert result.json["status"] in ("canceled", "aborted")


def test_no_wait_only_creates_it(replicate: Command, sandbox: RunningSandbox) -> None:
    result = replicate("run", "sandbox/trouble", "-i", "kind=hang", "--no-wait")
    assert result.code == 0
    prediction = result.json["id"]
    assert sandbox.get(f"/v1/predictions/{prediction}")["status"] in ("starting", "processing")
    canceled = replicate("cancel", prediction)
    assert canceled.code == 0
    assert [item["id"] for item in canceled.json] == [prediction]
    again = replicate("predictions", prediction)
    assert again.json["id"] == prediction


# ---- ctrl-c


def test_an_interrupt_leaves_the_prediction_alive_and_says_how_to_cancel_it(
    replicate: Command, sandbox: RunningSandbox
) -> None:
    with running(replicate, "run", "sandbox/trouble", "-i", "kind=hang") as process:
        read_until(process, "processing")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    prediction = err.partition("replicate-tui cancel ")[2].split()[0]
    assert sandbox.get(f"/v1/predictions/{prediction}")["status"] == "processing"
    assert replicate("cancel", prediction).code == 0


def test_an_interrupt_cancels_when_it_was_told_to(replicate: Command, sandbox: RunningSandbox) -> None:
    words = ("-i", "kind=hang", "--cancel-on-interrupt")
    with running(replicate, "run", "sandbox/trouble", *words) as process:
        said = read_until(process, "processing")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "is canceled" in err
    prediction = said.splitlines()[-1].split()[0]
    assert wait_for_status(sandbox, prediction, "canceled")


def wait_for_status(sandbox: RunningSandbox, prediction: str, status: str) -> bool:
    """Whether the prediction gets there within ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if sandbox.get(f"/v1/predictions/{prediction}")["status"] == status:
            return True
    return False


def test_a_reader_that_leaves_a_stream_is_told_that_the_prediction_goes_on(
    replicate: Command, sandbox: RunningSandbox
) -> None:
    words = ("-i", "kind=slow", "-i", "amount=100", "-i", "pause=0.1", "--stream")
    with running(replicate, "run", "sandbox/trouble", *words) as process:
        assert process.stdout is not None
        assert process.stdout.read(2) == "1 "
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()
        assert process.wait(20) == 141
    assert "Traceback" not in err
    prediction = err.partition("replicate-tui cancel ")[2].split()[0]
    assert replicate("cancel", prediction).code == 0


# ---- faults


def test_a_lost_answer_is_found_again_and_never_sent_twice(command: Command) -> None:
    with run_sandbox(chaos="*.create:lost=1x1") as broken:
        there = command.against(broken)
        result = there("run", "sandbox/fractal", "-i", "prompt=x", *QUICK)
        assert result.code == 0, result.err
        assert len(broken.get("/v1/predictions")["results"]) == 1


@pytest.mark.long
def test_an_answer_that_stays_lost_exits_4_and_says_what_to_do(command: Command) -> None:
    with run_sandbox(chaos="*.create:502") as broken:
        there = command.against(broken)
        result = there("run", "sandbox/fractal", "-i", "prompt=x", *QUICK)
        assert (result.code, result.out) == (4, "")
        assert "replicate-tui predictions" in result.err
        assert len([r for r in broken.requests() if str(r["operation"]).endswith("create")]) == 1


def test_a_throttled_creation_waits_and_says_so(command: Command) -> None:
    with run_sandbox(chaos="*.create:429=1x1@1s") as slow:
        there = command.against(slow)
        result = there("run", "sandbox/fractal", "-i", "prompt=x", *QUICK)
        assert result.code == 0, result.err
        assert "waiting" in result.err


@pytest.mark.long
def test_a_stream_that_is_cut_loses_and_doubles_nothing(command: Command) -> None:
    with run_sandbox(chaos="stream:cut=1x2@3") as broken:
        there = command.against(broken)
        words = ("-i", "kind=slow", "-i", "amount=20", "-i", "pause=0.05", "--stream")
        result = there("run", "sandbox/trouble", *words)
        assert result.code == 0, result.err
        assert result.out.split() == [str(number) for number in range(1, 21)]


@pytest.mark.parametrize(("status", "code"), [(422, 2), (401, 3), (403, 4), (404, 4), (402, 4)])
async def test_a_refused_creation_exits_with_the_code_of_its_kind(command: Command, status: int, code: int) -> None:
    async with Api() as api:
        api.models["acme/words"] = {"owner": "acme", "name": "words", "latest_version": {"id": "v" * 64}}

        async def refuse(request: Request) -> None:
            request.answer({"detail": "The version is not permitted."}, status)

        api.on["POST", "/v1/predictions"] = refuse
        there = Command(
            command.home, command.folder, REPLICATE_API_BASE_URL=api.base_url, REPLICATE_API_TOKEN="r8_" + "x" * 37
        )
        result = await asyncio.to_thread(there, "run", "acme/words", "-i", "prompt=x")
    assert (result.code, result.out) == (code, "")
    assert "The version is not permitted." in result.err


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_paid_for(
    replicate: Command, sandbox: RunningSandbox
) -> None:
    (replicate.folder / "taken").write_text("a file")
    before = len(sandbox.get("/v1/predictions")["results"])
    result = replicate("run", "sandbox/fractal", "-i", "prompt=x", *QUICK, "--save", "taken")
    assert (result.code, result.out) == (2, "")
    assert "--save" in result.err
    assert len(sandbox.get("/v1/predictions")["results"]) == before


def test_an_api_that_goes_away_ends_the_command_with_4_and_the_prediction_is_not_called_failed(
    command: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(follow, "GIVE_UP", 1.0)
    with run_sandbox() as leaving:
        for name, value in command.against(leaving).env.items():
            monkeypatch.setenv(name, value)

        def end_it() -> None:
            while not leaving.get("/v1/predictions")["results"]:
                pass
            leaving.process.kill()

        ending = threading.Thread(target=end_it)
        ending.start()
        code = main(["run", "sandbox/trouble", "-i", "kind=hang"])
        ending.join()
    said = capfd.readouterr()
    assert code == 4
    assert said.out == ""
    assert "has not answered" in said.err
    assert "replicate-tui cancel " in said.err
