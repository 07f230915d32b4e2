"""What tests of every room share."""

import asyncio
import os
import signal
import traceback
from collections.abc import Generator, Iterator
from typing import ClassVar

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


class ToldTask(asyncio.Task[object]):
    """A task that notes who cancels it, if it is a test or a widget's."""

    told: ClassVar[list[str]] = []

    def cancel(self, msg: object | None = None) -> bool:
        """As asyncio's."""
        named = getattr(self.get_coro(), "__qualname__", "")
        if not self.done() and (named.startswith("test_") or self.get_name().startswith("message pump")):
            frames = "".join(traceback.format_stack(limit=12))
            self.told.append(f"{self.get_name()} ({named}) is canceled:\n{frames}")
        return super().cancel(msg)


@pytest.fixture(autouse=True)
def _cancels_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cancels a test or a widget is told where the test fails: the exception says only where it came out."""
    ToldTask.told.clear()
    monkeypatch.setattr(asyncio.tasks, "Task", ToldTask)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and ToldTask.told:
        report.sections.append(("canceled tasks", "\n".join(ToldTask.told)))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what failed at first and passed when it was run once more, and the figures that tests have recorded."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"failed once: {report.nodeid}")
        terminalreporter.line(report.longreprtext)
        for title, text in report.sections:
            terminalreporter.line(f"--- {title} ---\n{text}")
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
