"""cog run and cog serve: a real model by Cog's real runtime, as an author calls them, without Docker."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cog.folders import write_model
from tests.support.command import Command, leaks
from tests.support.inside import Inside
from tests.support.ports import taken_words
from tests.support.terminal import Terminal
from tui.cog.beginnings import begin

CANARY = "r8_CANARY0123456789abcdefghijklmnopqrst"
SLOW = """
import os, subprocess, time
from cog import BaseRunner, ConcatenateIterator, Input, streaming
class Runner(BaseRunner):
    def setup(self):
        child = subprocess.Popen(["sleep", "600"], start_new_session=True)
        print("setting up")
        with open("pids", "w") as file:
            file.write(f"{os.getpid()} {child.pid}")
    @streaming
    def run(self, steps: int = Input(default=600, ge=0)) -> ConcatenateIterator[str]:
        yield "begun"
        for step in range(steps):
            print(f"step {step}")
            time.sleep(0.1)
            yield f" {step}"
"""


def until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process that has ended and is not collected yet does nothing any more.
    return (
        Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z" if sys.platform == "linux" else True
    )


class Served:
    """`cog serve` as a process."""

    def __init__(self, command: Command, folder: Path) -> None:
        self.folder = folder
        self.process = command.start("cog", "serve", str(folder), "--port", "0", "--json")
        assert self.process.stdout is not None
        lines = ""
        while not lines.rstrip().endswith("}"):
            line = self.process.stdout.readline()
            assert line, self.process.stderr and self.process.stderr.read()
            lines += line
        self.url: str = json.loads(lines)["url"]

    @property
    def pids(self) -> list[int]:
        return [int(word) for word in (self.folder / "pids").read_text().split()]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return code


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """The command, where no API answers."""
    return Inside("http://127.0.0.1:9/v1", "r8_nobody", tmp_path, monkeypatch, capsys)


@pytest.fixture
def served(command: Command, tmp_path: Path) -> Iterator[Served]:
    served = Served(command, write_model(tmp_path / "slow", SLOW, entry="run.py:Runner"))
    yield served
    if served.process.returncode is None:
        served.end(signal.SIGKILL)


def test_a_new_model_runs_and_its_setup_and_log_are_told(alone: Inside) -> None:
    begin(alone.folder / "poet", "text")
    done = alone("cog", "run", "poet", "-i", "prompt=Ada", "-i", "times=2")
    assert done.code == 0, done.err
    assert done.json["status"] == "succeeded"
    assert done.json["output"] == "Hello, Ada! Hello, Ada!"
    assert done.json["logs"] == "greeting 'Ada' 2 times\n"
    assert "Set up in " in done.err and "greeting 'Ada' 2 times\n" in done.err
    other = sys.version_info[:2] != (3, 12)
    assert ("cog.yaml:5: asks for Python 3.12; this runs in " in done.err) == other
    written = json.loads((alone.folder / "poet" / ".cog" / "openapi_schema.json").read_text())
    assert list(written["components"]["schemas"]["Input"]["properties"]) == ["prompt", "times"]


def test_text_is_printed_as_it_comes(alone: Inside) -> None:
    begin(alone.folder, "stream")
    done = alone("cog", "run", "-i", "prompt=A", "-i", "max_tokens=2", "-i", "delay=0", "--stream")
    assert (done.code, done.out) == (0, "A the quick\n")


def test_on_a_terminal_the_log_waits_for_the_end_of_the_text(command: Command) -> None:
    begin(command.folder, "stream")
    words = ("cog", "run", "-i", "prompt=A", "-i", "max_tokens=2", "-i", "delay=0.2", "--stream")
    command.environment["REPLICATE_API_TOKEN"] = CANARY
    with Terminal(command.argv(*words), env=command.env, cwd=command.folder, timeout=60) as terminal:
        assert terminal.wait_exit(60) == 0
        lines = [line.rstrip() for line in terminal.text().splitlines() if line.strip()]
    assert lines[-4:-1] == ["A the quick", "1/2", "2/2"]
    assert lines[-1].startswith("Succeeded in ")


def test_a_value_that_the_schema_refuses_starts_nothing(alone: Inside) -> None:
    code = 'open("ran", "w")\nfrom cog import BasePredictor, Input\nclass Predictor(BasePredictor):\n'
    write_model(alone.folder, code + "    def predict(self, n: int = Input(le=3)) -> str: ...\n")
    for words in (("-i", "n=4"), ("-i", "m=1"), ()):
        done = alone("cog", "run", *words)
        assert (done.code, done.out) == (2, "")
    assert "n: is required" in done.err
    assert not (alone.folder / "ran").exists()


def test_a_mistake_is_shown_at_its_line_and_mended_it_runs(alone: Inside) -> None:
    begin(alone.folder, "text")
    path = alone.folder / "run.py"
    right = path.read_text()
    path.write_text(right.replace("        return ", "        self.nowhere\n        return "))
    done = alone("cog", "run", "-i", "prompt=Ada")
    assert done.code == 1
    assert done.json["error"] == "AttributeError: 'Runner' object has no attribute 'nowhere'"
    assert "Traceback (most recent call last)" in done.json["logs"]
    line = 1 + path.read_text().splitlines().index("        self.nowhere")
    assert f"\nrun.py:{line}: self.nowhere\n" in done.err
    path.write_text(right)
    assert alone("cog", "run", "-i", "prompt=Ada").code == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('self.greeting = "Hello"', "1 / 0", "run.py:9: 1 / 0"),
        ("from cog import", "import nothing_such\nfrom cog import", "run.py:3: import nothing_such"),
    ],
)
def test_a_setup_that_fails_is_shown_at_its_line(alone: Inside, old: str, new: str, said: str) -> None:
    begin(alone.folder, "text")
    path = alone.folder / "run.py"
    path.write_text(path.read_text().replace(old, new))
    done = alone("cog", "run", "-i", "prompt=Ada")
    assert (done.code, done.out) == (1, "")
    assert f"\n{said}\n" in done.err
    assert ("nothing_such is not installed in " in done.err) == ("nothing_such" in new)


def test_the_example_of_the_documentation_names_torch_and_the_line_that_asks_for_it(alone: Inside) -> None:
    config = 'build:\n  gpu: true\n  python_version: "3.12"\n  python_packages:\n    - "torch==2.5.1"\n'
    code = """import shutil, tempfile
