"""What every command that asks the API shares: the client, the ways to print, the question before a change."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from tui.api.client import Client
from tui.api.errors import ApiError
from tui.api.types import Answer, Target
from tui.cli.agreement import agreed
from tui.cli.exit_codes import EXIT_DONE
from tui.cli.failures import exit_code
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.cli.text_files import CannotRead, read_text
from tui.connection import Connection
from tui.settings import Settings

A = TypeVar("A", bound=Answer)
_WIDEST = 48
"""Letters that a column of a list may have, the last one apart."""
_MAX_TEXT = 1_000_000
"""Bytes of a file that is read for a field: a README has less."""


class BadWord(ValueError):
    """A word of the command line that cannot be what it should be; the text is for the user."""


class Asker:
    """One command on its way. Each way to print returns the exit code 0."""

    def __init__(
        self,
        call: Call,
        client: Client,
        speaker: Speaker,
        as_json: bool,
        settings: Settings,
        connection: Connection,
    ) -> None:
        self.call = call
        self.client = client
        self.speaker = speaker
        self.as_json = as_json
        """Whether the API's objects are printed, and not lines for people."""
        self.settings = settings
        self.connection = connection

    @property
    def word(self) -> str:
        """The first positional argument."""
        return self.call.words[0]

    # ---- printing

    def one(self, answer: Answer) -> int:
        """One object."""
        self.speaker.object(answer.raw)
        return EXIT_DONE

    def all(self, answers: Iterable[Answer]) -> int:
        """An array of objects."""
        array = self.speaker.array()
        for answer in answers:
            array.add(answer.raw)
        array.end()
        return EXIT_DONE

    async def list(
        self,
        answers: AsyncIterable[A],
        row: Callable[[A], Sequence[str]] | None,
        empty: str = "",
        *,
        told: Callable[[A], dict[str, object]] | None = None,
    ) -> int:
        """An array of at most --limit objects; for people a line for each, of the cells that `row` gives.

        `told` gives the object in place of the API's.
        """
        if row is None or self.as_json:
            array = self.speaker.array()
            async for answer in self._some(answers):
                array.add(answer.raw if told is None else told(answer))
            array.end()
            return EXIT_DONE
        rows = [row(answer) async for answer in self._some(answers)]
        if not rows:
            self.speaker.say(empty)
        return self.table(rows)

    async def _some(self, answers: AsyncIterable[A]) -> AsyncIterable[A]:
        count = 0
        async for answer in answers:
            yield answer
            count += 1
            if count == self.call.limit:
                return

    def table(self, rows: Sequence[Sequence[str]]) -> int:
        """Lines whose cells stand below each other."""
        widths = [min(_WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = [f"{cell:<{width}}" for cell, width in zip(row[:-1], widths, strict=False)]
            self.speaker.line("  ".join([*cells, row[-1]]).rstrip())
        return EXIT_DONE

    def facts(self, facts: Iterable[tuple[str, str | None]]) -> int:
        """Lines of a name and what it is; those of nothing are left out."""
        return self.table([(name, " ".join(value.split())) for name, value in facts if value])

    def done(self, text: str, **said: object) -> int:
        """A change whose answer is empty: a word for people, `said` as JSON."""
        if self.as_json:
            self.speaker.object(said)
        else:
            self.speaker.line(text)
        return EXIT_DONE

    # ---- several at once

    async def each(self, words: Iterable[str], do: Callable[[str], Awaitable[A]], told: Callable[[A], str]) -> int:
        """One after the other; a failure of one does not spare the rest. The first failure is the exit code."""
        code = EXIT_DONE
        results: list[A] = []
        for word in dict.fromkeys(words):
            try:
                answer = await do(word)
            except ApiError as error:
                self.speaker.error(f"{word}: {error}")
                code = code or exit_code(error)
                continue
            results.append(answer)
            if not self.as_json:
                self.speaker.line(f"{word}  {told(answer)}")
        if self.as_json:
            self.all(results)
        return code

    # ---- asking before a change

    def agreed(self, question: str) -> int | None:
        """None when the user says yes, or said so with --yes; else the exit code, and why is said."""
        return agreed(self.speaker, question, yes=self.call.yes)

    # ---- what was typed

    def model(self, *, version: bool = False) -> Target:
        """The model that the first word names, with a version where one must be. Raises BadWord."""
        target = parse_target(self.word)
        if version and not target.version:
            raise BadWord(f"{self.word[:100]!r} names no version: write OWNER/NAME:VERSION.")
        if target.version and not version:
            raise BadWord(f"{self.word[:100]!r} names a version: write {target.ref} alone.")
        return target

    def text(self, name: str) -> str | None:
        """A field that may be @FILE or @- for stdin; @@ begins a text with @. Raises BadWord."""
        value = self.call.text(name)
        if value is None or not value.startswith("@"):
            return value
        if value.startswith("@@"):
            return value[1:]
        try:
            return read_text(value[1:], _MAX_TEXT)
        except CannotRead as error:
            raise BadWord(f"argument --{name}: {error}") from None


def parse_target(text: str, *, bare: bool = False) -> Target:
    """What OWNER/NAME[:VERSION] names, or with `bare` a version's id alone. Raises BadWord."""
    try:
        return Target.parse(text, bare=bare)
    except ValueError as error:
        raise BadWord(str(error)) from None


def parse_id(text: str, of: str, extra: str = "-_") -> str:
    """The id in an id or in a replicate.com address; `of` says what it is the id of. Raises BadWord.

    `extra` are the signs that it may have beside letters and digits.
    """
    id_ = text.strip()
    if id_.startswith(("https://", "http://")):
        id_ = id_.rstrip("/").rsplit("/", 1)[-1]
    bare = "".join(letter for letter in id_ if letter not in extra)
    if len(id_) > 100 or not bare.isalnum() or not id_.isascii():
        raise BadWord(f"{text[:80]!r} is not the id of a {of}: it has letters and digits only.")
    return id_
