"""What tests of every room share."""

from collections.abc import Iterator

import pytest

from tests.sandbox_fixture import RunningSandbox, run_sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    """One sandbox for the whole session, with the packaged models and no faults."""
    with run_sandbox() as running:
        yield running
