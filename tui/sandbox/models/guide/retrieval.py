"""Finds the passages of a folder of Markdown that answer a question: BM25 with stems and synonyms."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

STOP = frozenset(
    """
    a about am an and any are as at be been but by can could d
    did do does doing for from get give had has have he her here him his
    how i if in into is it its just ll m may me might must my
    of on or our please s shall she should so some tell than that the their
    them then there these they this those to us ve want was we were what when
    where which who why will with would you your explain know need like
    """.split()  # noqa: SIM905 -- a hundred quotes more would hide the words
)
# Each word on the left is looked for as the words on the right, too, at a lower weight.
SYNONYMS = {
    "stop": "cancel", "abort": "cancel", "kill": "cancel", "interrupt": "cancel", "terminate": "cancel",
    "halt": "cancel", "shortcut": "key", "hotkey": "key", "keybinding": "key", "keyboard": "key", "press": "key",
    "button": "key", "picture": "image", "photo": "image", "img": "image", "job": "prediction", "start": "run",
    "launch": "run", "execute": "run", "create": "run", "download": "save outputs", "store": "keep save",
    "retention": "keep hour remove", "expire": "keep hour remove", "delete": "remove delete", "price": "cost",
    "pay": "cost", "money": "cost", "free": "cost", "bill": "cost", "throttle": "rate limit", "429": "rate limit",
    "quota": "rate limit", "slow": "rate limit cold", "login": "token", "auth": "token", "apikey": "token",
    "authenticate": "token", "credential": "token", "secret": "secret", "offline": "network sandbox",
    "local": "sandbox", "demo": "sandbox", "find": "search find", "look": "search", "browse": "model browse",
    "filter": "filter", "terminal": "terminal", "cli": "command line", "shell": "command line",
    "script": "command line json", "status": "exit code status", "returncode": "exit code", "exit": "exit quit",
    "quit": "quit", "close": "quit", "leave": "quit", "colour": "theme colour", "color": "theme colour",
    "dark": "theme", "clipboard": "copy", "yank": "copy", "paste": "token clipboard", "browser": "browser open",
    "website": "browser", "web": "browser", "editor": "editor", "vim": "key editor", "error": "error fail",
    "broken": "doctor error", "crash": "restart crash", "diagnose": "doctor", "problem": "doctor error",
    "debug": "doctor log", "bug": "doctor", "ssh": "ssh", "remote": "ssh", "parameter": "input field form",
    "argument": "input option", "field": "field form", "upload": "file upload", "attach": "file input",
    "again": "again rerun", "rerun": "again", "repeat": "again", "retry": "again", "history": "prediction list",
    "undo": "cancel", "multiple": "mark several", "bulk": "mark several", "select": "mark", "several": "several",
    "many": "several", "env": "environment variable", "setting": "config setting", "configure": "config profile",
    "preference": "config", "account": "account profile", "user": "account", "help": "help", "begin": "begin start",
    "cog": "cog", "safe": "read-only safety", "protect": "read-only", "production": "read-only",
}  # fmt: skip
K1, B = 1.4, 0.6


def stem(word: str) -> str:
    """The word without its commonest endings."""
    if word == "outputs":
        return "output"
    for ending, least, put in (
        ("ellations", 3, "el"), ("ellation", 3, "el"), ("elling", 3, "el"), ("elled", 3, "el"), ("ations", 4, ""),
        ("ation", 4, ""), ("ingly", 4, ""), ("nning", 2, "n"), ("tting", 2, "t"), ("pping", 2, "p"), ("ings", 4, ""),
        ("ing", 3, ""), ("ies", 2, "y"), ("sses", 2, "ss"), ("nned", 2, "n"), ("pped", 2, "p"), ("ed", 3, ""),
        ("es", 3, ""), ("ly", 4, ""), ("s", 3, ""), ("e", 3, ""),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith(("ss", "us", "is")):
            return word[: len(word) - len(ending)] + put
    return word


def words(text: str) -> list[str]:
    """Words in lower case; keys such as ctrl+p and options such as --save stay whole, and give their parts."""
    found: list[str] = []
    for word in re.findall(r"ctrl\+\w|--?[a-z][\w-]+|\w+(?:[-']\w+)*", text.lower()):
        bare = word.strip("-").removesuffix("'s")
        found.append(bare)
        if "-" in bare:
            found += bare.split("-")
    return found


@dataclass(frozen=True)
class Passage:
    """One section of a page."""

    page: str
    heading: str
    text: str

    @property
    def trail(self) -> str:
        return f"{self.page} › {self.heading}"


@dataclass(frozen=True)
class Found:
    """A passage, its score, and which share of the question's weight it covers (0–1)."""

    passage: Passage
    score: float
    covered: float


