"""How a prediction is billed, as far as the API lets one know: by the time that it ran, or by what it read and gave.

Official models are billed by tokens, images and the like (docs/replicate.md, Predictions); which of these it is, the
API tells only by what it counts. A model that runs by a version is billed by its seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from tui.forms.shapes import number
from tui.wording import duration

Unit: TypeAlias = Literal["second", "token", "image", "output", ""]
"""What is counted for the bill; "" where that is not known."""

_COUNTED: Mapping[str, Unit] = {
    "output_token_count": "token",
    "input_token_count": "token",
    "output_tokens": "token",
    "input_tokens": "token",
    "image_count": "image",
}
"""What the API counts, and what it is billed by then."""


TRAINING_BILLED = "It is billed for the seconds that it runs."
"""How a training is billed (docs/replicate.md, Trainings)."""


def is_official(version: str) -> bool:
    """Whether a prediction of that version ran on an official model, or on a deployment that hides its version."""
    return version == "hidden" or version.startswith(("d-", "dp-"))


def unit_of(version: str, metrics: Mapping[str, object]) -> Unit:
    """What a prediction with that version and these metrics is billed by."""
    if not version:
        return ""
    return unit_counted(metrics) if is_official(version) else "second"


def unit_counted(metrics: Mapping[str, object]) -> Unit:
    """What an official model is billed by, by what the API counted of a run."""
    counted: list[Unit] = [unit for name, unit in _COUNTED.items() if number(metrics.get(name)) is not None]
    return counted[0] if counted else "output"


def billed_words(unit: Unit, seconds: float | None) -> str:
    """`6.1 s billed`, `billed per token`; "" where nothing is known. `seconds` is how long it ran."""
    if unit in ("second", ""):
        ran = duration(seconds)
        return f"{ran} billed" if ran and unit else f"ran {ran}" if ran else ""
    return f"billed per {unit}"
