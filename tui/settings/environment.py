"""The environment of this program, and the one that it gives to its child processes, which has no token."""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Mapping

_SECRET = ("REPLICATE_API_TOKEN",)
DRIVER = "TEXTUAL_DRIVER"
"""Says that a console is shown by something else than a terminal. It is that console's own, not its children's."""
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
    withheld = (*_SECRET, DRIVER)
    return {name: value for name, value in own.items() if name not in withheld} | dict(given or {})


def for_own_commands(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a command of ours, which asks Replicate with the token that we were started with."""
    own = current()
    return for_children(given={name: own[name] for name in _SECRET if own.get(name)} | dict(given or {}))


def in_browser() -> bool:
    """Whether the console is shown in a browser, by Textual's own driver for it."""
    return os.environ.get(DRIVER, "").endswith(":WebDriver")


def current() -> Mapping[str, str]:
    """The environment that the program was started with, as far as it was not changed since."""
    return ChainMap(dict(os.environ), _withheld) if _withheld else os.environ
