"""A model that gives its text piece by piece."""

import time

from cog import BaseRunner, ConcatenateIterator, Input, streaming


class Runner(BaseRunner):
    def setup(self) -> None:
        """Load what every prediction needs, once."""
        self.words = "the quick brown fox jumps over the lazy dog".split()

    @streaming
    def run(
        self,
        prompt: str = Input(description="The text to continue."),
        max_tokens: int = Input(description="How many words to write.", ge=1, le=200, default=20),
        delay: float = Input(description="Seconds between two words.", ge=0, le=2, default=0.05),
    ) -> ConcatenateIterator[str]:
        """Run one prediction: each word is sent as soon as it is there."""
        yield prompt
        for number in range(max_tokens):
            time.sleep(delay)
            print(f"{number + 1}/{max_tokens}")
            yield f" {self.words[number % len(self.words)]}"
        self.record_metric("output_token_count", max_tokens)
