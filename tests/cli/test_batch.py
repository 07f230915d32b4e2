"""`batch` and `batches` against the sandbox: what is sent, what is refused, what is kept, and how it goes on."""

from __future__ import annotations

import csv
import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Command
from tests.support.sandbox import RunningSandbox, run_sandbox

QUICK = ("-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")


def created(sandbox: RunningSandbox) -> int:
    """How many predictions were asked for."""
    return sum(entry["method"] == "POST" and entry["path"].endswith("/predictions") for entry in sandbox.requests())


def until(condition: Callable[[], Any], seconds: float = 60) -> None:
    """Wait for the condition."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def table(path: Path) -> list[dict[str, Any]]:
    """The lines of a JSONL table."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_grid_is_run_saved_under_its_values_and_told_in_a_table(replicate: Command) -> None:
    words = ("--set", "seed=1..2", "--set", "num_outputs=1,2", "--save", "out", "--name", "{seed}-{num_outputs}")
    done = replicate("batch", "sandbox/fractal", *QUICK, "-i", "prompt=lake", *words, "--out", "t.jsonl", "--yes")
    assert done.code == 0, done.err
    said = done.json
    assert (said["state"], said["model"], said["counts"]["done"]) == ("done", "sandbox/fractal", 4)
    names = sorted(path.name for path in (replicate.folder / "out").iterdir())
    assert names == ["1-1.png", "1-2-0.png", "1-2-1.png", "2-1.png", "2-2-0.png", "2-2-1.png"]
    rows = table(replicate.folder / "t.jsonl")
    assert [row["columns"] for row in rows] == [
        {"seed": "1", "num_outputs": "1"},
        {"seed": "1", "num_outputs": "2"},
        {"seed": "2", "num_outputs": "1"},
        {"seed": "2", "num_outputs": "2"},
    ]
    assert list(rows[0]) == [
        "row",
        "columns",
        "input",
        "model",
        "id",
        "status",
        "output",
        "files",
        "seconds",
        "cost",
        "error",
    ]
    assert rows[1]["input"]["seed"] == 1
    assert [row["status"] for row in rows] == ["succeeded"] * 4
    assert rows[1]["files"] == [f"{replicate.folder}/out/1-2-0.png", f"{replicate.folder}/out/1-2-1.png"]
    assert all(row["seconds"] >= 0 and row["error"] is None and row["id"] for row in rows)


def test_every_row_tells_the_webhook_and_has_the_deadline(replicate: Command, sandbox: RunningSandbox) -> None:
    words = ("--webhook", "http://127.0.0.1:9/hook", "--webhook-event", "completed", "--cancel-after", "10m", "--yes")
    done = replicate("batch", "sandbox/fractal", *QUICK, "-i", "prompt=lake", "--set", "seed=1..2", *words, "--json")
    assert done.code == 0, done.err
    rows = sandbox.get("/v1/predictions")["results"][:2]
    made = [sandbox.get(f"/v1/predictions/{row['id']}") for row in rows]
    assert [(one["webhook"], one["webhook_events_filter"]) for one in made] == [
        ("http://127.0.0.1:9/hook", ["completed"])
    ] * 2
    assert all(one["deadline"] for one in made)
    refused = replicate("batch", "sandbox/fractal", "--set", "seed=1..2", "--webhook", "http://example.com/", "--yes")
    assert refused.code == 2 and "must be an https address" in refused.err


def test_a_csv_with_everything_odd_in_it_is_run_row_by_row(replicate: Command) -> None:
    content = '\ufeffprompt,width,who\r\n"lake,\nquiet",64,ada\r\n🌋 fire,,bob\r\n'
    (replicate.folder / "rows.csv").write_text(content, "utf-8", newline="")
    words = ("-i", "height=64", "-i", "steps=1", "-i", "pace=0", "-i", "width=128", "--out", "t.csv", "--yes")
    done = replicate("batch", "sandbox/fractal", "rows.csv", *words)
    assert done.code == 0, done.err
    assert "warning: the column 'who' fills no input" in done.err
    with (replicate.folder / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["input.prompt"] for row in rows] == ["lake,\nquiet", "🌋 fire"]
    assert [row["input.width"] for row in rows] == ["64", "128"]
    assert [row["columns.who"] for row in rows] == ["ada", "bob"]
    assert [row["status"] for row in rows] == ["succeeded", "succeeded"]


