"""How many tokens a model holds, and which of the earlier turns fit beside the question.

Nobody but the model's own server counts its tokens: what is said here of a text is an estimate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from tui.forms import Field, Form
from tui.forms.shapes import number
from tui.services.chat.can_chat import Fit
from tui.services.chat.model_families import window_by_name
from tui.store.conversation import Role

Source: TypeAlias = Literal["set", "schema", "name", "guess"]

_GUESS = 4_000
_ANSWER = 1_000
"""Tokens kept free for an answer whose length nothing limits."""
_TURN = 6
"""Tokens of the marks around one turn."""
_CHARACTERS = 3.6
"""Characters of a token in Western languages; others take about a token for each character."""
_INPUTS = re.compile(
    r"(max_|n_|num_)?(context|ctx)(_(length|len|window|size|tokens))?|max_(input|prompt|seq|sequence)_?(tokens|len|length)"
)
_SAID = re.compile(
    r"(\d[\d,.]*)\s*(k|m)?[ -]?tokens?[ -](?:context|window)"
    r"|context (?:window|length|size)\D{0,30}?(\d[\d,.]*)\s*(k|m)?",
    re.IGNORECASE,
)


class Window(Struct, frozen=True):
    """How much a model reads at once."""

    tokens: int
    """The question, what came before it, and the answer together."""
    source: Source
    """The user's setting, the model's schema, its name, or nothing but a guess."""
    answer: int
    """Tokens of them that are kept free for the answer."""
    characters: int | None = None
    """What the schema allows the prompt to have, in characters; None without a limit."""

    @property
    def estimated(self) -> bool:
        """Whether nobody said so: neither the user nor the schema."""
        return self.source in ("name", "guess")

    @property
    def words(self) -> str:
        """Where the number is from, for people."""
        told = {
            "set": "as you set it",
            "schema": "as the model's schema says",
            "name": "an estimate from the model's name",
            "guess": "a guess: the model does not say",
        }
        return f"{self.tokens:,} tokens, {told[self.source]}"


class Said(Struct, frozen=True):
    """One turn as it would be sent."""

    role: Role
    text: str
    attachments: tuple[str, ...] = ()
    turns: int = 1
    """How many turns it stands for."""


def estimate(text: str) -> int:
    """About how many tokens a text has."""
    if text.isascii():
        return round(len(text) / _CHARACTERS)
    foreign = sum(1 for character in text if character > "ɏ")
    return round((len(text) - foreign) / _CHARACTERS) + foreign


def window_of(form: Form, fit: Fit, ref: str, setting: int | None, parameters: Mapping[str, object]) -> Window:
    """What the model reads at once, by the best source there is. `setting` is the user's, in tokens."""
    prompt = form.field(fit.prompt_field or "")
    characters = prompt.max_length if prompt is not None else None
    stated = _stated(form, parameters)
    named = window_by_name(ref)
    tokens, source = _best(setting, stated, named)
    return Window(tokens, source, _answer(form, fit, parameters, tokens), characters)


def _best(setting: int | None, stated: int | None, named: int | None) -> tuple[int, Source]:
    if setting:
        return setting, "set"
    if stated:
        return stated, "schema"
    return (named, "name") if named else (_GUESS, "guess")


def _answer(form: Form, fit: Fit, parameters: Mapping[str, object], tokens: int) -> int:
    limit = form.field(fit.length_field or "")
    asked = number(parameters.get(limit.name)) if limit is not None else None
    if asked is None and limit is not None:
        asked = number(limit.default)
    wanted = int(asked) if asked is not None and asked > 0 else _ANSWER
    return min(wanted, tokens // 2)


def _stated(form: Form, parameters: Mapping[str, object]) -> int | None:
    for one in form.fields:
        if _INPUTS.fullmatch(one.name):
            for value in (parameters.get(one.name), one.default, one.maximum):
                found = number(value)
                if found is not None and found >= 256:
                    return int(found)
    for one in form.fields:
        said = _in_words(one)
        if said is not None:
            return said
    return None


def _in_words(one: Field) -> int | None:
    match = _SAID.search(one.description)
    if match is None:
        return None
    digits, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    try:
        value = float(digits.replace(",", "").rstrip("."))
    except ValueError:
        return None
    tokens = int(value * {"k": 1_000, "m": 1_000_000}.get((unit or "").lower(), 1))
    return tokens if 256 <= tokens <= 100_000_000 else None


class Kept(Struct, frozen=True):
    """What of a conversation is sent."""

    said: tuple[Said, ...]
    left_out: int
    """How many of its turns are not."""
    why: str
    tokens: int
    """About how many are sent, without the answer."""


def keep(window: Window, system: str, said: Sequence[Said], *, single: bool = False) -> Kept:
    """The newest turns that fit, the last of `said` in any case; they begin with a question where one fits."""
    last = said[-1]
    room = window.tokens - window.answer - estimate(system) - estimate(last.text) - 2 * _TURN
    space = None if window.characters is None else window.characters - len(system) - len(last.text) - 200
    kept = [last]
    for one in reversed(said[:-1]) if not single else ():
        room -= estimate(one.text) + _TURN
        if space is not None:
            space -= len(one.text) + 30
        if room < 0 or (space is not None and space < 0):
            break
        kept.append(one)
    while len(kept) > 1 and kept[-1].role == "assistant":
        kept.pop()
    kept.reverse()
    left_out = sum(one.turns for one in said) - sum(one.turns for one in kept)
    tokens = estimate(system) + sum(estimate(one.text) + _TURN for one in kept)
    return Kept(tuple(kept), left_out, _why(window, left_out, single, space), tokens)


def _why(window: Window, left_out: int, single: bool, space: int | None) -> str:
    if not left_out:
        return ""
    turns = "1 earlier turn was" if left_out == 1 else f"{left_out} earlier turns were"
    if single:
        return f"{turns} left out: the model takes each question alone."
    if space is not None and space < 0:
        return f"{turns} left out: the model's prompt takes {window.characters:,} characters at most."
    return f"{turns} left out: the model reads {window.words}, and {window.answer:,} are kept for its answer."


def joined(said: Sequence[Said]) -> list[Said]:
    """Turns without a word left out, and those of one speaker in a row made one: models want them to alternate."""
    found: list[Said] = []
    for one in said:
        if not one.text.strip() and not one.attachments:
            if found:
                before = found[-1]
                found[-1] = Said(before.role, before.text, before.attachments, before.turns + one.turns)
            continue
        if found and found[-1].role == one.role:
            before = found[-1]
            text = "\n\n".join(part for part in (before.text, one.text) if part)
            found[-1] = Said(one.role, text, before.attachments + one.attachments, before.turns + one.turns)
        else:
            found.append(one)
    return found
