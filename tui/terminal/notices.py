"""Calls the user back: bell, title and desktop notice when something long ends while nobody looks.

State and escape sequences, no widgets: the App tells it of the terminal's focus and of what ended, and writes what it
returns to the terminal.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from msgspec import Struct

from tui.settings.model import ATTENTION
from tui.wording import mark

LONG = 10.0
"""Seconds that a thing must have taken for its end to be worth a call."""
SILENCE = 60.0
"""Seconds without a key after which nobody is taken to look, where the terminal does not tell of its focus."""
TITLE = "replicate-tui"
REMEMBER_TITLE = "\x1b[22;2t"
"""Has the terminal put its title aside; one that cannot ignores it."""
RESTORE_TITLE = "\x1b[23;2t"


class Ending(Struct, frozen=True):
    """Something that ended: `kind` is "prediction" or "training", `seconds` is its time since it was created."""

    kind: str
    model: str
    status: str
    seconds: float


class Call(NamedTuple):
    """What calls the user: in words, and as the sequences for the terminal; both empty when there is nothing new."""

    words: str
    sequences: str


@dataclass
class Attention:
    """What ended while nobody looked. `ways` is the user's choice of ATTENTION.

    A terminal that tells of its focus is believed. Many tell nothing (tmux by default, screen): there, who has pressed
    no key for a while is taken to look elsewhere.
    """

    ways: tuple[str, ...] = ATTENTION
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], float] = monotonic
    focused: bool = True
    told_of_focus: bool = False
    """Whether the terminal has told of its focus at all."""
    missed: list[Ending] = field(default_factory=list[Ending])
    _told: int = 0
    _titled: bool = False
    _touched: float = field(init=False)

    def __post_init__(self) -> None:
        self._touched = self.clock()

    @property
    def away(self) -> bool:
        """Whether nobody looks, as far as can be told."""
        return not self.focused if self.told_of_focus else self.clock() - self._touched >= SILENCE

    def touched(self) -> bool:
        """A key or a click came. Whether the user is back with it, and `back` has something to tell."""
        self._touched = self.clock()
        return bool(self.missed) and self.focused

    def left(self) -> None:
        """The terminal tells that it has lost the focus."""
        self.focused, self.told_of_focus = False, True

    def ended(self, ending: Ending) -> bool:
        """Note an end. Whether the user is to be called for it, by `call`, soon: others may end with it."""
        if not self.away or ending.seconds < LONG:
            return False
        self.missed.append(ending)
        return True

    def call(self) -> Call:
        """The call for all that ended since the last one."""
        if self._told == len(self.missed):
            return Call("", "")
        words, self._told = summary(self.missed), len(self.missed)
        told = f"{words} · {TITLE}"
        sequences = {"bell": "\x07", "title": title(self._passes(told)), "notice": self._notice(self._passes(words))}
        if "title" in self.ways and not self._titled:
            self._titled = True
            sequences["title"] = REMEMBER_TITLE + sequences["title"]
        return Call(words, "".join(sequences[way] for way in self.ways))

    def back(self) -> str:
        """The user looks again: what was missed, in a sentence, or nothing."""
        self.focused = True
        words = f"While you were away: {summary(self.missed)}." if self.missed else ""
        self.missed.clear()
        self._told = 0
        return words

    def calm(self) -> str:
        """The sequences that give the terminal its own title again; empty where it has it."""
        if not self._titled:
            return ""
        self._titled = False
        return title(TITLE) + RESTORE_TITLE

    def _passes(self, words: str) -> str:
        """The words as they come through: screen 4.9 makes one byte of each letter, which may be a control code."""
        if not self.environment.get("TERM", "").startswith("screen") or self.environment.get("TMUX"):
            return words
        return " ".join(words.replace("·", "-").encode("ascii", "ignore").decode().split())

    def _notice(self, words: str) -> str:
        """OSC 777 for the terminals that know it and not OSC 9; the others take OSC 9 or drop it."""
        term = self.environment.get("TERM", "")
        if term.startswith(("rxvt", "foot")) or self.environment.get("VTE_VERSION"):
            sequence = f"\x1b]777;notify;{TITLE};{_plain(words).replace(';', ',')}\x07"
        else:
            sequence = f"\x1b]9;{_plain(words)}\x07"
        if self.environment.get("TMUX"):
            return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        if term.startswith("screen"):
            return f"\x1bP{sequence}\x1b\\"
        return sequence


def summary(endings: list[Ending]) -> str:
    """What ended: one by its name, several counted by their status."""
    if len(endings) == 1:
        one = endings[0]
        symbol, word, _ = mark(one.status)
        return f"{symbol} {one.model or one.kind} {word}"
    kinds = {one.kind for one in endings}
    what = f"{kinds.pop()}s" if len(kinds) == 1 else "predictions and trainings"
    counts = Counter(one.status for one in endings)
    parts = [f"{count} {mark(status).word}" for status, count in counts.most_common()]
    return f"{len(endings)} {what} ended ({', '.join(parts)})"


def title(words: str) -> str:
    """The sequence that sets the terminal's title."""
    return f"\x1b]2;{_plain(words)}\x07"


def _plain(words: str) -> str:
    """Nothing that ends the sequence or begins another."""
    return "".join(character for character in words if character.isprintable())[:200]
