"""Models of which only the schema is known: they check their inputs and give outputs of their own shape."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from PIL import Image

from tests.sandbox.conftest import client_of, until_done
from tests.support.paths import ROOT
from tests.support.sandbox import RunningSandbox, run_sandbox
from tests.support.stub_models import ALL, FLUX_ID, LLAMA, model, plain_schema, write_models

FLUX = "black-forest-labs/flux-schnell"
A_DATA_URI = "data:text/plain;base64,aGVsbG8="


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    file = write_models(tmp_path_factory.mktemp("stubs") / "models.json", ALL)
    with run_sandbox(options=["--as", str(file)]) as running:
        yield running


@pytest.fixture
def api(stubs: RunningSandbox) -> Iterator[httpx.Client]:
    with client_of(stubs) as client:
        yield client


def ask(api: httpx.Client, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """One prediction to its end, by the latest version's digits."""
    version = api.get(f"/models/{name}").json()["latest_version"]["id"]
    made = api.post("/predictions", json={"version": version, "input": given})
    assert made.status_code == 201, made.text
    return until_done(api, made.json()["urls"]["get"])


def fetched(address: str) -> tuple[str, bytes]:
    answer = httpx.get(address)
    return answer.headers["content-type"], answer.content


@pytest.mark.parametrize("answer", ALL, ids=lambda answer: answer["name"])
def test_each_kind_of_model_gives_an_output_that_its_own_schema_allows(
    api: httpx.Client, answer: dict[str, Any]
) -> None:
    given = {"audio": A_DATA_URI} if answer["name"] == "whisper" else {"prompt": "a quiet sea"}
    done = ask(api, f"{answer['owner']}/{answer['name']}", given)
    assert done["status"] == "succeeded", done["error"]
    assert done["output"] not in (None, [], {})
    jsonschema.Draft202012Validator(plain_schema(answer)).validate(done["output"])
    assert "is a stand-in: its output is made up" in done["logs"]


def test_pictures_come_in_the_number_shape_and_format_that_were_asked_for(api: httpx.Client) -> None:
    given = {"prompt": "a quiet sea", "num_outputs": 3, "aspect_ratio": "16:9", "output_format": "jpg"}
    output = ask(api, FLUX, given)["output"]
    assert len(output) == 3
    for at, address in enumerate(output):
        kind, content = fetched(address)
        picture = Image.open(io.BytesIO(content))
        assert (kind, picture.format, picture.size) == ("image/jpeg", "JPEG", (1360, 768))
        assert address.endswith(f"/out-{at}.jpg")
    kind, content = fetched(ask(api, FLUX, {"prompt": "a quiet sea"})["output"][0])
    assert (kind, Image.open(io.BytesIO(content)).format) == ("image/webp", "WEBP")


def test_the_same_input_gives_the_same_bytes_and_another_seed_others(api: httpx.Client) -> None:
    def bytes_of(seed: int) -> bytes:
        return fetched(ask(api, FLUX, {"prompt": "a quiet sea", "seed": seed})["output"][0])[1]

    assert bytes_of(1) == bytes_of(1)
    assert bytes_of(1) != bytes_of(2)


def test_inputs_are_checked_as_the_schema_says(api: httpx.Client) -> None:
    refused = api.post(f"/models/{FLUX}/predictions", json={"input": {"num_outputs": 5, "aspect_ratio": "2:1"}})
    assert refused.status_code == 422
    assert {(one["type"], one["field"]) for one in refused.json()["invalid_fields"]} == {
        ("required", "input"),
        ("number_lte", "input.num_outputs"),
        ("enum", "input.aspect_ratio"),
    }
    local = api.post(f"/models/{FLUX}/predictions", json={"input": {"prompt": "x", "image": "/etc/passwd"}})
    assert [one["field"] for one in local.json()["invalid_fields"]] == ["input.image"]


def test_a_text_streams_word_by_word_no_longer_than_it_may_be(api: httpx.Client) -> None:
    given = {"prompt": "How are you?", "max_tokens": 6}
    made = api.post("/models/meta/meta-llama-3-8b-instruct/predictions", json={"input": given}).json()
    with httpx.stream("GET", made["urls"]["stream"], headers={"Accept": "text/event-stream"}) as answer:
        events: list[list[str]] = [[]]
        for line in answer.iter_lines():
            if line:
                events[-1].append(line)
            else:
                events.append([])
            if "event: done" in line:
                break
    assert sum("event: output" in event for event in events) >= 6
    done = until_done(api, made["urls"]["get"])
    assert "".join(done["output"]) == "This text stands in for meta/meta-llama-3-8b-instruct;"
    assert done["version"] == "hidden"
    assert (done["metrics"]["input_token_count"], done["metrics"]["output_token_count"]) == (3, 6)
    long = ask(api, "meta/meta-llama-3-8b-instruct", {"prompt": "How are you?"})
    assert 'It was asked: "How are you?".' in "".join(long["output"])


