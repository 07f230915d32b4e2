"""The sandbox that consoles share: joined, kept, and gone with the last of them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import client_of, until_done, until_status, version_of
from tests.support.paths import ROOT
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.sandbox.embedded import EmbeddedError, Lease, acquire

CONSOLE = """
import sys
from pathlib import Path
from tui.sandbox.embedded import acquire
lease = acquire(Path(sys.argv[1]))
print(lease.base_url, lease.token, flush=True)
sys.stdin.read()
"""


def processes_of(home: Path) -> list[int]:
    """Every living process whose command line or environment names this home."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            facts = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if str(home).encode() in facts and state != "Z" and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def until_nothing_lives(home: Path, seconds: float) -> None:
    give_up = time.monotonic() + seconds
    while alive := processes_of(home):
        assert time.monotonic() < give_up, alive
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    until_nothing_lives(tmp_path / "home", 10)


def console(home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CONSOLE, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def end(process: "subprocess.Popen[str]") -> None:
    process.communicate()
    process.wait()


def api_of(lease: Lease) -> httpx.Client:
    headers = {"Authorization": f"Bearer {lease.token}"}
    return httpx.Client(base_url=lease.base_url, headers=headers, timeout=30)


def test_two_consoles_that_start_at_once_share_one_sandbox(home: Path) -> None:
    consoles = [console(home) for _ in range(3)]
    said = [process.stdout.readline() for process in consoles if process.stdout]
    assert len(set(said)) == 1
    assert said[0].startswith("http://127.0.0.1:")
    for process in consoles:
        end(process)


def test_the_sandbox_outlives_one_console_but_not_the_last(home: Path) -> None:
    first, second = acquire(home), acquire(home)
    first.close()
    time.sleep(2.5)  # longer than the grace: nothing must happen in it, so there is no condition to wait for
    with api_of(second) as api:
        assert api.get("/account").status_code == 200
    second.close()
    until_nothing_lives(home, 5)


def test_commands_in_sequence_meet_the_same_sandbox(home: Path) -> None:
    with acquire(home) as lease:
        before = json.loads((home / "running.json").read_text())["pid"]
    with acquire(home) as again:
        assert json.loads((home / "running.json").read_text())["pid"] == before
        assert again.base_url == lease.base_url


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("victim", ["console", "sandbox", "guard"])
def test_after_a_kill_nothing_is_alive_though_the_model_hangs(home: Path, victim: str) -> None:
    process = console(home)
    assert process.stdout
    base_url, token = process.stdout.readline().split()
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as api:
        given = {"kind": "hang", "seconds": 60}
        body = {"version": version_of(api, "trouble"), "input": given}
        created = api.post("/predictions", json=body)
        assert created.status_code == 201, created.text
        until_status(api, created.json()["urls"]["get"], "processing")
        guards = api.get(base_url.removesuffix("/v1") + "/_sandbox/processes").json()
    # The sandbox, the guard, Cog and its worker.
    assert len(processes_of(home)) >= 5
    pids = {
        "console": process.pid,
        "sandbox": json.loads((home / "running.json").read_text())["pid"],
        "guard": next(pid for found in guards.values() for pid in found),
    }
    os.kill(pids[victim], signal.SIGKILL)
    if victim == "guard":
        end(process)
    else:
        process.kill()
        end(process)
    until_nothing_lives(home, 5)


def test_a_restart_keeps_everything_and_its_address(home: Path) -> None:
    with acquire(home) as lease, api_of(lease) as api:
        body = {"version": version_of(api, "everything"), "input": {}}
        refused = api.post("/predictions", json=body)
        upload = api.post("/files", files={"content": ("a.txt", b"hello", "text/plain")}).json()
        assert refused.status_code in {201, 422}
    until_nothing_lives(home, 5)
    with acquire(home) as again, api_of(again) as api:
        assert (again.base_url, again.token) == (lease.base_url, lease.token)
        assert api.get(upload["urls"]["get"]).json() == upload


def test_only_the_owner_can_read_what_holds_the_token(home: Path) -> None:
    with acquire(home):
        for path in [home, *home.rglob("*")]:
            facts = path.stat().st_mode
            if path.name not in {"sandbox.log", "starting.lock"}:
                assert facts & 0o077 == 0, path


def test_a_sandbox_that_cannot_start_says_why(tmp_path: Path) -> None:
    home = tmp_path / "broken"
    home.mkdir()
    (home / "sandbox.sqlite").write_bytes(b"this is no database, and long enough to be seen as none" * 100)
    with pytest.raises(EmbeddedError, match="not a database"):
        acquire(home, timeout=10)


def test_a_record_of_a_sandbox_that_is_gone_does_no_harm(home: Path) -> None:
    home.mkdir()
    record = {"pid": 1, "lease_port": 1, "base_url": "http://127.0.0.1:1/v1", "token": "t"}
    (home / "running.json").write_text(json.dumps(record))
    with acquire(home) as lease:
        assert lease.token != "t"


def run_once(api: httpx.Client, **given: object) -> dict[str, object]:
    body = {"version": version_of(api, "copier"), "input": {"file": "data:text/plain,kept", **given}}
    return until_done(api, api.post("/predictions", json=body).json()["urls"]["get"])


def test_outputs_survive_a_restart_on_another_port(models: list[Path], tmp_path: Path) -> None:
    state = tmp_path / "s.sqlite"
    with run_sandbox(cog=models, state=state) as running, client_of(running) as api:
        done = run_once(api)
    with run_sandbox(cog=models, state=state, options=["--port", "0"]) as again:
        assert again.base_url == running.base_url
    with run_sandbox(cog=models, state=state, options=["--port", str(free_port())]) as moved, client_of(moved) as api:
        assert moved.origin != running.origin
        assert moved.token == running.token
        kept = api.get(f"/predictions/{done['id']}").json()
        assert kept["output"][0].startswith(f"{moved.origin}/delivery/")
        assert httpx.get(kept["output"][0]).content == b"kept"


def test_a_prediction_that_a_kill_cut_short_has_failed_after_the_restart(models: list[Path], tmp_path: Path) -> None:
    state = tmp_path / "s.sqlite"
    with run_sandbox(cog=models, state=state) as running, client_of(running) as api:
        slow = {"version": version_of(api, "talker"), "input": {"text": "a b c", "pause": 30}}
        started = api.post("/predictions", json=slow).json()["id"]
        until_status(api, f"/predictions/{started}", "processing")
        queued = api.post("/predictions", json=slow).json()["id"]
        give_up = time.monotonic() + 10
        while not saved_as_started(state, started):
            assert time.monotonic() < give_up
            time.sleep(0.05)
        running.process.kill()
        running.process.wait()
    with run_sandbox(cog=models, state=state) as again, client_of(again) as api:
        cut = api.get(f"/predictions/{started}").json()
        assert (cut["status"], cut["output"]) == ("failed", ["a"])
        assert cut["error"].startswith("E8367")
        assert api.get(f"/predictions/{queued}").json()["status"] == "aborted"


def saved_as_started(state: Path, job: str) -> bool:
    import sqlite3

    with sqlite3.connect(f"file:{state}?mode=ro", uri=True) as db:
        body = db.execute("SELECT body FROM jobs WHERE id = ?", (job,)).fetchone()[0]
    db.close()
    return '"output":["a"]' in body


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_second_sandbox_on_the_same_state_is_refused(tmp_path: Path) -> None:
    with run_sandbox(state=tmp_path / "s.sqlite"):
        second = subprocess.run(
            [sys.executable, "-m", "tui.sandbox", "--state", str(tmp_path / "s.sqlite")],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=20,
        )
    assert second.returncode == 1
    assert "Another sandbox uses" in second.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_cleanly(models: list[Path], number: int) -> None:
    with run_sandbox(cog=models) as running, client_of(running) as api:
        assert run_once(api)["status"] == "succeeded"
        slow = {"version": version_of(api, "talker"), "input": {"text": "a b c", "pause": 30}}
        until_status(api, api.post("/predictions", json=slow).json()["urls"]["get"], "processing")
        running.process.send_signal(number)
        assert running.process.wait(5) == 0


def test_a_model_whose_setup_fails_says_so(models: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("cog.yaml", "openapi_schema.json"):
        (broken / name).write_bytes((models[1] / name).read_bytes())
    (broken / "run.py").write_text("raise RuntimeError('no weights here')")
    with run_sandbox(cog=[broken]) as running, client_of(running) as api:
        body = {"version": version_of(api, "broken"), "input": {"file": "data:text/plain,x"}}
        done = until_done(api, api.post("/predictions", json=body).json()["urls"]["get"])
        assert done["status"] == "failed"
        assert "no weights here" in done["error"]


def test_the_request_log_counts_what_was_asked(served: RunningSandbox, api: httpx.Client) -> None:
    before = served.count("hardware.list")
    api.get("/hardware")
    assert served.count("hardware.list") == before + 1
    entry = served.requests("hardware.list")[-1]
    told = (entry["method"], entry["path"], entry["operation"], entry["status"])
    assert told == ("GET", "/v1/hardware", "hardware.list", 200)
