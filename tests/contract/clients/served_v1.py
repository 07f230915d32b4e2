"""The README of the official Python client 1.0.7, against `cog serve`. `served_v1.py STREAM_URL IMAGE_URL PICTURE`."""

import asyncio
import io
import os
import sys
from importlib import metadata
from pathlib import Path

from receiver import Receiver

TEXT, IMAGE, PICTURE = sys.argv[1:]
os.environ["REPLICATE_BASE_URL"] = TEXT
import replicate  # noqa: E402
from replicate.client import Client  # noqa: E402
from replicate.exceptions import ModelError, ReplicateError  # noqa: E402
from replicate.webhook import Webhooks  # noqa: E402

VERSION = "5797a99edc939ea0e9242d5e8c9cb3bc7d125b1eac21bda852e5cb79ede2cd9b"
SHORT = {"prompt": "A", "max_tokens": 2, "delay": 0}


def text() -> None:
    assert "".join(replicate.run("me/poet", input=SHORT)) == "A the quick"
    assert "".join(replicate.run(f"me/poet:{VERSION}", input=SHORT)) == "A the quick"
    assert "".join(replicate.run(f"me/poet:{VERSION}", input=SHORT, wait=False)) == "A the quick"
    events = list(replicate.stream("me/poet", input=SHORT))
    assert "".join(map(str, events)) == "A the quick"
    assert events[-1].event.value == "done"
    made = replicate.predictions.create(model="me/poet", input=SHORT, stream=True)
    assert "".join(map(str, made.stream())) == "A the quick"


def background() -> None:
    version = replicate.models.get("me/poet").versions.get(VERSION)
    assert "prompt" in version.openapi_schema["components"]["schemas"]["Input"]["properties"]
    made = replicate.predictions.create(version=version, input=SHORT)
    assert (made.status, made.version, made.output) == ("starting", VERSION, None)
    made.wait()
    assert (made.status, made.output, made.error) == ("succeeded", ["A", " the", " quick"], None)
    assert made.logs == "1/2\n2/2\n"
    assert made.metrics["predict_time"] > 0 and made.started_at and made.completed_at
    slow = replicate.predictions.create(model="me/poet", input={**SHORT, "max_tokens": 200, "delay": 0.1})
    next(slow.output_iterator())
    waiting = replicate.predictions.create(model="me/poet", input=SHORT)
    slow.cancel()
    slow.reload()
    assert slow.status == "canceled" and slow.output[0] == "A"
    waiting.wait()
    assert waiting.output == ["A", " the", " quick"]
    listed = [one.id for one in replicate.predictions.list()]
    assert listed[:3] == [waiting.id, slow.id, made.id]


def refusals() -> None:
    try:
        replicate.run("me/poet", input={"max_tokens": "many"})
        raise AssertionError("what the schema refuses must be refused")
    except ReplicateError as error:
        assert error.status == 422 and "prompt is required" in error.detail, error
    try:
        replicate.trainings.list()
        raise AssertionError("what is not served must be refused")
    except ReplicateError as error:
        assert error.status == 404 and "cog serve answers for predictions" in error.detail, error


def webhooks() -> None:
    receiver = Receiver()
    try:
        made = replicate.predictions.create(
            model="me/poet", input=SHORT, webhook=receiver.url, webhook_events_filter=["completed"]
        )
        headers, body = receiver.wait_for(1)[0]
        Webhooks.validate(headers=headers, body=body, secret=replicate.webhooks.default.secret())
        assert made.id in body
    finally:
        receiver.close()


def files() -> None:
    api = Client(base_url=IMAGE)
    with Path(PICTURE).open("rb") as picture:
        scaled = api.run(f"me/upscaler:{VERSION}", input={"image": picture, "scale": 2})
    assert scaled.read()[:4] == b"\x89PNG"
    inline = api.run("me/upscaler", input={"image": scaled.url, "scale": 1})
    assert inline.read()[:4] == b"\x89PNG"
    file = api.files.create(PICTURE)
    assert api.files.get(file.id).size == Path(PICTURE).stat().st_size
    assert api.files.delete(file.id) is True
    try:
        api.run("me/upscaler", input={"image": io.BytesIO(b"no picture")})
        raise AssertionError("a failed run must raise")
    except ModelError as error:
        assert error.prediction.status == "failed" and "cannot identify image file" in error.prediction.error


async def asynchronously() -> None:
    many = await asyncio.gather(*(replicate.async_run("me/poet", input={**SHORT, "prompt": f"{n}"}) for n in range(4)))
    assert ["".join(one) for one in many] == [f"{n} the quick" for n in range(4)]


assert metadata.version("replicate") == "1.0.7"
text()
background()
refusals()
webhooks()
files()
asyncio.run(asynchronously())
print("done")
