"""Starts workers in the one way that this program starts them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ParamSpec, cast

from textual.dom import DOMNode

P = ParamSpec("P")


def work(
    node: DOMNode,
    name: str,
    group: str,
    function: Callable[P, Awaitable[Any]],
    *arguments: P.args,
    **keywords: P.kwargs,
) -> None:
    """Run `function` in a worker of `node`; one of the same group that still runs is cancelled.

    A failure does not end the app: the node's screen shows it (`name` says what failed). The function is called by
    the worker, not here: a worker that is cancelled before it starts leaves no coroutine that nobody awaits.
    """
    node.run_worker(
        partial(function, *arguments, **keywords), name=name, group=group, exclusive=True, exit_on_error=False
    )


def cancel_work(node: DOMNode, group: str) -> None:
    """Cancel what still runs of a group of `node`."""
    cast(Any, node.workers).cancel_group(node, group)
