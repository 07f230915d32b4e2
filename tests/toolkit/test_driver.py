"""The reader of keys, in a terminal that is stopped, continued and taken away."""

from __future__ import annotations

import sys

import pytest

from tests.support.terminal import Terminal
from tests.terminal.conftest import wait_until

APP = """
import os, signal, threading
from textual.app import App
from textual.widgets import Label
from tui.toolkit.driver import TerminalDriver

signal.signal(signal.SIGHUP, signal.SIG_IGN)

class Reader(App):
    def compose(self):
        yield Label("ready")

    def key_c(self):
        os.kill(os.getpid(), signal.SIGCONT)
        readers = sum(thread.name == "textual-input" for thread in threading.enumerate())
        self.query_one(Label).update(f"{readers} reading")

Reader(driver_class=TerminalDriver).run()
"""


@pytest.fixture
def reader():
    with Terminal([sys.executable, "-c", APP], size=(40, 10)) as terminal:
        terminal.until("ready")
        yield terminal


def test_a_signal_to_go_on_where_nothing_was_stopped_leaves_one_reader_of_keys(reader: Terminal) -> None:
    reader.send("c")
    reader.until("1 reading")
    reader.send("\x11")
    reader.wait_exit()


def test_an_app_whose_terminal_has_gone_ends_without_a_signal(reader: Terminal) -> None:
    reader.hang_up()
    wait_until(lambda: not reader.alive(), "it ended", 20)
