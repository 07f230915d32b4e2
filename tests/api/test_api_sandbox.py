"""The client against the sandbox: a real server with real models."""

import asyncio

import pytest
from PIL import Image

from tests.support.sandbox import run_sandbox
from tui.api.client import Client
from tui.api.errors import InvalidInput, NotFound, OutcomeUnknown, Unauthorized
from tui.api.token import Token
from tui.api.types import Prediction, Target


@pytest.fixture
async def client(sandbox):
    async with Client(sandbox.base_url, Token(sandbox.token)) as client:
        yield client


async def ended(client, prediction):
    while not prediction.is_terminal:
        await asyncio.sleep(0.05)
        prediction = await client.prediction(prediction.id)
    return prediction


async def version_of(client, name):
    model = await client.model("sandbox", name)
    return Target("sandbox", name, model.latest_version.id if model.latest_version else None)


async def test_an_image_model_runs_from_upload_to_saved_output(sandbox, client, tmp_path):
    Image.new("RGB", (16, 8), "red").save(tmp_path / "in.png")
    file = await client.upload(tmp_path / "in.png")
    assert file.urls.get
    target = await version_of(client, "upscale")
    done = await ended(client, await client.create_prediction(target, {"image": file.urls.get}))
    assert done.status == "succeeded", done.error
    output = done.output[0] if isinstance(done.output, list) else done.output
    assert isinstance(output, str)
    await client.download(output, tmp_path / "out.png")
    assert Image.open(tmp_path / "out.png").width > 16
    assert done.id in [item.id async for item in client.predictions()]
    await client.delete_file(file.id)
    with pytest.raises(NotFound):
        await client.file(file.id)


async def test_a_language_model_streams_the_text_that_it_returns(sandbox, client):
    target = await version_of(client, "guide")
    made = await client.create_prediction(target, {"prompt": "How do I cancel a prediction?"})
    assert made.urls.stream
    text = "".join([event.data async for event in client.stream(made.urls.stream) if event.kind == "output"])
    done = await ended(client, made)
    assert text
    assert text == "".join(done.output)


async def test_a_refused_input_names_its_field(sandbox, client):
    target = await version_of(client, "fractal")
    with pytest.raises(InvalidInput) as refusal:
        await client.create_prediction(target, {"width": "abc"})
    assert "width" in refusal.value.fields


async def test_a_bad_token_is_refused(sandbox):
    async with Client(sandbox.base_url, Token("r8_wrong")) as client:
        with pytest.raises(Unauthorized):
            await client.account()


async def test_creations_under_faults_of_every_kind_are_each_made_once_at_most(naps):
    plan = (
        "predictions.create:lost=0.3, predictions.create:half=0.2, predictions.create:500=0.1, "
        "predictions.create:429=0.2@0s, predictions.create:drop=0.1, *.list:503=0.2; seed=11"
    )
    with run_sandbox(chaos=plan) as faulty:
        async with Client(faulty.base_url, Token(faulty.token), sleep=naps) as client:
            target = await version_of(client, "everything")
            results = await asyncio.gather(
                *(client.create_prediction(target, {"name": f"number {n}", "count": 1}) for n in range(40)),
                return_exceptions=True,
            )
            listed = [await client.prediction(item.id) async for item in client.predictions()]
    made = [item for item in results if isinstance(item, Prediction)]
    lost = [item for item in results if isinstance(item, OutcomeUnknown)]
    assert len(made) + len(lost) == 40, [item for item in results if item not in made + lost]
    texts = [str(item.input["name"]) for item in listed]
    assert len(set(texts)) == len(texts) >= 25
    assert {item.id for item in made} <= {item.id for item in listed}
    assert len({item.id for item in made}) == len(made)
    for item, number in zip(results, range(40), strict=True):
        assert not isinstance(item, Prediction) or item.input["name"] == f"number {number}"
