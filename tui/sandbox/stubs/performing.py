"""What a stub does with one prediction or training, told as Cog's runtime would tell it."""

import asyncio
from collections.abc import AsyncGenerator

from tui.sandbox.cogwire import Update
from tui.sandbox.jsons import Json, Obj, as_str
from tui.sandbox.stubs.stub import Stub, prompt_of, seed_of, streams_text
from tui.sandbox.validation import resolve


async def perform(stub: Stub, root: Obj, given: Obj, *, training: bool = False) -> AsyncGenerator[Update]:
    """From the start to the end: the log, the pieces of a text or of files, the whole output."""
    yield Update("start")
    shape = stub.trained if training else stub.shape
    known = resolve(shape, root)
    seed = given.get("seed", seed_of(stub, given) % 2**32)
    yield Update("log", f"{stub.name} is a stand-in: its output is made up.\nUsing seed: {seed}\n")
    output = await asyncio.to_thread(_make, stub, root, given, shape)
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


def _make(stub: Stub, root: Obj, given: Obj, shape: Obj) -> Json:
    # What makes files is not needed before the first one is asked for.
    from tui.sandbox.stubs.values import Maker

    return Maker(stub, root, given).output(shape)


def _count(output: Json) -> int:
    return len(output) if isinstance(output, list) else len(as_str(output).split())