@pytest.mark.parametrize(
    ("name", "given", "kind", "beginning"),
    [
        ("minimax/video-01", {"prompt": "a"}, "video/mp4", b"\x00\x00\x00\x1cftypisom"),
        ("meta/musicgen", {"prompt": "a", "output_format": "mp3"}, "audio/mpeg", b"ID3"),
        ("meta/musicgen", {"prompt": "a"}, "audio/wav", b"RIFF"),
        ("someone/anything", {"prompt": "a"}, "image/gif", b"GIF8"),
        ("someone/frames", {"count": 1}, "image/png", b"\x89PNG"),
    ],
)
def test_a_file_is_of_the_kind_that_the_model_gives(
    api: httpx.Client, name: str, given: dict[str, Any], kind: str, beginning: bytes
) -> None:
    output = ask(api, name, given)["output"]
    found, content = fetched(output[0] if isinstance(output, list) else output)
    assert found == kind
    assert content.startswith(beginning)
    if kind == "audio/wav":
        with wave.open(io.BytesIO(content)) as sound:
            assert sound.getnframes() > 1000


def test_each_file_of_an_object_is_of_its_own_kind(api: httpx.Client) -> None:
    output = ask(api, "firtoz/trellis", {"images": []})["output"]
    assert fetched(output["model_file"])[1].startswith(b"glTF")
    assert fetched(output["color_video"])[0] == "video/mp4"
    heard = ask(api, "openai/whisper", {"audio": A_DATA_URI})["output"]
    assert fetched(heard["srt_file"])[1].startswith(b"1\n00:00:00,000 --> ")
    assert heard["language"] in {"english", "german"}
    assert [sorted(segment) for segment in heard["segments"]] == [["id", "text", "tokens"]]


def test_versions_answer_by_their_real_digits_and_say_that_a_stub_stands_in(api: httpx.Client) -> None:
    model = api.get(f"/models/{FLUX}").json()
    assert model["latest_version"]["id"] == FLUX_ID
    assert model["is_official"] is True
    assert model["description"] == (
        "A stub of the sandbox stands in for black-forest-labs/flux-schnell: its outputs are made up. "
        "A fast image model"
    )
    made = api.post("/predictions", json={"version": f"{FLUX}:{FLUX_ID}", "input": {"prompt": "x"}}).json()
    assert (made["model"], made["version"]) == (FLUX, FLUX_ID)
    # One that is not official does not run by its name alone, here as there.
    assert api.post("/models/openai/whisper/predictions", json={"input": {"audio": A_DATA_URI}}).status_code == 404


def test_a_training_gives_a_version_that_runs(api: httpx.Client) -> None:
    made = api.post("/models", json={"owner": "sandbox", "name": "tuned", "visibility": "private", "hardware": "cpu"})
    assert made.status_code == 201
    body = {"destination": "sandbox/tuned", "input": {"data": A_DATA_URI}}
    training = api.post(f"/models/someone/trainer/versions/{'7' * 64}/trainings", json=body).json()
    done = until_done(api, training["urls"]["get"])
    assert done["status"] == "succeeded", done["error"]
    assert fetched(done["output"]["weights"])[1]
    run = api.post("/predictions", json={"version": done["output"]["version"], "input": {"prompt": "x"}}).json()
    assert until_done(api, run["urls"]["get"])["status"] == "succeeded"


def test_a_stub_needs_no_network_for_its_inputs_and_can_be_deployed_and_canceled(api: httpx.Client) -> None:
    given = {"prompt": "x", "image": "https://replicate.delivery/pbxt/nowhere/in.png"}
    assert ask(api, FLUX, given)["status"] == "succeeded"
    deployment = {
        "name": "pictures", "model": FLUX, "version": FLUX_ID, "hardware": "cpu",
        "min_instances": 1, "max_instances": 2,
    }  # fmt: skip
    assert api.post("/deployments", json=deployment).is_success
    made = api.post("/deployments/sandbox/pictures/predictions", json={"input": {"prompt": "x"}}).json()
    assert until_done(api, made["urls"]["get"])["deployment"] == "sandbox/pictures"
    api.patch("/deployments/sandbox/pictures", json={"min_instances": 0, "max_instances": 0}).raise_for_status()
    held = api.post("/deployments/sandbox/pictures/predictions", json={"input": {"prompt": "x"}}).json()
    assert ask(api, FLUX, {"prompt": "z"})["status"] == "succeeded"
    assert api.get(held["urls"]["get"]).json()["status"] == "starting", "a deployment that is off runs nothing"
    api.patch("/deployments/sandbox/pictures", json={"min_instances": 0, "max_instances": 1}).raise_for_status()
    assert until_done(api, held["urls"]["get"])["status"] == "succeeded"
    slow = api.post(f"/models/{FLUX}/predictions", json={"input": {"prompt": "y", "num_outputs": 4}}).json()
    assert api.post(slow["urls"]["cancel"]).json()["status"] == "canceled"


