"""A conversation as the input of a model: `build(fit, form, …) -> Asked`. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from msgspec import Struct

from tui.api.file_types import by_name
from tui.forms import MISSING, Field, FileInput, Form, Invalid, Kind, parse_text
from tui.forms.shapes import text
from tui.services.chat.can_chat import Fit, message_keys
from tui.services.chat.context_window import Kept, Said, Window, estimate, joined, keep
from tui.services.chat.model_families import FAMILIES, transcript
from tui.wording import one_line

_PLAIN = "{prompt}"


class ChatError(Exception):
    """What was asked for cannot be done now; the text is a sentence for the user. Nothing was changed or sent."""


class Asked(Struct, frozen=True):
    """What is sent for one question."""

    input: dict[str, object]
    left_out: int
    why: str
    tokens: int
    """An estimate of what the model reads."""


def build(
    fit: Fit,
    form: Form,
    window: Window,
    *,
    system: str,
    said: Sequence[Said],
    parameters: Mapping[str, object],
    gone: frozenset[str] = frozenset(),
) -> Asked:
    """The checked input for the question that ends `said`.

    `parameters` are values, or texts as they are typed into a form. `gone` are attachments of earlier turns that
    are no longer there. Raises ChatError.
    """
    values = _parameters(fit, form, parameters)
    kept = keep(window, system, joined(said), single=fit.single)
    why = kept.why
    values |= _files(fit, form, said, kept, gone)
    missing = sorted({one for turn in kept.said for one in turn.attachments if one in gone})
    if missing:
        names = ", ".join(one_line(one.rpartition("/")[2], 60) for one in missing[:3])
        why = f"{why} No longer there, and not sent again: {names}.".strip()
    values |= _texts(fit, form, system, kept, templated=fit.template_field in values)
    checked = form.check(values)
    if checked.problems:
        raise ChatError(f"The model does not take this: {checked.problems[0]}.")
    if checked.missing:
        raise ChatError(f"The model needs {_listed(checked.missing)}: set it among the parameters.")
    return Asked(checked.input, kept.left_out, why, kept.tokens)


def _listed(names: Sequence[str]) -> str:
    shown = [one_line(name, 40) for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


# ---- what the user set


def _parameters(fit: Fit, form: Form, given: Mapping[str, object]) -> dict[str, object]:
    """The parameters that the model knows, as values; those of another model are passed over."""
    values: dict[str, object] = dict(fit.presets)
    for name in fit.parameters:
        known = form.field(name)
        value = given.get(name, MISSING)
        if known is None or value is MISSING or value is None:
            continue
        try:
            values[name] = _read(known, value)
        except Invalid as error:
            raise ChatError(f"The parameter {name} {error}.") from None
    return {name: value for name, value in values.items() if value is not MISSING}


def _read(known: Field, value: object) -> object:
    textual = known.kind in (Kind.TEXT, Kind.STRING, Kind.SECRET, Kind.CHOICE)
    return parse_text(known, value) if isinstance(value, str) and not textual else value


# ---- the words


def _texts(fit: Fit, form: Form, system: str, kept: Kept, *, templated: bool) -> dict[str, object]:
    name = fit.prompt_field or "prompt"
    if fit.messages:
        return _messages(fit, form, system, kept)
    values: dict[str, object] = {}
    spoken = [(one.role, one.text) for one in kept.said]
    family = next((one for one in FAMILIES if one.name == fit.family), None)
    template = form.field(fit.template_field or "")
    default = (text(template.default) or "").strip() if template is not None else ""
    # A first question goes through the model's own template, which knows it best; where that is none, the marks are
    # needed even for it.
    alone = len(spoken) == 1 and default not in ("", _PLAIN) and (not system or fit.system_field is not None)
    if family is not None and template is not None and not templated and not alone:
        # The model's own words for itself would stand in the template that is passed over.
        own = form.field(fit.system_field or "")
        lead = system or (text(own.default) if own is not None else None) or ""
        return {name: family.prompt(lead, spoken), template.name: _PLAIN}
    within = system
    if fit.system_field is not None:
        within = ""
        if system:
            values[fit.system_field] = system
    values[name] = transcript(within, spoken)
    return values


def _messages(fit: Fit, form: Form, system: str, kept: Kept) -> dict[str, object]:
    name = fit.prompt_field or "messages"
    known = form.field(name)
    if known is None:
        return {}
    role, content, roles = message_keys(known)
    within = system
    values: dict[str, object] = {}
    if system and roles and "system" not in roles and "developer" in roles:
        items: list[dict[str, object]] = [{role: "developer", content: system}]
    elif system and roles and "system" not in roles and fit.system_field is not None:
        values[fit.system_field] = system
        items = []
    else:
        items = [{role: "system", content: within}] if within else []
    answering = "assistant" if not roles or "assistant" in roles else next(iter(sorted(roles - {"user", "system"})), "")
    for one in kept.said:
        items.append({role: "user" if one.role == "user" else answering, content: one.text})
    values[name] = _shaped(known, items, role, content)
    prompt = form.field("prompt")
    if prompt is not None and prompt.required:
        values["prompt"] = kept.said[-1].text
    return values


def _shaped(known: Field, items: list[dict[str, object]], role: str, content: str) -> object:
    """The messages as the field wants them: objects, JSON text, or a text for each."""
    if known.kind in (Kind.TEXT, Kind.STRING):
        return json.dumps(items, ensure_ascii=False)
    if known.kind is Kind.LIST and known.item is not None and known.item.kind in (Kind.STRING, Kind.TEXT):
        return [f"{str(item[role]).capitalize()}: {item[content]}" for item in items]
    return items


# ---- the files


def _files(fit: Fit, form: Form, said: Sequence[Said], kept: Kept, gone: frozenset[str]) -> dict[str, object]:
    question = said[-1]
    by_field: dict[str, list[str]] = {}
    for one in question.attachments:
        by_field.setdefault(_field_for(fit, form, one), []).append(one)
    values: dict[str, object] = {}
    for name in (fit.image_field, *fit.file_fields):
        known = form.field(name or "")
        if known is None:
            continue
        now = by_field.get(known.name, [])
        # Without a picture that it needs, the model would not even read the question that is about it.
        turns = said[:-1] if known.required else kept.said
        before = [
            one
            for one in dict.fromkeys(one for turn in turns for one in turn.attachments)
            if one not in gone and one not in question.attachments and _suits(fit, form, one, known.name)
        ]
        given = _given(known, now, before)
        if given:
            values[known.name] = given if known.kind is Kind.LIST else given[0]
        elif known.required:
            what = "an image" if known.name == fit.image_field else f"a file for {known.name}"
            raise ChatError(f"The model needs {what}: attach one.")
    return values


def _given(known: Field, now: list[str], before: list[str]) -> list[FileInput]:
    """What one input gets: this question's files, and what of the earlier ones it has room for."""
    most = known.max_items if known.kind is Kind.LIST else 1
    if most is not None and len(now) > most:
        raise ChatError(f"The model takes {most} in {known.name}, and {len(now)} are attached.")
    if known.kind is not Kind.LIST and now:
        before = []
    room = len(before) if most is None else max(0, most - len(now))
    try:
        return [FileInput.parse(one) for one in [*(before[-room:] if room else []), *now]]
    except Invalid as error:
        raise ChatError(f"An attachment {error}.") from None


