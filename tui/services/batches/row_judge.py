"""Judges the rows of a batch for one model, each value once: what a hundred thousand rows share is judged for all.

The same is said as by the judgement of each whole input: that one decides wherever a value is not surely right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from tui.forms import REDACTED, UNSURE, Checked, Form, Reader, reader_of

Judge = Callable[[Mapping[str, str], Mapping[str, object]], Checked]
"""Judges texts as typed, and values that are JSON already."""
_REMEMBERED = 5000
"""Values of one field that are remembered."""


class _Route(Struct, frozen=True):
    """What rows with the same fields share."""

    template: dict[str, object]
    """The inputs in their order: what every row has, and the places of its own."""
    readers: Mapping[str, Reader | None]


class RowJudge:
    """Judges inputs that are alike in most."""

    def __init__(self, form: Form, judge: Judge, texts: Mapping[str, str], values: Mapping[str, object]) -> None:
        """`texts` and `values` are what every row gets, where it has no own."""
        self._form = form
        self._judge = judge
        self._texts = texts
        self._values = values
        self._routes: dict[tuple[tuple[str, ...], bool], _Route | None] = {}
        self._seen: dict[tuple[str, bool], dict[object, object]] = {}

    def judge(self, texts: Mapping[str, str], values: Mapping[str, object]) -> Checked:
        """Judge a row by its own texts and its own values; a name is in one of them."""
        own: Mapping[str, object] = values or texts
        typed = bool(values)
        if not (texts and values):
            key = (tuple(own), typed)
            if key not in self._routes:
                self._routes[key] = self._route(*key)
            route = self._routes[key]
            found = None if route is None else self._quick(route, own, typed)
            if found is not None:
                return Checked(found)
        return self._judge(*self._with(texts, values))

    def _with(self, texts: Mapping[str, str], values: Mapping[str, object]) -> tuple[dict[str, str], dict[str, object]]:
        """A row's own in the place of what every row gets."""
        rest = {name: text for name, text in self._texts.items() if name not in values}
        beside = {name: value for name, value in self._values.items() if name not in texts}
        return {**rest, **texts}, {**beside, **values}

    def _route(self, names: tuple[str, ...], typed: bool) -> _Route | None:
        """None where each row has to be judged as a whole."""
        form = self._form
        if not form.known or form.has_rules_of_the_whole or any(form.field(name) is None for name in names):
            return None
        texts = {name: text for name, text in self._texts.items() if name not in names}
        values = {name: value for name, value in self._values.items() if name not in names}
        base = self._judge(texts, values)
        if base.problems or set(base.missing) - set(names):
            return None
        order = [field.name for field in form if field.name in names or field.name in base.input]
        template = {name: base.input.get(name) for name in order}
        readers = {field.name: reader_of(field, typed=typed) for field in form if field.name in names}
        return _Route(template, readers)

    def _quick(self, route: _Route, own: Mapping[str, object], typed: bool) -> dict[str, object] | None:
        """The whole input; None where a value is not surely right."""
        found = route.template.copy()
        for name, reader in route.readers.items():
            given = own[name]
            value = UNSURE if reader is None else reader(given)
            if value is UNSURE:
                value = self._remembered(name, given, typed)
                if value is UNSURE:
                    return None
            found[name] = value
        return found

    def _remembered(self, name: str, given: object, typed: bool) -> object:
        """What one value is judged to be, alone: no field knows of another."""
        if not isinstance(given, str | bool) or given == REDACTED:
            return UNSURE
        seen = self._seen.setdefault((name, typed), {})
        if given in seen:
            return seen[given]
        checked = self._judge({}, {name: given}) if typed else self._judge({name: str(given)}, {})
        value = UNSURE if checked.problems or name not in checked.input else checked.input[name]
        if len(seen) < _REMEMBERED:
            seen[given] = value
        return value
