"""The environment of this program, and the one that it gives to its child processes, which has no token."""

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


def for_children(
    environment: Mapping[str, str] | None = None, given: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The environment for a program that has nothing to ask of Replicate; made from this process's own by default.

    What is `given` besides is handed on as it is: the token too, to a program that the user wants to have it.
    """
    own = os.environ if environment is None else environment
    return {name: value for name, value in own.items() if name not in _SECRET} | dict(given or {})


def current() -> Mapping[str, str]:
    """The environment that the program was started with, as far as it was not changed since."""
    return ChainMap(dict(os.environ), _withheld) if _withheld else os.environ
