"""The scenario for the official Python client 2.0.0b4, as its users write it. `python_v2.py BASE_URL TOKEN`."""

import asyncio
import base64
import hashlib
import hmac
import io
import json
import os
import sys
import time
import warnings

import replicate
from receiver import Receiver
from replicate import AsyncReplicate, Replicate
from replicate._exceptions import ModelError

WORDS = "the cat sat on the mat\nand the dog lay by the door\n" * 40


def run_and_stream(api: Replicate, copier: str) -> None:
    assert "".join(api.run("sandbox/talker", input={"text": "a b c"})) == "a b c"
    assert "".join(api.run("sandbox/talker", input={"text": "a b"}, wait=False)) == "a b"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "".join(api.stream("sandbox/talker", input={"text": "x\ny z", "pause": 0.01})) == "x\ny z"
    talk = replicate.use("sandbox/talker", streaming=True)
    assert "".join(talk(text="u v", pause=0.01)) == "u v"
    assert str(replicate.use("sandbox/talker")(text="p q")) == "p q"
    image = api.run("sandbox/fractal", input={"prompt": "a quiet sea", "width": 64, "height": 64, "pace": 0})
    assert image[0].read()[:4] in {b"RIFF", b"\x89PNG", b"\xff\xd8\xff\xe0"}
    copied = api.run(copier, input={"file": io.BytesIO(b"bytes"), "note": "!"})
    assert copied[0].read() == b"bytes!"
    inline = api.run(copier, input={"file": io.BytesIO(b"inline")}, file_encoding_strategy="base64")
    assert inline[0].read() == b"inline"
    later = api.run(copier, input={"file": io.BytesIO(b"later")}, wait=False)
    assert read(api, later[0]) == b"later"
    try:
        api.run("sandbox/talker", input={"kind": "fail"})
        raise AssertionError("a failed run must raise")
    except ModelError as error:
        assert error.prediction.status == "failed"
    try:
        api.run(copier, input={})
        raise AssertionError("a refused input must raise")
    except replicate.UnprocessableEntityError as error:
        assert "file is required" in error.body["detail"]


def read(api: Replicate, url: object) -> bytes:
    return api._client.get(str(url)).raise_for_status().content


def predictions(api: Replicate, version: str) -> None:
    made = api.predictions.create(version=version, input={"text": "a b", "pause": 0.05})
    assert made.status == "starting" and made.urls.stream
    done = api.predictions.wait(made.id)
    assert (done.status, done.output, done.error) == ("succeeded", ["a", " b"], None)
    assert done.metrics.total_time > 0
    waited = api.predictions.create(version="sandbox/talker", input={"text": "a"}, prefer="wait=20")
    assert (waited.version, waited.output) == ("hidden", ["a"])
    slow = api.models.predictions.create(
        model_owner="sandbox",
        model_name="talker",
        input={"text": "a " * 500, "pause": 0.02},
        cancel_after="5m",
    )
    assert slow.deadline > slow.created_at
    assert api.predictions.cancel(prediction_id=slow.id).status == "canceled"
    assert api.predictions.get(prediction_id=slow.id).status == "canceled"
    assert {made.id, slow.id} <= {item.id for item in api.predictions.list()}
    assert made.id not in {item.id for item in api.predictions.list(created_after=slow.created_at)}
    assert list(api.predictions.list(extra_query={"source": "web"})) == []


def files(api: Replicate) -> None:
    file = api.files.create(content=b"hello", filename="note.txt", type="text/plain")
    assert (file.size, file.content_type) == (5, "text/plain")
    assert api.files.get(file_id=file.id).checksums.sha256 == hashlib.sha256(b"hello").hexdigest()
    assert file.id in {item.id for item in api.files.list()}
    api.files.delete(file_id=file.id)
    try:
        api.files.get(file_id=file.id)
        raise AssertionError("a deleted file must be gone")
    except replicate.NotFoundError as error:
        assert error.status_code == 404


def catalogue(api: Replicate) -> None:
    account = api.account.get()
    assert (account.type, account.username) == ("user", "sandbox")
    assert api.hardware.list()[0].sku == "cpu"
    assert {"talker", "copier", "bard"} <= {model.name for model in api.models.list()}
    assert api.models.list(sort_by="model_created_at", sort_direction="asc").results
    assert next(iter(api.models.search(body="says words"))).name == "talker"
    found = api.search(query="says words", limit=5)
    assert found.models[0].model.name == "talker" and found.models[0].metadata.score > 0
    assert api.models.get(model_owner="sandbox", model_name="bard").latest_version
    versions = list(api.models.versions.list(model_owner="sandbox", model_name="bard"))
    whole = api.models.versions.get(model_owner="sandbox", model_name="bard", version_id=versions[0].id)
    assert whole.openapi_schema["components"]["schemas"]["TrainingInput"]
    assert list(api.models.examples.list(model_owner="sandbox", model_name="bard"))
    assert api.models.readme.get(model_owner="sandbox", model_name="bard")
    slug = next(iter(api.collections.list())).slug
    assert api.collections.get(collection_slug=slug).models


