"""`chat` for scripts: stdin is a question, or with --lines each of its lines; each answer is a line of JSON on stdout.

A question is the text itself, or {"text": "…", "attachments": ["PATH or URL", …]}. What happens meanwhile is said on
stderr. The conversation is kept like those of the console, and --conversation goes on with one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import cast

from msgspec import Struct

from tui.api.error_codes import help_for
from tui.api.errors import ApiError
from tui.api.text import NotText, decode_text, to_json
from tui.cli import inputs
from tui.cli.api_command import BadWord, parse_target
from tui.cli.exit_codes import EXIT_API, EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from tui.cli.failures import exit_code
from tui.cli.follow_run import GIVE_UP
from tui.cli.grammar import Call
from tui.cli.open_services import services_for
from tui.cli.printing import Speaker
from tui.cli.run import EXIT_DISK, read_and_judge
from tui.cli.text_files import MOST_BYTES
from tui.connection import Connection
from tui.forms import Checked
from tui.services import bus
from tui.services.chat.chats import ChatError
from tui.services.chat.export import turn_as_object
from tui.services.services import Services
from tui.settings import Settings
from tui.store.conversation import Conversation, Turn
from tui.store.database import StoreError
from tui.wording import duration


class BadQuestion(Exception):
    """What is on stdin is no question; the text says why, and in which line."""


class Question(Struct, frozen=True):
    """A question of stdin."""

    line: int
    """The number of its line; 0 where all of stdin is one question."""
    text: str
    attachments: tuple[str, ...] = ()


def chat(call: Call, settings: Settings, connection: Connection, speaker: Speaker) -> int:
    """Ask every question of stdin; returns the exit code. Raises ApiError, BrokenPipeError and KeyboardInterrupt."""
    if not call.words and not call.conversation:
        speaker.error("chat: say with whom: OWNER/NAME, or --conversation ID to go on with one.")
        return EXIT_USAGE
    if inputs.reads_stdin(call.inputs, call.input_file):
        speaker.error("chat: stdin is the question: give --input and -i a file, NAME=@FILE or NAME=VALUE.")
        return EXIT_USAGE
    try:
        return asyncio.run(_chat(call, settings, connection, speaker))
    except (BadQuestion, BadWord, ChatError) as error:
        speaker.error(str(error))
        return EXIT_USAGE
    except StoreError as error:
        speaker.error(str(error))
        return EXIT_DISK


async def _chat(call: Call, settings: Settings, connection: Connection, speaker: Speaker) -> int:
    async with services_for(settings, connection) as services:
        code, conversation = EXIT_DONE, None
        async for question in questions(lines=call.lines):
            if conversation is None:
                speaker.hint("Asking for the model's schema…")
                conversation = await _conversation(call, services)
                speaker.clear()
            ended = await Asker(services, speaker, conversation.id, sandbox=settings.sandbox).ask(question)
            if ended.stop is not None:
                return ended.stop
            code = code or ended.code
        if conversation is None:
            raise BadQuestion("chat: stdin is empty. Write the question to it: echo 'Why?' | replicate-tui chat …")
        return code


async def _conversation(call: Call, services: Services) -> Conversation:
    """The conversation to go on with, or a new one, once its model is known to take it. Raises ChatError and others."""
    chats = services.chats
    target = parse_target(call.words[0]) if call.words else None
    if call.conversation:
        try:
            found = await chats.conversation(call.conversation)
        except KeyError:
            raise ChatError(f"There is no conversation {call.conversation[:60]!r}.") from None
        if target is not None:
            found = await chats.set_model(found.id, target.ref, target.version, found.parameters)
        fit = await chats.fit(found.id)
    else:
        ref = target.ref if target is not None else ""
        model = await services.catalogue.model(ref, fresh=True)
        version = target.version if target is not None else None
        fit = chats.fitness(model, await services.catalogue.version(ref, version) if version else None)
        if not fit.can:
            raise ChatError(fit.why)
        found = await chats.create(ref, version)
    if not fit.can:
        raise ChatError(fit.why)
    if call.system is not None:
        found = await chats.set_system(found.id, call.system)
    if call.inputs or call.input_file:
        found = await chats.set_parameters(found.id, await _parameters(call, services, found))
    return found


async def _parameters(call: Call, services: Services, conversation: Conversation) -> Mapping[str, object]:
    """What -i and --input set, beside what was set before. Raises ChatError."""
    form, fit = await services.chats.form(conversation.id), await services.chats.fit(conversation.id)
    given, checked = await read_and_judge(services, form, call)
    for name in (*given.values, *given.texts):
        if form.field(name) is not None and name not in fit.parameters:
            raise ChatError(
                f"{name} is written by the conversation: -i and --input set {', '.join(fit.parameters) or 'nothing'}."
            )
    if checked.problems:
        raise ChatError("\n  ".join(["The model does not take this:", *_complaints(checked)]))
    return {**conversation.parameters, **checked.input}


def _complaints(checked: Checked) -> list[str]:
    return [f"{problem.field or 'input'}: {problem.message}" for problem in checked.problems]


# ---- one question


class Ended(Struct, frozen=True):
    """How a question ended: the exit code that it leads to, and whether the command ends with it (`stop`)."""

    code: int = EXIT_DONE
    stop: int | None = None


class Asker:
    """Asks one question and waits for its answer."""

    def __init__(self, services: Services, speaker: Speaker, conversation_id: str, *, sandbox: bool) -> None:
        self._services = services
        self._speaker = speaker
        self._conversation_id = conversation_id
        self._sandbox = sandbox
        self._turn: Turn | None = None
        self._silent_since: float | None = None
        self._begun = time.monotonic()

    async def ask(self, question: Question) -> Ended:
        """Send it, print the answer. Raises ChatError, ApiErrors and BrokenPipeError."""
        unsubscribe = self._services.bus.subscribe(self._heard)
        chats = self._services.chats
        try:
            self._turn = turn = await chats.send(self._conversation_id, question.text, question.attachments)
            turn = await self._answer(turn)
        except ChatError as error:
            raise ChatError(f"line {question.line}: {error}" if question.line else str(error)) from None
        except asyncio.CancelledError:
            self._goes_on()
            raise
        finally:
            unsubscribe()
            self._speaker.clear()
        if turn is None:
            self._speaker.error(f"The API has not answered for {duration(GIVE_UP)}. The prediction is not lost.")
            self._goes_on()
            return Ended(stop=EXIT_API)
        self._speaker.json_line(to_json({"conversation": self._conversation_id, **turn_as_object(turn)}))
        return self._ended(turn)

    async def _answer(self, turn: Turn) -> Turn | None:
        """The answer at its end; None where the API has been silent for too long."""
        waiting = asyncio.ensure_future(self._services.chats.wait(turn.id))
        try:
            while not waiting.done():
                await asyncio.wait([waiting], timeout=1.0)
                if self._silent_since is not None and time.monotonic() - self._silent_since > GIVE_UP:
                    return None
                self._tell()
            return waiting.result()
        finally:
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiting

    def _heard(self, event: bus.Event) -> None:
        if isinstance(event, bus.ChatChanged) and event.turn is not None:
            if self._turn is not None and event.turn.id == self._turn.id:
                self._turn = event.turn
                self._tell()
        elif isinstance(event, bus.Stale):
            self._silent_since = (self._silent_since or time.monotonic()) if event.error else None
            if event.error:
                self._speaker.status(f"The API does not answer ({event.error}); asking again…")

    def _tell(self) -> None:
        turn = self._turn
        if turn is None or not turn.live or self._silent_since is not None:
            return
        words = turn.note or f"{turn.state}…"
        self._speaker.status(
            f"{words}  {duration(time.monotonic() - self._begun)}" if self._speaker.rewrites else words
        )

    def _ended(self, turn: Turn) -> Ended:
        if turn.state == "done":
            return Ended()
        if turn.state == "unknown":
            self._speaker.error(turn.error or "The answer to the creation was lost.")
            self._speaker.say("It may have been created, and may be billed: it is not sent again by itself.")
            self._speaker.say("  look:  replicate-tui predictions (the console asks what to do about it)")
            return Ended(stop=EXIT_API)
        self._speaker.error(
            f"{turn.prediction_id or 'The question'} {turn.state}: {turn.error or 'no reason was told'}"
        )
        if advice := help_for(turn.error):
            self._speaker.say(advice)
        if turn.prediction_id is not None:
            return Ended(EXIT_FAILED)
        run = self._services.runs.get(turn.id)
        refusal = run.refusal if run is not None else None
        # What refuses one question refuses the next.
        return Ended(stop=exit_code(refusal) if isinstance(refusal, ApiError) else EXIT_API)

    def _goes_on(self) -> None:
        turn = self._turn
        if turn is None or turn.prediction_id is None or not turn.live:
            return
        if self._sandbox:
            self._speaker.say(f"Prediction {turn.prediction_id} ends with the sandbox.")
            return
        self._speaker.say(f"Prediction {turn.prediction_id} goes on, and is billed until it ends.")
        self._speaker.say(f"  cancel it:  replicate-tui cancel {turn.prediction_id}")


# ---- stdin


async def questions(*, lines: bool) -> AsyncIterator[Question]:
    """All of stdin as one question, or with `lines` each line as it comes, but for blank ones. Raises BadQuestion."""
    loop = asyncio.get_running_loop()
    parts: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(part: bytes | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody listens
            loop.call_soon_threadsafe(parts.put_nowait, part)

    def read() -> None:
        with contextlib.suppress(OSError, ValueError):
            for part in _parts(sys.stdin.fileno(), lines=lines):
                put(part)
        put(None)

    # A daemon: nobody waits for a person to close stdin after ctrl-c.
    threading.Thread(target=read, name="stdin", daemon=True).start()
    number = 0
    while (part := await parts.get()) is not None:
        number += 1
        question = parse_line(number, _decoded(part, number)) if lines else parse_whole(_decoded(part, 0))
        if question is not None:
            yield question


def _parts(stdin: int, *, lines: bool) -> Iterator[bytes]:
    """The lines as they come, or all at once; no more than a little over MOST_BYTES of each. Blocks."""
    # Not by sys.stdin: a thread that waits in it when the program ends makes Python abort.
    held = bytearray()
    while chunk := os.read(stdin, 65536):
        held.extend(chunk)
        while lines and (end := held.find(b"\n")) >= 0:
            yield bytes(held[:end])
            del held[: end + 1]
        if len(held) > MOST_BYTES:
            break
    if held:
        yield bytes(held)


def _decoded(data: bytes, line: int) -> str:
    where = f"line {line}" if line else "stdin"
    if len(data) > MOST_BYTES:
        raise BadQuestion(f"{where} is larger than {MOST_BYTES // 1_000_000} MB: that is no question.")
    try:
        return decode_text(data)
    except NotText as error:
        raise BadQuestion(f"{where} must be text: it {error}.") from None


def parse_whole(text: str) -> Question | None:
    """All of stdin as one question; None for a blank one. JSON that is no question is text like any other.

    Raises BadQuestion for several questions in JSON, which are asked with --lines.
    """
    text = text.rstrip("\r\n")
    if not text.strip():
        return None
    given = _object(text)
    if given is not None and "text" in given and set(given) <= _KEYS:
        return _question(0, given, text)
    first, _, rest = text.lstrip().partition("\n")
    begun = _object(first)
    if rest.strip() and begun is not None and "text" in begun and set(begun) <= _KEYS:
        raise BadQuestion("stdin has several questions in JSON, one a line: --lines asks each of them.")
    return Question(0, text)


def parse_line(number: int, line: str) -> Question | None:
    """The question that a line is; None for a blank one. Raises BadQuestion for a JSON object that is none."""
    text = line.rstrip("\r\n")
    if not text.strip():
        return None
    given = _object(text)
    return Question(number, text) if given is None else _question(number, given, text)


_KEYS = {"text", "attachments"}


def _object(text: str) -> dict[str, object] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _question(line: int, given: dict[str, object], text: str) -> Question:
    said, attached = given.get("text"), given.get("attachments", [])
    files = cast("list[object]", attached) if isinstance(attached, list) else [None]
    if not set(given) <= _KEYS or not isinstance(said, str) or not all(isinstance(one, str) for one in files):
        what = f"line {line}: a JSON line" if line else "stdin: a question in JSON"
        raise BadQuestion(f'{what} is {{"text": "…", "attachments": ["PATH or URL", …]}}, got {text[:80]!r}')
    return Question(line, said, tuple(str(one) for one in files))