def passages(folder: Path) -> list[Passage]:
    """Every section of every page in the folder."""
    found: list[Passage] = []
    for path in sorted(folder.glob("*.md")):
        page, heading, lines = path.stem, "", list[str]()
        for line in [*path.read_text(encoding="utf-8").splitlines(), "## "]:
            if line.startswith("# "):
                page = line[2:].strip()
            elif line.startswith("## "):
                if heading and lines:
                    found.append(Passage(page, heading, "\n".join(lines).strip()))
                heading, lines = line[3:].strip(), []
            else:
                lines.append(line)
    return found


class Index:
    """The passages, with their words counted."""

    def __init__(self, found: Iterable[Passage]) -> None:
        self.passages = list(found)
        self.counts = [Counter(self._terms(passage)) for passage in self.passages]
        self.lengths = [sum(count.values()) for count in self.counts]
        self.mean = sum(self.lengths) / max(1, len(self.lengths))
        self.spread = Counter(term for count in self.counts for term in count)

    @staticmethod
    def _terms(passage: Passage) -> list[str]:
        # A heading says what the passage is about: its words count three times, the page's once.
        said = words(passage.heading) * 3 + words(passage.page) + words(passage.text)
        return [stem(word) for word in said if word not in STOP]

    def weight(self, term: str) -> float:
        """How much a term tells: the fewer passages hold it, the more."""
        n = self.spread[term]
        return math.log(1 + (len(self.passages) - n + 0.5) / (n + 0.5))

    def _asked(self, group: dict[str, float]) -> float:
        """The weight of a question's word: where only its synonyms are in the passages, it means those."""
        held = [self.weight(term) * part for term, part in group.items() if self.spread[term]]
        return max(held or [self.weight(term) * part for term, part in group.items()])

    def search(self, question: str, most: int = 4) -> list[Found]:
        """The passages that fit best, the best first; none when nothing is shared."""
        asked = list(dict.fromkeys(word for word in words(question) if word not in STOP))
        groups: list[dict[str, float]] = []
        for word in asked:
            group = {stem(word): 1.0}
            for other in SYNONYMS.get(word, SYNONYMS.get(stem(word), "")).split():
                group.setdefault(stem(other), 0.75)
            groups.append(group)
        whole = sum(self._asked(group) for group in groups)
        found: list[Found] = []
        for passage, count, length in zip(self.passages, self.counts, self.lengths, strict=True):
            score = covered = 0.0
            for group in groups:
                gains = [self._gain(term, part, count, length) for term, part in group.items()]
                score += max(gains) + 0.3 * (sum(gains) - max(gains))
                covered += max(self.weight(term) * part if count[term] else 0.0 for term, part in group.items())
            if score > 0:
                found.append(Found(passage, score, covered / whole if whole else 0.0))
        found.sort(key=lambda item: -item.score)
        return found[:most]

    def _gain(self, term: str, part: float, count: Counter[str], length: int) -> float:
        often = count[term]
        if not often:
            return 0.0
        return part * self.weight(term) * often * (K1 + 1) / (often + K1 * (1 - B + B * length / self.mean))
