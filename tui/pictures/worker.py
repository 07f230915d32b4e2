"""The process that draws pictures: it answers what it is asked on its standard input until that is closed."""

from __future__ import annotations

import os
import select
import sys
from typing import IO

from tui.pictures.canvas import Refused
from tui.pictures.drawing import Painter
from tui.pictures.messages import asked, refuse, tell

NICE = 5
"""Keys are answered before pictures where one core must do both."""


def main(idle: float) -> None:
    """Answer until nothing more comes, or nothing for so many seconds."""
    answers = os.fdopen(os.dup(1), "wb")
    # What a decoder prints is no answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.nice(NICE)
    _import_ahead()
    painter = Painter()
    while select.select([0], [], [], idle)[0] and (line := sys.stdin.buffer.readline()):
        _answer(painter, line, answers)


def _import_ahead() -> None:
    """What the first picture needs, while it is fetched."""
    from PIL import Image, ImageChops, ImageMath, ImageOps, WebPImagePlugin

    del ImageChops, ImageMath, ImageOps, WebPImagePlugin
    Image.preinit()


def _answer(painter: Painter, line: bytes, answers: IO[bytes]) -> None:
    try:
        drawing = painter.draw(*asked(line))
    except Refused as error:
        refuse(answers, str(error))
    else:
        tell(answers, drawing)
