"""Knows which inputs of which model are secrets, so that none of them is ever kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from tui.api.decoding import decode
from tui.api.types import Prediction
from tui.forms import REDACTED, Form
from tui.forms.redaction import hides, redact_fields
from tui.store.fold import raw_of

if TYPE_CHECKING:
    from tui.store.store import Store

_KEY = "secret inputs"


class Secrets:
    """The secret inputs by model ("owner/name") and by version id. Inputs named like credentials are secrets anyway."""

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}

    async def load(self, store: Store) -> None:
        """What was learned in earlier sessions."""
        try:
            found: object = json.loads(await store.meta_get("", _KEY) or "{}")
        except ValueError:
            return
        if isinstance(found, dict):
            for key, names in cast("dict[str, object]", found).items():
                if isinstance(names, list):
                    known = frozenset(str(name) for name in cast("list[object]", names))
                    self._names[key] = self._names.get(key, frozenset()) | known

    async def learn(self, store: Store, form: Form, *keys: str | None) -> None:
        """Remember a form's secret inputs under its model's name and its version."""
        names = frozenset(field.name for field in form.fields if hides(field))
        if not names:
            return
        news = {key: names for key in keys if key and not names <= self._names.get(key, frozenset())}
        if not news:
            return
        for key in news:
            self._names[key] = self._names.get(key, frozenset()) | names
        await store.meta_set("", _KEY, json.dumps({key: sorted(found) for key, found in self._names.items()}))

    def hide(self, values: Mapping[str, object], *keys: str) -> dict[str, object]:
        """A copy of an input of a model or version, `keys`, in which what is known to be a secret reads REDACTED."""
        hidden = redact_fields((), values)
        for key in keys:
            for name in self._names.get(key, frozenset()) & hidden.keys():
                hidden[name] = _hidden(hidden[name])
        return hidden

    def redact(self, prediction: Prediction) -> Prediction:
        """`prediction` itself, or a copy whose input shows no secret. Called in the store's thread."""
        raw = raw_of(prediction)
        given = raw.get("input")
        if not isinstance(given, dict) or not given:
            return prediction
        values = cast("dict[str, object]", given)
        hidden = self.hide(values, prediction.model, prediction.version)
        if hidden == values:
            return prediction
        return decode(Prediction, {**raw, "input": hidden})


def _hidden(value: object) -> object:
    if value is None:
        return None
    if isinstance(value, list):
        return [REDACTED for _ in cast("list[object]", value)]
    return REDACTED