from cog import BasePredictor, Input, Path
import torch
class Predictor(BasePredictor):
    def predict(self, image: Path, prompt: str = Input(default="x"), steps: int = Input(default=4, ge=1, le=8)) -> Path:
        return Path(shutil.copy(image, Path(tempfile.mkdtemp()) / "upscaled.png"))
"""
    write_model(alone.folder, code, config=config)
    Image.new("RGB", (4, 4)).save(alone.folder / "in.png")
    done = alone("cog", "run", "-i", "image=@in.png", "-i", "steps=8")
    assert done.code == 1
    assert f"torch is not installed in {sys.executable}; cog.yaml:5 asks for torch==2.5.1." in done.err
    # Apart from torch it works as it stands.
    (alone.folder / "torch.py").write_text("")
    assert alone("cog", "run", "-i", "image=@in.png", "-i", "steps=8", "--save", "out").code == 0
    assert [path.name for path in (alone.folder / "out").iterdir()] == ["output.png"]


def test_pictures_go_in_and_come_out_and_nothing_is_overwritten(alone: Inside) -> None:
    begin(alone.folder, "image")
    Image.new("RGB", (40, 30), "red").save(alone.folder / "in.png")
    words = ("cog", "run", "-i", "image=@in.png", "--save", "out", "--json")
    first, second = alone(*words, "-i", "scale=2"), alone(*words, "-i", "scale=3")
    assert [done.code for done in (first, second)] == [0, 0], first.err + second.err
    sizes = []
    for done in (first, second):
        with Image.open(done.json["output"]) as picture:
            sizes.append((Path(done.json["output"]).name, picture.size))
    assert sizes == [("output.png", (80, 60)), ("output-1.png", (120, 90))]


def test_a_save_that_saves_nothing_is_an_error(alone: Inside) -> None:
    code = "from cog import BasePredictor, Path\nclass Predictor(BasePredictor):\n"
    write_model(alone.folder, f"{code}    def predict(self) -> list[Path]:\n        return []\n")
    done = alone("cog", "run", "--save", "out")
    assert done.code == 4
    assert "--save saved nothing" in done.err


def test_a_file_reaches_the_model_as_a_path_with_its_bytes(alone: Inside) -> None:
    code = """
