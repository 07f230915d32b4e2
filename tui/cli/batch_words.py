"""A batch in words and as JSON."""

from __future__ import annotations

from tui.store.batch import Batch
from tui.wording import duration

_WORDS = {
    "done": "done",
    "live": "live",
    "failed": "failed",
    "canceled": "canceled",
    "unknown": "undecided",
    "invalid": "refused",
    "left": "left",
}
_SURE = 3
"""Rows that must have ended before the time that is left is told."""


def as_object(batch: Batch, state: str) -> dict[str, object]:
    """The batch as --json prints it."""
    return {
        "id": batch.id,
        "model": batch.model,
        "label": batch.label,
        "created_at": batch.created_at.isoformat().replace("+00:00", "Z"),
        "state": state,
        "counts": {name: batch.counts.get(name, 0) for name in _WORDS},
        "error": batch.error,
    }


def progress_words(batch: Batch, over: int = 0, seconds: float = 0.0) -> str:
    """How far it is. `over` rows have ended in so many seconds."""
    parts = [f"{batch.counts[name]:,} {word}" for name, word in _WORDS.items() if batch.counts.get(name)]
    open_ = batch.counts.get("left", 0) + batch.counts.get("live", 0)
    if over >= _SURE and seconds > 0 and open_:
        parts.append(f"{over * 60 / seconds:.0f} a minute")
        parts.append(f"{duration(open_ * seconds / over)} left")
    return " · ".join(parts) or "no rows"


def ended_words(batch: Batch) -> list[str]:
    """What to say at the end, and what to do next."""
    total, done = sum(batch.counts.values()), batch.counts.get("done", 0)
    if done == total:
        return [f"Batch {batch.id}: all {total:,} rows succeeded."]
    lines = [f"Batch {batch.id}: {total - done:,} of {total:,} rows did not succeed ({progress_words(batch)})."]
    if batch.counts.get("left") or batch.counts.get("live") or batch.counts.get("unknown"):
        lines.append(f"  go on:      replicate-tui batches resume {batch.id}")
    if batch.counts.get("failed") or batch.counts.get("canceled"):
        lines.append(f"  run again:  replicate-tui batches retry {batch.id}")
    if batch.counts.get("unknown"):
        lines.append(
            f"  send again: replicate-tui batches resume {batch.id} --send-unknown   (the undecided rows, whose "
            "answers were lost)"
        )
    return lines
