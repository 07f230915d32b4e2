"""Models of the sandbox under the names that other people's programs ask for."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import client_of, until_done, version_of
from tests.support.paths import ROOT
from tests.support.sandbox import run_sandbox

SDXL = "39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b"
FLUX = "black-forest-labs/flux-schnell"


def test_a_name_that_a_program_asks_for_answers_with_the_inputs_that_it_sends(models: list[Path]) -> None:
    with run_sandbox(options=["--as", f"{FLUX}=talker"], cog=models) as running, client_of(running) as api:
        model = api.get(f"/models/{FLUX}").json()
        assert (model["owner"], model["name"], model["is_official"]) == ("black-forest-labs", "flux-schnell", True)
        assert model["description"].startswith(f"talker of the sandbox stands in for {FLUX}.")
        given = {"prompt": "a lake", "go_fast": True, "aspect_ratio": "1:1", "text": "a b"}
        for path, body in (
            (f"/models/{FLUX}/predictions", {"input": given}),
            ("/predictions", {"version": FLUX, "input": given}),
            ("/predictions", {"version": model["latest_version"]["id"], "input": given}),
        ):
            done = until_done(api, api.post(path, json=body).raise_for_status().json()["urls"]["get"])
            assert (done["status"], done["model"], done["output"]) == ("succeeded", FLUX, ["a", " b"])
        listed = [f"{one['owner']}/{one['name']}" for one in api.get("/models").json()["results"]]
        assert FLUX in listed and "sandbox/talker" in listed


def test_a_version_that_a_program_asks_for_answers_by_its_digits(models: list[Path]) -> None:
    option = f"stability-ai/sdxl:{SDXL}=sandbox/talker"
    with run_sandbox(options=["--as", option], cog=models) as running, client_of(running) as api:
        for named in (SDXL, f"stability-ai/sdxl:{SDXL}"):
            done = until_done(api, api.post("/predictions", json={"version": named, "input": {}}).json()["urls"]["get"])
            assert (done["status"], done["version"]) == ("succeeded", SDXL)
        # A community model does not run by its name alone, here as there.
        assert api.post("/models/stability-ai/sdxl/predictions", json={"input": {}}).status_code == 404
        assert api.get(f"/models/stability-ai/sdxl/versions/{SDXL}").json()["id"] == SDXL


def test_a_folder_answers_under_any_name_and_cannot_be_changed(models: list[Path]) -> None:
    with run_sandbox(options=["--as", f"ada/echo={models[0]}"]) as running, client_of(running) as api:
        done = until_done(api, api.post("/models/ada/echo/predictions", json={"input": {}}).json()["urls"]["get"])
        assert done["status"] == "succeeded"
        assert api.patch("/models/ada/echo", json={"description": "mine"}).status_code == 403


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as", "flux=fractal"], "write OWNER/NAME[:VERSION]=TARGET"),
        (["--as", "a/b"], "write OWNER/NAME[:VERSION]=TARGET"),
        (["--as", "a/b:39ed52=fractal"], "a version has 64 hex digits, not 6"),
        (["--as", "a/b=nothing"], "nothing is neither a model of the sandbox (bard, "),
        (["--as", "a/b=fractal", "--as", "a/b=guide"], "--as gives a/b to two models"),
        (["--as", "sandbox/guide=fractal"], "--as gives sandbox/guide to two models"),
        (["--workers", "0"], "a number from 1 to 64, not '0'"),
        (
            ["--chaos", "predictionz.create:500"],
            "there is no operation 'predictionz.create'; is it predictions.create?",
        ),
        (["--chaos", "predictions.get:500, zzz:429"], "there is no operation 'zzz'"),
    ],
)
def test_what_cannot_be_meant_ends_with_2_and_says_what_would_be_right(arguments: list[str], said: str) -> None:
    command = [sys.executable, "-m", "tui.sandbox", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_a_model_has_as_many_processes_as_it_is_given(models: list[Path]) -> None:
    def at_once(api: httpx.Client, count: int) -> int:
        """How many of some long runs are under way at the same time, once one is."""
        version = version_of(api, "talker")
        body: dict[str, Any] = {"version": version, "input": {"text": "a b", "pause": 30}}
        runs = [api.post("/predictions", json=body).json()["urls"] for _ in range(4)]
        end = time.monotonic() + 60
        while time.monotonic() < end:
            under_way = sum(api.get(run["get"]).json()["status"] == "processing" for run in runs)
            if under_way >= count:
                break
            time.sleep(0.1)
        for run in runs:
            api.post(run["cancel"])
        return under_way

    with run_sandbox(options=["--workers", "3"], cog=models) as running, client_of(running) as api:
        assert at_once(api, 3) == 3
    with run_sandbox(cog=models) as running, client_of(running) as api:
        assert at_once(api, 1) == 1


def test_a_fault_of_creations_strikes_each_way_to_create(models: list[Path]) -> None:
    options = ["--as", f"{FLUX}=talker", "--chaos", "predictions.create:503x3"]
    with run_sandbox(options=options, cog=models) as running, client_of(running) as api:
        deployment = {
            "name": "mine", "model": "sandbox/talker", "version": version_of(api, "talker"), "hardware": "cpu",
            "min_instances": 0, "max_instances": 1,
        }  # fmt: skip
        assert api.post("/deployments", json=deployment).is_success
        ways = (
            (f"/models/{FLUX}/predictions", {"input": {}}),
            ("/predictions", {"version": FLUX, "input": {}}),
            ("/deployments/sandbox/mine/predictions", {"input": {}}),
        )
        assert [api.post(path, json=body).status_code for path, body in ways] == [503, 503, 503]
        assert api.post(ways[0][0], json=ways[0][1]).status_code == 201
