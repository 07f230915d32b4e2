"""Two small Cog models, and sandboxes that serve them."""

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import spec as contract
from tests.contract.installing import Fill, Installed
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


@pytest.fixture(scope="session")
def installed(pytestconfig: pytest.Config) -> Installed:
    """A folder in pytest's cache, made once; one that was half made when a run broke off is made anew."""
    cache = pytestconfig.cache
    assert cache is not None

    def folder_of(name: str, fill: Fill) -> Path:
        folder = cache.mkdir("clients") / name
        whole = folder / "whole"
        # Several processes of one test run want the same folder at once: one fills it, the others wait.
        with folder.with_name(f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not whole.is_file():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                try:
                    fill(folder)
                except subprocess.CalledProcessError as error:
                    pytest.skip(f"{name} could not be installed: {error.stderr.strip()[-300:]}")
                whole.touch()
        return folder

    return folder_of