def test_a_wrong_value_anywhere_sends_nothing_and_is_told_with_its_row(
    replicate: Command, sandbox: RunningSandbox
) -> None:
    lines = ["prompt,width", *(f"lake {number},{9000 if number == 873 else 64}" for number in range(1, 901))]
    (replicate.folder / "rows.csv").write_text("\n".join(lines))
    before = created(sandbox)
    done = replicate("batch", "sandbox/fractal", "rows.csv", "--yes")
    assert done.code == 2
    assert "row 873: width: must be at most 1440, got 9000" in done.err
    assert "Nothing was sent." in done.err
    assert created(sandbox) == before
    assert replicate("batches", "--json").json == []


def test_skip_invalid_runs_the_others_and_fails(replicate: Command) -> None:
    (replicate.folder / "rows.jsonl").write_text('{"prompt": "a"}\n{"prompt": 7}\n{"width": 64}\n')
    done = replicate("batch", "sandbox/fractal", "rows.jsonl", *QUICK, "--skip-invalid", "--yes", "--out", "t.jsonl")
    assert done.code == 1, done.err
    assert "row 2: prompt: must be" in done.err
    assert "row 3: prompt: is required" in done.err
    rows = table(replicate.folder / "t.jsonl")
    assert [row["status"] for row in rows] == ["succeeded", "invalid", "invalid"]
    assert "prompt: must be" in rows[1]["error"]


def test_a_dry_run_sends_nothing_and_shows_what_would_be_sent(replicate: Command, sandbox: RunningSandbox) -> None:
    before = created(sandbox)
    words = ("--map", "prompt=caption", "--set", "seed=1..3", "--repeat", "2", "--dry-run")
    done = replicate("batch", "sandbox/fractal", "-", *words, stdin="caption,size\na lake,1\nfire,2\n")
    assert done.code == 0, done.err
    assert "12 runs would be sent." in done.err
    assert "the column 'size' fills no input" in done.err
    first = json.loads(done.out.splitlines()[0])
    assert first == {"row": 1, "model": "sandbox/fractal", "input": {"prompt": "a lake", "seed": 1}}
    assert created(sandbox) == before


def test_the_same_rows_run_through_several_models(replicate: Command) -> None:
    (replicate.folder / "rows.txt").write_text("How do I cancel?\nWhat is a batch?\n")
    words = ("--model", "sandbox/bard", "--yes", "--out", "t.jsonl", "--save", "out", "--name", "{row}-{model}")
    done = replicate("batch", "sandbox/guide", "rows.txt", *words)
    assert done.code == 0, done.err
    rows = table(replicate.folder / "t.jsonl")
    assert [row["model"] for row in rows] == ["sandbox/guide", "sandbox/bard"] * 2
    assert len({row["id"] for row in rows}) == 4
    assert rows[0]["files"] == [f"{replicate.folder}/out/1-sandbox-guide.txt"]
    assert (replicate.folder / "out/1-sandbox-guide.txt").read_text("utf-8") == "".join(rows[0]["output"])


