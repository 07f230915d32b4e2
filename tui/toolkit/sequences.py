"""Writes control sequences to the terminal, between two frames."""

from __future__ import annotations

from textual.dom import DOMNode


def write_to_terminal(node: DOMNode, sequence: str) -> None:
    """Write a control sequence to the terminal of the node's app; nothing where there is none."""
    driver = node.app._driver  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportPrivateUsage]
    if sequence and driver is not None:
        driver.write(sequence)
