"""The scenario for the official Python client 1.0.7, as its users write it. `python_v1.py BASE_URL TOKEN`."""

import asyncio
import io
import json
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from receiver import Receiver
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError
from replicate.pagination import paginate
from replicate.webhook import InvalidSignatureError, Webhooks

WORDS = "the cat sat on the mat\nand the dog lay by the door\n" * 40


def run_and_stream(api: Client, copier: str) -> None:
    assert "".join(api.run("sandbox/talker", input={"text": "a b c"})) == "a b c"
    polled = api.run("sandbox/talker", input={"text": "a b"}, wait=False)
    assert "".join(polled) == "a b"
    events = list(api.stream("sandbox/talker", input={"text": "x\ny z", "pause": 0.01}))
    assert "".join(str(event) for event in events) == "x\ny z"
    assert events[-1].event.value == "done"
    image = api.run("sandbox/fractal", input={"prompt": "a quiet sea", "width": 64, "height": 64, "pace": 0})
    assert image[0].read()[:4] in {b"RIFF", b"\x89PNG", b"\xff\xd8\xff\xe0"}
    copied = api.run(copier, input={"file": io.BytesIO(b"bytes"), "note": "!"})
    assert [output.read() for output in copied] == [b"bytes!"]
    inline = api.run(copier, input={"file": io.BytesIO(b"inline")}, file_encoding_strategy="base64")
    assert inline[0].read() == b"inline"
    later = api.run(copier, input={"file": io.BytesIO(b"later")}, use_file_output=False, wait=False)
    assert read(api, later[0]) == b"later"
    try:
        api.run("sandbox/talker", input={"kind": "fail"})
        raise AssertionError("a failed run must raise")
    except ModelError as error:
        assert error.prediction.status == "failed" and "words" in str(error)
    try:
        api.run(copier, input={})
        raise AssertionError("a refused input must raise")
    except ReplicateError as error:
        assert error.status == 422 and "file is required" in (error.detail or "")


def read(api: Client, url: object) -> bytes:
    return api._client.get(str(url)).raise_for_status().content


def predictions(api: Client, version: str) -> None:
    made = api.predictions.create(version=version, input={"text": "a b", "pause": 0.05})
    assert made.status == "starting"
    made.wait()
    assert (made.status, made.output, made.error) == ("succeeded", ["a", " b"], None)
    assert made.metrics and made.metrics["predict_time"] > 0
    slow = api.predictions.create(model="sandbox/talker", input={"text": "a " * 500, "pause": 0.02})
    assert slow.version == "hidden"
    slow.cancel()
    slow.reload()
    assert slow.status == "canceled" and slow.completed_at
    assert api.predictions.cancel(slow.id).status == "canceled"
    assert api.predictions.get(made.id).output == ["a", " b"]
    listed = [item.id for page in paginate(api.predictions.list) for item in page]
    assert {made.id, slow.id} <= set(listed)
    grown = list(api.predictions.create(model="sandbox/talker", input={"text": "a b c"}).output_iterator())
    assert "".join(grown) == "a b c"


def files(api: Client) -> None:
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "note.txt"
        note.write_text("hello")
        file = api.files.create(note, metadata={"customer": 12})
    assert (file.name, file.size, file.content_type, file.metadata) == ("note.txt", 5, "text/plain", {"customer": 12})
    assert api.files.get(file.id).checksums == file.checksums
    assert file.id in [item.id for item in api.files.list()]
    assert api.files.delete(file.id) is True
    try:
        api.files.get(file.id)
        raise AssertionError("a deleted file must be gone")
    except ReplicateError as error:
        assert error.status == 404


def catalogue(api: Client) -> None:
    account = api.accounts.current()
    assert (account.type, account.username) == ("user", "sandbox")
    assert api.hardware.list()[0].sku == "cpu"
    names = [model.name for page in paginate(api.models.list) for model in page]
    assert {"talker", "copier", "bard"} <= set(names)
    assert api.models.search("says words").results[0].name == "talker"
    model = api.models.get("sandbox", "bard")
    assert model.latest_version and model.default_example
    versions = model.versions.list()
    assert model.versions.get(versions[0].id).openapi_schema["components"]["schemas"]["TrainingInput"]
    collection = api.collections.get(api.collections.list()[0].slug)
    assert collection.models and api.models.get(collection.models[0].id).name


