"""The client against the sandbox: a real server with real models."""

import asyncio

import pytest
from PIL import Image

from tui.api.client import Client
from tui.api.errors import InvalidInput, NotFound, Unauthorized
from tui.api.token import Token
from tui.api.types import Target


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
