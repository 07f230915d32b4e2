"""The question before what costs or destroys."""

from __future__ import annotations

import signal
import sys

from tui.cli.exit_codes import EXIT_FAILED, EXIT_USAGE
from tui.cli.printing import Speaker, is_terminal


def agreed(speaker: Speaker, question: str, *, yes: bool, nothing: str = "Nothing was sent") -> int | None:
    """None when the user says yes, or said so with --yes; else the exit code, and why is said.

    `nothing` says what did not happen.
    """
    if yes:
        return None
    if not (is_terminal(sys.stdin) and speaker.err_is_terminal):
        speaker.error(f"{question}\n{nothing}: nobody is here to be asked. --yes says so beforehand.")
        return EXIT_USAGE
    # The event loop's own handler would wait for the end of the line before it looks at a ctrl-c.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        speaker.ask(f"{question} [y/N] ")
        said = sys.stdin.readline()
    finally:
        signal.signal(signal.SIGINT, before)
    if said.strip().lower() in ("y", "yes"):
        return None
    speaker.say(f"{nothing}.")
    return EXIT_FAILED
