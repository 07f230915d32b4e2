"""The log file: what went wrong, without tokens and without the values of anybody's input."""

from __future__ import annotations

import logging
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tui.api.scrubbing import without_tokens

logger = logging.getLogger("tui")


def start(folder: Path, level: int = logging.INFO) -> Path:
    """Log into `folder`, at most 3 files of 1 MB, readable by their owner only; returns the file's path."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "replicate-tui.log"
    path.touch(mode=0o600)
    handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    return path


def failure(what: str, error: BaseException) -> None:
    """Log a failure with its frames; never with the locals, which may hold a token or an input."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s: %s: %s\n%s", what, type(error).__name__, without_tokens(str(error)), frames)
