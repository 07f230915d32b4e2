"""Keeps the token out of the environment that child processes inherit."""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Mapping

_SECRET = ("REPLICATE_API_TOKEN",)
_withheld: dict[str, str] = {}


def withhold() -> None:
    """Take the token out of this process's environment: editors, browsers and other children do not get it.

    Called once, when the program starts. `current` still gives it.
    """
    for name in _SECRET:
        value = os.environ.pop(name, None)
        if value is not None:
            _withheld[name] = value


def current() -> Mapping[str, str]:
    """The environment that the program was started with, as far as it was not changed since."""
    return ChainMap(dict(os.environ), _withheld) if _withheld else os.environ
