"""One message of a conversation as lines: its heading, its thinking, its text in parts, and the lines below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from rich.cells import cell_len

from tui.forms.thinking import Answer
from tui.toolkit.line_view import printable, shorten
from tui.widgets.markdown.markdown_layout import BLANK, Line, Run, wrap
from tui.widgets.markdown.markdown_parts import definitions, parts
from tui.widgets.markdown.markdown_text import MarkdownText

LONG_QUESTION = 24
"""Lines of a question from which it is shown by its beginning."""
SHOWN_OF_LONG = 12
PLAIN_PART = 4_000
"""Characters of a question that are laid out at once."""

Kind = Literal["head", "file", "fold", "thought", "body", "more", "note", "gap"]
_INDENT = re.compile(r"[ \t]*")


class Note(NamedTuple):
    """A line below a message; `tone` is `note`, `good`, `wait` or `bad`."""

    text: str
    tone: str = "note"
    parts: tuple[str, ...] = ()
    """The text in parts, the most important first: those that do not fit on one line are left out."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is shown of a question or an answer."""

    id: str
    question: bool
    title: str
    """Who speaks: `You`, or the model."""
    text: str = field(default="", repr=False)
    aside: str = ""
    """Beside the title: which of its alternatives it is."""
    attachments: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    live: bool = False
    """Whether more of it may come."""


class Piece:
    """A stretch of lines of one kind. Its height is a guess until it is laid out."""

    def __init__(self, kind: Kind, lines: list[Line] | None = None) -> None:
        self.kind = kind
        self.lines: list[Line] = lines or []
        self.height = len(self.lines)
        self.exact = True
        """Whether the height is the true one."""
        self.ready = True
        """Whether the lines are there."""

    def lay_out(self, width: int) -> None:
        """Makes the lines."""
        del width

    def line(self, number: int) -> Line:
        """A line of a piece that is ready."""
        return self.lines[number]

    def forget(self) -> None:
        """Drops the lines of a piece that is out of sight; its height stays."""

    def place_of(self, number: int) -> tuple[int, int]:
        """What to find a line by at another width."""
        return 0, number

    def number_of(self, place: tuple[int, int]) -> int:
        """The line for a place."""
        return max(0, min(place[1], self.height - 1))


class MarkdownPiece(Piece):
    """A part of an answer, or all of one that is growing."""

    def __init__(self, kind: Kind, text: str, width: int, addresses: str = "", *, growing: bool = False) -> None:
        super().__init__(kind)
        self._text = text
        self._addresses = addresses
        self.document: MarkdownText | None = None
        self.exact = self.ready = False
        self.spaced = False
        """Whether a blank line parts it from the piece before."""
        self.height = guess(text, width)
        if growing:
            self.document = MarkdownText(text, width=width)
            self.exact = self.ready = True
            self.refresh()

    @property
    def waits(self) -> bool:
        """Whether some of what came is not laid out yet."""
        document = self.document
        return document is not None and (document.pending or (document.ended and not document.finished))

    @property
    def done(self) -> bool:
        """Whether all of it has come and is laid out."""
        return self.document is None or self.document.finished

    def refresh(self) -> None:
        """Takes over the height of a document that has grown."""
        if self.document is not None:
            self.height = self.document.height + self.spaced if self.document.height else 0

    def lay_out(self, width: int) -> None:
        document = self.document
        if document is None:
            source = self._text if not self._addresses else f"{self._text}\n\n{self._addresses}"
            document = self.document = MarkdownText(source, width=width, finished=True)
        elif document.width != width:
            document.lay_out(width)
        while self.waits:
            document.step()
        self.exact = self.ready = True
        self.refresh()

    def line(self, number: int) -> Line:
        assert self.document is not None
        if self.spaced:
            return self.document.line(number - 1) if number else BLANK
        return self.document.line(number)

    def forget(self) -> None:
        if self.document is not None and self.document.finished:
            self._text, self._addresses = self.document.text, ""
            self.document, self.ready = None, False

    def place_of(self, number: int) -> tuple[int, int]:
        return self.document.place_of(number - self.spaced) if self.document is not None else (0, number)

    def number_of(self, place: tuple[int, int]) -> int:
        return self.document.number_of(place) + self.spaced if self.document is not None else 0


class PlainPiece(Piece):
    """A part of a question: as it was typed, its lines wrapped."""

    def __init__(self, text: str, width: int) -> None:
        super().__init__("body")
        self._text = text
        self.exact = self.ready = False
        self.height = guess(text, width)

    def lay_out(self, width: int) -> None:
        self.lines = list(plain_lines(self._text, width))
        self.height = len(self.lines)
        self.exact = self.ready = True

    def forget(self) -> None:
        self.lines, self.ready = [], False