def test_what_one_of_several_models_refuses_is_told_with_its_name_and_each_is_priced(replicate: Command) -> None:
    config = replicate.home / "config"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(
        '[prices]\ndate = "2026-11-01"\n[prices.models."sandbox/guide"]\nper_run = 0.25\n'
        '[prices.models."sandbox/bard"]\nper_run = 1.0\n'
    )
    both = ("sandbox/guide", "--model", "sandbox/bard", "--set", "prompt=Why?,How?")
    told = replicate("batch", *both, "--dry-run")
    assert told.code == 0 and "4 runs would be sent, for about $2.50." in told.err
    asked = replicate("batch", *both)
    assert asked.code == 2 and "Run 4 times sandbox/guide, sandbox/bard for about $2.50?" in asked.err
    refused = replicate("batch", *both, "--set", "nothing=1", "--yes")
    assert refused.code == 2
    for model in ("sandbox/guide", "sandbox/bard"):
        assert f"{model}: nothing: is an unknown input" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rows.txt", "--yes", "--name", "{sead}"), "there is no {sead}"),
        (("nothing.csv", "--yes"), "'nothing.csv' cannot be read"),
        (("empty.csv", "--yes"), "holds no row"),
        (("rows.txt",), "--yes says so beforehand"),
        (("rows.txt", "--set", "steps=a,b", "--yes"), "steps: must be a whole number"),
        (("rows.txt", "--set", "nothing=1", "--yes"), "nothing: is an unknown input"),
        (("rows.txt", "more.txt", "--yes"), "is one too many"),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_is_sent(
    replicate: Command, sandbox: RunningSandbox, words: tuple[str, ...], said: str
) -> None:
    (replicate.folder / "rows.txt").write_text("lake\n")
    (replicate.folder / "empty.csv").write_text("prompt\n")
    before = created(sandbox)
    done = replicate("batch", "sandbox/fractal", *words)
    assert done.code == 2
    assert said in done.err
    assert "Nothing was sent" in done.err
    assert created(sandbox) == before
    assert replicate("batches", "--json").json == []


def test_failures_are_counted_and_only_they_are_run_again(replicate: Command, sandbox: RunningSandbox) -> None:
    (replicate.folder / "rows.jsonl").write_text('{"kind": "fail"}\n{"kind": "slow", "amount": 2}\n')
    before = created(sandbox)
    done = replicate("batch", "sandbox/trouble", "rows.jsonl", "--yes", "--out", "t.jsonl")
    assert done.code == 1, done.err
    assert "1 of 2 rows did not succeed" in done.err
    assert created(sandbox) == before + 2
    rows = table(replicate.folder / "t.jsonl")
    assert [row["status"] for row in rows] == ["failed", "succeeded"]
    assert rows[0]["error"]
    again = replicate("batches", "retry", done.json["id"], "--out", "t.jsonl")
    assert again.code == 1
    assert created(sandbox) == before + 3
    assert table(replicate.folder / "t.jsonl")[0]["id"] != rows[0]["id"]
    assert replicate("batches", "resume", done.json["id"]).code == 1
    assert created(sandbox) == before + 3


def test_a_batch_that_was_killed_goes_on_and_sends_nothing_twice(replicate: Command) -> None:
    with run_sandbox() as own:
        alone = replicate.against(own)
        words = ("-i", "prompt=lake", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "--set", "seed=1..24")
        process = alone.start("batch", "sandbox/fractal", *words, "--concurrency", "3", "--save", "out", "--yes")
        until(lambda: created(own) >= 6)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        process.communicate()
        (batch,) = alone("batches", "--json").json
        assert batch["state"] == "stopped"
        assert batch["counts"]["left"] > 0
        done = alone("batches", "resume", batch["id"], "--out", "t.jsonl", timeout=120)
        assert done.code == 0, done.err
        rows = table(alone.folder / "t.jsonl")
        seeds = [prediction["input"]["seed"] for prediction in _predictions(own)]
    assert sorted(seeds) == list(range(1, 25))
    assert [row["input"]["seed"] for row in rows] == list(range(1, 25))
    assert sorted(path.name for path in (alone.folder / "out").iterdir()) == sorted(f"{n}-0.png" for n in range(1, 25))


