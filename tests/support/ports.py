"""What every command says where its port is taken, written down."""

from __future__ import annotations


def taken_words(port: str | int) -> str:
    return f"Port {port} of 127.0.0.1 is taken by another program: end that one, or give --port 0 for a free one."
