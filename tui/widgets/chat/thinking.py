"""Parts an answer into what the model thought and what it said, as the answer comes."""

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
_LONE_END = re.compile(r"^[ \t]*(?:</think(?:ing)?>|</reasoning>|\[/THINK\]|◁/think▷)[ \t]*\n", re.MULTILINE)
_LONGEST = max(len(end) for end in _TAGS.values())
_LOOK_BACK = 200
"""Characters before new text in which the line of a lone end may have begun."""


class Answer:
    """An answer that grows. Thinking stands at its start between two tags, or before a lone closing one.

    `feed` gives what is new of what was said, or None where all that was said is another text than before.
    """

    def __init__(self, text: str = "", *, ended: bool = False) -> None:
        self._thought: list[str] = []
        self._said: list[str] = []
        self._held = ""
        self._closing = ""
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
        if not new:
            return ""
        self._said.append(new)
        if not self._thought and ("think" in new or "THINK" in new or "reasoning" in new or "\n" in new):
            said = self.said
            lone = _LONE_END.search(said if len(said) <= len(new) + _LOOK_BACK else said[-len(new) - _LOOK_BACK :])
            if lone is not None:
                lone = _LONE_END.search(said)
            if lone is not None:
                self._thought = [said[: lone.start()]]
                self._said, self._held, self._talking = [], said[lone.end() :], False
                self._take(ended)
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
