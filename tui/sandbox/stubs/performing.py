"""What a stub does with one prediction or training, told as Cog's runtime would tell it."""

import asyncio
from collections.abc import AsyncGenerator

from tui.sandbox.cogwire import Update
from tui.sandbox.jsons import Json, Obj, as_str
from tui.sandbox.stubs.stub import Stub, prompt_of, streams_text
from tui.sandbox.stubs.values import Maker
from tui.sandbox.validation import resolve


async def perform(stub: Stub, root: Obj, given: Obj, *, training: bool = False) -> AsyncGenerator[Update]:
    """From the start to the end: the log, the pieces of a text or of files, the whole output."""
    yield Update("start")
    maker = Maker(stub, root, given)
    shape = stub.trained if training else stub.shape
    known = resolve(shape, root)
    seed = given.get("seed", maker.seed % 2**32)
    yield Update("log", f"{stub.name} is a stand-in: its output is made up.\nUsing seed: {seed}\n")
    output = await asyncio.to_thread(maker.output, shape)
    metrics: Obj = {}
    if isinstance(output, list) and known.get("x-cog-array-type") == "iterator" and not training:
        for piece in output:
            yield Update("output", piece)
            # Who follows shall see pieces, not all of it at once.
            await asyncio.sleep(0.001)
    if streams_text(known):
        words = len(prompt_of(given).split())
        metrics = {"input_token_count": words, "output_token_count": _count(output)}
    yield Update("completed", output, "succeeded", None, metrics)


def _count(output: Json) -> int:
    return len(output) if isinstance(output, list) else len(as_str(output).split())
