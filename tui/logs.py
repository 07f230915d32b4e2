"""The log file: what went wrong, without tokens and without the values of anybody's input."""

from __future__ import annotations

import logging
import os
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tui.api.scrubbing import without_tokens
from tui.private_files import make_private

logger = logging.getLogger("tui")


def start(folder: Path, level: int = logging.INFO) -> Path | None:
    """Log into `folder`, at most 3 files of 1 MB, readable by their owner only; returns the file's path.

    None where nothing can be written there: a console without a log is better than none.
    """
    path = folder / "replicate-tui.log"
    try:
        make_private(folder)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))
    except OSError:
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
        return None
    handler = _Quiet(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(level)
    logger.propagate = False
    return path


class _Quiet(RotatingFileHandler):
    """Says nothing on stderr, which may be the console's screen, where the disk takes no more."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Lose the line."""


def failure(what: str, error: BaseException) -> None:
    """Log a failure with its frames; never with the locals, which may hold a token or an input."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("%s: %s: %s\n%s", what, type(error).__name__, without_tokens(str(error)), frames)
