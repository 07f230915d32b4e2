"""`cog run`: one run of a model's folder, or on a Cog server that runs already."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Generator
from pathlib import Path
from typing import cast

from msgspec import Struct

from tui.cli import inputs
from tui.cli.cog_archive import keep
from tui.cli.cog_setup import explain, guarded, started
from tui.cli.cog_source import folder_of_call
from tui.cli.exit_codes import EXIT_API, EXIT_DISK, EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.cli.run import absolute, cannot_save, refuse
from tui.cli.save_output import folder_of, names_a_file
from tui.cli.text_files import STDIN_NOT_READ, stdin_waits
from tui.cog.source import Source, read_source
from tui.forms import Form, OutputKind
from tui.sandbox.cogclient import Mode
from tui.sandbox.jsons import Obj
from tui.services.files.documents import document_of, write_document
from tui.services.local.cog_server import CogServer, address_of, attach, name_of
from tui.services.local.interpreter import choose
from tui.services.local.local_run import LocalRun
from tui.services.local.outputs import keep_files
from tui.services.runs.uploads import as_data_uris, local_files, replaced
from tui.services.watching.text_follower import text_of
from tui.settings import Settings
from tui.wording import duration

_TEXTS = (OutputKind.TEXT, OutputKind.TEXT_STREAM)


class _Origin(Struct, frozen=True):
    """What is run: a folder, or a server."""

    source: Source | None
    address: str | None
    schema: Obj

    @property
    def name(self) -> str:
        """The address, or the whole path of the folder."""
        return self.address or (str(self.source.folder) if self.source else "")


def run_local(call: Call, settings: Settings, speaker: Speaker) -> int:
    """Run the model once; returns the exit code. Raises BrokenPipeError and KeyboardInterrupt."""
    if not inputs.reads_stdin(call.inputs, call.input_file) and stdin_waits():
        speaker.error(STDIN_NOT_READ)
        return EXIT_USAGE
    return guarded(_run(call, settings, speaker), speaker, folder_of_call(call))


async def _run(call: Call, settings: Settings, speaker: Speaker) -> int:
    mode: Mode = "train" if call.text("train") else "predict"
    if call.save is not None:
        problem = await asyncio.to_thread(cannot_save, folder_of(absolute(call.save)))
        if problem is not None:
            speaker.error(f"--save: {problem}; nothing was run.")
            return EXIT_USAGE
    async with contextlib.AsyncExitStack() as stack:
        address = address_of(call.words[0]) if call.words else None
        if address is not None:
            server = await attach(address, mode)
            stack.push_async_callback(server.aclose)
            origin = _Origin(None, address, server.schema)
        else:
            source = await asyncio.to_thread(read_source, folder_of_call(call))
            if mode == "train" and source.trainer is None:
                speaker.error(f"cog.yaml of {source.folder} names no `train:`.")
                return EXIT_USAGE
            server, origin = None, _Origin(source, None, source.schema)
        form = Form.parse(origin.schema, "TrainingInput" if mode == "train" else "Input")
        given = await asyncio.to_thread(inputs.read, form, call.inputs, call.input_file)
        checked = await asyncio.to_thread(inputs.judge, form, given)
        if checked.problems or checked.missing:
            return refuse(origin.name, form, checked, speaker)
        if server is None:
            source = cast("Source", origin.source)
            server = (await stack.enter_async_context(started(call, speaker, source, mode))).server
        # A path of this machine would reach the model as a text, and not as a Path.
        ready = await asyncio.to_thread(as_data_uris, local_files(dict(checked.input)))
        sent = {name: replaced(value, ready) for name, value in checked.input.items()}
        if not server.follows:
            speaker.say(
                "Logs and output come at the end: this run is not streamed, and no webhook of it is taken here."
            )
        run = LocalRun()
        with _interruptible(server, run, speaker):
            await _follow(run, server, cast(Obj, sent), call, speaker, form.output)
        run.end()
    shown = run.as_prediction(name_of(origin.name), origin.name, form.redact(checked.input), train=mode == "train")
    await keep(settings, speaker, shown)
    return await asyncio.to_thread(_tell_end, run, call, speaker, form.output, origin)


@contextlib.contextmanager
def _interruptible(server: CogServer, run: LocalRun, speaker: Speaker) -> Generator[None]:
    """ctrl-c cancels the run; a second one leaves at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    asked: list[asyncio.Task[None]] = []

    def interrupt() -> None:
        if asked and task is not None:
            task.cancel()
            return
        speaker.say("Canceling; ctrl-c again leaves at once.")
        asked.append(loop.create_task(server.cancel(run.id)))

    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    except asyncio.CancelledError:
        if not asked:
            raise
        run.status, run.error = "canceled", None
    finally:
        loop.remove_signal_handler(signal.SIGINT)


