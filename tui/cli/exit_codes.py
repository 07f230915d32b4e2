"""The exit codes of the command line, as numbers that a script can rely on."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_TOKEN = 3
EXIT_API = 4
EXIT_DISK = 74
"""A disk that takes nothing, as sysexits.h numbers it: what is not written down is not sent."""
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141
"""What a shell reports of a program that SIGPIPE ended, as `cat | head` does."""
