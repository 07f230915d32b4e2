"""The same request as code: it parses, it says what was filled in, and no input breaks out of its quotes."""

from __future__ import annotations

import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sandbox import RunningSandbox
from tui.api.client import Target
from tui.forms import REDACTED, FileInput
from tui.forms.delivery import Delivery
from tui.services.runs.code_samples import as_cli, as_curl, as_node, as_python, writer

TARGET = Target("acme", "words", "f" * 64)
HOSTILE = "it's \"quoted\" `whoami` $(id) $HOME \\ \\n \n\t '; rm -rf / # \x1b]0;x\x07 \u202e é 漢 \u2028 ${x} %s"
VALUES: dict[str, Any] = {
    "prompt": HOSTILE,
    "n": 3,
    "scale": 0.5,
    "on": True,
    "none": None,
    "tags": ["a", HOSTILE, 7],
    "deep": {"a key": {"b": [HOSTILE, False]}, "": 1},
    "odd name": "x",
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
inputs = st.dictionaries(st.text(min_size=1, max_size=8), json_values, max_size=4)


def python_input(code: str) -> Any:
    """The input that a Python program would send."""
    tree = ast.parse(code)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    keyword = next(k for call in calls for k in call.keywords if k.arg == "input")
    return ast.literal_eval(keyword.value)


def safe(code: str) -> bool:
    """Whether a terminal may show it."""
    return not any((c < " " and c != "\n") or "\x7f" <= c <= "\x9f" or c in "\u202e\u2028" for c in code)


def is_unlike_a_mark(value: Any) -> bool:
    text = json.dumps(value, ensure_ascii=False).lower()
    return not any(mark in text for mark in ("*", "•", "…", "redacted", "secret"))


@given(inputs.filter(is_unlike_a_mark))
@settings(max_examples=150, deadline=None)
def test_python_says_exactly_what_was_filled_in(values: dict[str, Any]) -> None:
    code = as_python(TARGET, values)
    assert python_input(code) == values
    assert safe(code)


@given(inputs.filter(is_unlike_a_mark))
@settings(max_examples=80, deadline=None)
def test_the_shell_gets_exactly_what_was_filled_in(values: dict[str, Any]) -> None:
    code = as_curl(TARGET, values)
    assert safe(code)
    words = shlex.split(code)
    assert json.loads(words[words.index("--data-raw") + 1])["input"] == values


def test_hostile_texts_stay_within_their_quotes() -> None:
    assert python_input(as_python(TARGET, VALUES)) == VALUES
    for write in (as_python, as_node, as_curl, as_cli):
        assert safe(write(TARGET, VALUES))
    code = as_cli(TARGET, {"prompt": HOSTILE, "n": 1, "deep": {"a": HOSTILE}})
    shown = 'for x in "$@"; do printf \'%s\\0\' "$x"; done'
    run = code.replace("replicate-tui", "show", 1)
    done = subprocess.run(["bash", "-c", f"show() {{ {shown}; }}; {run}"], capture_output=True, check=True)
    said = done.stdout.decode().split("\0")[:-1]
    assert said[:2] == ["run", str(TARGET)]
    assert said[3] == f"prompt={HOSTILE}" and said[5] == "n=1"
    assert json.loads(said[7].removeprefix("deep=")) == {"a": HOSTILE}


@pytest.mark.node
@pytest.mark.skipif(not shutil.which("node"), reason="Node is not here")
def test_node_says_exactly_what_was_filled_in(tmp_path: Path) -> None:
    code = as_node(TARGET, {**VALUES, "image": FileInput("/tmp/a 'b'.png"), "api_key": REDACTED})
    fake = "class Replicate { async run(ref, options) { return JSON.stringify([ref, options.input]); } }"
    code = code.replace('import Replicate from "replicate";', fake)
    code = code.replace('from "node:fs/promises";', 'from "node:fs/promises"; const read = readFile;', 1)
    code = code.replace("await readFile(", "String(")
    script = tmp_path / "x.mjs"
    script.write_text(code)
    done = subprocess.run(
        ["node", str(script)], capture_output=True, check=True, env={**os.environ, "API_KEY": "from outside"}
    )
    expected = {**VALUES, "image": "/tmp/a 'b'.png", "api_key": "from outside"}
    assert json.loads(done.stdout) == [str(TARGET), expected]


def test_a_secret_and_the_token_are_variables_and_a_file_is_its_path() -> None:
    values = {"api_key": REDACTED, "image": FileInput("/tmp/a b.png"), "nested": {"hf_token": REDACTED}}
    for write in (as_python, as_node, as_curl, as_cli):
        code = write(TARGET, values)
        assert REDACTED not in code or write is as_cli
        assert "/tmp/a b.png" in code
    assert 'os.environ["API_KEY"]' in as_python(TARGET, values)
    assert "process.env.NESTED_HF_TOKEN" in as_node(TARGET, values)
    assert '"$API_KEY"' in as_curl(TARGET, values) and "$REPLICATE_API_TOKEN" in as_curl(TARGET, values)
    assert 'api_key="$API_KEY"' in as_cli(TARGET, values) and "'image=@/tmp/a b.png'" in as_cli(TARGET, values)


@pytest.mark.parametrize(
    ("target", "address", "names_version"),
    [
        (TARGET, "/v1/predictions'", True),
        (Target("acme", "words"), "/v1/models/acme/words/predictions", False),
        (Target("acme", "words", official=True), "/v1/models/acme/words/predictions", False),
        (Target("acme", "live", deployment=True), "/v1/deployments/acme/live/predictions", False),
    ],
)
def test_each_target_has_its_own_address(target: Target, address: str, names_version: bool) -> None:
    code = as_curl(target, {"prompt": "x"})
    assert address.rstrip("'") in code
    assert ('"version"' in code) == names_version
    assert ("deployments" in as_python(target, {})) == target.deployment
    assert ("deployments" in as_node(target, {})) == target.deployment


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is not here")
def test_the_curl_script_runs_with_a_file(sandbox: RunningSandbox, tmp_path: Path) -> None:
    document = tmp_path / 'it\'s "a" file.txt'
    document.write_text("content")
    version = sandbox.get("/v1/models/sandbox/everything")["latest_version"]["id"]
    values = {"name": "it's", "count": 3, "document": FileInput(str(document))}
    code = as_curl(Target("sandbox", "everything", version), values, sandbox.base_url)
    done = subprocess.run(
        ["bash", "-c", code],
        capture_output=True,
        check=True,
        env={**os.environ, "REPLICATE_API_TOKEN": sandbox.token, "no_proxy": "*"},
    )
    made = json.loads(done.stdout)
    assert made["input"]["name"] == "it's" and made["input"]["document"].startswith("http")


def test_the_python_program_runs_with_the_official_client(sandbox: RunningSandbox, tmp_path: Path) -> None:
    pytest.importorskip("replicate")
    document = tmp_path / "it's a file.txt"
    document.write_text("content")
    version = sandbox.get("/v1/models/sandbox/everything")["latest_version"]["id"]
    values = {"name": "it's", "count": 3, "document": FileInput(str(document)), "token": REDACTED}
    code = as_python(Target("sandbox", "everything", version), values)
    environment = {
        **os.environ,
        "REPLICATE_API_TOKEN": sandbox.token,
        "REPLICATE_API_BASE_URL": sandbox.origin,
        "REPLICATE_BASE_URL": sandbox.origin,
        "TOKEN": "five5",
        "no_proxy": "*",
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, timeout=50, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert "it's" in done.stdout.decode()


DEPLOYED = Target("ada", "fast", deployment=True)
BARE = Target("", "", "f" * 64)


@pytest.mark.parametrize(
    ("target", "language", "code"),
    [
        (
            DEPLOYED,
            "python",
            "import replicate\n\n# The token is read from REPLICATE_API_TOKEN.\n"
            "deployment = replicate.deployments.get('ada/fast')\n"
            "prediction = deployment.predictions.create(input={\n        'prompt': 'a lake',\n    })\n"
            "prediction.wait()\nprint(prediction.output)\n",
        ),
        (
            DEPLOYED,
            "node",
            'import Replicate from "replicate";\n\n// The token is read from REPLICATE_API_TOKEN.\n'
            "const replicate = new Replicate();\n\n"
            'const prediction = await replicate.deployments.predictions.create("ada", "fast", {\n'
            '  input: {\n    prompt: "a lake",\n  },\n});\n'
            "console.log((await replicate.wait(prediction)).output);\n",
        ),
        (
            DEPLOYED,
            "curl",
            "curl -s -X POST https://api.replicate.com/v1/deployments/ada/fast/predictions \\\n"
            '  -H "Authorization: Bearer $REPLICATE_API_TOKEN" \\\n  -H "Content-Type: application/json" \\\n'
            '  --data-raw \'{\n  "input": {\n    "prompt": "a lake"\n  }\n}\'\n',
        ),
        (DEPLOYED, "cli", "replicate-tui run ada/fast --deployment -i 'prompt=a lake'\n"),
        (
            BARE,
            "python",
            "import replicate\n\n# The token is read from REPLICATE_API_TOKEN.\n"
            f"prediction = replicate.predictions.create(version='{'f' * 64}', "
            "input={\n        'prompt': 'a lake',\n    })\n"
            "prediction.wait()\nprint(prediction.output)\n",
        ),
        (
            BARE,
            "node",
            'import Replicate from "replicate";\n\n// The token is read from REPLICATE_API_TOKEN.\n'
            "const replicate = new Replicate();\n\nconst prediction = await replicate.predictions.create({\n"
            f'  version: "{"f" * 64}",\n  input: {{\n    prompt: "a lake",\n  }},\n}});\n'
            "console.log((await replicate.wait(prediction)).output);\n",
        ),
        (BARE, "cli", f"replicate-tui run {'f' * 64} -i 'prompt=a lake'\n"),
    ],
)
def test_the_code_calls_what_the_prediction_ran_on(target: Target, language: str, code: str) -> None:
    assert writer(target, {"prompt": "a lake"})(language) == code


DELIVERED = Delivery("https://example.com/it's", ("start", "completed"), 330.0)


@pytest.mark.parametrize("target", [TARGET, DEPLOYED, BARE])
def test_the_code_has_the_webhook_the_events_and_the_deadline(target: Target) -> None:
    code = writer(target, {"prompt": "a lake"}, delivery=DELIVERED)
    python = code("python")
    calls = [node for node in ast.walk(ast.parse(python)) if isinstance(node, ast.Call)]
    given = {k.arg: ast.literal_eval(k.value) for call in calls for k in call.keywords}
    assert given == {
        "headers": {"Cancel-After": "5m30s"},
        "input": {"prompt": "a lake"},
        "webhook": "https://example.com/it's",
        "webhook_events_filter": ["start", "completed"],
        **({"version": "f" * 64} if target is BARE else {}),
    }
    words = shlex.split(code("curl"))
    body = json.loads(words[words.index("--data-raw") + 1])
    assert (body["webhook"], body["webhook_events_filter"]) == ("https://example.com/it's", ["start", "completed"])
    assert "Cancel-After: 5m30s" in words
    cli = shlex.split(code("cli"))
    assert cli[cli.index("--webhook") + 1] == "https://example.com/it's"
    assert [cli[n + 1] for n, word in enumerate(cli) if word == "--webhook-event"] == ["start", "completed"]
    assert cli[cli.index("--cancel-after") + 1] == "5m30s"
    node = code("node")
    assert '  webhook: "https://example.com/it\'s",\n  webhook_events_filter: ["start", "completed"],\n});' in node
    assert '"Cancel-After": "5m30s"' in node


@pytest.mark.parametrize("language", ["python", "node", "curl", "cli"])
def test_the_code_of_a_training_has_its_webhook_and_none_names_what_was_not_chosen(language: str) -> None:
    code = writer(TARGET, {"data": "x"}, "ada/poet", Delivery("https://example.com/", ()))(language)
    assert "https://example.com/" in code
    assert "filter" not in code and "event" not in code and "ancel" not in code
    assert "webhook" not in writer(TARGET, {"data": "x"}, "ada/poet")(language)


def test_the_official_client_sends_what_the_code_says(sandbox: RunningSandbox) -> None:
    pytest.importorskip("replicate")
    version = sandbox.get("/v1/models/sandbox/everything")["latest_version"]["id"]
    chosen = Delivery("http://127.0.0.1:9/hook", ("completed",), 600.0)
    code = writer(Target("sandbox", "everything", version), {"name": "delivered", "count": 1}, delivery=chosen)
    environment = {**os.environ, "REPLICATE_API_TOKEN": sandbox.token, "no_proxy": "*"}
    environment |= {"REPLICATE_API_BASE_URL": sandbox.origin, "REPLICATE_BASE_URL": sandbox.origin}
    words = [sys.executable, "-c", code("python")]
    done = subprocess.run(words, capture_output=True, env=environment, timeout=50, check=False)
    assert done.returncode == 0, done.stderr.decode()
    listed = sandbox.get("/v1/predictions")["results"]
    made = sandbox.get(f"/v1/predictions/{next(one['id'] for one in listed)}")
    assert made["input"]["name"] == "delivered"
    assert (made["webhook"], made["webhook_events_filter"]) == ("http://127.0.0.1:9/hook", ["completed"])
    assert made["deadline"]
