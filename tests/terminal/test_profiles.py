"""The profile is switched from the console, which begins anew with the other account and nothing of the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sandbox import RunningSandbox
from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def profiles(home: Path, sandbox: RunningSandbox) -> None:
    (home / "config").mkdir(parents=True)
    config = home / "config" / "config.toml"
    config.write_text(
        f'[profiles.work]\nbase_url = "{sandbox.base_url}"\ntoken = "{sandbox.token}"\nread_only = true\n'
        '[profiles.broken]\ntoken = "two words"\n'
    )
    config.chmod(0o600)


@pytest.mark.usefixtures("profiles")
def test_another_profile_is_picked_and_the_sandbox_again(console: Open) -> None:
    with console("--sandbox", size=(160, 40)) as t:
        t.until("sandbox on this machine")
        t.until("sandbox/fractal")
        t.settle()
        t.press("f7")
        t.until("With which profile?")
        t.type("brok")
        t.until_gone("no token, no bill")
        t.press("enter")
        t.until("The profile cannot be used")
        t.press("f7")
        t.until("no token, no bill")
        t.press("escape")
        t.until_gone("With which profile?")
        t.until("sandbox on this machine")
        t.press("f7")
        t.until("no token, no bill")
        t.type("work")
        t.until_gone("no token, no bill")
        t.press("enter")
        t.until("· sandbox · read-only")
        t.until("sandbox/fractal")
        t.settle()
        assert "sandbox on this machine" not in t.text()
        t.press("f7")
        t.until("no token, no bill")
        t.type("the sandbox")
        t.until_gone("broken")
        t.press("enter")
        t.until("sandbox on this machine")
        t.until("sandbox/fractal")
        t.press("q")
        assert t.wait_exit() == 0
