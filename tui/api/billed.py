"""What an answer of the API tells of its bill: the units that were counted, and the facts that a price may depend on.

The API gives counts, never money, and under names that changed over the years (docs/replicate.md, Predictions). A
unit that nothing tells stays out: it is not known, which is not the same as none.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

UNITS = (
    "images",
    "video_seconds",
    "input_tokens",
    "output_tokens",
    "characters",
    "input_megapixels",
    "output_megapixels",
)
"""What may be counted besides the seconds of the run."""
FACTS = ("resolution", "audio", "duration", "quality", "variant", "mode", "go_fast", "interpolate_output")
"""What a price may depend on, by the names that a price's `when` uses."""

_COUNTS: Mapping[str, tuple[str, ...]] = {
    "images": ("image_count", "image_output_count"),
    "video_seconds": ("video_output_duration_seconds",),
    "input_tokens": ("input_token_count", "token_input_count"),
    "output_tokens": ("output_token_count", "token_output_count"),
    "characters": ("character_count", "character_input_count"),
    "input_megapixels": ("image_input_megapixel_count",),
    "output_megapixels": ("image_output_megapixel_count",),
}
"""Each unit's names among the metrics."""
_TOLD: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "resolution": (("resolution_target",), ("resolution", "size")),
    "audio": (("with_audio",), ("generate_audio",)),
    "duration": ((), ("duration",)),
    "quality": ((), ("quality",)),
    "variant": (("model_variant",), ()),
    "mode": (("motion_mode",), ("mode",)),
    "go_fast": ((), ("go_fast",)),
    "interpolate_output": ((), ("interpolate_output",)),
}
"""Each fact's names among the metrics, which go first, and among the input."""
_IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg", ".avif", ".bmp", ".tiff")
_LONGEST = 24
"""Characters of a fact at most: a longer text is no choice among a few."""
_MEGAPIXELS = re.compile(r"(\d+(?:\.\d+)?) ?mp", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Billed:
    """What was counted of one prediction or training."""

    units: Mapping[str, float] = field(default_factory=dict[str, float])
    """By the names of UNITS; only what is known."""
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    """By the names of FACTS, in small letters."""

    def to_json(self) -> str:
        """For the store: the same for the same facts, so that equal ones can be grouped."""
        known = [name for name in UNITS if name in self.units]
        facts = {name: self.facts[name] for name in FACTS if name in self.facts}
        return json.dumps(
            {"known": ",".join(known), "facts": facts, "units": {name: self.units[name] for name in known}},
            separators=(",", ":"),
        )


NOTHING = Billed()


def of_json(text: str) -> Billed:
    """What `to_json` gave."""
    kept = json.loads(text)
    return Billed(kept.get("units", {}), kept.get("facts", {}))


def billed(metrics: Mapping[str, object], given: Mapping[str, object], output: object = None) -> Billed:
    """What the metrics, the input and the output of a prediction tell."""
    units = {unit: count for unit in UNITS if (count := _first_count(metrics, _COUNTS[unit])) is not None}
    if "images" not in units and (images := _images(output)):
        units["images"] = float(images)
    if "characters" not in units and isinstance(text := given.get("text"), str):
        units["characters"] = float(len(text))
    if "input_megapixels" not in units and given and not _holds_file(given):
        units["input_megapixels"] = 0.0
    if "output_megapixels" not in units and (size := _megapixels(given)) is not None:
        units["output_megapixels"] = size
    facts: dict[str, str] = {}
    for name, (measured, asked) in _TOLD.items():
        for table, keys in ((metrics, measured), (given, asked)):
            told = next((words for key in keys if (words := fact(table.get(key)))), "")
            if told and name not in facts:
                facts[name] = told
    return Billed(units, facts)


def fact(value: object) -> str:
    """A fact as it is compared: `720p`, `true`, `5`; empty for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) and math.isfinite(value):
        return f"{value:g}"
    return value.casefold() if isinstance(value, str) and 0 < len(value) <= _LONGEST else ""


def count(value: object) -> float | None:
    """A number that can be a count, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return float(value)


def _first_count(metrics: Mapping[str, object], names: tuple[str, ...]) -> float | None:
    return next((found for name in names if (found := count(metrics.get(name))) is not None), None)


def _images(output: object) -> int:
    """How many pictures an output holds, by their names."""
    items = cast("list[object]", output) if isinstance(output, list) else [output]
    return sum(1 for item in items if isinstance(item, str) and _is_image(item))


def _is_image(text: str) -> bool:
    if text.startswith("data:"):
        return text.startswith("data:image/")
    return text.startswith(("http://", "https://")) and text.partition("?")[0].lower().endswith(_IMAGES)


def _holds_file(value: object) -> bool:
    if isinstance(value, str):
        return value.startswith(("http://", "https://", "data:"))
    if isinstance(value, Mapping):
        return any(_holds_file(one) for one in cast("Mapping[str, object]", value).values())
    return isinstance(value, list) and any(_holds_file(one) for one in cast("list[object]", value))


def _megapixels(given: Mapping[str, object]) -> float | None:
    """What was asked for as the output's size: `output_megapixels`, or a resolution such as `1 MP`."""
    asked = given.get("output_megapixels")
    if isinstance(asked, str) and re.fullmatch(r"\d+(\.\d+)?", asked):
        return float(asked)
    if (size := count(asked)) is not None:
        return size
    resolution = given.get("resolution")
    found = _MEGAPIXELS.fullmatch(resolution) if isinstance(resolution, str) else None
    return float(found[1]) if found else None
