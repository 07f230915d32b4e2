"""What was asked last in a prompt that holds a whole conversation, as the families of models mark it."""

from __future__ import annotations

import pytest

from tui.services.chat.model_families import FAMILIES, Family, last_question, transcript

LLAMA_3 = (
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nYou are kind.<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nWhy is the sky blue?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nBecause of Rayleigh.<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nAnd at\ndusk?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n"
)


@pytest.mark.parametrize(
    ("prompt", "question"),
    [
        (LLAMA_3, "And at\ndusk?"),
        ("<|im_start|>user\nhi there<|im_end|>\n<|im_start|>assistant\n", "hi there"),
        ("<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWho are you? [/INST]", "Who are you?"),
        ("[INST] One? [/INST] 1 </s><s>[INST] Two? [/INST]", "Two?"),
        ("A chat. USER: What is it? ASSISTANT:", "What is it?"),
        ("Below is a task.\n\n### Instruction:\nSort these.\n\n### Response:\n", "Sort these."),
        ("User: one\n\nAssistant: 1\n\nUser: two\n\nAssistant:", "two"),
    ],
)
def test_the_last_question_is_found(prompt: str, question: str) -> None:
    assert last_question(prompt) == question


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize("system", ["", "Be kind."])
def test_every_family_gives_back_what_was_asked_last(family: Family, system: str) -> None:
    asked = family.prompt(system, [("user", "first?"), ("assistant", "yes"), ("user", "and [/] then?")])
    assert last_question(asked) == "and [/] then?"


def test_a_plain_transcript_gives_back_what_was_asked_last() -> None:
    assert last_question(transcript("Be kind.", [("user", "a?"), ("assistant", "b"), ("user", "c?")])) == "c?"


@pytest.mark.parametrize(
    "prompt",
    [
        "a red fox",
        "",
        "Explain what <|im_start|> means in a chat template",
        "USER: is a word that I like",
        "how do I write [INST] in a prompt",
        "<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n",
        "Who is User: ada?",
    ],
)
def test_what_holds_no_conversation_has_no_last_question(prompt: str) -> None:
    assert last_question(prompt) is None
