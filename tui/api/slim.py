"""httpx without its own command line: where click is installed, that is 40 modules, 3 MB and half of its import."""

import sys

# Python's own way to say that a module is not there, which httpx is prepared for.
sys.modules.setdefault("httpx._main", None)  # pyright: ignore[reportArgumentType]

import httpx  # noqa: E402

__all__ = ["httpx"]
