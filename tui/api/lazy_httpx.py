"""httpx without what the console has no use for, or not yet: half of its import and 4 MB."""

import sys
from importlib import import_module
from types import ModuleType


class _Late(ModuleType):
    """A module that is imported when something of it is asked for."""

    def __getattr__(self, name: str) -> object:
        return getattr(import_module(self.__name__), name)


# Its own command line, where click is installed. This is Python's way to say that a module is not there, which httpx
# is prepared for.
sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType]
# The tables of all alphabets: only a host of other letters than ASCII's asks for them.
_idna = sys.modules.setdefault("idna", _Late("idna"))

import httpx  # noqa: E402

if isinstance(_idna, _Late):
    del sys.modules["idna"]

__all__ = ["httpx"]
