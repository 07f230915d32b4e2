"""When cyclic garbage is looked for: not while anything is painted.

Python looks through all objects now and then, when enough new ones have survived. In a console with a long answer that
is a tenth of a second in which no key is answered, every few seconds of a stream. What the start has made is never
looked through again; the young are looked through as always, and the old once the screen has been still.
"""

from __future__ import annotations

import gc

PAUSE = 5.0
"""Seconds between two looks at whether there is anything to look for."""
STILL = 2.0
"""Seconds without a frame after which the user waits for nothing."""
DUE, OVERDUE = 10, 500
"""How many collections of the young call for one of the old: on a still screen, and on one that is never still."""
_NEVER = 1_000_000_000


def begin() -> None:
    """Look for garbage from now on."""
    if not gc.isenabled():
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, _NEVER)
        gc.freeze()
        gc.enable()


def collect(still: float) -> bool:
    """Collect the old, if it is due and the screen has been still for so many seconds; whether it was done."""
    if not gc.isenabled() or gc.get_count()[2] < (DUE if still >= STILL else OVERDUE):
        return False
    gc.collect()
    return True