from cog import BasePredictor, Path
class Predictor(BasePredictor):
    def predict(self, file: Path) -> str:
        return f"{type(file).__name__} {file.suffix} {len(file.read_bytes())}"
"""
    write_model(alone.folder, code)
    (alone.folder / "big.bin").write_bytes(os.urandom(3_000_000))
    done = alone("cog", "run", "-i", "file=@big.bin")
    assert done.code == 0, done.err
    assert done.json["output"].endswith(" 3000000") and done.json["output"].split()[0] in ("Path", "PosixPath")


def test_a_training_gives_weights(alone: Inside) -> None:
    begin(alone.folder, "train")
    (alone.folder / "data.txt").write_text("a b a b c")
    done = alone("cog", "run", "--train", "-i", "train_data=@data.txt", "--save", "weights.json")
    assert done.code == 0, done.err
    assert json.loads((alone.folder / "weights.json").read_text())["a"] == ["b"] * 6
    assert "epoch 3/3" in done.err
    begin(alone.folder / "text", "text")
    assert alone("cog", "run", "text", "--train").code == 2


def test_the_models_process_gets_no_token(command: Command) -> None:
    code = """
import os
from cog import BasePredictor
class Predictor(BasePredictor):
    def predict(self) -> str:
        parents = [open(f"/proc/{os.getpid()}/environ").read()] if os.path.exists("/proc/self/environ") else []
        return repr(dict(os.environ)) + repr(parents)
"""
    write_model(command.folder, code)
    (command.folder / ".env").write_text(f"REPLICATE_API_TOKEN={CANARY}\n")
    command.environment |= {"REPLICATE_API_TOKEN": CANARY, "KEPT": "yes"}
    done = command("cog", "run")
    assert done.code == 0, done.err
    assert "'KEPT': 'yes'" in done.json["output"]
    assert CANARY not in done.out + done.err
    assert "REPLICATE_" not in done.json["output"].replace("REPLICATE_TUI_HOME", "")


def test_the_venv_beside_the_model_runs_it_and_what_it_lacks_is_said(alone: Inside) -> None:
    begin(alone.folder, "text")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(alone.folder / ".venv")], check=True)
    done = alone("cog", "run", "-i", "prompt=Ada")
    assert done.code == 1
    python = alone.folder / ".venv" / "bin" / "python"
    assert f"{python} (Python " in done.err
    assert f"has no Cog runtime: {python} -m pip install cog==0.23.1 coglet==0.23.1" in done.err
    assert alone("cog", "run", "-i", "prompt=Ada", "--python", sys.executable).code == 0
    assert "there is no program 'nowhere'" in alone("cog", "run", "-i", "prompt=A", "--python", "nowhere").err


def test_a_served_model_answers_as_cog_does_and_ends_with_all_it_started(served: Served) -> None:
    body = json.dumps({"input": {"steps": 2}}).encode()
    request = urllib.request.Request(f"{served.url}/predictions", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
    assert (told["status"], told["output"]) == ("succeeded", ["begun", " 0", " 1"])
    pids = served.pids
    assert all(map(is_alive, pids))
    assert served.end() == 0
    until(lambda: not any(map(is_alive, pids)), "the model's processes live on")


def test_a_killed_command_leaves_no_process_of_the_model(served: Served) -> None:
    pids = served.pids
    assert served.end(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: not any(map(is_alive, pids)), "the model's processes live on")


def test_a_port_that_is_taken_is_said(alone: Inside) -> None:
    begin(alone.folder, "text")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = alone("cog", "serve", "--port", port)
    assert (done.code, done.out) == (2, "")
    assert taken_words(port) in done.err


def test_a_running_server_is_attached_to_and_goes_on(served: Served, command: Command) -> None:
    attached = served.url.removeprefix("http://")
    done = command("cog", "run", attached, "-i", "steps=1", "--json")
    assert (done.code, done.json["output"]) == (0, ["begun", " 0"])
    assert command("cog", "run", attached, "-i", "steps=-1").code == 2
    assert served.process.poll() is None
    assert "does not train" in command("cog", "run", attached, "--train").err


def test_an_interrupt_cancels_the_run_on_a_server_that_goes_on(served: Served, command: Command) -> None:
    process = command.start("cog", "run", served.url, "--stream")
    assert process.stdout is not None
    assert process.stdout.read(8) == "begun 0 "
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Canceled in " in err
    assert command("cog", "run", served.url, "-i", "steps=0").code == 0


def test_a_server_that_dies_in_the_middle_is_said_and_what_had_come_is_kept(served: Served, command: Command) -> None:
    process = command.start("cog", "run", served.url, "--json")
    assert process.stderr is not None
    while "step 3" not in process.stderr.readline():
        assert process.poll() is None
    served.end(signal.SIGKILL)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 4
    told = json.loads(out)
    assert told["status"] == "failed"
    assert told["output"][:2] == ["begun", " 0"]
    assert told["logs"].startswith("step 0\nstep 1\n")
    assert f"{served.url} ended before the run did" in err


def test_a_run_is_kept_in_the_archive_with_its_file_and_without_its_secret(replicate: Command) -> None:
    code = """