def trainings(api: Client) -> None:
    """On a text of one's own, to a version that runs."""
    trainer = api.models.get("sandbox/bard").latest_version
    pupil = api.models.create("sandbox", "pupil-1", visibility="private", hardware="cpu", description="of a test")
    assert pupil.description == "of a test"
    training = api.trainings.create(
        model=("sandbox", "bard"),
        version=trainer,
        input={"train_data": io.BytesIO(WORDS.encode()), "epochs": 2, "order": 2},
        destination="sandbox/pupil-1",
    )
    give_up = time.monotonic() + 40
    while training.status not in {"succeeded", "failed", "canceled"}:
        assert time.monotonic() < give_up
        time.sleep(0.05)
        training.reload()
    assert training.status == "succeeded", training.error
    assert "loss" in training.logs
    assert training.id in [item.id for item in api.trainings.list()]
    assert api.trainings.get(training.id).output == training.output
    spoken = api.run(training.output["version"], input={"prompt": "the cat", "max_tokens": 5, "delay": 0})
    assert set("".join(spoken).split()) <= set(WORDS.split())
    made = api.models.get("sandbox/pupil-1").latest_version.id
    assert f"sandbox/pupil-1:{made}" == training.output["version"]
    second = api.trainings.create(
        model=("sandbox", "bard"),
        version=trainer,
        input={"train_data": io.BytesIO(WORDS.encode()), "pause": 1},
        destination="sandbox/pupil-1",
    )
    second.cancel()
    second.reload()
    assert second.status == "canceled"
    api._client.delete(f"/v1/models/sandbox/pupil-1/versions/{made}").raise_for_status()
    assert api.models.delete("sandbox/pupil-1") is True


def deployments(api: Client, version: str) -> None:
    made = api.deployments.create(
        name="desk-1", model="sandbox/talker", version=version, hardware="cpu", min_instances=0, max_instances=1
    )
    assert made.current_release.number == 1
    assert made.current_release.configuration.max_instances == 1
    job = made.predictions.create(input={"text": "from a desk"})
    job.wait()
    assert "".join(job.output) == "from a desk"
    changed = api.deployments.update("sandbox", "desk-1", min_instances=0, max_instances=0)
    assert (changed.current_release.number, changed.current_release.configuration.max_instances) == (2, 0)
    assert api.deployments.get("sandbox/desk-1").current_release.number == 2
    assert [item.name for item in api.deployments.list()] == ["desk-1"]
    try:
        api.deployments.delete("sandbox", "desk-1")
        raise AssertionError("a deployment in use must not be deleted")
    except ReplicateError as error:
        assert error.status == 400


def delete_the_deployment(api: Client) -> None:
    give_up = time.monotonic() + 20
    while True:
        try:
            assert api.deployments.delete("sandbox", "desk-1") is True
            return
        except ReplicateError as error:
            assert error.status == 400 and time.monotonic() < give_up
            time.sleep(0.1)


def webhooks(api: Client) -> None:
    secret = api.webhooks.default.secret()
    receiver = Receiver()
    try:
        made = api.predictions.create(
            model="sandbox/talker",
            input={"text": "ü b"},
            webhook=receiver.url,
            webhook_events_filter=["start", "completed"],
        )
        for headers, body in receiver.wait_for(2):
            Webhooks.validate(headers=headers, body=body, secret=secret, tolerance=300)
            assert json.loads(body)["id"] == made.id
            try:
                Webhooks.validate(headers=headers, body=body + " ", secret=secret)
                raise AssertionError("a changed body must not be valid")
            except InvalidSignatureError:
                pass
        assert json.loads(body)["output"] == ["ü", " b"], body
    finally:
        receiver.close()


async def asynchronously(api: Client, copier: str) -> None:
    output = await api.async_run("sandbox/talker", input={"text": "a b"})
    assert "".join(output) == "a b"
    iterated = await api.async_run(f"sandbox/talker:{await version_of(api)}", input={"text": "c d"}, wait=False)
    assert "".join([piece async for piece in iterated]) == "c d"
    events = await api.async_stream("sandbox/talker", input={"text": "x\ny", "pause": 0.01})
    assert "".join([str(event) async for event in events]) == "x\ny"
    many = await asyncio.gather(*(api.async_run("sandbox/talker", input={"text": f"n {n}"}) for n in range(10)))
    assert ["".join(text) for text in many] == [f"n {n}" for n in range(10)]
    made = await api.predictions.async_create(model="sandbox/talker", input={"text": "a " * 500, "pause": 0.02})
    await made.async_cancel()
    await made.async_reload()
    assert made.status == "canceled"
    other = await api.predictions.async_create(model="sandbox/talker", input={"text": "w"})
    await other.async_wait()
    assert (await api.predictions.async_get(other.id)).output == ["w"]
    assert other.id in [item.id for item in (await api.predictions.async_list()).results]
    file = await api.files.async_create(io.BytesIO(b"async"))
    copied = await api.async_run(copier, input={"file": file.urls["get"]})
    assert await copied[0].aread() == b"async"
    await api.files.async_delete(file.id)
    assert (await api.accounts.async_current()).username == "sandbox"
    assert (await api.models.async_get("sandbox/talker")).name == "talker"


async def version_of(api: Client) -> str:
    return (await api.models.async_get("sandbox/talker")).latest_version.id


def main() -> None:
    assert metadata.version("replicate") == "1.0.7"
    base_url, token = sys.argv[1:]
    # This client's base URL is without the /v1.
    api = Client(api_token=token, base_url=base_url.removesuffix("/v1"))
    version = api.models.get("sandbox/talker").latest_version.id
    copier = f"sandbox/copier:{api.models.get('sandbox/copier').latest_version.id}"
    deployments(api, version)
    run_and_stream(api, copier)
    predictions(api, version)
    files(api)
    catalogue(api)
    webhooks(api)
    trainings(api)
    asyncio.run(asynchronously(api, copier))
    delete_the_deployment(api)
    print("done")


main()
