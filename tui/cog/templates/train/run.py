"""A model that can be trained: it writes on with the words that followed in the text it has seen."""

import json
import random
from pathlib import Path as LocalPath

from cog import BaseRunner, Input, Path


class Runner(BaseRunner):
    def setup(self, weights: Path | None = None) -> None:
        """Load the weights of a training, where there are any."""
        text = LocalPath(str(weights)).read_text("utf-8") if weights else '{"the": ["end"]}'
        self.followers = json.loads(text)

    def run(
        self,
        prompt: str = Input(description="The word to begin with.", default="the"),
        max_tokens: int = Input(description="How many words to write.", ge=1, le=200, default=20),
        seed: int = Input(description="The same seed gives the same text.", ge=0, default=0),
    ) -> str:
        """Run one prediction."""
        chooser, words = random.Random(seed), [prompt]
        for _ in range(max_tokens):
            words.append(chooser.choice(self.followers.get(words[-1]) or list(self.followers)))
        return " ".join(words)