def test_a_schema_alone_needs_a_name_and_answers_under_it(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text(json.dumps(LLAMA["latest_version"]["openapi_schema"]))
    digits = "a" * 64
    options = ["--as", f"ada/one={file}", "--as", f"ada/two:{digits}={file}"]
    with run_sandbox(options=options) as running, client_of(running) as api:
        made = api.post("/models/ada/one/predictions", json={"input": {"prompt": "x"}})
        assert made.status_code == 201
        assert api.post("/models/ada/two/predictions", json={"input": {"prompt": "x"}}).status_code == 404
        assert api.post("/predictions", json={"version": digits, "input": {"prompt": "x"}}).status_code == 201


@pytest.mark.parametrize(
    ("content", "option", "said"),
    [
        (None, "a/b={file}", "cannot be read: No such file or directory"),
        ("nonsense", "a/b={file}", "is not JSON"),
        ('{"owner": "a", "name": "b"}', "a/b={file}", "has no schema: write the API's answer for a model into it"),
        ('{"components": {}}', "{file}", "names no model: write --as OWNER/NAME="),
        (json.dumps([LLAMA, model("a/c", {}, {"type": "string"})]), "a/b={file}", "has 2 models: write --as "),
    ],
)
def test_a_file_that_says_nothing_of_a_model_ends_with_2(
    tmp_path: Path, content: str | None, option: str, said: str
) -> None:
    file = tmp_path / "model.json"
    if content is not None:
        file.write_text(content)
    command = [sys.executable, "-m", "tui.sandbox", "--as", option.format(file=file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


def test_any_name_answers_by_its_kind_where_that_is_wished(tmp_path: Path) -> None:
    with run_sandbox(options=["--as-any"]) as running, client_of(running) as api:

        def output(name: str, given: dict[str, Any]) -> Any:
            made = api.post(f"/models/{name}/predictions", json={"input": given})
            assert made.status_code == 201, made.text
            return until_done(api, made.json()["urls"]["get"])["output"]

        assert "".join(output("meta/meta-llama-3-70b-instruct", {"prompt": "x"})).startswith("This text stands in for")
        assert fetched(output("black-forest-labs/flux-dev", {"prompt": "x"})[0])[0] == "image/png"
        assert fetched(output("google/veo-3", {"prompt": "x"}))[0] == "video/mp4"
        assert set(output("openai/whisper", {"audio": "x"})) == {"transcription", "detected_language", "segments"}
        assert isinstance(output("never/heard-of-it", {"anything": [1]}), list)
        # A version that nobody described: by its name, by those that are known, or by what it is given.
        for version, given, model in (
            (f"ada/sdxl-emoji:{'b' * 64}", {"prompt": "x"}, "ada/sdxl-emoji"),
            ("39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b", {}, "stability-ai/sdxl"),
            ("c" * 64, {"negative_prompt": "x"}, "unknown/images-cccccccccccc"),
        ):
            made = api.post("/predictions", json={"version": version, "input": given}).json()
            assert (made["model"], made["version"]) == (model, version.rpartition(":")[2])
            done = until_done(api, made["urls"]["get"])
            assert fetched(done["output"][0])[0] == "image/png"
        # The clients' own documentation names these by their digits, and digits are all that a client sends.
        for version, given, model in (
            (
                "f677695e5e89f8b236e52ecd1d3f01beb44c34606419bcc19345e046d8f786f9",
                {"image": "x"},
                "andreasjansson/blip-2",
            ),
            (
                "6282abe6a492de4145d7bb601023762212f9ddbbe78278bd6771c8b3b2f2a13b",
                {"prompt": "x"},
                "replicate/vicuna-13b",
            ),
        ):
            done = until_done(
                api, api.post("/predictions", json={"version": version, "input": given}).json()["urls"]["get"]
            )
            assert "".join(done["output"]).startswith(f"This text stands in for {model}; no model made it.")
        assert api.get(f"/models/ada/sdxl-emoji/versions/{'b' * 64}").json()["id"] == "b" * 64
        # The account's own models are those that it made.
        assert api.get("/models/sandbox/never-made").status_code == 404
    with run_sandbox() as running, client_of(running) as api:
        assert api.get("/models/black-forest-labs/flux-dev").status_code == 404
