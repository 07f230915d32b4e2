"""Parts an answer into what the model thought and what it said, as the answer comes.

What is shown folded and what is left out of the next question are told by this alone.
"""

from __future__ import annotations

import re

_TAGS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
}
_CLOSE = r"(?:</think(?:ing)?>|</thought>|</reasoning>|\[/think\]|◁/think▷)"
_GLUED = r"(?<=[^\s`\"'])"
_LONE_END = re.compile(
    "|".join(
        (
            rf"^[ \t]*{_CLOSE}[ \t]*(?:\n|\Z)",  # on a line of its own
            rf"{_GLUED}{_CLOSE}[ \t]*(?:\n|\Z)",  # at the end of a line
            rf"[ \t]{_CLOSE}[ \t]*\n(?=[ \t]*\n)",  # after a blank at the end of a paragraph
            rf"^[ \t]*{_CLOSE}(?=[^`\"'])",  # at the beginning of a line
            rf"{_GLUED}{_CLOSE}(?=[^\s`\"'.,;:)])",  # with no blank at either side
        )
    ),
    re.MULTILINE | re.IGNORECASE,
)
"""A closing tag that ends thinking. One that is written about stands in quotes, in code, or as a word in a line."""
_CLOSING = re.compile(_CLOSE, re.IGNORECASE)
_OPENING = re.compile(r"<think(?:ing)?>|<thought>|<reasoning>|\[THINK\]|◁think▷", re.IGNORECASE)
_LONGEST = max(len(end) for end in _TAGS.values())
_LOOK_BACK = 40
"""Characters before new text in which a lone closing tag may have begun."""


def _in_code(before: str) -> bool:
    """Whether what follows is in a code block or in code within a line."""
    return before.count("```") % 2 == 1 or before[before.rfind("\n") + 1 :].count("`") % 2 == 1


def said_in(text: str) -> str:
    """What a whole answer says, without what the model thought before."""
    return Answer(text, ended=True).said


class Answer:
    """An answer that grows. Thinking stands at its start between two tags, or before a lone closing one.

    `feed` gives what is new of what was said, or None where all that was said is another text than before.
    """

    def __init__(self, text: str = "", *, ended: bool = False) -> None:
        self._thought: list[str] = []
        self._said: list[str] = []
        self._held = ""
        self._closing = ""
        self._tail = ""
        self._talking = False
        self.thinking = False
        """Whether the model thinks at the moment."""
        self.feed(text, ended=ended)

    @property
    def thought(self) -> str:
        """What the model thought."""
        if len(self._thought) > 1:
            self._thought = ["".join(self._thought)]
        return self._thought[0].strip("\n") if self._thought else ""

    @property
    def said(self) -> str:
        """The answer itself."""
        if len(self._said) > 1:
            self._said = ["".join(self._said)]
        return self._said[0] if self._said else ""

    def feed(self, delta: str, *, ended: bool = False) -> str | None:
        """Takes what came; `ended` says that it was the last of it."""
        before = sum(map(len, self._said)) if not self._talking else -1
        self._held += delta
        new = self._take(ended)
        return new if before < 0 else self.said[before:] if new is not None else None

    def _take(self, ended: bool) -> str | None:
        while not self._talking:
            if self._closing:
                if not self._think(ended):
                    return ""
                continue
            start = self._held.lstrip()
            head = start[:_LONGEST].lower()
            opening = next((tag for tag in _TAGS if head.startswith(tag)), None)
            if opening is not None:
                self._closing, self._held = _TAGS[opening], start[len(opening) :]
                if self._thought:
                    self._thought.append("\n\n")
                self.thinking = True
            elif ended or (start and not any(tag.startswith(head) for tag in _TAGS)):
                # After thinking the blank lines are no part of the answer.
                self._held = start if self._thought else self._held
                self._talking = True
            else:
                return ""
        new, self._held = self._held, ""
        if new:
            self._said.append(new)
        elif not ended:
            return ""
        lone = self._lone_end(new, ended)
        if lone is None:
            return new
        said = self.said
        self._thought = [said[: lone.start()]]
        self._said, self._held, self._tail, self._talking = [], said[lone.end() :], "", False
        self._take(ended)
        return None

    def _lone_end(self, new: str, ended: bool) -> re.Match[str] | None:
        """The closing tag before which all was thinking, for a model whose opening one is not in its answer."""
        window = self._tail + new
        self._tail = window[-_LOOK_BACK:]
        if self._thought or _CLOSING.search(window) is None:
            return None
        said = self.said
        for lone in _LONE_END.finditer(said):
            if lone.end() == len(said) and not said.endswith("\n") and not ended:
                # What follows on the line tells whether it is one.
                continue
            before = said[: lone.start()]
            if _OPENING.search(before) is None and not _in_code(before):
                return lone
        return None

        return new

    def _think(self, ended: bool) -> bool:
        """Takes thinking until its end; whether that was found."""
        at = self._held.lower().find(self._closing)
        if at < 0:
            keep = 0 if ended else len(self._closing) - 1
            cut = len(self._held) - keep
            if cut > 0:
                self._thought.append(self._held[:cut])
                self._held = self._held[cut:]
            if ended:
                self.thinking = False
            return False
        self._thought.append(self._held[:at])
        self._held = self._held[at + len(self._closing) :]
        self._closing, self.thinking = "", False
        return True