from cog import BasePredictor, Path, Secret
class Predictor(BasePredictor):
    def predict(self, key: Secret, note: str = "x") -> Path:
        print("writing")
        Path("out.txt").write_text(note)
        return Path("out.txt")
"""
    write_model(replicate.folder / "writer", code)
    # It asks whose token it is, which nothing of cog does.
    assert replicate("usage", "--json").code == 0
    done = replicate("cog", "run", "writer", "-i", "key=very-secret", "-i", "note=kept")
    assert done.code == 0, done.err
    assert "archive" not in done.err
    (kept,) = replicate("predictions", "--local", "source:local", "--json").json
    assert (kept["id"], kept["model"], kept["source"]) == (done.json["id"], "writer", "local")
    assert (kept["status"], kept["logs"]) == ("succeeded", "writing\n")
    assert (kept["input"]["note"], kept["input"]["key"]) == ("kept", "[secret]")
    files = [path for path in replicate.home.rglob("*.txt") if done.json["id"] in str(path)]
    assert [path.read_text() for path in files] == ["kept"]
    assert leaks("very-secret", [replicate.home]) == []


def test_a_training_is_kept_among_the_trainings(replicate: Command) -> None:
    begin(replicate.folder, "train")
    (replicate.folder / "data.txt").write_text("a b a b c")
    # It asks whose token it is, which nothing of cog does.
    assert replicate("usage", "--json").code == 0
    done = replicate("cog", "run", "--train", "-i", "train_data=@data.txt", "--json")
    assert done.code == 0, done.err
    assert [one["id"] for one in replicate("trainings", "--local", "source:local", "--json").json] == [done.json["id"]]
    assert replicate("predictions", "--local", "source:local", "--json").json == []


def test_where_the_archive_cannot_take_a_run_that_is_said_and_the_run_counts(command: Command) -> None:
    begin(command.folder, "text")
    done = command("cog", "run", "-i", "prompt=Ada")
    assert (done.code, done.json["output"]) == (0, "Hello, Ada!")
    assert "Not kept in the archive: without a token it is not known whose run it is." in done.err
    command.environment["REPLICATE_API_TOKEN"] = CANARY
    assert "archive" not in command("cog", "run", "-i", "prompt=Ada").err
    for file in command.home.rglob("store.db"):
        file.write_text("This is no database. " * 1000)
    done = command("cog", "run", "-i", "prompt=Ada")
    assert (done.code, done.json["output"]) == (0, "Hello, Ada!")
    assert "Not kept in the archive: " in done.err


def test_where_no_server_answers_that_is_said(alone: Inside) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    done = alone("cog", "run", f"localhost:{port}", "-i", "a=1")
    assert (done.code, done.out) == (4, "")
    assert f"no Cog server answers at http://localhost:{port}." in done.err
