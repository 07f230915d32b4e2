"""What an answer took: tokens and seconds, as the API tells them, else as they were counted and measured here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import Struct

from tui.api.types import Prediction
from tui.forms.shapes import number
from tui.services.chat.context_window import estimate

# What the API calls them (docs/replicate.md, Predictions) and what is written for them; some models' own servers have
# other words.
_INPUT = ("input_token_count", "input_tokens", "prompt_tokens", "token_input_count")
_OUTPUT = ("output_token_count", "output_tokens", "completion_tokens", "token_output_count")


class Watch(Struct):
    """When the text of one answer came, on one monotonic clock in seconds; None for what was not seen here."""

    sent: float | None = None
    first: float | None = None
    last: float | None = None

    def came(self, now: float) -> None:
        """A piece of text is there."""
        self.first = now if self.first is None else self.first
        self.last = now


def measure(prediction: Prediction | None, asked: int | None, text: str, watch: Watch) -> dict[str, float]:
    """The metrics of an answer. `asked` is the estimate of what was sent, in tokens."""
    told: Mapping[str, object] = prediction.metrics if prediction is not None else {}
    found: dict[str, float] = {}
    given = _first(told, _INPUT)
    if given is None and asked is not None:
        found["estimated_input"] = 1
    _put(found, "input_tokens", asked if given is None else given)
    made = _first(told, _OUTPUT)
    if made is None and text:
        made = _pieces(prediction) or estimate(text)
        found["estimated_output"] = 1
    _put(found, "output_tokens", made)
    if watch.sent is not None and watch.first is not None:
        found["seconds_to_first"] = watch.first - watch.sent
    else:
        _put(found, "seconds_to_first", number(told.get("time_to_first_token")))
    if prediction is not None:
        _put(found, "predict_time", prediction.predict_time)
        _put(found, "total_time", prediction.total_time)
    rate = number(told.get("tokens_per_second"))
    _put(found, "tokens_per_second", _rate(made, found, watch) if rate is None else rate)
    return found


def _rate(made: float | None, found: Mapping[str, float], watch: Watch) -> float | None:
    if not made:
        return None
    seconds = found.get("predict_time")
    if seconds is None and watch.first is not None and watch.last is not None:
        seconds = watch.last - watch.first
    # A few hundredths of a second say nothing of a speed.
    return made / seconds if seconds is not None and seconds >= 0.05 else None


def _pieces(prediction: Prediction | None) -> int:
    """How many pieces the output has: language models give about a token in each."""
    output = prediction.output if prediction is not None else None
    pieces = cast("list[object]", output) if isinstance(output, list) else []
    return sum(1 for piece in pieces if piece) if len(pieces) > 1 else 0


def _first(told: Mapping[str, object], names: tuple[str, ...]) -> float | None:
    found = (number(told.get(name)) for name in names)
    return next((value for value in found if value is not None and value >= 0), None)


def _put(found: dict[str, float], name: str, value: float | None) -> None:
    if value is not None:
        found[name] = value
