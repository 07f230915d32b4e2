"""Words of any script, as FTS5's unicode61 can find them.

Chinese, Japanese, Thai and their like put no space between words, and Korean joins particles to them: to unicode61 a
whole run is one word, of which only the beginning is found. Such a run is indexed as its pairs of letters: `abc` as
`ab bc c`. Any part of it is then found, as the pairs of the part in their order.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

_SCRIPTS = (
    "\u0900-\u109f\u1100-\u11ff\u1780-\u17ff\u1950-\u1aaf\u2e80-\u9fff\ua000-\ua4cf\ua960-\ua97f\ua9e0-\uaadf"
    "\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
"""India to Myanmar, Khmer, Tai, Chinese, Japanese, Yi and Korean."""
_RUN = re.compile(rf"(?:(?=[^\W_])[{_SCRIPTS}])+")
_TOKENS = re.compile(r"[^\W_]+")


def indexed(text: str) -> str:
    """What is put into the index for a text. A text in ASCII stays as it is."""
    if text.isascii():
        return text
    return _RUN.sub(lambda run: f" {_whole(run[0])} ", _plain(text))


def word_terms(word: str) -> list[str]:
    """The FTS5 terms for a typed word, which may still go on: each must be found.

    A single Latin letter or digit says too little to be looked for: the next key will.
    """
    terms: list[str] = []
    for token, of_script in _tokens(word):
        if of_script and len(token) > 1:
            terms.append(f'"{_pairs(token)}"')
        elif of_script or len(token) > 1 or not token.isascii():
            terms.append(f'"{token[:200]}"*')
    return terms


def phrase_term(phrase: str) -> str | None:
    """The FTS5 term for words that follow each other; None where there is nothing to look for."""
    found = _tokens(phrase)
    if not found:
        return None
    parts = [_whole(token) if of_script else token for token, of_script in found]
    last, of_script = found[-1]
    if of_script:
        # The run may go on after the part that was typed.
        parts[-1] = _pairs(last)
    more = "*" if of_script and len(last) == 1 else ""
    return f'"{" ".join(part.strip() for part in parts)}"{more}'


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit in it, which the index could look for."""
    return _TOKENS.search(text) is not None


def _tokens(text: str) -> list[tuple[str, bool]]:
    """The tokens of a text, and whether each is a run that is indexed by its pairs."""
    found: list[tuple[str, bool]] = []
    for match in _TOKENS.finditer(_plain(text)):
        at = 0
        for run in _RUN.finditer(match[0]):
            found += [(match[0][at : run.start()], False)] if run.start() > at else []
            found.append((run[0], True))
            at = run.end()
        found += [(match[0][at:], False)] if at < len(match[0]) else []
    return found


def _whole(run: str) -> str:
    """The pairs of a run and its last letter, so that one begins at each letter."""
    return f"{_pairs(run)} {run[-1]}" if len(run) > 1 else run


def _pairs(run: str) -> str:
    return " ".join(run[at : at + 2] for at in range(max(1, len(run) - 1)))


def _plain(text: str) -> str:
    """The text in one form of its letters (full width, half width, composed), without vowel signs and accents."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_marks())


@cache
def _marks() -> dict[int, None]:
    # unicode61 takes them for gaps between words.
    kinds = ("Mn", "Mc", "Me", "Cf")
    return {code: None for code in range(0x300, sys.maxunicode) if unicodedata.category(chr(code)) in kinds}
