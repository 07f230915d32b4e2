"""Deployments by keyboard alone, in a real terminal on a real sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.support.sandbox import RunningSandbox, run_sandbox
from tests.support.terminal import Terminal
from tests.terminal.conftest import Open

# Real terminals on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """One that lets a deployment go after 3 idle seconds instead of 15 minutes."""
    with run_sandbox(options=["--retention", "3s"]) as running:
        yield running


@pytest.fixture
def at(console: Open, sandbox: RunningSandbox) -> Callable[..., Terminal]:
    """Opens a console at the sandbox."""

    def open_at(*arguments: str, **options: Any) -> Terminal:
        return console(
            "--base-url", sandbox.base_url, *arguments, env={"REPLICATE_API_TOKEN": sandbox.token}, **options
        )

    return open_at


def send(sandbox: RunningSandbox, method: str, path: str, body: dict[str, Any]) -> Any:
    """What another program does."""
    request = Request(
        sandbox.base_url + path,
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {sandbox.token}", "Content-Type": "application/json"},
        method=method,
    )
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def versions(sandbox: RunningSandbox) -> tuple[str, str]:
    """The newest and the earlier version of fractal."""
    newest, earlier = sandbox.get("/v1/models/sandbox/fractal/versions")["results"]
    return newest["id"], earlier["id"]


def deploy(sandbox: RunningSandbox, name: str, least: int = 0, most: int = 1) -> None:
    """A deployment that is there already."""
    values = {"version": versions(sandbox)[1], "hardware": "cpu", "min_instances": least, "max_instances": most}
    send(sandbox, "POST", "/deployments", {"name": name, "model": "sandbox/fractal", **values})


def release(sandbox: RunningSandbox, name: str) -> dict[str, Any]:
    """The current release as the API tells it."""
    found: dict[str, Any] = sandbox.get(f"/v1/deployments/sandbox/{name}")["current_release"]
    return found


def open_section(t: Terminal, ref: str) -> None:
    """The section, with the cursor on one deployment."""
    t.until("sandbox/guide")
    t.press("5")
    t.until(f"● {ref}")
    t.press("/")
    t.type(ref)
    t.press("enter")
    t.until(f"›  ● {ref}")


def agree(t: Terminal, question: str, done: str, key: str = "s") -> None:
    """Send the form, and say yes."""
    t.press("ctrl+r")
    t.until(question)
    t.press(key)
    t.until(done)
    t.until_gone(question)


def run_once(t: Terminal, text: str, number: int) -> None:
    """Run through the deployment under the cursor, and come back to the list."""
    t.press("r")
    t.until("Run  ^r")
    t.until("long text")
    t.until("▌ prompt")
    t.type(text)
    t.until(text)
    t.press("ctrl+r")
    t.until("succeeded", 60)
    t.until_match(r"✓ succeeded +≈ \$0\.\d+")
    t.press("escape")
    t.until("▌ prompt")
    t.press("escape")
    t.until(f"release {number}")


def wait_of(sandbox: RunningSandbox, place: int) -> float:
    """Seconds that the newest prediction (0), or one before, waited for its model."""
    found = [p for p in sandbox.get("/v1/predictions")["results"] if p["deployment"]][place]
    whole = sandbox.get(f"/v1/predictions/{found['id']}")
    started, created = (datetime.fromisoformat(whole[key]) for key in ("started_at", "created_at"))
    return (started - created).total_seconds()


def test_a_deployment_is_made_scaled_changed_used_disabled_and_deleted_by_keyboard_alone(
    at: Callable[..., Terminal], sandbox: RunningSandbox
) -> None:
    with at("models") as t:
        t.until("sandbox/guide")
        t.press("5")
        t.until("Nothing is deployed.")
        t.press("n")
        t.until("A new deployment")
        t.until("▌ name")
        t.type("Bad Name")
        t.press("tab", "enter")
        t.until("type to filter")
        t.type("fractal")
        t.until("sandbox/fractal")
        t.press("enter")
        t.until("newest")
        t.press("tab", "tab", "enter")
        t.until("gpu-t4")
        t.press("enter")
        t.until("≈ $0.36")
        # The refusal lands on its field, and what was typed is still there.
        t.press("ctrl+r")
        t.until("Create Bad Name?")
        t.press("s")
        t.until("✗ name: The name may have lower-case letters")
        t.until("▌ name")
        t.press("ctrl+u")
        t.until_gone("Bad Name")
        t.type("photos")
        agree(t, "Create photos?", "sandbox/photos is at release 1")
        assert release(sandbox, "photos")["configuration"] == {
            "hardware": "cpu",
            "min_instances": 0,
            "max_instances": 1,
        }

        # Two runs with no instance kept up: the first starts one, the second finds it warm.
        run_once(t, "lake", 1)
        started = sandbox.get("/_sandbox/processes")["deployment sandbox/photos"]
        run_once(t, "sea", 1)
        assert sandbox.get("/_sandbox/processes")["deployment sandbox/photos"] == started
        assert wait_of(sandbox, 0) < wait_of(sandbox, 1)

        t.press("I")
        t.until("▌ min_instances")
        t.press("right", "right")
        t.until("instances: 0 to 1 → 2 to 2")
        agree(t, "Update sandbox/photos?", "at release 2")
        t.until("2–2")
        t.press("I")
        t.until("▌ min_instances")
        t.press("left")
        t.until("instances: 2 to 2 → 1 to 2")
        agree(t, "Update sandbox/photos?", "at release 3")

        t.press("e")
        t.until("▌ version")
        t.until("newest")
        t.press("right")
        t.until("− output_format: png | webp | jpg · default png")
        t.press("tab")
        t.until("▌ hardware")
        t.press("enter")
        t.until("type to filter")
        t.type("t4")
        t.until_gone("gpu-l40s-2x")
        t.press("enter")
        t.until("hardware: cpu → gpu-t4")
        agree(t, "Update sandbox/photos?", "at release 4")
        t.until("↑ a newer one is there")
        after = release(sandbox, "photos")
        assert (after["version"], after["configuration"]["hardware"]) == (versions(sandbox)[1], "gpu-t4")

        t.press("D")
        t.until("Z disables it")
        t.press("Z")
        t.until("Disable sandbox/photos?")
        t.press("d")
        # Not the notice: as long as the row is on, it cannot be deleted.
        t.until("off: nothing runs")
        t.press("D")
        t.until("Delete sandbox/photos?")
        t.press("d")
        t.until("was not deleted")
        t.until("offline and unused")
        t.press("b")
        t.until_gone("was not deleted")
        for _ in range(60):
            t.press("D")
            t.until("Delete sandbox/photos?")
            t.press("d")
            t.until_gone("Delete sandbox/photos?")
            t.until_match("was not deleted|Nothing is deployed")
            if not t.find("was not deleted"):
                break
            t.press("b")
            t.until_gone("was not deleted")
        t.until("Nothing is deployed.")
        t.press("q")
        assert t.wait_exit() == 0
    assert sandbox.get("/v1/deployments")["results"] == []


def test_two_consoles_at_one_deployment_do_not_overwrite_each_other_unseen(
    at: Callable[..., Terminal], sandbox: RunningSandbox
) -> None:
    deploy(sandbox, "shared")
    with at("models", size=(80, 24)) as t:
        open_section(t, "sandbox/shared")
        t.press("I")
        t.until("▌ min_instances")
        t.press("right")
        t.until("0 to 1 → 1 to 1")
        send(sandbox, "PATCH", "/deployments/sandbox/shared", {"hardware": "gpu-t4", "max_instances": 3})
        t.press("ctrl+r")
        t.until("Update sandbox/shared?")
        t.press("s")
        t.until("Somebody else changed it")
        t.until_match(r"hardware: cpu → gpu-t4")
        assert release(sandbox, "shared")["number"] == 2
        t.press("k")
        t.until_gone("Somebody else changed it")
        t.until("release 2")
        agree(t, "Update sandbox/shared?", "at release 3")
    assert release(sandbox, "shared")["configuration"] == {
        "hardware": "gpu-t4",
        "min_instances": 1,
        "max_instances": 3,
    }


def test_a_draft_outlives_the_console(at: Callable[..., Terminal], sandbox: RunningSandbox) -> None:
    deploy(sandbox, "kept")
    with at("models") as t:
        open_section(t, "sandbox/kept")
        t.press("I")
        t.until("▌ min_instances")
        t.press("4")
        t.until("0 to 1 → 4 to 4")
        t.press("escape")
        t.until_gone("▌ min_instances")
        t.press("q")
        assert t.wait_exit() == 0
    with at("models") as t:
        open_section(t, "sandbox/kept")
        t.press("e")
        t.until("your draft of")
        t.until("0 to 1 → 4 to 4")


def test_read_only_shows_everything_and_says_of_each_key_why_it_does_nothing(
    at: Callable[..., Terminal], sandbox: RunningSandbox
) -> None:
    deploy(sandbox, "seen")
    before = sandbox.get("/v1/deployments")["results"]
    with at("--read-only", "models") as t:
        open_section(t, "sandbox/seen")
        for key, title in (("Z", "Disable"), ("U", "Enable"), ("D", "Delete")):
            t.press(key)
            t.until(f"{title}: this console is read-only")
        t.press("]")
        t.until("What it changed")
        t.press("H")
        t.until("gpu-a100-large")
        t.until("≈ $0.36")
        t.press("escape")
        t.until_gone("gpu-a100-large")
        t.press("I")
        t.until("▌ min_instances")
        t.press("right", "ctrl+r")
        t.until("Send: this console is read-only")
    assert sandbox.get("/v1/deployments")["results"] == before
