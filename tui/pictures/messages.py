"""How a drawing goes from one process to the other: a line of JSON, and after it the bytes that it announces.

Not pickled: whoever reads pictures from anywhere may say nothing that is run here.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from tui.pictures.canvas import Canvas, Drawing, Refused


def ask(to: IO[bytes], path: Path, kind: str, canvas: Canvas, frame: int | None) -> None:
    """Ask for a drawing; `frame` is the number of an animation's frame. Raises OSError."""
    _write(to, {"path": str(path), "kind": kind, "canvas": asdict(canvas), "frame": frame})


def asked(line: bytes) -> tuple[Path, str, Canvas, int | None]:
    """What was asked for."""
    said = json.loads(line)
    canvas = said["canvas"]
    canvas |= {"background": tuple(canvas["background"]), "cell": tuple(canvas["cell"])}
    return Path(said["path"]), said["kind"], Canvas(**canvas), said["frame"]


def tell(to: IO[bytes], drawing: Drawing) -> None:
    """Answer with a drawing."""
    said = asdict(drawing)
    over, under = said.pop("over"), said.pop("under")
    _write(to, {"drawing": said, "bytes": [len(over), len(under)]}, over, under)


def refuse(to: IO[bytes], words: str) -> None:
    """Answer that there is none, and why."""
    _write(to, {"refused": words})


def told(source: IO[bytes]) -> Drawing:
    """The drawing that was told. Raises Refused where none was, and EOFError where nobody answers any more."""
    line = source.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    said = json.loads(line)
    if "refused" in said:
        raise Refused(said["refused"])
    over, under = (_exactly(source, length) for length in said["bytes"])
    fields = said["drawing"]
    pairs = {name: tuple(fields[name]) for name in ("pixels", "size", "inks")}
    return Drawing(**(fields | pairs), over=over, under=under)


def _write(to: IO[bytes], head: dict[str, Any], *parts: bytes) -> None:
    to.write(json.dumps(head).encode() + b"\n" + b"".join(parts))
    to.flush()


def _exactly(source: IO[bytes], length: int) -> bytes:
    content = source.read(length)
    if len(content) < length:
        raise EOFError
    return content
