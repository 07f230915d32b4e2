"""Begins the `replicate-tui` command, and says in words where another distribution's package stands in its place.

The command's package is called `tui`. Another distribution may have one of that name, in the same environment or
earlier on the path: this module has a name of its own, so that it can tell.
"""

from __future__ import annotations

import sys

EXIT_SOFTWARE = 70
"""A fault of what is installed, as sysexits.h numbers it."""


def main() -> int:
    """Run the command line; returns its exit code."""
    try:
        from tui import DISTRIBUTION
        from tui.cli import main as run

        ours = DISTRIBUTION == "replicate-tui"
    except ImportError as error:
        # What is missing of our own dependencies is told as it is.
        if error.name is not None and error.name.partition(".")[0] != "tui":
            raise
        ours, run = False, None
    if ours and run is not None:
        return run()
    where = getattr(sys.modules.get("tui"), "__file__", None) or "an unknown place"
    sys.stderr.write(
        f"replicate-tui: the package `tui` at {where} is not the one of replicate-tui: another distribution has "
        "a package of the same name.\n"
        "Install replicate-tui in an environment of its own, for instance: pipx install replicate-tui\n"
    )
    return EXIT_SOFTWARE
