"""Tells from a model's schema whether it can be chatted with, and how: `fitness(openapi_schema, ref) -> Fit`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from tui.forms import Field, Form, Kind, OutputKind
from tui.forms.refs import Definitions, flatten
from tui.forms.schema import schema_section, type_of
from tui.forms.shapes import array, mapping, text
from tui.services.chat.model_families import family_of
from tui.wording import one_line

_PROMPTS = (
    "prompt",
    "message",
    "user_prompt",
    "user_message",
    "question",
    "query",
    "instruction",
    "instructions",
    "user_input",
    "input_text",
    "input_prompt",
    "text",
    "inputs",
    "input",
    "content",
    "sentence",
)
"""What models call the question, the likeliest first."""
_SYSTEMS = ("system_prompt", "system", "system_message", "system_instruction", "preprompt", "pre_prompt")
_TEMPLATES = ("prompt_template", "chat_template")
_LENGTHS = (
    "max_completion_tokens",
    "max_output_tokens",
    "max_new_tokens",
    "max_tokens",
    "num_predict",
    "max_length",
)
_IMAGE = re.compile(r"image|img|photo|picture|(^|_)pic(_|$)", re.IGNORECASE)
_OTHER_FILE = re.compile(r"audio|video|pdf|document|sound|speech", re.IGNORECASE)
_MASK = re.compile(r"mask", re.IGNORECASE)


class Fit(Struct, frozen=True):
    """Whether and how a model can be chatted with. Names of inputs are None where the schema has none such."""

    can: bool
    why: str = ""
    """A sentence that says why not; "" when it can."""
    messages: bool = False
    """Whether the history is sent as a list of messages. Otherwise it is folded into one prompt."""
    system: bool = False
    """Whether a system prompt reaches the model."""
    images: bool = False
    """Whether images can be attached."""
    files: bool = False
    """Whether other files can be attached."""
    needs_file: bool = False
    """Whether nothing can be sent without an attachment."""
    prompt_field: str | None = None
    """The input that the question goes into: `messages`, `prompt` or its like."""
    system_field: str | None = None
    template_field: str | None = None
    image_field: str | None = None
    image_limit: int | None = None
    """How many images at most; None for any number."""
    file_fields: tuple[str, ...] = ()
    """Inputs for other files than images."""
    parameters: tuple[str, ...] = ()
    """The inputs that are set beside the conversation: the form's fields without those above."""
    presets: Mapping[str, object] = field(default_factory=dict[str, object])
    """Values of parameters without which the model would not read the question; the user's own come before them."""
    single: bool = False
    """Whether each question stands alone, because the model takes no more than that."""
    length_field: str | None = None
    """The input that limits the answer's tokens."""
    family: str | None = None
    """Whose turn marks are used in a folded prompt ("llama-3", …); None for a plain transcript."""
    how: str = ""
    """How the history is sent, in a sentence."""


def fitness(openapi_schema: Mapping[str, object] | None, ref: str = "This model") -> Fit:
    """Whether and how the model "owner/name" of that schema can be chatted with. Never raises."""
    form = Form.parse(openapi_schema)
    why = _output_fault(form, mapping(openapi_schema)) or _input_fault(form)
    if why:
        return Fit(False, f"{ref} {why}")
    messages = form.field("messages")
    if messages is not None and not _takes_messages(messages):
        messages = None
    prompt = messages or _prompt_field(form)
    if prompt is None:
        names = ", ".join(one_line(one.name, 40) for one in form.fields[:6])
        more = ", …" if len(form.fields) > 6 else ""
        return Fit(False, f"{ref} takes no question: none of its inputs ({names}{more}) is a text to write.")
    return _fit(form, ref, prompt, messages is not None)


def _fit(form: Form, ref: str, prompt: Field, messages: bool) -> Fit:
    system, template = _named(form, _SYSTEMS), _named(form, _TEMPLATES)
    image, others = _file_fields(form)
    family = family_of(ref, text(template.default) or "") if template is not None and not messages else None
    taken = {prompt.name, *(one.name for one in (system, image, *others) if one)}
    if messages:
        # With messages, models pass over their prompt.
        taken |= {name for name in ("prompt",) if (known := form.field(name)) and not known.required}
    files = [one for one in (image, *others) if one is not None]
    presets = _presets(form, prompt)
    return Fit(
        True,
        messages=messages,
        system=messages or system is not None or template is not None or prompt.name == "prompt",
        images=image is not None,
        files=bool(others),
        needs_file=any(one.required for one in files),
        prompt_field=prompt.name,
        system_field=system.name if system else None,
        template_field=template.name if template else None,
        image_field=image.name if image else None,
        image_limit=_limit(image),
        file_fields=tuple(one.name for one in others),
        parameters=tuple(one.name for one in form.fields if one.name not in taken and not one.deprecated),
        presets=presets,
        single=bool(presets),
        length_field=next((name for name in _LENGTHS if form.field(name)), None),
        family=family.name if family else None,
        how=_how(messages, prompt, family.name if family else None, template, bool(presets)),
    )


