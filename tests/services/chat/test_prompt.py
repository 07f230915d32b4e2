"""How a conversation becomes the input of a model: families, messages, transcripts, files, and what is left out."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.chat_api import schema
from tui.forms import Form
from tui.services.chat.can_chat import fitness
from tui.services.chat.context_window import Said, Window, estimate, joined, keep, window_of
from tui.services.chat.model_families import FAMILIES, family_of, transcript, window_by_name
from tui.services.chat.prompt import Asked, ChatError, build

TALK = [Said("user", "One?"), Said("assistant", "1."), Said("user", "Two?")]
TEXT = {"type": "string"}
FILE = {"type": "string", "format": "uri"}
WIDE = Window(100_000, "set", 1000)


def asked(
    properties: dict[str, Any],
    ref: str = "acme/words",
    said: list[Said] = TALK,
    *,
    system: str = "",
    required: tuple[str, ...] = (),
    **options: Any,
) -> Asked:
    document = schema(properties, required=required)
    fit = fitness(document, ref)
    assert fit.can, fit.why
    given_options = {"parameters": {}, "window": WIDE, **options}
    return build(fit, Form.parse(document), given_options.pop("window"), system=system, said=said, **given_options)


TEMPLATE = {"prompt": TEXT, "prompt_template": {"type": "string", "default": "{prompt}"}}


@pytest.mark.parametrize(
    ("ref", "prompt"),
    [
        (
            "meta/meta-llama-3-8b-instruct",
            "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe.<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nOne?<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n1.<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nTwo?<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        ("meta/llama-2-7b-chat", "[INST] <<SYS>>\nBe.\n<</SYS>>\n\nOne? [/INST] 1. </s><s>[INST] Two? [/INST]"),
        ("mistralai/mixtral-8x7b-instruct-v0.1", "[INST] Be.\n\nOne? [/INST] 1.</s>[INST] Two? [/INST]"),
        ("lucataco/vicuna-13b", "Be. USER: One? ASSISTANT: 1.</s>USER: Two? ASSISTANT:"),
        (
            "nateraw/openhermes-2-mistral-7b",
            "<|im_start|>system\nBe.<|im_end|>\n<|im_start|>user\nOne?<|im_end|>\n<|im_start|>assistant\n1.<|im_end|>\n"
            "<|im_start|>user\nTwo?<|im_end|>\n<|im_start|>assistant\n",
        ),
        (
            "google-deepmind/gemma-7b-it",
            "<start_of_turn>user\nBe.\n\nOne?<end_of_turn>\n<start_of_turn>model\n1.<end_of_turn>\n"
            "<start_of_turn>user\nTwo?<end_of_turn>\n<start_of_turn>model\n",
        ),
    ],
)
def test_a_family_gets_its_own_turn_marks_and_its_template_is_passed_over(ref: str, prompt: str) -> None:
    assert asked(TEMPLATE, ref, system="Be.").input == {"prompt": prompt, "prompt_template": "{prompt}"}


def test_the_marks_in_a_template_tell_more_than_a_name() -> None:
    assert getattr(family_of("acme/mine", "<|im_start|>user\n{prompt}"), "name", None) == "chatml"
    assert family_of("acme/mine", "{prompt}") is None
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


def test_a_first_question_goes_through_the_template_that_the_model_has() -> None:
    own = {"prompt": TEXT, "prompt_template": {"type": "string", "default": "[INST] {prompt} [/INST]"}}
    assert asked(own, "mistralai/mistral-7b", TALK[:1]).input == {"prompt": "One?"}
    assert asked(TEMPLATE, "meta/llama-3-8b", TALK[:1]).input["prompt"].startswith("<|begin_of_text|>")


def test_a_template_that_the_user_sets_stays() -> None:
    found = asked(TEMPLATE, "meta/llama-3-8b", parameters={"prompt_template": "Q: {prompt}"}).input
    assert found == {"prompt_template": "Q: {prompt}", "prompt": transcript("", [(s.role, s.text) for s in TALK])}


def test_a_model_without_marks_gets_a_transcript() -> None:
    assert asked({"prompt": TEXT}, system="Be.").input == {
        "prompt": "Be.\n\nUser: One?\n\nAssistant: 1.\n\nUser: Two?\n\nAssistant:"
    }
    assert asked({"prompt": TEXT, "system_prompt": TEXT}, system="Be.", said=TALK[:1]).input == {
        "prompt": "One?",
        "system_prompt": "Be.",
    }


OBJECTS = {"type": "array", "items": {"type": "object"}}
ROLES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"role": {"type": "string", "enum": ["user", "model"]}, "text": {"type": "string"}},
    },
}


def test_messages_come_in_the_shape_that_the_schema_wants() -> None:
    plain = [{"role": "user", "content": "One?"}, {"role": "assistant", "content": "1."}]
    plain.append({"role": "user", "content": "Two?"})
    modern = {"prompt": TEXT, "system_prompt": TEXT, "messages": OBJECTS, "verbosity": TEXT}
    assert asked(modern).input == {"messages": plain}, "what messages hold is not said again in a prompt"
    found = asked(modern, system="Be.").input
    assert found["messages"] == [{"role": "system", "content": "Be."}, *plain]
    assert json.loads(str(asked({"messages": TEXT}).input["messages"])) == plain
    assert asked({"messages": ROLES, "system_prompt": TEXT}, system="Be.").input == {
        "messages": [
            {"role": "user", "text": "One?"},
            {"role": "model", "text": "1."},
            {"role": "user", "text": "Two?"},
        ],
        "system_prompt": "Be.",
    }
    assert asked({"messages": OBJECTS, "prompt": TEXT}, required=("prompt",)).input["prompt"] == "Two?"


def test_files_go_where_they_belong() -> None:
    many = {"prompt": TEXT, "image_input": {"type": "array", "items": FILE, "maxItems": 2}, "audio": FILE, "mask": FILE}
    seen = [Said("user", "See", ("https://x.org/1.png", "https://x.org/2.jpg")), Said("assistant", "Yes")]
    last = Said("user", "And?", ("https://x.org/3.webp", "https://x.org/a.mp3"))
    found = asked(many, said=[*seen, last]).input
    assert found["image_input"] == ["https://x.org/2.jpg", "https://x.org/3.webp"], "the newest that there is room for"
    assert found["audio"] == "https://x.org/a.mp3" and "mask" not in found
    with pytest.raises(ChatError, match="takes no video"):
        asked(many, said=[Said("user", "Look", ("https://x.org/v.mp4",))])
    with pytest.raises(ChatError, match="takes no attachments"):
        asked({"prompt": TEXT}, said=[Said("user", "Look", ("https://x.org/v.png",))])
    with pytest.raises(ChatError, match="needs an image"):
        asked({"prompt": TEXT, "image": FILE}, required=("image",))


def test_a_parameter_that_is_wrong_or_missing_is_named() -> None:
    limited = {"prompt": TEXT, "top_k": {"type": "integer", "maximum": 9}}
    with pytest.raises(ChatError, match="top_k must be at most 9"):
        asked(limited, parameters={"top_k": 10})
    with pytest.raises(ChatError, match="top_k must be"):
        asked(limited, parameters={"top_k": "many"})
    with pytest.raises(ChatError, match="needs top_k"):
        asked(limited, required=("top_k",))


def test_the_schema_s_own_length_is_kept_to() -> None:
    said = [Said("user" if at % 2 == 0 else "assistant", f"{at} " + "x" * 300) for at in range(9)]
    short = {"prompt": {"type": "string", "maxLength": 1200}}
    document = schema(short)
    form, fit = Form.parse(document), fitness(document)
    window = window_of(form, fit, "acme/words", 50_000, {})
    found = build(fit, form, window, system="", said=said, parameters={})
    assert found.left_out == 6 and "1,200 characters" in found.why
    with pytest.raises(ChatError, match="prompt must"):
        build(fit, form, window, system="", said=[Said("user", "x" * 1300)], parameters={})


@pytest.mark.parametrize(
    ("properties", "ref", "setting", "tokens", "source"),
    [
        ({"prompt": TEXT}, "acme/words", None, 4000, "guess"),
        ({"prompt": TEXT}, "acme/words", 77_000, 77_000, "set"),
        ({"prompt": TEXT, "max_seq_len": {"type": "integer", "default": 2048}}, "meta/llama-3", None, 2048, "schema"),
        ({"prompt": {"type": "string", "description": "Has a 128k token context."}}, "a/b", None, 128_000, "schema"),
        ({"prompt": TEXT}, "meta/meta-llama-3-70b-instruct", None, 8000, "name"),
        ({"prompt": TEXT}, "anthropic/claude-4-sonnet", None, 200_000, "name"),
    ],
)
def test_what_a_model_holds_is_told_with_its_source(
    properties: dict[str, Any], ref: str, setting: int | None, tokens: int, source: str
) -> None:
    document = schema(properties)
    window = window_of(Form.parse(document), fitness(document, ref), ref, setting, {})
    assert (window.tokens, window.source) == (tokens, source)
    assert window.estimated == (source in ("name", "guess")) and f"{tokens:,}" in window.words
    assert window_by_name("acme/words") is None


def test_turns_without_words_are_joined_and_counted() -> None:
    said = [Said("user", "a"), Said("assistant", ""), Said("user", "b"), Said("assistant", "c"), Said("user", "d")]
    found = joined(said)
    assert [(one.role, one.text) for one in found] == [("user", "a\n\nb"), ("assistant", "c"), ("user", "d")]
    assert sum(one.turns for one in found) == 5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=400)), max_size=30),
    st.integers(100, 3000),
    st.integers(1, 1500),
)
def test_whatever_was_said_the_question_goes_along_and_the_counts_are_right(
    turns: list[tuple[Any, str]], tokens: int, answer: int
) -> None:
    said = [*(Said(role, text) for role, text in turns), Said("user", "the question")]
    window = Window(tokens, "set", min(answer, tokens // 2))
    together = joined(said)
    kept = keep(window, "", together)
    assert kept.said[-1] == together[-1] and kept.said[-1].text.endswith("the question")
    assert kept.left_out == sum(one.turns for one in together) - sum(one.turns for one in kept.said)
    assert bool(kept.why) == bool(kept.left_out)
    assert len(kept.said) == 1 or kept.tokens + window.answer <= window.tokens + 12
    assert kept.said[0].role == "user"


def test_an_estimate_grows_with_the_text_in_any_script() -> None:
    assert estimate("") == 0
    assert 200 < estimate("word " * 200) < 400
    assert 90 <= estimate("東京" * 50) <= 110


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5000) | st.text(max_size=8) | st.just("string") | st.just("array"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "items", "format", "enum", "default", "properties", "allOf", "$ref", "description"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
names = st.sampled_from(
    ["prompt", "messages", "image", "images", "system_prompt", "prompt_template", "max_tokens", "x"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(names, anything, max_size=6) | anything, anything)
def test_any_schema_has_a_fitness_and_no_conversation_breaks_on_it(properties: Any, output: Any) -> None:
    document = {"components": {"schemas": {"Input": {"properties": properties}, "Output": output}}}
    fit = fitness(document, "acme/odd")
    assert fit.can != bool(fit.why)
    if fit.can:
        form = Form.parse(document)
        with contextlib.suppress(ChatError):
            found = build(fit, form, window_of(form, fit, "a/b", None, {}), system="s", said=TALK, parameters={})
            assert form.check(found.input).ok
    assert not fitness(None, "acme/odd").can
