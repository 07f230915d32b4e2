"""Starts a model at most once for all tests of a session, and only when one asks for it."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.sandbox.models.served_model import Served, serve


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Served]]:
    """served("fractal") gives the running model; it ends with the module's last test."""
    running: dict[str, Served] = {}
    with contextlib.ExitStack() as stack:

        def get(name: str) -> Served:
            if name not in running:
                running[name] = stack.enter_context(serve(name, tmp_path_factory.mktemp(name)))
            return running[name]

        yield get
