"""Cog model: continues a text in the manner of Shakespeare's sonnets, or of the text that it was trained on."""

import pathlib
import random
import time

import ngram
from cog import BaseRunner, ConcatenateIterator, Input, Path, streaming

SHIPPED = pathlib.Path(__file__).parent / "sonnets.txt"
ORDER, EPOCHS, HELD_OUT = 4, 8, 0.15


def local(weights: object) -> pathlib.Path:
    """The file of weights that Cog names: a path, a URL or a data URI."""
    where = str(weights)
    if where.startswith(("http://", "https://", "data:")):
        found = Path.validate(where)
        return pathlib.Path(getattr(found, "convert", lambda: found)())
    return pathlib.Path(where.removeprefix("file://"))


def nap(seconds: float) -> None:
    """Sleep in short pieces: a cancellation comes through between two of them."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(0.05, left))


class Runner(BaseRunner):
    """Knows which words followed which, and nothing else."""

    def setup(self, weights: Path | None = None) -> None:
        """Load the weights of a training, or fit the model to the text that is shipped."""
        if weights:
            self.model = ngram.Model.load(local(weights))
            print("bard: loaded the weights of a training")
        else:
            words = ngram.tokens(SHIPPED.read_text(encoding="utf-8"))
            *_, (_, perplexity, self.model) = ngram.train(words, ORDER, EPOCHS, HELD_OUT)
            print(f"bard: fitted to the sonnets, held-out perplexity {perplexity:.0f}")
        print(f"bard: {len(self.model.stream)} words, {len(self.model.vocabulary)} of them different")

    @streaming
    def run(
        self,
        prompt: str = Input(
            description="The text to continue. It is not repeated in the output.",
            max_length=20_000,
            default="Shall I compare thee",
        ),
        max_tokens: int = Input(description="How many words and marks to write.", ge=1, le=2000, default=100),
        temperature: float = Input(
            description="0 always takes the likeliest word; 1 follows the text; more wanders.", ge=0, le=5, default=0.9
        ),
        top_k: int = Input(
            description="Only so many likeliest words are considered; 0 is all.", ge=0, le=1000, default=50
        ),
        seed: int | None = Input(
            description="The same seed gives the same text. Leave it out for a random one.", default=None
        ),
        delay: float = Input(
            description="Seconds between two words, so that one can watch them come.", ge=0, le=2, default=0.03
        ),
    ) -> ConcatenateIterator[str]:
        """Write on, word by word."""
        if seed is None:
            seed = random.SystemRandom().randrange(2**32)
        print(f"Using seed: {seed}", flush=True)
        rng = random.Random(seed)
        given = ngram.tokens(prompt) or ["\n\n"]
        history = self.model.encode(given)
        before = given[-1]
        if not self.model.known(history):
            # Nothing is known to follow: begin a line.
            before = "\n"
            history.extend(self.model.encode([before]))
        start = time.monotonic()
        for number in range(max_tokens):
            word = self.model.sample(history[-self.model.order :], rng, temperature, top_k)
            history.append(word)
            token = self.model.vocabulary[word]
            if number:
                nap(delay)
            yield ngram.piece(token, before)
            before = token
        self.record_metric("input_token_count", len(given))
        self.record_metric("output_token_count", max_tokens)
        self.record_metric("tokens_per_second", round(max_tokens / max(1e-6, time.monotonic() - start), 1))
