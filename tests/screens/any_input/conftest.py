"""A sandbox that tells what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.sandbox import RunningSandbox, run_sandbox


@pytest.fixture(scope="module")
def api() -> Iterator[RunningSandbox]:
    """A sandbox of the module's own, so that what it was asked for is the module's doing."""
    with run_sandbox() as sandbox:
        yield sandbox
