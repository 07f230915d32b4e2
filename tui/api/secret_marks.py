"""What stands in the place of a secret that was hidden: Replicate's mark, or the one of our own forms."""

from __future__ import annotations

import re
from typing import cast

_MARK = re.compile(r"\[secret\]|[*•…]+|\W{0,3}redacted\W{0,3}", re.IGNORECASE)
"""Whole values only: a prompt that speaks of a secret is none."""


def is_mark(value: object) -> bool:
    """Whether a value, or each item of a list, stands in the place of a secret."""
    if isinstance(value, list):
        items = cast("list[object]", value)
        return bool(items) and all(isinstance(item, str) and is_mark(item) for item in items)
    return isinstance(value, str) and _MARK.fullmatch(value.strip()) is not None
