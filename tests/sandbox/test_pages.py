"""Lists: their order, their pages, their filters, and ten thousand of them."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import client_of
from tests.support.sandbox import run_sandbox
from tui.sandbox.names import new_id, timestamp
from tui.sandbox.records import Job
from tui.sandbox.state import State

FIRST = 1_780_000_000_000_000_000


def fill(path: Path, count: int) -> list[str]:
    """A state with so many predictions, a second apart, the ids newest first."""
    state = State(path)
    jobs = [
        Job(
            id=new_id(),
            kind="prediction",
            model="sandbox/m",
            version="0" * 64,
            input={"prompt": f"number {number}"},
            created_ns=FIRST + number * 1_000_000_000,
            status="succeeded",
            output=["text " * 50],
            completed_ns=FIRST + number * 1_000_000_000 + 5,
            logs=["line\n" * 200],
        )
        for number in range(count)
    ]

    def write(db: sqlite3.Connection) -> None:
        rows = [job.row() for job in jobs]
        db.executemany(f"INSERT INTO jobs VALUES ({','.join('?' * len(rows[0]))})", rows)

    state.database.run_now(write)
    state.close([])
    return [job.id for job in reversed(jobs)]


@contextmanager
def filled(folder: Path) -> Iterator[httpx.Client]:
    options = ["--retention", "999d"]
    with run_sandbox(state=folder / "s.sqlite", options=options) as running, client_of(running) as api:
        yield api


def follow(api: httpx.Client, url: str | None, towards: str = "next") -> list[list[str]]:
    pages = []
    while url:
        page = api.get(url).json()
        pages.append([job["id"] for job in page["results"]])
        url = page[towards]
    return pages


def test_pages_of_a_hundred_lead_through_everything_and_back(tmp_path: Path) -> None:
    ids = fill(tmp_path / "s.sqlite", 250)
    with filled(tmp_path) as api:
        assert follow(api, "/predictions") == [ids[:100], ids[100:200], ids[200:]]
        last = api.get(api.get(api.get("/predictions").json()["next"]).json()["next"]).json()
        assert last["next"] is None
        back = follow(api, last["previous"], "previous")
        assert back == [ids[100:200], ids[:100]]
        first = api.get("/predictions").json()
        assert first["previous"] is None
        assert "logs" not in first["results"][0]
        assert "cursor=" in first["next"]


def test_a_list_is_narrowed_by_time_from_inclusive_to_exclusive(tmp_path: Path) -> None:
    ids = fill(tmp_path / "s.sqlite", 20)
    with filled(tmp_path) as api:

        def listed(**query: str) -> list[str]:
            return [job["id"] for job in api.get("/predictions", params=query).json()["results"]]

        fifth, tenth = (timestamp(FIRST + at * 1_000_000_000) for at in (5, 10))
        assert listed(created_after=fifth, created_before=tenth) == ids[10:15]
        assert listed(created_after=tenth) == ids[:10]
        assert listed(source="web") == []
        for query in ({"source": "api"}, {"created_after": "soon"}, {"cursor": "x"}, {"created_before": "0" * 99}):
            answer = api.get("/predictions", params=query)
            assert (answer.status_code, answer.json()["status"]) == (400, 400)


def test_ten_thousand_predictions_are_no_burden(tmp_path: Path) -> None:
    fill(tmp_path / "s.sqlite", 10_000)
    began = time.monotonic()
    with filled(tmp_path) as api:
        url, times = "/predictions", []
        assert api.get("/account").status_code == 200
        assert time.monotonic() - began < 5
        for _ in range(20):
            sent = time.monotonic()
            page = api.get(url).json()
            times.append(time.monotonic() - sent)
            url = page["next"]
            assert len(page["results"]) == 100
        # The figure itself is a benchmark; here the last page must not cost more than the first by far.
        assert sorted(times)[len(times) // 2] < 0.2


def test_models_come_25_to_a_page_and_sorted_as_wished(tmp_path: Path) -> None:
    with run_sandbox() as running, client_of(running) as api:
        for number in range(40):
            body = {"owner": "sandbox", "name": f"m{number}", "visibility": "public", "hardware": "cpu"}
            assert api.post("/models", json=body).status_code == 201
        names: list[str] = []
        url, sizes = "/models?sort_by=model_created_at&sort_direction=asc", []
        while url:
            page = api.get(url).json()
            sizes.append(len(page["results"]))
            names += [model["name"] for model in page["results"]]
            url = page["next"]
        assert sizes[0] == 25
        assert len(names) == len(set(names))
        assert names[-40:] == [f"m{number}" for number in range(40)]
        newest = api.get("/models?sort_by=model_created_at").json()["results"][0]
        assert (newest["name"], newest["latest_version"]) == ("m39", None)
        assert api.get("/models?sort_by=name").status_code == 400


def model_body(**changes: Any) -> dict[str, Any]:
    return {"owner": "sandbox", "name": "new", "visibility": "private", "hardware": "cpu", **changes}


def test_models_are_created_changed_and_deleted_by_the_rules(api: httpx.Client) -> None:
    made = api.post("/models", json=model_body(description="d"))
    assert (made.status_code, made.json()["description"]) == (201, "d")
    assert api.post("/models", json=model_body()).status_code == 409
    assert "new" not in [model["name"] for model in api.get("/models").json()["results"]]
    changed = api.patch("/models/sandbox/new", json={"description": "e", "readme": "# R"}).json()
    assert changed["description"] == "e"
    assert api.get("/models/sandbox/new/readme").text == "# R"
    assert api.patch("/models/sandbox/new", json={"visibility": "public"}).status_code == 422
    assert api.delete("/models/sandbox/talker").status_code == 403
    assert api.patch("/models/sandbox/talker", json={"description": "x"}).status_code == 403
    assert api.delete("/models/sandbox/new").status_code == 204
    assert api.get("/models/sandbox/new").status_code == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"owner": "you"}, 403),
        ({"name": "No Spaces"}, 400),
        ({"name": "../x"}, 400),
        ({"name": 3}, 422),
        ({"hardware": "gpu-9000"}, 400),
        ({"visibility": "secret"}, 422),
        ({"github_url": "javascript:alert(1)"}, 422),
    ],
)
def test_a_model_that_cannot_be_is_refused(api: httpx.Client, change: dict[str, Any], status: int) -> None:
    answer = api.post("/models", json=model_body(**change))
    assert answer.status_code == status
    if change == {"hardware": "gpu-9000"}:
        assert answer.json()["errors"][0]["pointer"] == "/hardware"
        assert "Your options are: cpu, " in answer.json()["detail"]