def _suits(fit: Fit, form: Form, attachment: str, name: str) -> bool:
    try:
        return _field_for(fit, form, attachment) == name
    except ChatError:
        return False


def _field_for(fit: Fit, form: Form, attachment: str) -> str:
    """The input that an attachment goes into. Raises ChatError."""
    shown = one_line(attachment, 60)
    kind = media_type(attachment).partition("/")[0]
    if kind == "image" and fit.image_field is not None:
        return fit.image_field
    if kind in ("audio", "video"):
        named = [name for name in fit.file_fields if kind in name.lower() or kind in _told(form, name)]
        if named:
            return named[0]
        plain = [name for name in fit.file_fields if "audio" not in name and "video" not in name]
        if plain:
            return plain[0]
        raise ChatError(f"The model takes no {kind}: {shown}.")
    if kind != "image":
        plain = [name for name in fit.file_fields if "audio" not in name.lower() and "video" not in name.lower()]
        if plain:
            return plain[0]
    if not fit.image_field and not fit.file_fields:
        raise ChatError(f"The model takes no attachments: {shown}.")
    if kind == "" and fit.image_field is not None:
        return fit.image_field
    takes = "images only" if not fit.file_fields else f"files for {_listed(fit.file_fields)}"
    raise ChatError(f"The model takes {takes}, not {shown}.")


def _told(form: Form, name: str) -> str:
    known = form.field(name)
    return known.description.lower() if known is not None else ""


def media_type(attachment: str) -> str:
    """ "image/png" and the like, by the name alone; "" where that tells nothing."""
    if attachment[:5].lower() == "data:":
        return attachment[5:100].partition(",")[0].partition(";")[0].lower()
    known = by_name(attachment.partition("?")[0] if "://" in attachment else attachment)
    return known.media_type if known is not None else ""


def read_of(value: Mapping[str, object]) -> int:
    """About how many tokens the texts of an input have."""
    return sum(estimate(_words(one)) for one in value.values())


def _words(value: object) -> str:
    if isinstance(value, FileInput):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(_words(item) for item in cast("list[object]", value))
    if isinstance(value, Mapping):
        return " ".join(_words(item) for item in cast("Mapping[str, object]", value).values())
    return ""
