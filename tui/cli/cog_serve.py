"""`cog serve`: a model's folder as a server, for whoever speaks Cog's HTTP or Replicate's."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import tempfile
from pathlib import Path

from tui.cli.cog_setup import guarded, started
from tui.cli.cog_source import folder_of_call
from tui.cli.exit_codes import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.cog.source import Source, read_source
from tui.sandbox.ports import why_not
from tui.sandbox.server import listen
from tui.services.local.model_process import ModelProcess, printed_words
from tui.services.local.served_model import ServedModel
from tui.services.tasks import first_of

PORT = 8393


class CannotListen(Exception):
    """Why nothing is served; the text is for the user."""


def serve(call: Call, speaker: Speaker) -> int:
    """Serve the model until ctrl-c; returns the exit code."""
    try:
        return guarded(_serve(call, speaker), speaker, folder_of_call(call))
    except CannotListen as error:
        speaker.error(str(error))
        return EXIT_USAGE


async def _serve(call: Call, speaker: Speaker) -> int:
    source = await asyncio.to_thread(read_source, folder_of_call(call))
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    port = call.number("port")
    # Before the setup, which may take long: a port that is taken is said at once.
    with _listener(PORT if port is None else port) as listener:
        async with started(call, speaker, source, "predict") as process:
            return await _until_ended(call, speaker, source, process, listener, ended)


def _listener(port: int) -> socket.socket:
    try:
        return listen("127.0.0.1", port)
    except OSError as error:
        raise CannotListen(why_not("127.0.0.1", port, error)) from None


async def _until_ended(
    call: Call,
    speaker: Speaker,
    source: Source,
    process: ModelProcess,
    listener: socket.socket,
    ended: asyncio.Event,
) -> int:
    with tempfile.TemporaryDirectory(prefix="replicate-tui-served-") as folder:
        served = ServedModel(process.server, source.folder.name, source.slots, listener, Path(folder))
        await served.open()
        speaker.say(f"Serving {source.folder} at {served.address}. ctrl-c ends it.")
        speaker.say(f"Replicate's clients take it for any model with REPLICATE_BASE_URL={served.address}")
        if call.json:
            speaker.object({"url": served.address})
        printed = asyncio.create_task(_print_log(process, speaker))
        try:
            await first_of(ended.wait(), process.ended())
        finally:
            printed.cancel()
            await asyncio.wait([printed])
            await served.aclose()
    if ended.is_set():
        return EXIT_DONE
    speaker.error("the model's process has ended by itself.")
    return EXIT_FAILED


async def _print_log(process: ModelProcess, speaker: Speaker) -> None:
    """What the model prints, as it comes."""
    place = 0
    while process.log is not None:
        with contextlib.suppress(OSError):
            with process.log.open("rb") as file:
                file.seek(place)
                # A line that is not whole yet is printed once it is.
                whole = file.read(1_000_000).rpartition(b"\n")[0]
            if whole:
                place += len(whole) + 1
                speaker.say(printed_words(whole.decode("utf-8", "replace")))
        await asyncio.sleep(0.2)
