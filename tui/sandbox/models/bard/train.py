"""Cog training: fits the n-gram model to a text."""
# ruff: noqa: B008 -- Cog reads its inputs from calls in the defaults.

import math
import tempfile
import time

import ngram
from cog import BaseModel, Input, Path

LEAST_WORDS = 200


class TrainingOutput(BaseModel):
    """What a training gives."""

    weights: Path


def train(
    train_data: Path = Input(description="A plain text in UTF-8, of at least 200 words."),
    order: int = Input(description="How many words are seen together.", ge=1, le=5, default=4),
    epochs: int = Input(description="How many rounds of expectation maximisation.", ge=1, le=100, default=12),
    held_out: float = Input(
        description="Which share of the lines is not counted, but used to fit and to judge.",
        ge=0.05,
        le=0.5,
        default=0.2,
    ),
    pause: float = Input(description="Seconds to wait after each round, to watch.", ge=0, le=10, default=0),
) -> TrainingOutput:
    """Count a text's words, fit the weights of the orders, and give both as one file."""
    text = train_data.read_text(encoding="utf-8", errors="replace")
    words = ngram.tokens(text)
    if len(words) < LEAST_WORDS:
        raise ValueError(f"the text has {len(words)} words and marks; at least {LEAST_WORDS} are needed")
    print(f"{len(words)} words and marks, {len(set(words))} of them different; order {order}", flush=True)
    model = ngram.Model([], [], order)
    start = time.monotonic()
    rounds = enumerate(ngram.train(words, order, epochs, held_out), 1)
    for epoch, (loss, perplexity, fitted) in rounds:
        model = fitted
        print(
            f"step {epoch}/{epochs} | loss {loss:.4f} | train perplexity {math.exp(loss):.2f} "
            f"| held-out perplexity {perplexity:.2f}",
            flush=True,
        )
        end = time.monotonic() + pause
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(0.05, left))
    mix = ", ".join(f"{weight:.3f}" for weight in model.mix[-1])
    print(f"weights of the longest history: {mix}; {time.monotonic() - start:.2f} s")
    path = Path(tempfile.mkdtemp(prefix="bard-")) / "weights.json"
    model.save(path)
    return TrainingOutput(weights=Path(path))
