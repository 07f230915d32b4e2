"""What to do about a prediction's error, by its code: the table of sentences. A new code is a line of it.

Replicate's own codes have four digits (docs/replicate.md, Rate limits and errors); those of three are of official
models.
"""

from __future__ import annotations

import re

HELP = {
    "E003": "The model is in too high a demand. Wait a little and run it again.",
    "E004": "The model is not available for now. Wait a little and run it again.",
    "E005": "The model's filter took the input or the output for sensitive. Change the prompt or the picture; "
    "the same input is refused again.",
    "E006": "The model did not take the input. Check its values: a file that cannot be read, a text that is too long.",
    "E1000": "Replicate does not know what went wrong. Run it again; if it stays, ask the support.",
    "E1001": "The model ran out of memory. Give it a smaller input (fewer pixels, frames or tokens), "
    "or use another version of it.",
    "E4875": "The webhook's address was empty. Give a whole https address, or none.",
    "E6716": "The model took too long to start. Wait a little and run it again; it is quicker off-peak.",
    "E8367": "It was stopped from outside: canceled elsewhere, maintenance, or the time limit. Run it again.",
    "E8765": "The model's health check failed. Try another version, or wait and run it again.",
    "E9243": "The prediction could not be started. Check the inputs.",
    "E9825": "A file could not be uploaded. Check its size and format, and the connection.",
}
"""By code."""
_PASSING = frozenset({"E003", "E004", "E1000", "E6716", "E8367"})
"""Faults of the moment: too high a demand, a start that took too long, a stop from outside."""
UNKNOWN_CODE = "{code} is no code that is known here. Run it again; if it stays, ask the model's owner or the support."
_SAID = (
    (re.compile(r"flagged as sensitive|nsfw content|content (?:policy|filter)", re.IGNORECASE), "E005"),
    (re.compile(r"out of memory|cannot allocate memory", re.IGNORECASE), "E1001"),
)
"""Words of models that give no code, and the code that they stand for."""
_CODE = re.compile(r"\bE\d{3,4}\b")
_ENDS = re.compile(r"\(\s?(E\d{3,4})\s?\)\s*$|^\s*(E\d{3,4})\b")


def may_pass(error_text: str | None) -> bool:
    """Whether the same input may succeed when it is run again, by the error's code."""
    return any(found[0] in _PASSING for found in _CODE.finditer((error_text or "")[:2000]))


def help_for(error_text: str | None) -> str | None:
    """What to do about a prediction's error; None where neither its code nor its words are known."""
    text = (error_text or "")[:2000]
    for found in _CODE.finditer(text):
        if found[0] in HELP:
            return HELP[found[0]]
    for words, code in _SAID:
        if words.search(text):
            return HELP[code]
    # Where a code stands alone at the beginning or in brackets at the end, it is one.
    unknown = _ENDS.search(text)
    return UNKNOWN_CODE.format(code=unknown[1] or unknown[2]) if unknown else None