async def _follow(run: LocalRun, server: CogServer, given: Obj, call: Call, speaker: Speaker, kind: OutputKind) -> None:
    log, held, streamed = "", list[str](), False
    # On one terminal a line of the log would stand in the middle of the text: it waits for the text's end.
    shared = speaker.out_is_terminal and speaker.err_is_terminal
    async for update in run.follow(server, given):
        if update.kind == "log":
            *lines, log = f"{log}{update.value}".split("\n")
            for line in lines:
                if streamed and shared:
                    held.append(line)
                else:
                    speaker.say(line)
        elif update.kind == "output" and call.stream and isinstance(update.value, str) and kind in _TEXTS:
            speaker.write(update.value)
            streamed = True
    if streamed:
        speaker.write("\n")
    for line in [*held, *([log] if log else [])]:
        speaker.say(line)


def _tell_end(run: LocalRun, call: Call, speaker: Speaker, kind: OutputKind, origin: _Origin) -> int:
    """Put the output where it goes, say how the run ended; the exit code. Blocks."""
    try:
        output, saved = _kept(run, call, speaker, kind)
    except OSError as error:
        speaker.error(f"the output cannot be saved: {error.strerror or error}")
        return EXIT_DISK
    if call.json or (not speaker.out_is_terminal and not call.stream):
        speaker.object({**run.as_json, "output": output})
    elif kind in _TEXTS:
        text = text_of(output) or ""
        streamed = call.stream and run.chunks
        speaker.write(f"{text}\n" if text and not streamed else "")
    elif output is not None and kind not in (OutputKind.FILE, OutputKind.FILES):
        speaker.object(output)
    where = f" in {duration(run.seconds)}"
    if run.status == "succeeded":
        speaker.say(f"Succeeded{where}.")
        return EXIT_DONE if saved else EXIT_API
    if run.lost:
        came = f" {len(run.chunks)} pieces of output had come." if run.chunks else ""
        speaker.error(f"{origin.name} ended before the run did: {run.error}.{came}")
        return EXIT_API
    if run.status == "canceled":
        speaker.say(f"Canceled{where}.")
        return EXIT_FAILED
    speaker.error(f"Failed{where}: {run.error}")
    if origin.source is not None:
        explain(f"{run.logs}\n{run.error}", origin.source, choose(origin.source.folder, call.text("python")), speaker)
    return EXIT_FAILED


def _kept(run: LocalRun, call: Call, speaker: Speaker, kind: OutputKind) -> tuple[object, bool]:
    """The output with its files saved, and whether --save has what it asked for. Raises OSError.

    Without --save, JSON keeps the files inside it.
    """
    if call.save is None and (call.json or not speaker.out_is_terminal):
        return run.output, True
    target = absolute(call.save) if call.save is not None else Path.cwd()
    named = call.save is not None and names_a_file(target)
    kept = keep_files(run.output, kind, folder_of(target), target.name if named else "")
    for path in kept.paths:
        speaker.say(f"saved {path}")
    document = document_of(kept.output, kind, (), "") if call.save is not None and not kept.paths else None
    if document is not None:
        text, name = document
        wanted = target if named else target / name
        speaker.say(f"saved {write_document(text, wanted)}")
    elif call.save is not None and not kept.paths and run.status == "succeeded":
        speaker.error("--save saved nothing: there is no file in the output.")
        return kept.output, False
    return kept.output, True
