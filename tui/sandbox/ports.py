"""What is said where an address cannot be listened at, and what would be right."""

from __future__ import annotations

import errno
import os

FIRST_FREE_FOR_ALL = 1024
"""Below it Linux gives ports to the administrator alone."""


def why_not(host: str, port: int, error: OSError) -> str:
    """Why `port` of `host` cannot be listened at, as a sentence. Python's own words repeat the address in its way."""
    number = error.errno or 0
    if number == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken by another program: end that one, or give --port 0 for a free one."
    if number in (errno.EACCES, errno.EPERM) and 0 < port < FIRST_FREE_FOR_ALL:
        return f"Port {port} of {host} is for the administrator alone: give --port {FIRST_FREE_FOR_ALL} or above."
    # A name that nobody knows comes with a negative number, which is getaddrinfo's.
    if number == errno.EADDRNOTAVAIL or number < 0:
        return f"{host} is no address of this machine: give --host one that is, such as 127.0.0.1."
    reason = os.strerror(number) if number else str(error)
    return f"Port {port} of {host} cannot be listened at: {reason}."
