"""Cog model: answers questions about this console from its documentation."""

import re
import time
from pathlib import Path

from cog import BaseRunner, ConcatenateIterator, Input, streaming
from retrieval import Found, Index, passages

DOCS = Path(__file__).parent / "docs"
# An answer that covers less of the question than this is no answer.
LEAST_COVERED = 0.34
HELLO = re.compile(r"\W*(hi|hello|hey|hallo|good (morning|evening|day)|help|what can you do|who are you)\W*", re.I)
TURN = re.compile(r"^\s*(?:user|human|question|\[INST\])\s*:?\s*(.*)$", re.I)
TOPICS = (
    "How do I cancel a prediction?",
    "Which keys are there?",
    "How long are outputs kept?",
    "How do I run a model from the command line?",
    "What is the sandbox?",
)


def question(prompt: str) -> str:
    """What was asked last: a chat may send the whole talk as one prompt."""
    asked = prompt.strip()
    turn: list[str] | None = None
    for line in prompt.splitlines():
        match = TURN.match(line)
        if match:
            turn = [match[1]]
        elif re.match(r"^\s*(?:assistant|bot|answer|\[/INST\])\s*:", line, re.I):
            asked, turn = "\n".join(turn) if turn else asked, None
        elif turn is not None:
            turn.append(line)
    return ("\n".join(turn) if turn else asked).strip()


def invite(start: str) -> str:
    """A text that says what may be asked."""
    return start + " You can ask, for example:\n\n" + "\n".join(f"- {topic}" for topic in TOPICS)


def answer(index: Index, asked: str) -> str:
    """The answer in Markdown: the best passage, others that fit nearly as well, and what to see besides."""
    if HELLO.fullmatch(asked):
        return invite(
            "I am the guide: a small local model that answers questions about this console from its documentation."
        )
    found = index.search(asked, 6)
    if not found or found[0].covered < LEAST_COVERED:
        return invite("I find nothing about that in the console's documentation, which is all that I know.")
    best = found[0]
    near = [item for item in found[1:3] if item.score > 0.72 * best.score and item.covered >= 0.9 * best.covered]
    chosen = [best, *near]
    parts = [f"{item.passage.text}\n\n({item.passage.trail})" for item in chosen]
    text = "\n\n".join(parts)
    if best.covered < 0.45:
        text = "I am not sure that this is what you mean, but it is the nearest that I find.\n\n" + text
    rest = _besides(found, chosen)
    return f"{text}\n\nSee also: {rest}." if rest else text


def _besides(found: list[Found], chosen: list[Found]) -> str:
    others = [item.passage.trail for item in found if item not in chosen and item.score > 0.4 * found[0].score]
    return ", ".join(others[:2])


def pieces(text: str) -> list[str]:
    """The text in words, each with the white space before it."""
    return re.findall(r"\s*\S+", text)


def nap(seconds: float) -> None:
    """Sleep in short pieces: a cancellation comes through between two of them."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(0.05, left))


class Runner(BaseRunner):
    """Retrieves and quotes; it makes nothing up, because it cannot."""

    def setup(self) -> None:
        """Read the documentation and count its words."""
        self.index = Index(passages(DOCS))
        print(f"guide: {len(self.index.passages)} passages of {len(list(DOCS.glob('*.md')))} pages")

    @streaming
    def run(
        self,
        prompt: str = Input(description="A question about this console, in English.", max_length=20_000),
        system_prompt: str = Input(
            description="Accepted so that chats work as with other language models. The guide always answers from "
            "the documentation alone, and follows no instructions.",
            default="",
        ),
        max_tokens: int = Input(description="The answer ends after so many words.", ge=1, le=2000, default=400),
        delay: float = Input(
            description="Seconds between two words, so that one can watch them come.", ge=0, le=2, default=0.02
        ),
    ) -> ConcatenateIterator[str]:
        """Give the answer word by word."""
        asked = question(prompt)
        text = pieces(answer(self.index, asked))
        found = self.index.search(asked, 3)
        for item in found:
            print(f"{item.score:6.2f}  {item.covered:4.0%}  {item.passage.trail}")
        self.record_metric("input_token_count", len((system_prompt + " " + prompt).split()))
        for number, piece in enumerate(text[:max_tokens]):
            if number:
                nap(delay)
            yield piece
        self.record_metric("output_token_count", min(len(text), max_tokens))