def guess(text: str, width: int) -> int:
    """How many lines a text will have, about."""
    return text.count("\n") + 1 + len(text) // max(20, width)


def plain_lines(text: str, width: int) -> Iterator[Line]:
    """Text as it stands, wrapped at blanks, with the blanks at the beginning of its lines."""
    for source in text.expandtabs(4).split("\n"):
        found = _INDENT.match(source)
        indent = (found[0] if found else "")[: width // 2]
        for runs in wrap([(source.lstrip(" "), ())], width - len(indent)):
            yield Line(((indent, ()), *runs)) if indent and runs else Line(tuple(runs))


class Laid:
    """A message and its pieces at one width."""

    def __init__(self, message: Message, width: int) -> None:
        self.message = message
        self.width = width
        self.opened = False
        """Whether its thinking, or the rest of a long question, is shown."""
        self._answer = Answer()
        self._fed = 0
        """Characters of the message that went into the answer."""
        self._changed = False
        self._split = False
        self.pieces: list[Piece] = []
        self._thinking: MarkdownPiece | None = None
        self._growing: MarkdownPiece | None = None
        if not message.question:
            self._take()
        self._build()

    # Text

    @property
    def text(self) -> str:
        """What a copy of the message is: an answer without its thinking."""
        return self.message.text if self.message.question else self._answer.said

    def change(self, message: Message) -> None:
        """Shows what the message is now. What was added to an answer is laid out by `step`."""
        before, self.message = self.message, message
        if message == before:
            return
        same = (message.title, message.aside, message.attachments) == (before.title, before.aside, before.attachments)
        if message.question or not same or not message.text.startswith(before.text):
            if message.text != before.text:
                self._answer, self._fed, self._split = Answer(), 0, False
                self._take()
            self._build()
        else:
            self._changed = True

    def step(self) -> bool:
        """Lays out a part of what has come of a growing answer; whether there is more to do."""
        if self._changed:
            self._changed = False
            self._take()
        for piece, ended in ((self._thinking, not self._answer.thinking), (self._growing, not self.message.live)):
            document = piece.document if piece is not None else None
            if piece is None or document is None:
                continue
            if ended:
                document.finish()
            document.step()
            piece.refresh()
        if self._thinking is not None and self._thinking.done:
            self._thinking = None
        if self._growing is not None and self._growing.done:
            self._growing = None
        return any(piece is not None and piece.waits for piece in (self._thinking, self._growing))

    def _take(self) -> None:
        """Parts what came into thinking and answer."""
        delta, self._fed = self.message.text[self._fed :].replace("\r", ""), len(self.message.text)
        before = self._answer.thought
        new = self._answer.feed(delta, ended=not self.message.live)
        thought = self._answer.thought
        if new is None or not thought.startswith(before) or (thought and not before):
            self._build()
            return
        if self.opened and len(thought) > len(before):
            if self._thinking is None or self._thinking.document is None:
                self._build()
                return
            self._thinking.document.append(thought[len(before) :])
        if new:
            if self._growing is None or self._growing.document is None:
                self._build()
                return
            self._growing.document.append(new)
        self._end()

    # Pieces

    @property
    def height(self) -> int:
        """Lines, some of them perhaps guessed."""
        return sum(piece.height for piece in self.pieces)

    def resize(self, width: int) -> None:
        """Another width: what was laid out is not right any more."""
        self.width = width
        for piece in self.pieces:
            if piece.kind in ("body", "thought", "more"):
                piece.exact = False
        body = [piece for piece in self.pieces if piece.kind in ("body", "thought", "more")]
        self.pieces = [*self._start(), *body]
        self.pieces += self._below()

    def open(self, opened: bool) -> None:
        """Shows or folds the thinking, or the rest of a long question."""
        if opened != self.opened:
            self.opened = opened
            self._build()

    @property
    def foldable(self) -> bool:
        """Whether something of it can be folded."""
        return any(piece.kind in ("fold", "more") for piece in self.pieces)

    def split(self) -> bool:
        """Parts a long text, when it comes near the view; whether that changed the pieces."""
        if self._split or self._growing is not None or self.message.live:
            return False
        self._split = True
        before = len(self.pieces)
        self._build()
        return len(self.pieces) != before

    def lay_out_to(self, line: int) -> None:
        """Lays out all above a line, so that the line is the true one."""
        self.split()
        for piece in self.pieces:
            if line < 0:
                return
            if not piece.exact:
                piece.lay_out(self.width)
            line -= piece.height

    def _build(self) -> None:
        self.pieces = [*self._start(), *self._body()]
        self.pieces += self._below()

    def _end(self) -> None:
        """The lines below it, after a change."""
        while self.pieces and self.pieces[-1].kind in ("note", "gap"):
            self.pieces.pop()
        for index, piece in enumerate(self.pieces):
            if piece.kind == "fold":
                self.pieces[index] = self._fold()
        self.pieces += self._below()

    def _start(self) -> list[Piece]:
        message = self.message
        runs: list[Run] = [(printable(shorten(message.title, self.width)), ("@you" if message.question else "@model",))]
        if message.aside:
            runs.append((f"  {printable(message.aside)}", ("@note",)))
        found = [Piece("head", [Line(tuple(runs))])]
        files = [Line(((f"⎘ {shorten(printable(name), self.width - 2)}", ("@note",)),)) for name in message.attachments]
        if files:
            found.append(Piece("file", files))
        if not message.question and self._answer.thought:
            found.append(self._fold())
        return found

    def _fold(self) -> Piece:
        words = len(self._answer.thought.split())
        doing = "Thinking" if self._answer.thinking and self.message.live else "Thought"
        mark = "▾" if self.opened else "▸"
        return Piece("fold", [Line(((f"{mark} {doing}: {words:,} words", ("@note", "@em")),))])

    def _below(self) -> list[Piece]:
        notes: list[Line] = []
        for note in self.message.notes:
            if note.parts:
                notes.append(Line(((printable(_fitting(note.parts, self.width)), (f"@{note.tone}",)),)))
                continue
            notes += [Line(tuple(runs)) for runs in wrap([(note.text, (f"@{note.tone}",))], self.width)]
        has_body = any(piece.kind in ("body", "thought") for piece in self.pieces)
        lead = [BLANK] if has_body and not self.message.question else []
        found = [Piece("note", [*lead, *notes])] if notes else []
        return [*found, Piece("gap", [BLANK])]

    def _body(self) -> list[Piece]:
        self._growing = self._thinking = None
        if self.message.question:
            return self._question()
        found: list[Piece] = []
        if self.opened and self._answer.thought:
            found += self._markdown("thought", self._answer.thought)
            found.append(Piece("gap", [BLANK]))
        if self._answer.said:
            found += self._markdown("body", self._answer.said)
        return found

    def _markdown(self, kind: Kind, text: str) -> list[Piece]:
        if kind == "thought" and self._answer.thinking and self.message.live:
            self._thinking = MarkdownPiece(kind, text, self.width, growing=True)
            return [self._thinking]
        if kind == "body" and self.message.live:
            self._growing = MarkdownPiece(kind, text, self.width, growing=True)
            return [self._growing]
        addresses = definitions(text)
        cut = parts(text) if self._split else [text]
        found = [MarkdownPiece(kind, part, self.width, addresses) for part in cut]
        for piece in found[1:]:
            piece.spaced = True
        return list(found)

    def _question(self) -> list[Piece]:
        text = self.message.text.replace("\r\n", "\n").replace("\r", "\n")
        count = guess(text, self.width)
        if count > LONG_QUESTION and not self.opened:
            head = "\n".join(text[: SHOWN_OF_LONG * self.width].split("\n")[:SHOWN_OF_LONG])
            more = f"▸ {max(1, text.count(chr(10)) + 1 - SHOWN_OF_LONG):,} more lines · {len(text):,} characters"
            return [PlainPiece(head, self.width), Piece("more", [Line(((more, ("@note", "@em")),))])]
        found: list[Piece] = []
        at = 0
        while at < len(text):
            cut = text.find("\n", at + PLAIN_PART) if self._split else -1
            end = cut if cut >= 0 else len(text)
            found.append(PlainPiece(text[at:end], self.width))
            at = end + 1
        if count > LONG_QUESTION:
            found.append(Piece("more", [Line((("▾ all of it", ("@note", "@em")),))]))
        return found

    # Lines

    def at(self, number: int) -> tuple[Piece, int]:
        """The piece that a line is in, and the line's number within it."""
        for piece in self.pieces:
            if number < piece.height:
                return piece, number
            number -= piece.height
        return self.pieces[-1], max(0, self.pieces[-1].height - 1)


def _fitting(parts: tuple[str, ...], width: int) -> str:
    """As many of the parts as one line has room for; of a first one that is too long, its beginning."""
    line = parts[0]
    for part in parts[1:]:
        longer = f"{line} · {part}"
        if cell_len(longer) > width:
            break
        line = longer
    return shorten(line, width)
