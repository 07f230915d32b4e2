"""Every recorded schema of a language or vision model can be chatted with; the others say why not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import write_model
from tests.services.conftest import Seen, opened
from tests.support.paths import REPLICATE
from tests.support.sandbox import run_sandbox
from tui.services.chat.can_chat import fitness

FOLDER = REPLICATE / "schemas"
pytestmark = [
    pytest.mark.recorded,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="needs ../shared/replicate"),
]
FILES = {path.stem: path for path in sorted(FOLDER.glob("*.json"))}
SPEAKING = sorted(name for name in FILES if name.split("__")[0].split("_")[0] in ("llm", "vision", "caption"))
"""Those that take words, or words with a picture, and answer with words."""
TYPES = {"integer": "int", "number": "float", "boolean": "bool"}

# It answers with what it was given, as JSON, in pieces of seven characters.
ECHO = """
import json
from cog import BaseRunner, ConcatenateIterator, Input, Path

class Runner(BaseRunner):
    def run(self, {arguments}) -> {output}:
        given = {{name: str(value) for name, value in locals().items() if name != "self" and value is not None}}
        text = json.dumps(given)
        {answer}
"""


def recorded(name: str) -> tuple[str, dict[str, Any]]:
    model = json.loads(FILES[name].read_text())["model"]
    return f"{model['owner']}/{model['name']}", model["latest_version"]["openapi_schema"]


def write_echo(parent: Path, name: str) -> Path:
    """A model with a recorded schema, whose answer is its input."""
    ref, schema = recorded(name)
    parent.mkdir(exist_ok=True)
    arguments: list[str] = []
    for field, part in schema["components"]["schemas"]["Input"]["properties"].items():
        kind = "Path" if part.get("format") == "uri" else TYPES.get(part.get("type", ""), "str")
        arguments.append(f"{field}: {kind} = Input(default=None)")
    joined = schema["components"]["schemas"]["Output"]["type"] == "array"
    code = ECHO.format(
        arguments=", ".join(arguments),
        output="ConcatenateIterator[str]" if joined else "str",
        answer="yield from (text[at : at + 7] for at in range(0, len(text), 7))" if joined else "return text",
    )
    about = {"model__json": json.dumps({"description": "Says what it was given", "is_official": "llama" in name})}
    return write_model(parent / ref.partition("/")[2], code, schema, 'run: "run.py:Runner"\n', **about)


def test_there_are_models_of_each_sort() -> None:
    assert len(SPEAKING) == 5 and len(FILES) > 30


@pytest.mark.timeout(240)
async def test_each_that_speaks_can_be_chatted_with(tmp_path: Path) -> None:
    with run_sandbox(cog=[write_echo(tmp_path / "models", name) for name in SPEAKING]) as echoes:
        async with opened(echoes.base_url, tmp_path, token=echoes.token) as seen:
            given = await asyncio.gather(*(converse(seen, name, tmp_path) for name in SPEAKING))
    llama = given[SPEAKING.index("llm__meta_meta-llama-3-70b-instruct")]
    assert llama["prompt_template"] == "{prompt}"
    assert llama["prompt"].startswith("<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot")
    assert llama["prompt"].endswith("<|start_header_id|>assistant<|end_header_id|>\n\n")


async def converse(seen: Seen, name: str, folder: Path) -> dict[str, str]:
    """Two questions, the first with a picture where the model takes one. Returns the input of the second."""
    ref, schema = recorded(name)
    fit = fitness(schema, ref)
    assert fit.can and fit.how and not fit.why
    picture = folder / "cat.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    attached = [str(picture)] if fit.images else []
    chats = seen.services.chats
    talk = await chats.create(f"sandbox/{ref.partition('/')[2]}")
    await chats.set_system(talk.id, "Be brief.")
    inputs: list[dict[str, str]] = []
    for question in ("What is in there?", "And besides?"):
        answer = await chats.send(talk.id, question, attached if not inputs else ())
        async with asyncio.timeout(100):
            answer = await chats.wait(answer.id)
        assert answer.state == "done", answer
        inputs.append(json.loads(answer.text))
    told = inputs[1][fit.prompt_field or ""]
    assert "And besides?" in told
    assert fit.single or ("What is in there?" in told and answer.left_out == 0)
    assert fit.single or "Be brief." in json.dumps(inputs[1])
    assert not attached or all(one[fit.image_field or ""].endswith(".png") for one in inputs)
    return inputs[1]


@pytest.mark.parametrize("name", [name for name in FILES if name not in SPEAKING])
def test_one_that_cannot_be_chatted_with_says_why(name: str) -> None:
    model = json.loads(FILES[name].read_text())["model"]
    ref = f"{model['owner']}/{model['name']}"
    fit = fitness((model.get("latest_version") or {}).get("openapi_schema"), ref)
    assert not fit.can
    assert fit.why.startswith(ref) and fit.why.endswith(".") and len(fit.why) < 250
