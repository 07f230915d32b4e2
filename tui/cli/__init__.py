"""The command line: one grammar, two faces. Each command opens the console at its place, or prints JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tui.cli.exit_codes import EXIT_BROKEN_PIPE, EXIT_DISK, EXIT_DONE, EXIT_INTERRUPTED


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code. Nothing heavy is imported before a command needs it."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words == ["--version"]:
        from tui import __version__

        return _say(f"replicate-tui {__version__}", EXIT_DONE)
    if words in (["--help"], ["-h"]):
        from tui.cli.help import HELP

        return _say(HELP, EXIT_DONE)
    if words[:1] == ["__complete"]:
        from tui.cli.complete import print_candidates

        return print_candidates(words[1:])
    if argv is None:
        from tui.settings.environment import withhold

        withhold()
    import gc

    # What a start makes stays: looking through it again and again for garbage takes a tenth of the time.
    # Whoever goes on for longer turns it on again.
    gc.disable()
    try:
        return _open(words) if words in ([], ["--sandbox"]) else _run(words)
    except BrokenPipeError:
        return _hush(EXIT_BROKEN_PIPE)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:
        from tui.cli.printing import OutputFailed

        if not isinstance(error, OutputFailed):
            raise
        return _full(str(error))


def _open(words: list[str]) -> int:
    from tui.cli.command import open_console
    from tui.settings import Options

    return open_console(Options(sandbox=bool(words)))


def _run(words: list[str]) -> int:
    from tui.cli.grammar import Usage, parse

    try:
        call = parse(words)
    except Usage as usage:
        return _say(usage.text, usage.code)
    from tui.cli.command import run

    return run(call)


def _say(text: str, code: int) -> int:
    try:
        print(text, file=sys.stdout if code == EXIT_DONE else sys.stderr, flush=True)
    except BrokenPipeError:
        return _hush(EXIT_BROKEN_PIPE)
    except OSError as error:
        return _full(f"stdout takes nothing more: {error.strerror or error}.")
    return code


def _full(words: str) -> int:
    """stdout takes nothing, which a script must hear of."""
    import contextlib

    with contextlib.suppress(OSError):
        print(f"replicate-tui: {words}", file=sys.stderr, flush=True)
    return _hush(EXIT_DISK)


def _hush(code: int) -> int:
    """Nobody takes our output: say nothing more there, not even when Python flushes stdout at its end."""
    import os

    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return code
