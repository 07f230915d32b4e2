"""What tests of every room share."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings
from textual import _wait

from tests.support.sandbox import RunningSandbox, run_sandbox

# A commit passes or it does not, whichever day it is checked; HYPOTHESIS=random looks for more.
settings.register_profile("steady", derandomize=True)
settings.load_profile("default" if os.environ.get("HYPOTHESIS") == "random" else "steady")

# A pilot waits after each key, twice, until the process was at rest for 20 ms: 5 ms tell as much.
_wait.SLEEP_GRANULARITY, _wait.SLEEP_IDLE = 0.005, 0.005 / 20

# A shell without job control starts what it puts into the background with ctrl-c ignored, which every child inherits.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    """One sandbox for the whole session, with the packaged models and no faults."""
    with run_sandbox() as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests have recorded, whichever process ran them."""
    figures = [
        str(value)
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "figure" and report.when == "call"
    ]
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.line(figure)
