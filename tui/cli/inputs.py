"""`-i NAME=VALUE`, `-i NAME=@FILE` and `--input FILE.json` as what a form takes, and its judgement in words.

Nothing that was given is dropped: a value that would not be sent is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from msgspec import Struct, field

from tui.cli.text_files import CannotRead, read_text
from tui.forms import (
    REDACTED,
    Checked,
    Field,
    Form,
    Invalid,
    Kind,
    Problem,
    load_json,
    to_text,
)  # fmt: skip
from tui.services.runs.input_check import check_input

_TEXTS = (Kind.STRING, Kind.TEXT, Kind.SECRET, Kind.CHOICE, Kind.JSON)
"""Kinds that may take an empty text; whether this field does, its schema says."""
_EMPTY_TEXT = '""'


class Given(Struct):
    """What was given, and what is wrong with it already."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    """As a person would type them into the form."""
    values: dict[str, object] = field(default_factory=dict[str, object])
    """Of a whole input in JSON, where no text takes their place."""
    problems: list[Problem] = field(default_factory=list[Problem])

    def shown(self, form: Form) -> dict[str, str]:
        """All of it as the texts of the form."""
        fields = {name: form.field(name) for name in self.values}
        texts = {name: to_text(known, self.values[name]) for name, known in fields.items() if known is not None}
        return {**texts, **self.texts}


def reads_stdin(pairs: Sequence[str], whole: str | None) -> bool:
    """Whether an option takes its value from stdin."""
    return whole == "-" or any(pair.partition("=")[2] == "@-" for pair in pairs)


def read(form: Form, pairs: Sequence[str], whole: str | None = None) -> Given:
    """What `form` is given by NAME=VALUE pairs on top of a JSON file. Reads the files (`-` is stdin); blocks."""
    given = Given()
    takers = [pair.partition("=")[0] for pair in pairs if pair.partition("=")[2] == "@-"] + ["--input"] * (whole == "-")
    if len(takers) > 1:
        given.problems.append(Problem("", None, f"is taken from stdin {len(takers)} times: {', '.join(takers)}"))
        return given
    if whole is not None:
        _read_whole(given, whole)
    grouped: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        grouped.setdefault(name.strip(), []).append(value)
    for name, values in grouped.items():
        kind = form.field(name)
        given.values.pop(name, None)
        try:
            given.texts[name] = _joined(kind, values)
        except (CannotRead, Invalid) as error:
            given.problems.append(Problem(name, None, str(error)))
    return given


def _read_whole(given: Given, path: str) -> None:
    try:
        value = load_json(read_text(path))
    except (CannotRead, Invalid) as error:
        given.problems.append(Problem("", None, f"{error} (--input {path[:100]})"))
        return
    if not isinstance(value, dict):
        given.problems.append(Problem("", None, f"must be a JSON object such as {{}} (--input {path[:100]})"))
        return
    given.values.update(cast("dict[str, object]", value))


def _joined(kind: Field | None, values: Sequence[str]) -> str:
    """The text for a field: of a list, a line for each time that it was given. Raises CannotRead, Invalid."""
    is_list = kind is not None and kind.kind is Kind.LIST
    if len(values) > 1 and not is_list:
        raise Invalid("was given more than once")
    texts = [_text(kind, value) for value in values]
    for text in texts:
        if text.strip() and text != REDACTED:
            continue
        if text == REDACTED:
            raise Invalid(f"was given as {REDACTED}, which stands where a secret was hidden: give the secret itself")
        if kind is None or (kind.kind in _TEXTS and not text):
            return _EMPTY_TEXT
        if is_list:
            raise Invalid('was given an empty item: write [] for an empty list, [""] for one empty text')
        if kind.kind not in (Kind.STRING, Kind.TEXT, Kind.SECRET, Kind.CHOICE):
            raise Invalid(f"was given empty, and must be {_wanted(kind)}; leave it out for the model's own default")
    return "\n".join(texts)


def _wanted(kind: Field) -> str:
    return {Kind.FILE: "a file or a URL", Kind.JSON: "JSON"}.get(kind.kind) or kind.hint.partition(" · default")[0]


def judge(form: Form, given: Given) -> Checked:
    """What the form says of what was given, with the files that are not there among the problems."""
    checked = check_input(form, given.texts, given.values)
    refused = {problem.field for problem in given.problems}
    return Checked(
        checked.input,
        (*given.problems, *(problem for problem in checked.problems if problem.field not in refused)),
        tuple(name for name in checked.missing if name not in refused),
    )


def complaints(form: Form, checked: Checked) -> list[str]:
    """One line for each value that is wrong or missing."""
    lines = [f"{problem.field or 'input'}: {problem.message}" for problem in checked.problems]
    for name in checked.missing:
        known = form.field(name)
        lines.append(f"{name}: is required" + (f" ({known.hint})" if known else ""))
    return lines


def _text(kind: Field | None, value: str) -> str:
    """The text for the field: a file's own path for a file field, its content for any other."""
    if not value.startswith("@") or _is_for_files(kind):
        return value
    if value.startswith("@@"):
        return value[1:]
    try:
        text = read_text(value[1:])
    except CannotRead as error:
        raise CannotRead(f"{error}; write @@ for a text that begins with @") from None
    # A file of one line ends with a line's end that nobody means.
    return text.removesuffix("\n")


def _is_for_files(kind: Field | None) -> bool:
    # Without a schema, only a file makes sense of an @.
    return kind is None or kind.takes_files
