"""An input on one line, as lists show it: what a person asked for, first."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import cast

from tui.api.decoding import is_object
from tui.wording import one_line

Question = Callable[[str], "str | None"]
"""Gives the last question of a prompt that holds a whole conversation; None for any other prompt."""

PROMPTS = ("prompt", "text", "input", "question", "message")
"""The names that an input's text goes by, the best first."""
_TEXTUAL = ("prompt", "text", "question", "message", "instruction", "query", "caption", "lyrics")
"""What is part of the name of an input that is a text."""
_LONGEST_JSON = 200_000
"""Characters of a text that is read as JSON."""


class Summaries:
    """Makes summaries. `question` knows the turn marks of language models."""

    def __init__(self, question: Question | None = None) -> None:
        self._question = question

    def of(self, values: Mapping[str, object], limit: int = 200) -> str:
        """An input on one line: its prompt, else its values by name. Data URIs are named, not shown."""
        names = [name for name in PROMPTS if name in values]
        names += [name for name in values if name not in names and any(word in name.lower() for word in _TEXTUAL)]
        for name in names:
            if (text := self._text(values[name])) is not None:
                return one_line(text, limit)
        shown: list[str] = []
        length = 0
        for name, value in values.items():
            part = f"{one_line(name, 40)}={one_line(_brief(value), 60)}"
            shown.append(part)
            length += len(part) + 2
            if length > limit:
                break
        return one_line(", ".join(shown), limit)

    def _text(self, value: object) -> str | None:
        """What a person reads of a prompt: its last question, where it is a conversation."""
        if isinstance(value, list):
            return _last_message(cast("list[object]", value))
        if not isinstance(value, str) or not value.strip():
            return None
        if value.lstrip()[:1] == "[" and len(value) <= _LONGEST_JSON:
            try:
                turns: object = json.loads(value)
            except (ValueError, RecursionError):
                turns = None
            if isinstance(turns, list) and (found := _last_message(cast("list[object]", turns))) is not None:
                return found
        asked = self._question(value) if self._question is not None else None
        return asked or _brief(value)


def _last_message(turns: list[object]) -> str | None:
    """The user's last text among messages with their roles; None where these are none."""
    for turn in reversed(turns):
        if is_object(turn) and turn.get("role") == "user":
            content = turn.get("content")
            parts = cast("list[object]", content) if isinstance(content, list) else [content]
            texts = [part.get("text") if is_object(part) else part for part in parts]
            return " ".join(text for text in texts if isinstance(text, str)) or None
    return None


def _brief(value: object) -> str:
    if isinstance(value, str):
        return value[: value.find(",")] + ",…" if value.startswith("data:") and "," in value else value
    if isinstance(value, list):
        return f"[{len(cast('list[object]', value))}]"
    if is_object(value):
        return "{…}" if value else "{}"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return str(value)[:60]
