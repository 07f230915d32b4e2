"""Decodes a stream of server-sent events, whatever pieces its bytes come in (docs/replicate.md, Streaming)."""

from __future__ import annotations

import codecs
import re

from .errors import BadAnswer
from .text import clean, clean_line
from .types import Event

MAX_EVENT = 64 * 1024 * 1024
"""Characters of one event at most."""

_LINE_END = re.compile("\r\n|\n|\r")


class Decoder:
    r"""Bytes in, whole events out.

    Several `data:` lines are joined with "\n", one space after the colon is a separator and a second one is text,
    comments and unknown fields are passed over, unknown event names are passed on, and an event that was cut off
    before its blank line never comes out. The id of an event without one is the last that was seen.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._unfinished: list[str] = []
        self._after_cr = False
        self._kind = ""
        self._data: list[str] = []
        self._id: str | None = None
        self._size = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes. Raises BadAnswer for one that is too large."""
        text = self._decoder.decode(chunk)
        if not text:
            return []
        if self._after_cr and text[0] == "\n":
            text = text[1:]
        self._after_cr = text.endswith("\r") if text else False
        self._size += len(text)
        events: list[Event] = []
        *lines, rest = _LINE_END.split(text)
        for line in lines:
            if self._unfinished:
                line = "".join([*self._unfinished, line])
                self._unfinished.clear()
            event = self._line(line)
            if event is not None:
                events.append(event)
        if rest:
            self._unfinished.append(rest)
        if self._size > MAX_EVENT:
            raise BadAnswer(f"An event of the stream is larger than {MAX_EVENT // 1_000_000} MB.")
        return events

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._kind = value
        elif name == "id" and "\0" not in value:
            self._id = clean_line(value)
        return None

    def _dispatch(self) -> Event | None:
        self._size = 0
        if not self._data and not self._kind:
            return None
        event = Event(kind=clean_line(self._kind, 60) or "message", data=clean("\n".join(self._data)), id=self._id)
        self._kind = ""
        self._data.clear()
        return event
