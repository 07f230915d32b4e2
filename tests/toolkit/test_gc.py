"""Cyclic garbage is looked for on a still screen, and never for long while one is painted."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc, weakref
gc.disable()
from tui.toolkit import gc as garbage

class Node:
    def __init__(self):
        self.self = self

garbage.begin()
assert gc.isenabled()
node = Node()
gone = weakref.ref(node)
gc.collect(1)  # it is old now
del node

def many():
    kept = []
    while gc.get_count()[2] < garbage.DUE:
        kept.append([])

assert not garbage.collect(60.0), "nothing is due yet"
many()
assert gone() is not None, "the old are not looked through by Python itself"
assert not garbage.collect(0.1), "the screen is not still"
assert gone() is not None
assert garbage.collect(60.0)
assert gone() is None
assert not garbage.collect(60.0), "it has just been done"
"""


def test_the_old_are_collected_once_the_screen_has_been_still() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, timeout=60)
