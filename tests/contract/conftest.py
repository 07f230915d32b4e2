"""Two small Cog models, and sandboxes that serve them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import spec as contract
from tests.sandbox.conftest import write_copier, write_talker
from tests.support.sandbox import RunningSandbox, run_sandbox

# No test here is about limits: none shall meet them.
LIMITLESS = ["--rate-limit", "100000000/1s", "--other-rate-limit", "100000000/1s"]


@pytest.fixture(scope="session")
def spec() -> contract.Spec:
    return contract.load()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    parent = tmp_path_factory.mktemp("contract-cog")
    return [write_talker(parent), write_copier(parent)]


@pytest.fixture(scope="module")
def brief(models: list[Path]) -> Iterator[RunningSandbox]:
    """A sandbox that forgets so soon that a deployment may be deleted within a test."""
    with run_sandbox(cog=models, options=[*LIMITLESS, "--retention", "2s"]) as running:
        yield running
