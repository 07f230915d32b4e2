"""A word n-gram model: orders from one word up, mixed by weights that expectation maximisation fits."""

import json
import math
import random
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

FORMAT = "bard-ngram-1"
# The fitted mix is the best guess of one word; a text written by it falls apart, for each step to a short
# history loses the thread. So in writing each further word of history counts that many times more.
FOCUS = 8
# In words and marks; no line of verse comes near it.
LONGEST_LINE = 40
TOKEN = re.compile(r"\n\n+|\n|['’]?[^\W_]+(?:['’-][^\W_]+)*['’]?|[^\w\s]|_")
# Before these no space is written.
CLOSING = frozenset(".,;:!?)]}%…")


def tokens(text: str) -> list[str]:
    """Words, single marks, ends of lines, and gaps between verses."""
    found = TOKEN.findall(text.replace("\r\n", "\n").replace("\r", "\n"))
    return ["\n\n" if token.startswith("\n\n") else token for token in found]


def piece(token: str, before: str) -> str:
    """The token with the space that it has after the token `before`."""
    opening = not before or before in "([{‘“" or before.startswith("\n")
    return token if opening or token in CLOSING or token.startswith("\n") else f" {token}"


class Model:
    """Counts of `order` lengths, and for each longest known history the weights of all shorter ones.

    `mix[m][k]` is the weight of the k words before (k = 0 is the single word) when m words before are the
    longest history that was ever seen; the last entry is the weight of the uniform distribution.
    """

    def __init__(self, vocabulary: Sequence[str], stream: Sequence[int], order: int) -> None:
        self.vocabulary, self.stream, self.order = list(vocabulary), array("L", stream), order
        self.ids = {word: number for number, word in enumerate(self.vocabulary)}
        self.mix = [[1 / (m + 2)] * (m + 2) for m in range(order)]
        self.next: list[dict[tuple[int, ...], Counter[int]]] = [{} for _ in range(order)]
        self.sums: list[dict[tuple[int, ...], int]] = []
        for place in range(len(stream)):
            for length in range(min(order, place + 1)):
                history = tuple(stream[place - length : place])
                self.next[length].setdefault(history, Counter())[stream[place]] += 1
        self.sums = [{h: c.total() for h, c in table.items()} for table in self.next]

    @classmethod
    def of(cls, words: Sequence[str], order: int) -> "Model":
        """The model of a text's tokens, with equal weights."""
        vocabulary = list(dict.fromkeys(words))
        ids = {word: number for number, word in enumerate(vocabulary)}
        return cls(vocabulary, [ids[word] for word in words], order)

    def known(self, history: Sequence[int]) -> int:
        """How many of the last words of a history were seen together."""
        longest = min(self.order - 1, len(history))
        for length in range(longest, 0, -1):
            if tuple(history[len(history) - length :]) in self.next[length]:
                return length
        return 0

    def parts(self, history: Sequence[int], word: int) -> list[float]:
        """What each order says of the word after the history: one probability for each weight of the mix."""
        found: list[float] = []
        for length in range(self.known(history) + 1):
            key = tuple(history[len(history) - length :])
            found.append(self.next[length][key][word] / self.sums[length][key])
        return [*found, 1 / (len(self.vocabulary) + 1)]

    def encode(self, words: Sequence[str]) -> list[int]:
        """Tokens as numbers; what was never seen is the number after the last."""
        return [self.ids.get(word, len(self.vocabulary)) for word in words]

    def loss(self, words: Sequence[str]) -> float:
        """The mean of minus the logarithm of each word's probability, in nats."""
        stream = self.encode(words)
        total = 0.0
        for place, word in enumerate(stream):
            parts = self.parts(stream[max(0, place - self.order + 1) : place], word)
            mix = self.mix[len(parts) - 2]
            total -= math.log(sum(a * b for a, b in zip(mix, parts, strict=True)))
        return total / max(1, len(stream))

    def fit(self, words: Sequence[str]) -> Iterator[float]:
        """Expectation maximisation on tokens that were not counted; yields the loss before each round."""
        stream = self.encode(words)
        seen = [self.parts(stream[max(0, place - self.order + 1) : place], word) for place, word in enumerate(stream)]
        while True:
            share = [[1e-3] * len(mix) for mix in self.mix]
            total = 0.0
            for parts in seen:
                row = len(parts) - 2
                each = [a * b for a, b in zip(self.mix[row], parts, strict=True)]
                whole = sum(each)
                total -= math.log(whole)
                for number, value in enumerate(each):
                    share[row][number] += value / whole
            self.mix = [[value / sum(row) for value in row] for row in share]
            yield total / max(1, len(seen))

    def sample(self, history: list[int], rng: random.Random, temperature: float, top_k: int) -> int:
        """A word after the history; temperature 0 takes the likeliest, top_k 0 sets no limit."""
        row = self.known(history)
        mix = self.mix[row]
        scores: dict[int, float] = {}
        for length in range(row + 1):
            key = tuple(history[len(history) - length :])
            weight = mix[length] * FOCUS**length / self.sums[length][key]
            for word, count in self.next[length][key].items():
                scores[word] = scores.get(word, 0.0) + weight * count
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        if temperature == 0:
            return ranked[0][0]
        ranked = ranked[: top_k or None]
        best = ranked[0][1]
        weights = [math.exp(math.log(score / best) / temperature) for _, score in ranked]
        return rng.choices([word for word, _ in ranked], weights)[0]

    def save(self, path: Path) -> None:
        """Write vocabulary, text as numbers, and weights as JSON."""
        data = {
            "format": FORMAT,
            "order": self.order,
            "vocabulary": self.vocabulary,
            "stream": list(self.stream),
            "mix": self.mix,
        }
        path.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Model":
        """Read what save() wrote. Raises ValueError for another file."""
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError(f"{path} holds no weights of bard")
        model = cls(data["vocabulary"], data["stream"], data["order"])
        model.mix = data["mix"]
        return model


def split(words: Sequence[str], held_out: float) -> tuple[list[str], list[str], list[str]]:
    """Tokens to count, tokens to fit the weights on, and tokens to judge by: whole lines, spread evenly.

    A text in one line is divided too: no line is longer than LONGEST_LINE here.
    """
    lines: list[list[str]] = [[]]
    for word in words:
        lines[-1].append(word)
        if word.startswith("\n") or len(lines[-1]) >= LONGEST_LINE:
            lines.append([])
    counted, fitted, judged = list[str](), list[str](), list[str]()
    owed = 0.0
    for line in lines:
        owed += held_out
        if owed >= 1:
            owed -= 1
            (fitted if len(fitted) <= len(judged) else judged).extend(line)
        else:
            counted.extend(line)
    return counted, fitted, judged


def train(words: Sequence[str], order: int, epochs: int, held_out: float) -> Iterator[tuple[float, float, Model]]:
    """Fit a model; yields after each epoch (loss on the fitted part, perplexity of the judged part, model).

    The model that is yielded counts the whole text, with the weights as they are fitted so far.
    """
    counted, fitted, judged = split(words, held_out)
    if not counted or not fitted or not judged:
        raise ValueError(f"the text is too short: {len(words)} words cannot be divided into lines to count and judge")
    part, whole = Model.of(counted, order), Model.of(words, order)
    rounds = part.fit(fitted)
    for _ in range(epochs):
        loss = next(rounds)
        whole.mix = part.mix
        yield loss, math.exp(part.loss(judged)), whole
