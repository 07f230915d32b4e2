"""A team's own suite of tests: with the plugin's fixtures, and by plain HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.sandbox import run_sandbox

PROGRAM = """
    import os
    import httpx

    def client():
        headers = {"Authorization": "Bearer " + os.environ["REPLICATE_API_TOKEN"]}
        return httpx.Client(base_url=os.environ["REPLICATE_API_BASE_URL"], headers=headers)

    def caption(prompt):
        path = "/models/meta/meta-llama-3-8b-instruct/predictions"
        with client() as api:
            for _ in range(3):
                answer = api.post(path, json={"input": {"prompt": prompt}}, headers={"Prefer": "wait"})
                if answer.status_code != 429:
                    break
            answer.raise_for_status()
            made = answer.json()
            if made["status"] == "failed":
                raise RuntimeError(made["error"])
            return "".join(made["output"])

    def count():
        with client() as api:
            return len(api.get("/predictions").json()["results"])
"""
WITH_PLUGIN = """
    import pytest
    from program import caption, count

    MODEL = "meta/meta-llama-3-8b-instruct"

    @pytest.mark.parametrize("turn", [1, 2])
    def test_each_test_begins_with_nothing(replicate_sandbox, turn):
        assert count() == 0
        caption("a harbour")
        assert count() == 1

    def test_what_was_sent(replicate_sandbox):
        caption("a harbour")
        (request,) = replicate_sandbox.requests("predictions.create")
        assert request["body"] == {"input": {"prompt": "a harbour"}}
        assert replicate_sandbox.requests("predictions.create", status=500) == []

    def test_a_chosen_answer(replicate_sandbox):
        replicate_sandbox.answers(MODEL, {"output": ["A", " harbour."]}, {"error": "NSFW content"})
        assert caption("a harbour") == "A harbour."
        with pytest.raises(RuntimeError, match="NSFW content"):
            caption("a harbour")

    def test_a_fault(replicate_sandbox):
        replicate_sandbox.chaos("predictions.create:429x2@1s")
        assert caption("a harbour")
        assert [one["status"] for one in replicate_sandbox.requests("predictions.create")] == [429, 429, 201]

    def test_a_wrong_wish_says_why(replicate_sandbox):
        with pytest.raises(Exception, match="is it predictions.create"):
            replicate_sandbox.chaos("predictionz.create:500")

    def test_textual_was_not_imported(replicate_sandbox):
        import sys
        assert "textual" not in sys.modules
"""
BY_HTTP = """
    import os
    import httpx
    import pytest
    from program import caption, client, count

    MODEL = "meta/meta-llama-3-8b-instruct"

    @pytest.fixture(autouse=True)
    def control():
        with client() as api:
            base = str(api.base_url).removesuffix("/v1/") + "/_sandbox/"
            def ask(method, path, body=None):
                return api.request(method, base + path, json=body).raise_for_status()
            ask("POST", "reset")
            yield ask

    @pytest.mark.parametrize("turn", [1, 2])
    def test_each_test_begins_with_nothing(turn):
        assert count() == 0
        caption("a harbour")
        assert count() == 1

    def test_what_was_sent(control):
        caption("a harbour")
        (request,) = control("GET", "requests?operation=predictions.create").json()
        assert request["body"] == {"input": {"prompt": "a harbour"}}

    def test_a_chosen_answer(control):
        control("PUT", f"answers/{MODEL}", [{"output": ["A", " harbour."]}])
        assert caption("a harbour") == "A harbour."

    def test_a_fault(control):
        control("PUT", "chaos", {"plan": "predictions.create:429x2@1s"})
        assert caption("a harbour")
        statuses = [one["status"] for one in control("GET", "requests?operation=predictions.create").json()]
        assert statuses == [429, 429, 201]
"""


def write_suite(folder: Path, tests: str, settings: str = "") -> Path:
    (folder / "program.py").write_text(textwrap.dedent(PROGRAM))
    (folder / "test_program.py").write_text(textwrap.dedent(tests))
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = .\n{settings}")
    return folder


def run_suite(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`pytest` in the folder, of a team that knows nothing of this project but the plugin."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "REPLICATE"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_teams_tests_pass_with_the_plugins_fixtures(tmp_path: Path) -> None:
    folder = write_suite(tmp_path, WITH_PLUGIN, "replicate_sandbox_options = --as-any\n")
    done = run_suite(folder, "-p", "tui.sandbox.pytest_plugin")
    assert "7 passed" in done.stdout, done.stdout + done.stderr


def test_the_same_tests_pass_by_plain_http(tmp_path: Path) -> None:
    folder = write_suite(tmp_path, BY_HTTP)
    with run_sandbox(options=["--as-any"]) as running:
        variables = {"REPLICATE_API_TOKEN": running.token, "REPLICATE_API_BASE_URL": running.base_url}
        done = run_suite(folder, **variables)
    assert "5 passed" in done.stdout, done.stdout + done.stderr


def test_a_sandbox_that_does_not_start_is_said(tmp_path: Path) -> None:
    folder = write_suite(tmp_path, WITH_PLUGIN, "replicate_sandbox_options = --no-such-option\n")
    done = run_suite(folder, "-p", "tui.sandbox.pytest_plugin", "-k", "fault")
    assert "SandboxError: the sandbox did not start" in done.stdout
    assert "--no-such-option" in done.stdout + done.stderr
