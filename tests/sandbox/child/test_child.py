"""`sandbox -- COMMAND`: programs find the sandbox where they look for Replicate, and end as they would."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.paths import ROOT

RUN = [sys.executable, "-m", "tui.sandbox"]
pytest.importorskip("trustme")


def around(command: Sequence[str], *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command as the sandbox runs it, to its end."""
    return subprocess.run(
        [*RUN, *options, "--", *command],
        cwd=ROOT,
        env={**os.environ, **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def python(code: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code)]


ASK = """
    import os, sys, httpx
    token = {"Authorization": "Bearer " + os.environ["REPLICATE_API_TOKEN"]}
    for base in (os.environ["REPLICATE_API_BASE_URL"], os.environ["REPLICATE_BASE_URL"], "https://api.replicate.com/v1"):
        print(httpx.get(base + "/account", headers=token).json()["username"])
"""


def test_a_program_finds_it_by_its_variables_and_by_the_host_that_is_built_in() -> None:
    done = around(python(ASK))
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["sandbox"] * 3, "")


def test_a_token_of_ones_own_under_another_clients_name_stays_out_of_it() -> None:
    """litellm takes REPLICATE_API_KEY before the token's usual name, and REPLICATE_API_BASE for its address."""
    code = """
        import os, httpx
        token = {"Authorization": "Bearer " + os.environ["REPLICATE_API_KEY"]}
        print(httpx.get(os.environ["REPLICATE_API_BASE"] + "/account", headers=token).json()["username"])
        print("r8_mine" in str(os.environ))
    """
    done = around(python(code), REPLICATE_API_KEY="r8_mine", REPLICATE_API_BASE="https://elsewhere.invalid/v1")
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["sandbox", "False"], "")


def test_the_official_client_reads_the_files_of_outputs_as_its_readme_says() -> None:
    code = """
        import replicate
        images = replicate.run("black-forest-labs/flux-schnell", input={"prompt": "astronaut", "output_format": "png"})
        print(images[0].read()[:4])
        made = replicate.predictions.create(model="google/imagen-4", input={"prompt": "a"})
        made.wait()
        print(made.output.startswith("https://"))
        print("".join(replicate.run("meta/meta-llama-3-8b-instruct", input={"prompt": "a"}))[:22])
    """
    done = around(python(code), "--as-any")
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["b'\\x89PNG'", "True", "This text stands in fo"]


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_a_node_program_finds_it_by_the_host_that_is_built_in(tmp_path: Path) -> None:
    script = tmp_path / "ask.mjs"
    script.write_text(
        textwrap.dedent("""
            import https from "node:https";
            const headers = { Authorization: `Bearer ${process.env.REPLICATE_API_TOKEN}` };
            const url = "https://api.replicate.com/v1/account";
            console.log((await (await fetch(url, { headers })).json()).username);
            https.get(url, { headers }, (answer) => { console.log(answer.statusCode); answer.resume(); });
        """)
    )
    done = around(["node", str(script)])
    assert (done.returncode, done.stdout.split()) == (0, ["sandbox", "200"]), done.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [(["true"], 0), (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -TERM $$"], 143), (["no-such-command"], 127)],
)
def test_it_ends_with_the_commands_own_exit_code(command: list[str], code: int) -> None:
    done = around(command)
    assert (done.returncode, done.stdout) == (code, "")


def test_nothing_behind_the_dashes_is_wrong_usage() -> None:
    done = around([])
    assert (done.returncode, done.stderr) == (2, "replicate-tui sandbox: write a command behind --\n")


def test_the_programs_output_input_and_umask_are_its_own() -> None:
    done = subprocess.run(
        [*RUN, "--", "sh", "-c", "cat; umask"],
        cwd=ROOT, input="typed\n", capture_output=True, text=True, timeout=60, check=False, umask=0o027,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["typed", "0027"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_command_and_nothing_is_left(tmp_path: Path, number: signal.Signals) -> None:
    ready, told = tmp_path / "ready", tmp_path / "told"
    script = f"trap 'echo heard > {told}; exit 5' {number.name[3:]}; echo $$ > {ready}; while :; do sleep 0.05; done"
    process = subprocess.Popen([*RUN, "--", "sh", "-c", script], cwd=ROOT, stdin=subprocess.DEVNULL)
    give_up = time.monotonic() + 30
    while not ready.exists() or not ready.read_text().strip():
        assert time.monotonic() < give_up and process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(30) == 5
    assert told.read_text() == "heard\n"
    with pytest.raises(ProcessLookupError):
        os.kill(int(ready.read_text()), 0)


def test_other_hosts_are_reached_past_the_proxy_and_a_refused_one_says_so() -> None:
    code = """
        import httpx
        try:
            httpx.get("https://localhost.invalid/")
        except httpx.ProxyError as error:
            print(error)
    """
    assert around(python(code)).stdout == "502 Cannot connect\n"