def trainings(api: Replicate) -> None:
    """On a text of one's own, to a version that runs."""
    api.models.create(owner="sandbox", name="pupil-2", visibility="private", hardware="cpu")
    updated = api.models.update(model_owner="sandbox", model_name="pupil-2", description="d", readme="# R")
    assert updated.description == "d"
    assert api.models.readme.get(model_owner="sandbox", model_name="pupil-2") == "# R"
    trainer = api.models.get(model_owner="sandbox", model_name="bard").latest_version
    data = api.files.create(content=WORDS.encode(), filename="words.txt", type="text/plain")
    base = {
        "model_owner": "sandbox",
        "model_name": "bard",
        "version_id": trainer.id,
        "destination": "sandbox/pupil-2",
    }
    training = api.trainings.create(input={"train_data": data.urls.get, "epochs": 2, "order": 2}, **base)
    give_up = time.monotonic() + 40
    while training.status not in {"succeeded", "failed", "canceled"}:
        assert time.monotonic() < give_up
        time.sleep(0.05)
        training = api.trainings.get(training_id=training.id)
    assert training.status == "succeeded", training.error
    assert "loss" in training.logs and training.output.weights
    assert training.id in {item.id for item in api.trainings.list()}
    spoken = api.run(training.output.version, input={"prompt": "the cat", "max_tokens": 5, "delay": 0})
    assert set("".join(spoken).split()) <= set(WORDS.split())
    second = api.trainings.create(input={"train_data": data.urls.get, "pause": 1}, **base)
    assert api.trainings.cancel(training_id=second.id).status == "canceled"
    made = training.output.version.partition(":")[2]
    api.models.versions.delete(model_owner="sandbox", model_name="pupil-2", version_id=made)
    api.models.delete(model_owner="sandbox", model_name="pupil-2")


def deployments(api: Replicate, version: str) -> None:
    made = api.deployments.create(
        name="desk-2", model="sandbox/talker", version=version, hardware="cpu", min_instances=0, max_instances=1
    )
    assert made.current_release.number == 1
    where = {"deployment_owner": "sandbox", "deployment_name": "desk-2"}
    job = api.deployments.predictions.create(input={"text": "from a desk"}, **where)
    assert job.deployment == "sandbox/desk-2"
    assert "".join(api.predictions.wait(job.id).output) == "from a desk"
    changed = api.deployments.update(min_instances=0, max_instances=0, **where)
    assert (changed.current_release.number, changed.current_release.configuration.max_instances) == (2, 0)
    assert api.deployments.get(**where).current_release.number == 2
    assert [item.name for item in api.deployments.list()] == ["desk-2"]
    try:
        api.deployments.delete(**where)
        raise AssertionError("a deployment in use must not be deleted")
    except replicate.BadRequestError as error:
        assert error.status_code == 400


def delete_the_deployment(api: Replicate) -> None:
    give_up = time.monotonic() + 20
    while True:
        try:
            api.deployments.delete(deployment_owner="sandbox", deployment_name="desk-2")
            return
        except replicate.BadRequestError:
            assert time.monotonic() < give_up
            time.sleep(0.1)


def webhooks(api: Replicate) -> None:
    """This client has no validator: the signature is worked out by the documentation's steps."""
    key = base64.b64decode(api.webhooks.default.secret.get().key.removeprefix("whsec_"))
    receiver = Receiver()
    try:
        made = api.predictions.create(
            version="sandbox/talker", input={"text": "ü b"}, webhook=receiver.url, webhook_events_filter=["completed"]
        )
        ((headers, body),) = receiver.wait_for(1)
        given = {name.lower(): value for name, value in headers.items()}
        signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.{body}".encode()
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert f"v1,{expected}" in given["webhook-signature"].split(" ")
        assert (json.loads(body)["id"], json.loads(body)["output"]) == (made.id, ["ü", " b"])
    finally:
        receiver.close()


async def asynchronously(base_url: str, token: str, copier: str) -> None:
    async with AsyncReplicate(bearer_token=token, base_url=base_url) as api:
        assert "".join(await api.run("sandbox/talker", input={"text": "a b"})) == "a b"
        many = await asyncio.gather(*(api.run("sandbox/talker", input={"text": f"n {n}"}) for n in range(10)))
        assert ["".join(text) for text in many] == [f"n {n}" for n in range(10)]
        made = await api.predictions.create(version="sandbox/talker", input={"text": "a " * 500, "pause": 0.02})
        assert (await api.predictions.cancel(prediction_id=made.id)).status == "canceled"
        other = await api.predictions.create(version="sandbox/talker", input={"text": "w"})
        assert (await api.predictions.wait(other.id)).output == ["w"]
        assert other.id in [item.id async for item in api.predictions.list()]
        copied = await api.run(copier, input={"file": io.BytesIO(b"async")})
        assert await copied[0].read() == b"async"
        assert (await api.account.get()).username == "sandbox"
        assert "talker" in [model.name async for model in api.models.list()]


def main() -> None:
    assert replicate.__version__ == "2.0.0-beta.4", replicate.__version__
    base_url, token = sys.argv[1:]
    # `stream` and `use` make clients of their own, which look nowhere else.
    os.environ.update(REPLICATE_API_TOKEN=token, REPLICATE_BASE_URL=base_url)
    api = Replicate(bearer_token=token, base_url=base_url)
    version = api.models.get(model_owner="sandbox", model_name="talker").latest_version.id
    copier = api.models.get(model_owner="sandbox", model_name="copier").latest_version.id
    deployments(api, version)
    run_and_stream(api, f"sandbox/copier:{copier}")
    predictions(api, version)
    files(api)
    catalogue(api)
    webhooks(api)
    trainings(api)
    asyncio.run(asynchronously(base_url, token, f"sandbox/copier:{copier}"))
    delete_the_deployment(api)
    print("done")


main()
