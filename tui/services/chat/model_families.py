"""How families of language models mark the turns of a conversation within one prompt, and how much they hold.

Source of the marks: the models' own chat templates, as their publishers document them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct

Spoken: TypeAlias = tuple[str, str]
"""Who said what: "user" or "assistant", and the text."""


class Family(Struct, frozen=True):
    """The marks of one family; `{}` stands for the text."""

    name: str
    models: str
    """A pattern of model names, without the owner."""
    template: str
    """What a prompt template of the family holds."""
    user: str
    assistant: str
    cue: str
    """What makes the model answer."""
    system: str
    """Stands at the beginning, or, with `system_within`, before the first question within its marks."""
    begin: str = ""
    system_within: bool = False

    def prompt(self, system: str, spoken: Sequence[Spoken]) -> str:
        """The whole conversation as one prompt."""
        parts = [self.begin]
        lead = self.system.replace("{}", system) if system else ""
        if not self.system_within:
            parts.append(lead)
            lead = ""
        for role, text in spoken:
            if role == "user":
                parts.append(self.user.replace("{}", lead + text))
                lead = ""
            else:
                parts.append(self.assistant.replace("{}", text))
        return "".join([*parts, self.cue])


FAMILIES: tuple[Family, ...] = (
    Family(
        "llama-4",
        r"llama-?4",
        "<|header_start|>",
        "<|header_start|>user<|header_end|>\n\n{}<|eot|>",
        "<|header_start|>assistant<|header_end|>\n\n{}<|eot|>",
        "<|header_start|>assistant<|header_end|>\n\n",
        "<|header_start|>system<|header_end|>\n\n{}<|eot|>",
        begin="<|begin_of_text|>",
    ),
    # Before Llama: fine-tunes of one with other marks carry both names.
    Family(
        "chatml",
        r"hermes|qwen|dolphin|openchatml|yi-\d+b-chat|smollm|internlm|orca-2",
        "<|im_start|>",
        "<|im_start|>user\n{}<|im_end|>\n",
        "<|im_start|>assistant\n{}<|im_end|>\n",
        "<|im_start|>assistant\n",
        "<|im_start|>system\n{}<|im_end|>\n",
    ),
    Family(
        "deepseek",
        r"deepseek",
        "<｜User｜>",
        "<｜User｜>{}",
        "<｜Assistant｜>{}<｜end▁of▁sentence｜>",
        "<｜Assistant｜>",
        "{}",
    ),
    Family(
        "vicuna",
        r"vicuna|wizardlm|llava",
        "USER:",
        "USER: {} ",
        "ASSISTANT: {}</s>",
        "ASSISTANT:",
        "{} ",
    ),
    Family(
        "llama-3",
        r"llama-?3",
        "<|start_header_id|>",
        "<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\n{}<|eot_id|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<|start_header_id|>system<|end_header_id|>\n\n{}<|eot_id|>",
        begin="<|begin_of_text|>",
    ),
    Family(
        "llama-2",
        r"llama-?2|codellama",
        "<<SYS>>",
        "[INST] {} [/INST]",
        " {} </s><s>",
        "",
        "<<SYS>>\n{}\n<</SYS>>\n\n",
        system_within=True,
    ),
    Family(
        "mistral",
        r"mistral|mixtral|ministral",
        "[INST]",
        "[INST] {} [/INST]",
        " {}</s>",
        "",
        "{}\n\n",
        system_within=True,
    ),
    Family(
        "gemma",
        r"gemma",
        "<start_of_turn>",
        "<start_of_turn>user\n{}<end_of_turn>\n",
        "<start_of_turn>model\n{}<end_of_turn>\n",
        "<start_of_turn>model\n",
        "{}\n\n",
        system_within=True,
    ),
    Family(
        "phi-3",
        r"phi-?3|phi-?4",
        "<|end|>",
        "<|user|>\n{}<|end|>\n",
        "<|assistant|>\n{}<|end|>\n",
        "<|assistant|>\n",
        "<|system|>\n{}<|end|>\n",
    ),
    Family(
        "zephyr",
        r"zephyr|tinyllama",
        "<|user|>",
        "<|user|>\n{}</s>\n",
        "<|assistant|>\n{}</s>\n",
        "<|assistant|>\n",
        "<|system|>\n{}</s>\n",
    ),
    Family(
        "granite",
        r"granite-3|granite-4",
        "<|start_of_role|>",
        "<|start_of_role|>user<|end_of_role|>{}<|end_of_text|>\n",
        "<|start_of_role|>assistant<|end_of_role|>{}<|end_of_text|>\n",
        "<|start_of_role|>assistant<|end_of_role|>",
        "<|start_of_role|>system<|end_of_role|>{}<|end_of_text|>\n",
    ),
    Family(
        "alpaca",
        r"alpaca|wizardcoder|stablebeluga",
        "### Instruction",
        "### Instruction:\n{}\n\n",
        "### Response:\n{}\n\n",
        "### Response:\n",
        "{}\n\n",
    ),
)

_WINDOWS: tuple[tuple[str, int], ...] = (
    (r"gpt-4\.1|llama-?4|gemini", 1_000_000),
    (r"gpt-5|o3|o4-mini", 400_000),
    (r"claude", 200_000),
    (r"gpt-4o|o1|llama-?3\.[1-9]|granite-(3\.[1-9]|4)|gemma-?3|phi-?3.*128k|phi-?4-mini", 128_000),
    (r"deepseek-(r1|v3)", 64_000),
    (r"qwen-?(2\.5|3)|mixtral|mistral-(small|large|nemo)|ministral|mistral-7b.*v0\.[23]|qwq", 32_000),
    (r"codellama|yi-|phi-?4", 16_000),
    (r"llama-?3|gemma|mistral|hermes-2-pro|qwen|granite", 8_000),
    (r"llama-?2|llava|vicuna|phi|zephyr|falcon|alpaca", 4_000),
    (r"tinyllama|bart|t5|blip|gpt-j", 2_000),
)
"""Tokens, rounded down, as the publishers tell them; the first pattern that fits counts."""


def family_of(ref: str, template: str = "") -> Family | None:
    """The family of a model, by the marks in its prompt template, else by its name; None for one that is unknown."""
    name = ref.partition("/")[2].lower()
    by_name = next((family for family in FAMILIES if re.search(family.models, name)), None)
    marked = [family for family in FAMILIES if family.template in template]
    if by_name in marked:
        return by_name
    return marked[0] if marked else by_name


_WORDS_OF_SYSTEM = re.compile(r"<<SYS>>.*?<</SYS>>", re.DOTALL)


def last_question(prompt: str) -> str | None:
    """What was asked last in a prompt that holds a conversation with turn marks; None for any other prompt."""
    text = prompt.strip()
    for family in FAMILIES:
        opening, _, closing = (part.strip() for part in family.user.partition("{}"))
        if opening not in text or family.template not in text or not _begins_or_ends(family, text):
            continue
        asked = text.rpartition(opening)[2]
        ends = [at for mark in (closing, family.cue.strip()) if mark and (at := asked.find(mark)) >= 0]
        asked = _WORDS_OF_SYSTEM.sub("", asked[: min(ends)] if ends else asked).strip()
        if asked:
            return asked
    if text.endswith("Assistant:") and (text.startswith("User: ") or "\n\nUser: " in text):
        return text.rpartition("User: ")[2].removesuffix("Assistant:").strip() or None
    return None


def _begins_or_ends(family: Family, text: str) -> bool:
    """Whether a text is a prompt of the family, and does not only speak of its marks."""
    marks = [one.partition("{}")[0].strip() for one in (family.begin, family.system, family.user)]
    # A mark that is a word may begin any text.
    signs = tuple(mark for mark in marks if mark.startswith(("<", "[")))
    cue = family.cue.strip()
    return text.removeprefix("<s>").lstrip().startswith(signs) or (bool(cue) and text.endswith(cue))


def window_by_name(ref: str) -> int | None:
    """How many tokens models of that name hold, as far as is known."""
    name = ref.partition("/")[2].lower()
    return next((tokens for pattern, tokens in _WINDOWS if re.search(pattern, name)), None)


def transcript(system: str, spoken: Sequence[Spoken]) -> str:
    """The conversation with plain turn marks, for a model that marks none; a first question alone has none."""
    parts = [system] if system else []
    if len(spoken) == 1:
        return "\n\n".join([*parts, spoken[0][1]])
    words = {"user": "User", "assistant": "Assistant"}
    parts += [f"{words[role]}: {text}" for role, text in spoken]
    return "\n\n".join([*parts, "Assistant:"])
