"""Every operation of the API is reachable from the command line: each is run against a sandbox, and counted there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.inside import Inside
from tests.support.paths import ROOT
from tests.support.sandbox import RunningSandbox, run_sandbox
from tui.sandbox.routes.table import OPERATIONS

QUICK = ("-i", "prompt=a lake", "-i", "width=64", "-i", "height=64", "-i", "steps=1", "-i", "pace=0")
IDS = {operation.id for operation in OPERATIONS if operation.path.startswith("/v1/") and "." in operation.id} | {
    "search"
}


@pytest.fixture(scope="module")
def own() -> Iterator[RunningSandbox]:
    """A sandbox of its own, whose deployments can be deleted soon after their last use."""
    with run_sandbox(options=["--retention", "5s"]) as running:
        yield running


@pytest.fixture
def replicate(
    own: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Inside:
    """The command with that sandbox."""
    return Inside(own.base_url, own.token, tmp_path, monkeypatch, capsys)


class Ledger:
    """Runs command lines, and knows which operations they have reached."""

    def __init__(self, replicate: Inside, sandbox: RunningSandbox) -> None:
        self.replicate, self.sandbox = replicate, sandbox
        self.reached: set[str] = set()

    def __call__(self, operation: str, *words: str, code: int = 0) -> Any:
        """The JSON of a command that has the operation answered with success."""
        before = self._answered(operation)
        result = self.replicate(*words, "--json")
        assert result.code == code, (words, result.err)
        assert self._answered(operation) > before, f"{' '.join(words)} did not reach {operation}"
        self.reached.add(operation)
        return result.json

    def _answered(self, operation: str) -> int:
        seen = self.sandbox.requests(operation)
        return sum(1 for entry in seen if entry["status"] is not None and entry["status"] < 300)


def signed(sandbox: RunningSandbox, file_id: str) -> str:
    """A link to a file that is good for a minute."""
    secret = sandbox.get("/_sandbox/secrets")["files_signing_secret"]
    expiry = int(time.time()) + 60
    digest = hmac.new(secret.encode(), f"sandbox {file_id} {expiry}".encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    return f"{sandbox.base_url}/files/{file_id}/download?owner=sandbox&expiry={expiry}&signature={signature}"


def test_every_operation_is_reachable_from_the_command_line(replicate: Inside, own: RunningSandbox) -> None:
    run = Ledger(replicate, own)
    read_all(run)
    run_and_cancel(run)
    change_models(run)
    change_files(run, replicate.folder)
    train(run, replicate.folder)
    deploy(run)
    assert IDS - run.reached == set()
    assert len(IDS) == 37


def read_all(run: Ledger) -> None:
    run("search", "search", "fractal")
    run("account.get", "account")
    slugs = [one["slug"] for one in run("collections.list", "collections")]
    assert run("collections.get", "collections", slugs[0])["slug"] == slugs[0]
    assert {"sku", "name"} <= set(run("hardware.list", "hardware")[0])
    models = run("models.list", "models", "--sort-by", "model_created_at", "--sort-direction", "asc")
    assert len(models) > 5
    assert run("models.search", "models", "fractal")[0]["name"] == "fractal"
    assert run("models.get", "model", "sandbox/fractal")["name"] == "fractal"
    assert run("models.examples.list", "examples", "sandbox/fractal")[0]["model"] == "sandbox/fractal"
    assert "ractal" in run("models.readme.get", "readme", "sandbox/fractal")
    version = run("models.versions.list", "versions", "sandbox/fractal")[0]["id"]
    assert run("models.versions.get", "versions", f"sandbox/fractal:{version}")["id"] == version
    assert run("webhooks.default.secret.get", "webhooks", "secret")["key"].startswith("whsec_")
    assert run("trainings.list", "trainings") == []


def run_and_cancel(run: Ledger) -> None:
    version = run("models.versions.list", "versions", "sandbox/fractal")[0]["id"]
    made = run("predictions.create", "run", f"sandbox/fractal:{version}", *QUICK)
    assert run("predictions.get", "predictions", made["id"])["status"] == "succeeded"
    since = ("--created-after", "2h", "--created-before", "2999-01-01")
    assert [one["id"] for one in run("predictions.list", "predictions", *since)] == [made["id"]]
    assert run("predictions.list", "predictions", "--source", "web") == []
    official = run("models.predictions.create", "run", "sandbox/guide", "-i", "prompt=Hello", "-i", "delay=0")
    assert official["version"] == "hidden"
    slow = run("models.predictions.create", "run", "sandbox/fractal", "-i", "prompt=a sea", "-i", "pace=2", "--no-wait")
    assert run("predictions.cancel", "cancel", slow["id"])[0]["id"] == slow["id"]


def change_models(run: Ledger) -> None:
    link = "https://github.com/you/poet"
    made = run(
        "models.create",
        *("models", "create", "sandbox/poet", "--hardware", "cpu", "--description", "It rhymes.", "--github-url", link),
    )
    assert (made["visibility"], made["description"], made["github_url"]) == ("private", "It rhymes.", link)
    (run.replicate.folder / "README.md").write_text("# Poet\n")
    changed = run("models.update", "models", "update", "sandbox/poet", "--readme", "@README.md", "--description", "")
    assert changed["description"] in ("", None)
    assert run("models.readme.get", "readme", "sandbox/poet") == "# Poet\n"
    assert run("models.delete", "models", "delete", "sandbox/poet", "--yes") == {"deleted": "sandbox/poet"}


def train(run: Ledger, folder: Path) -> None:
    text = (ROOT / "tui/sandbox/models/bard/sonnets.txt").read_text()
    (folder / "sonnets.txt").write_text(text[:20_000])
    words = ("trainings", "create", "sandbox/bard", "--destination", "sandbox/rhymes", "-i", "train_data=@sonnets.txt")
    made = run("trainings.create", *words, "-i", "epochs=2", "--create-destination", "cpu")
    assert made["status"] == "succeeded", made
    ref, _, version = made["output"]["version"].partition(":")
    assert ref == "sandbox/rhymes"
    assert run("trainings.get", "trainings", made["id"])["id"] == made["id"]
    slow = run("trainings.create", *words, "-i", "pause=10", "--no-wait")
    assert run("trainings.cancel", "trainings", "cancel", slow["id"])[0]["id"] == slow["id"]
    run("models.versions.delete", "versions", "delete", f"{ref}:{version}", "--yes")


def change_files(run: Ledger, folder: Path) -> None:
    (folder / "notes.txt").write_text("as they were\n")
    file = run("files.create", "files", "upload", "notes.txt", "--metadata", "from=tests", "--type", "text/plain")
    assert (file["metadata"], file["content_type"]) == ({"from": "tests"}, "text/plain")
    assert run("files.get", "files", file["id"])["size"] == 13
    assert [one["id"] for one in run("files.list", "files")] == [file["id"]]
    saved = run("files.download", "files", "download", signed(run.sandbox, file["id"]), "-o", "back.txt")
    assert (folder / "back.txt").read_text() == "as they were\n"
    assert saved["path"].endswith("back.txt")
    run("files.delete", "files", "delete", file["id"], "--yes")


def deploy(run: Ledger) -> None:
    options = ("--model", "sandbox/fractal", "--hardware", "cpu", "--max-instances", "1")
    made = run("deployments.create", "deployments", "create", "fast", *options)
    assert made["current_release"]["configuration"] == {"hardware": "cpu", "min_instances": 0, "max_instances": 1}
    ref = f"{made['owner']}/{made['name']}"
    assert run("deployments.list", "deployments")[0]["name"] == "fast"
    done = run("deployments.predictions.create", "run", "--deployment", ref, *QUICK)
    assert done["status"] == "succeeded"
    run("deployments.update", "deployments", "update", ref, "--max-instances", "0", "--yes")
    assert run("deployments.get", "deployments", ref)["current_release"]["number"] == 2
    deadline = time.monotonic() + 60
    while run.replicate("deployments", "delete", ref, "--yes").code != 0:
        assert time.monotonic() < deadline
    assert run("deployments.list", "deployments") == []
    run.reached.add("deployments.delete")