def _predictions(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    path = "/v1/predictions"
    while path:
        page = sandbox.get(path)
        found += [sandbox.get(f"/v1/predictions/{one['id']}") for one in page["results"]]
        path = page["next"].removeprefix(sandbox.origin) if page["next"] else ""
    return found


def test_a_running_batch_is_canceled_from_elsewhere_and_run_again(replicate: Command) -> None:
    with run_sandbox() as own:
        alone = replicate.against(own)
        (alone.folder / "rows.jsonl").write_text('{"kind": "slow", "amount": 400, "pause": 0.1}\n' * 4)
        process = alone.start("batch", "sandbox/trouble", "rows.jsonl", "--concurrency", "2", "--yes")
        until(lambda: created(own) == 2)
        (batch,) = alone("batches", "--json").json
        assert batch["state"] == "running"
        assert alone("batches", "delete", batch["id"], "--yes").code == 2
        assert alone("batches", "resume", batch["id"]).code == 2
        canceled = alone("batches", "cancel", batch["id"], "--json", timeout=90)
        assert canceled.code == 0, canceled.err
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert json.loads(out)["counts"]["canceled"] == 4
        assert created(own) == 2
        assert alone("batches", batch["id"], "--json").json["state"] == "canceled"
        assert alone("batches", "delete", batch["id"], "--yes").code == 0
        assert alone("batches", "--json").json == []


def test_what_is_only_sent_is_collected_later(replicate: Command) -> None:
    sent = replicate(
        "batch", "sandbox/fractal", *QUICK, "-i", "prompt=lake", "--set", "seed=1..3", "--no-wait", "--yes"
    )
    assert sent.code == 0, sent.err
    assert sent.json["counts"]["left"] == 0
    done = replicate("batches", "resume", sent.json["id"], "--out", "t.jsonl")
    assert done.code == 0, done.err
    assert [row["status"] for row in table(replicate.folder / "t.jsonl")] == ["succeeded"] * 3


def test_read_only_refuses_to_run_and_shows_what_there_is(replicate: Command, sandbox: RunningSandbox) -> None:
    before = created(sandbox)
    done = replicate("--read-only", "batch", "sandbox/fractal", *QUICK, "-i", "prompt=x", "--yes")
    assert done.code == 2
    assert "read-only is set" in done.err
    assert replicate("--read-only", "batches", "--json").json == []
    assert created(sandbox) == before


def test_two_processes_share_one_rate_budget(replicate: Command) -> None:
    # Five at once, and then two a second, as on low credit.
    with run_sandbox(options=("--rate-limit", "20/10s,burst=5")) as own:
        alone = replicate.against(own)
        words = ("-i", "prompt=lake", *QUICK, "--set", "seed=1..12", "--yes")
        begun = time.monotonic()
        both = [alone.start("batch", "sandbox/fractal", *words) for _ in range(2)]
        for process in both:
            _, said = process.communicate(timeout=120)
            assert process.returncode == 0, said
        took = time.monotonic() - begun
        statuses = [entry["status"] for entry in own.requests() if entry["method"] == "POST"]
    assert statuses.count(201) == 24
    # What was on its way with the first one may be refused as well.
    assert statuses.count(429) <= 3
    assert took < 30


def test_a_large_file_is_uploaded_once_for_all_rows(replicate: Command) -> None:
    picture = replicate("run", "sandbox/fractal", "-i", "prompt=lake", "-i", "width=1024", "-i", "height=1024",
                        "-i", "steps=1", "-i", "pace=0", "--save", "big.png", "--json")  # fmt: skip
    assert picture.code == 0, picture.err
    assert (replicate.folder / "big.png").stat().st_size > 256_000
    with run_sandbox() as own:
        alone = replicate.against(own)
        done = alone("batch", "sandbox/cutout", "-i", "image=@big.png", "--set", "tolerance=10,20,30", "--yes")
        assert done.code == 0, done.err
        assert own.count("files.create") == 1
        again = alone("batch", "sandbox/cutout", "-i", "image=@big.png", "--set", "tolerance=40,50", "--yes")
        assert again.code == 0, again.err
        assert own.count("files.create") == 1
