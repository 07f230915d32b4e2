"""`chat --json`: a question in, or with --lines one a line, and lines of answers out."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from typing import Any

import pytest

from tests.support.command import Command, Result
from tests.support.sandbox import RunningSandbox
from tui.cli import chat, main
from tui.cli.chat import BadQuestion, Question

GUIDE = ("chat", "sandbox/guide", "--json", "-i", "delay=0")


def objects(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.out.splitlines()]


def test_each_line_is_answered_in_one_conversation(replicate: Command, sandbox: RunningSandbox) -> None:
    lines = 'How do I cancel a prediction?\n\n{"text": "What is the sandbox?"}\n'
    result = replicate(*GUIDE, "--lines", stdin=lines)
    assert result.code == 0, result.err
    first, second = objects(result)
    assert first["conversation"] == second["conversation"]
    assert first["state"] == second["state"] == "done" and first["model"] == "sandbox/guide"
    for answer in (first, second):
        prediction = sandbox.get(f"/v1/predictions/{answer['prediction']}")
        assert answer["text"] == "".join(prediction["output"])
        assert answer["metrics"]["output_tokens"] == prediction["metrics"]["output_token_count"]
    asked = sandbox.get(f"/v1/predictions/{second['prediction']}")["input"]
    assert asked["prompt"].startswith("User: How do I cancel a prediction?\n\nAssistant: ")
    assert asked["delay"] == 0


def test_a_conversation_is_gone_on_with(replicate: Command, sandbox: RunningSandbox) -> None:
    first = objects(replicate(*GUIDE, "--system", "Be brief.", stdin="What is the sandbox?\n"))[0]
    again = replicate("chat", "--conversation", first["conversation"], stdin="And its token?")
    assert again.code == 0, again.err
    (second,) = objects(again)
    asked = sandbox.get(f"/v1/predictions/{second['prediction']}")["input"]
    assert "What is the sandbox?" in asked["prompt"] and asked["system_prompt"] == "Be brief."
    assert asked["delay"] == 0, "the parameters stay"


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("chat", "sandbox/fractal", "--json"), "Hi\n", "answers with files"),
        (("chat", "--json"), "Hi\n", "say with whom"),
        (("chat", "nonsense", "--json"), "Hi\n", "OWNER/NAME"),
        (("chat", "--conversation", "nobody"), "Hi\n", "no conversation 'nobody'"),
        ((*GUIDE, "-i", "max_tokens=0"), "Hi\n", "max_tokens"),
        ((*GUIDE, "-i", "prompt=x"), "Hi\n", "written by the conversation"),
        ((*GUIDE, "--lines"), '{"txt": "Hi"}\n', "line 1: a JSON line is"),
        ((*GUIDE, "--lines"), '\n{"text": "Hi", "attachments": ["cat.png"]}\n', "line 2: There is no file"),
        (GUIDE, '{"text": "Hi", "attachments": ["cat.png"]}\n', "replicate-tui: There is no file"),
        (GUIDE, '{"text": 1}\n', "stdin: a question in JSON is"),
        (GUIDE, '{"text": "Hi"}\n{"text": "You"}\n', "--lines asks each"),
        (GUIDE, "", "stdin is empty"),
        (GUIDE, " \n\n", "stdin is empty"),
        ((*GUIDE, "--lines"), "\n \n", "stdin is empty"),
        (("--read-only", *GUIDE), "Hi\n", "read-only"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    replicate: Command, sandbox: RunningSandbox, words: tuple[str, ...], stdin: str, said: str
) -> None:
    before = len(sandbox.get("/v1/predictions")["results"])
    result = replicate(*words, stdin=stdin)
    assert (result.code, result.out) == (2, ""), result.err
    assert said in result.err
    assert len(sandbox.get("/v1/predictions")["results"]) == before


def test_all_of_stdin_is_one_question(replicate: Command, sandbox: RunningSandbox) -> None:
    before = len(sandbox.get("/v1/predictions")["results"])
    diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n\n@@ -1 +1 @@\n-How do I\n+cancel a prediction?\n"
    result = replicate(*GUIDE, stdin=diff)
    assert result.code == 0, result.err
    (answer,) = objects(result)
    asked = sandbox.get(f"/v1/predictions/{answer['prediction']}")["input"]
    assert asked["prompt"] == diff.rstrip("\n")
    assert len(sandbox.get("/v1/predictions")["results"]) == before + 1


def test_ctrl_c_leaves_the_answer_running_and_says_so(replicate: Command, sandbox: RunningSandbox) -> None:
    words = ("chat", "sandbox/guide", "--json", "--lines", "-i", "delay=2")
    process = replicate.start(*words, stdin=subprocess.PIPE)
    assert process.stdin is not None and process.stderr is not None
    try:
        process.stdin.write("How do I cancel a prediction?\n")
        process.stdin.flush()
        for line in process.stderr:
            if "streaming" in line:
                break
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(20) == 130
    finally:
        process.kill()
        process.communicate()
    found = re.search(r"Prediction (\w+) goes on", said)
    assert found, said
    assert replicate("cancel", found[1]).code == 0


def test_what_looks_like_json_and_is_none_is_a_question() -> None:
    assert chat.parse_line(1, "{braces} are text\n") == Question(1, "{braces} are text")
    assert chat.parse_line(2, "  \r\n") is None
    assert chat.parse_line(3, '{"text": "a\\nb", "attachments": ["x"]}') == Question(3, "a\nb", ("x",))
    for wrong in ('{"text": 1}', '{"text": "a", "attachments": "x"}', '{"text": "a", "more": 1}', "{}"):
        with pytest.raises(BadQuestion, match="line 4"):
            chat.parse_line(4, wrong)


def test_a_whole_stdin_in_json_is_a_question_only_where_it_is_one() -> None:
    assert chat.parse_whole("one\ntwo\n\n") == Question(0, "one\ntwo")
    assert chat.parse_whole("  indented\n") == Question(0, "  indented")
    assert chat.parse_whole("\n \n") is None
    assert chat.parse_whole('{\n "text": "a",\n "attachments": ["x"]\n}\n') == Question(0, "a", ("x",))
    for text in ('{"name": "left-pad", "version": "1.0.0"}', '{"txt": "a"}', "{}", '{"id": 1}\n{"id": 2}', "{{ x }}"):
        assert chat.parse_whole(text) == Question(0, text)


def test_the_help_shows_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chat", "--help"]) == 0
    assert "--conversation" in capsys.readouterr().out
