"""Programs as their documentation shows them, run by `sandbox -- …`: nothing in them knows of the sandbox."""

import contextlib
import sqlite3
import textwrap
from pathlib import Path

import pytest

from tests.contract.installing import Installed
from tests.contract.programs import NODE, around, node, python, with_pypi

pytest.importorskip("trustme")
pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
SAID = "This text stands in for meta/meta-llama-3-8b-instruct"


def test_langchain_community(installed: Installed) -> None:
    code = """
        from langchain_community.llms import Replicate

        llm = Replicate(
            model="meta/meta-llama-3-8b-instruct",
            model_kwargs={"temperature": 0.75, "max_length": 500, "top_p": 1},
        )
        print(llm.invoke("User: Can a dog drive a car?\\nAssistant:"))
        print("".join(llm.stream("And a cat?")))
    """
    said = python(installed, ("langchain-community==0.4.2", "replicate==1.0.7"), code)
    assert said.count(SAID) == 2


def test_llama_index(installed: Installed) -> None:
    code = """
        from llama_index.core.llms import ChatMessage
        from llama_index.llms.replicate import Replicate

        llm = Replicate(model="meta/meta-llama-3-8b-instruct", temperature=0.1)
        print(llm.complete("Who is Paul Graham?"))
        print(llm.chat([ChatMessage(role="user", content="What is your name")]))
        for piece in llm.stream_complete("Who is Paul Graham?"):
            print(piece.delta, end="")
        llm = Replicate(
            model="replicate/vicuna-13b:6282abe6a492de4145d7bb601023762212f9ddbbe78278bd6771c8b3b2f2a13b"
        )
        print(llm.complete("Who is Paul Graham?"))
    """
    said = python(installed, ("llama-index-llms-replicate==0.7.0", "replicate==1.0.7"), code)
    assert said.count(SAID) == 3
    assert said.count("This text stands in for replicate/vicuna-13b") == 1


def test_litellm(installed: Installed) -> None:
    code = """
        from litellm import completion

        messages = [{"content": "Hello, how are you?", "role": "user"}]
        response = completion(model="replicate/meta/meta-llama-3-8b-instruct", messages=messages)
        print(response.choices[0].message.content)
        for chunk in completion(model="replicate/meta/meta-llama-3-8b-instruct", messages=messages, stream=True):
            print(chunk.choices[0].delta.content or "", end="")
    """
    said = python(installed, ("litellm==1.110.2",), code)
    assert said.count(SAID) == 2


def test_llm_replicate(installed: Installed, tmp_path: Path) -> None:
    folder = with_pypi(installed, ("llm-replicate==0.3.1", "setuptools<80"))
    llm = folder / "bin" / "llm"
    script = f"""
        set -e
        unset PYTHONPATH
        {llm} keys set replicate --value "$REPLICATE_API_TOKEN"
        {llm} replicate add meta/meta-llama-3-8b-instruct --chat --alias llama3
        {llm} -m llama3 "Ten great names for a pet pelican"
        {llm} -c "Five more and make them more nautical"
        {llm} replicate fetch-models
        {llm} models list
        {llm} replicate fetch-predictions
    """
    said = around(["sh", "-c", textwrap.dedent(script)], tmp_path, LLM_USER_PATH=str(tmp_path))
    assert said.count(SAID) == 2
    assert "Replicate (chat): replicate-meta-meta-llama-3-8b-instruct (aliases: llama3)" in said
    with contextlib.closing(sqlite3.connect(tmp_path / "logs.db")) as database:
        rows = database.execute("SELECT status FROM replicate_predictions").fetchall()
    assert rows == [("succeeded",), ("succeeded",)]


@NODE
@pytest.mark.node
@pytest.mark.parametrize(("provider", "sdk"), [("2.0.57", "6"), ("3.0.46", "7")])
def test_ai_sdk(installed: Installed, provider: str, sdk: str) -> None:
    code = """
        import { replicate } from "@ai-sdk/replicate";
        import { generateImage } from "ai";
        import { writeFile } from "node:fs/promises";
        import { readFileSync } from "node:fs";

        const kind = (file) => readFileSync(file).subarray(1, 4).toString();
        const { image } = await generateImage({
          model: replicate.image("black-forest-labs/flux-schnell"),
          prompt: "The Loch Ness Monster getting a manicure",
          aspectRatio: "16:9",
        });
        await writeFile("image.png", image.uint8Array);
        console.log(kind("image.png"), image.mediaType);

        const { image: versioned } = await generateImage({
          model: replicate.image(
            "bytedance/sdxl-lightning-4step:5599ed30703defd1d160a25a63321b4dec97101d98b4674bcc56e41f62f35637",
          ),
          prompt: "The Loch Ness Monster getting a manicure",
        });
        await writeFile("versioned.png", versioned.uint8Array);
        console.log(kind("versioned.png"));

        const imageBuffer = readFileSync("./image.png");
        const { images } = await generateImage({
          model: replicate.image("black-forest-labs/flux-fill-dev"),
          prompt: { text: "Turn the cat into a golden retriever dog", images: [imageBuffer] },
          providerOptions: { replicate: { guidance_scale: 7.5, num_inference_steps: 30 } },
        });
        await writeFile("edited.png", images[0].uint8Array);
        console.log(kind("edited.png"));
    """
    packages = (f"@ai-sdk/replicate@{provider}", f"ai@{sdk}")
    assert node(installed, packages, code).splitlines() == [
        "PNG image/png", "PNG", "PNG",
    ]  # fmt: skip
