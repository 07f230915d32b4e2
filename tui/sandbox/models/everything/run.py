"""Cog model: one input of every kind that a schema can ask for; gives back what it got."""
# ruff: noqa: B008 -- Cog reads its inputs from calls in the defaults.

import hashlib
import math
from typing import Any

from cog import BaseRunner, Input, Path, Secret


def about(path: Path | None) -> dict[str, object] | None:
    """A file's name, size in bytes, and SHA-256."""
    if path is None:
        return None
    data = path.read_bytes()
    return {"name": path.name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


class Runner(BaseRunner):
    """Does nothing but look at its input."""

    def setup(self) -> None:
        """There is nothing to load."""
        print("everything: ready")

    def run(
        self,
        name: str = Input(description="A short text, 1 to 40 characters. Required.", min_length=1, max_length=40),
        text: str = Input(
            description="A long text.\n\nIt may have many lines, and the description has, too: a form shows the "
            "first line and the rest on demand.",
            default="The quick brown fox\njumps over the lazy dog.\n",
        ),
        code: str = Input(
            description="A text that must match a pattern: three capitals, a dash, digits.",
            regex=r"^[A-Z]{3}-[0-9]+$",
            default="ABC-123",
        ),
        count: int = Input(description="A whole number. Required.", ge=-5, le=100),
        unbounded: int = Input(description="A whole number with no bounds.", default=0),
        ratio: float = Input(description="A number from 0 to 1.", ge=0, le=1, default=0.25),
        at_least: float = Input(description="A number with a lower bound only.", ge=0.5, default=1.5),
        flag: bool = Input(description="Yes or no.", default=True),
        size: str = Input(description="One of a few words.", choices=["small", "medium", "large"], default="medium"),
        count_choice: int = Input(description="One of a few numbers.", choices=[1, 2, 4, 8], default=2),
        document: Path | None = Input(description="A file of any kind.", default=None),
        token: Secret | None = Input(description="A secret. It is never given back, only its length.", default=None),
        words: list[str] = Input(description="A list of texts.", default=["one", "two"]),
        numbers: list[int] = Input(description="A list of whole numbers.", default=[1, 2, 3]),
        weights: list[float] = Input(description="A list of numbers.", default=[0.5, 1.5]),
        documents: list[Path] = Input(description="A list of files.", default=[]),
        maybe_text: str | None = Input(description="A text that may be left out.", default=None),
        maybe_seed: int | None = Input(description="A number that may be left out.", ge=0, default=None),
        text_or_number: str | int = Input(description="Either a text or a whole number.", default="auto"),
        settings: dict[str, Any] = Input(description="Any JSON object.", default={}),
        messages: list[dict[str, Any]] = Input(description="A list of JSON objects.", default=[]),
        old: str | None = Input(description="Deprecated: use text.", default=None, deprecated=True),
    ) -> dict[str, Any]:
        """Give back every input; of files their name, size and checksum."""
        got: dict[str, Any] = {
            "name": name,
            "text": text,
            "code": code,
            "count": count,
            "unbounded": unbounded,
            "ratio": ratio,
            "at_least": at_least,
            "flag": flag,
            "size": size,
            "count_choice": count_choice,
            "document": about(document),
            "token": None if token is None else {"length": len(token.get_secret_value() or "")},
            "words": words,
            "numbers": numbers,
            "weights": weights,
            "documents": [about(path) for path in documents],
            "maybe_text": maybe_text,
            "maybe_seed": maybe_seed,
            "text_or_number": text_or_number,
            "settings": settings,
            "messages": messages,
            "old": old,
        }
        print(f"got {len(got)} inputs; numbers add up to {math.fsum([*numbers, *weights]):g}")
        self.record_metric("input_count", len(got))
        return got
