"""Whatever bytes come from a terminal, nothing is sent, canceled, deleted or quit."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.support.sandbox import RunningSandbox
from tests.support.typist import PLACES, SECTIONS, changes, opened

pytestmark = pytest.mark.timeout(600)

MANY = int(os.environ.get("RANDOM_BYTES", "10000"))
"""Byte strings for each section in `make soak`."""


def reply(chance: random.Random) -> str:
    """What terminals answer, and reports that they make."""
    number = chance.randint(0, 300)
    colour = "/".join(f"{chance.getrandbits(16):04x}" for _ in range(3))
    return chance.choice(
        [
            f"\x1b[?{number};{number}c",
            f"\x1b[>{number};{number};0c",
            f"\x1b[{chance.choice((0, 3))}n",
            f"\x1b[?997;{chance.choice((1, 2))}n",
            f"\x1b[?{number}u",
            f"\x1b[?{number};{chance.randint(0, 4)}$y",
            f"\x1b]{number};rgb:{colour}\x07",
            f"\x1b]11;rgb:{colour}\x1b\\",
            "\x1b]52;c;cXFyXGRE\x07",
            f"\x1b_Gi={number};OK\x1b\\",
            f"\x1bP1+r{number:x}=71\x1b\\",
            f"\x1bP>|tmux 3.{number}\x1b\\",
            f"\x1b[8;{number};{number}t",
            f"\x1b[{number + 1};{number + 1}R",
            f"\x1b[<35;{number % 120 + 1};{number % 40 + 1}M",
            f"\x1b[<{chance.choice((64, 65))};{number % 120 + 1};{number % 40 + 1}M",
            "\x1b[I\x1b[O\x1b[I",
        ]
    )


def noise(chance: random.Random) -> list[str]:
    """The pieces of a byte string as they are read."""
    kind = chance.randrange(5)
    if kind == 0:
        return [reply(chance)]
    if kind == 1:
        # In pieces, of which none is a single letter that might be a key.
        text = "".join(reply(chance) for _ in range(chance.randint(1, 3)))
        cut = chance.randint(2, len(text) - 2)
        return [text[:cut], text[cut:]]
    if kind == 2:
        return [reply(chance)[1:]]
    if kind == 3:
        # Broken off, and begun anew.
        return [reply(chance)[: chance.randint(2, 6)] + reply(chance) for _ in range(2)]
    data = bytes(chance.choices(range(256), k=chance.randint(4, 40)))
    return [data.decode("utf-8", "replace").replace("\x1b", "\x1b[?")]


@pytest.mark.parametrize("many", [60, pytest.param(MANY, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
@pytest.mark.parametrize("section", SECTIONS)
async def test_whatever_bytes_come_nothing_is_sent_canceled_deleted_or_quit(
    api: RunningSandbox, tmp_path: Path, section: str, many: int
) -> None:
    chance = random.Random(f"{section}{many}")
    before = changes(api)
    async with opened(api, tmp_path) as typist:
        for number in range(many):
            if number % 25 == 0:
                await typist.go(PLACES[section])
            for piece in noise(chance):
                await typist.read(piece)
            if chance.random() < 0.1:
                await typist.pass_time()
            assert not typist.app.ended, number
        await typist.pass_time()
    assert changes(api) == before
