"""What the form of a model would send: on what it runs, its checked input, and the request as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from tui.api.types import Target
from tui.forms import Checked, Form, Problem, delivery

FREE_FIELD = "input"
FREE_SCHEMA = {
    "components": {
        "schemas": {
            "Input": {
                "type": "object",
                "properties": {
                    FREE_FIELD: {
                        "type": "object",
                        "description": "The whole input as a JSON object: this model's schema is not known.",
                    }
                },
            }
        }
    }
}
"""The form of a model without a schema: one editor for its whole input."""


class RunRequest(Struct, frozen=True):
    """A model's form, once its schema has come."""

    form: Form
    target: Target

    @property
    def free(self) -> bool:
        """Whether the model has no schema: its input is one field of JSON."""
        return not self.form.known

    @property
    def shown(self) -> Form:
        """The form that is filled in."""
        return Form.parse(FREE_SCHEMA) if self.free else self.form

    def texts_of(self, values: Mapping[str, object]) -> dict[str, str]:
        """An input as texts of the form."""
        from tui.api.text import to_json
        from tui.forms import to_text

        if self.free:
            return {FREE_FIELD: to_json(dict(values), indent=2)}
        fields = ((self.form.field(name), value) for name, value in values.items())
        return {field.name: to_text(field, value) for field, value in fields if field is not None and value is not None}

    def checked(self, texts: Mapping[str, str]) -> tuple[dict[str, object], list[Problem]]:
        """The input that the texts mean, and what is wrong with it."""
        checked = self._parsed(texts)
        if self.free:
            return checked.input, [Problem(FREE_FIELD, None, problem.message) for problem in checked.problems]
        missing = [Problem(name, None, "is required") for name in checked.missing]
        return checked.input, [*checked.problems, *missing]

    def code(self, texts: Mapping[str, str]) -> Callable[[str], str]:
        """The request in each language, with its webhook and deadline, without secrets."""
        shown = self.form.redact(self._parsed(texts).input)

        from tui.services.runs.code_samples import writer

        return writer(self.target, shown, delivery=delivery.read(texts)[0])

    def _parsed(self, texts: Mapping[str, str]) -> Checked:
        if self.free:
            return self.form.parse_free(texts.get(FREE_FIELD, ""))
        return self.form.from_text(delivery.without(texts))