def _how(messages: bool, prompt: Field, family: str | None, template: Field | None, single: bool) -> str:
    if single:
        return f"Each question is sent alone, in {prompt.name}: the model takes no conversation."
    if messages:
        return f"The conversation is sent as messages, in {prompt.name}."
    if family is not None:
        return f"The conversation is folded into {prompt.name} with the turn marks of {family}."
    within = " within the model's own template" if template is not None else ""
    return f"The conversation is folded into {prompt.name} as a transcript{within}."


# ---- why not


def _output_fault(form: Form, document: Mapping[str, object]) -> str:
    if form.output in (OutputKind.TEXT, OutputKind.TEXT_STREAM):
        return ""
    if form.output in (OutputKind.FILE, OutputKind.FILES):
        return "answers with files, not with text: run it from its form."
    if form.output is OutputKind.ANY:
        # Not said. Where it says nothing of the inputs either, that is what is told.
        return ""
    return "" if _is_list_of_texts(document) else "answers with structured data, not with text: run it from its form."


def _is_list_of_texts(document: Mapping[str, object]) -> bool:
    definitions = Definitions(document)
    flat = flatten(schema_section(document, "Output"), definitions)
    if type_of(flat) != "array":
        return False
    item = flatten(flat.get("items"), definitions)
    return type_of(item) == "string" and item.get("format") != "uri"


def _input_fault(form: Form) -> str:
    if not form.known:
        return "tells no schema, so that nobody knows what it takes. Name one of its versions: OWNER/NAME:VERSION."
    return "" if form.fields else "takes no inputs at all, so that nothing can be asked."


# ---- the inputs


def _named(form: Form, names: tuple[str, ...]) -> Field | None:
    found = (form.field(name) for name in names)
    return next((one for one in found if one is not None and _is_text(one)), None)


def _is_text(one: Field) -> bool:
    return one.kind in (Kind.TEXT, Kind.STRING)


def _prompt_field(form: Form) -> Field | None:
    named = _named(form, _PROMPTS)
    if named is not None:
        return named
    apart = {*_SYSTEMS, *_TEMPLATES, "negative_prompt", "stop_sequences"}
    long = [one for one in form.fields if one.kind is Kind.TEXT and one.name not in apart]
    needed = [one for one in form.fields if one.required and _is_text(one) and one.name not in apart]
    for found in (needed, long):
        if len(found) == 1:
            return found[0]
    return None


def _takes_messages(one: Field) -> bool:
    if one.kind is Kind.LIST:
        return one.item is not None and one.item.kind in (Kind.JSON, Kind.STRING, Kind.TEXT)
    return one.kind in (Kind.JSON, Kind.TEXT, Kind.STRING)


def _file_fields(form: Form) -> tuple[Field | None, list[Field]]:
    """The input for images, and those for other files."""
    images: list[Field] = []
    others: list[Field] = []
    for one in form.fields:
        if not one.takes_files or _MASK.search(one.name) or one.deprecated:
            continue
        told = not _OTHER_FILE.search(one.name) and _IMAGE.search(one.description) is not None
        (images if _IMAGE.search(one.name) or told else others).append(one)
    # One that takes several is worth more than one that takes one; one that is needed comes first.
    images.sort(key=lambda one: (not one.required, one.kind is not Kind.LIST, one.order))
    return (images[0] if images else None), others


def _limit(image: Field | None) -> int | None:
    if image is None:
        return None
    return image.max_items if image.kind is Kind.LIST else 1


def _presets(form: Form, prompt: Field) -> dict[str, object]:
    """A model of several tasks reads a question only in the task that is about questions."""
    if prompt.name != "question":
        return {}
    found: dict[str, object] = {}
    for one in form.fields:
        asking = [choice for choice in one.choices if "question" in str(choice).lower()]
        if one.kind is Kind.CHOICE and len(asking) == 1:
            found[one.name] = asking[0]
    return found


def message_keys(one: Field) -> tuple[str, str, frozenset[str]]:
    """How an item of `messages` calls the speaker and the text, and the speakers it knows (empty: any)."""
    item = one.item
    if item is None:
        return "role", "content", frozenset()
    flat = flatten(item.schema, item.definitions)
    properties = mapping(flat.get("properties"))
    role = next((name for name in ("role", "sender", "from", "author") if name in properties), "role")
    content = next((name for name in ("content", "text", "message", "value") if name in properties), "content")
    known = flatten(properties.get(role), item.definitions).get("enum")
    return role, content, frozenset(value for value in array(known) if isinstance(value, str))
