"""The measures that one line of a log reports, with their step and epoch. New measures go into `_WORDS`.

A measure is a name with a number after it: `loss=0.5`, `"val_loss": 0.5`, `train loss 0.5`, `| loss 0.5 |`,
`Accuracy: 9/10`. A line that says which data it is of (`Valid | loss 0.5`, `epoch 3 val: loss 0.5`) gives its name to
the measures after it (`valid loss`), so that training and validation are two curves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from tui.wording import one_line

LINE = 4_000
"""Characters beyond which a line is no line of a trainer."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORDS = _words(
    "loss lr acc accuracy perplexity ppl psnr ssim lpips fid kid norm reward kl f1 wer cer bleu rouge auc map "
    "iou miou dice precision recall mse mae rmse mape nll elbo entropy bpb bpc score error err top1 top5 snr sdr cider "
    "meteor r2 ece gradnorm ce bce xent kld crps auroc f1score mcc pesq stoi fad vmaf miou jaccard"
)
"""The last word of a measure's name, by which it is known as one."""
NO_MEASURE = _words(
    "step steps epoch epochs iter iters iteration iterations it its batch batches eta time elapsed remaining seed date "
    "rank local_rank world_size pid port cuda gpu device line version http https size length shape total max_steps "
    "s ms runtime id index idx node job file num_updates updates"
)
"""Names of numbers that are not worth a curve."""
_NO_NAME = _words(
    "the a an of with and for is at in on to from has got was new model saved saving now this that best_model"
)
DATA = _words("train training val valid validation test eval evaluation dev held heldout")
"""Words that say which data a measure is of."""
_NUMBER = (
    r"(?>[+-]?(?:[1-9]\d{0,2}(?:,\d{3}){1,9}(?!\d)(?:\.\d{1,30})?|(?:0|\d{1,3}(?=,\d{1,2}(?!\d)|,\d{4})),\d{1,30}(?!,\d)|\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,6})?"
    r"|[+-]?(?:nan|inf(?:inity)?)\b)"
)
# No bar's percentage, no count, no number with a unit that changes what it says.
_VALUE = rf"(?:tensor\(\[?)?({_NUMBER})(?>(\s?%(?!\s?\|))?)(?!\s?%|\s?/\s?\d|:\d|[A-Za-z_]|\.\d)"
_GIVEN = re.compile(rf"[\"'\])]{{0,2}}\s{{0,3}}[:=]\s{{0,4}}[\"']?{_VALUE}", re.IGNORECASE)
_SEGMENT = re.compile(
    rf"\|\s{{0,3}}([A-Za-z][A-Za-z0-9_./@]{{0,40}})\s{{1,3}}{_VALUE}(?=\s{{0,3}}(?:\||$))", re.IGNORECASE
)
"""A part between bars, of a name and a number alone, as fairseq prints them."""
_SHARE = re.compile(r"[:=]\s{0,3}(\d{1,12})\s?/\s?(\d{1,12})(?=\s?\(|\s|$)")
_SAID = re.compile(
    rf"(loss|perplexity|ppl|accuracy|acc|psnr|ssim|lr|learning rate|nll)\s(?:is\s)?{_VALUE}", re.IGNORECASE
)
_NAME = re.compile(r"(?<![\w.+-])((?:[A-Za-z][A-Za-z0-9_./@-]{0,40} ){0,2}[A-Za-z][A-Za-z0-9_./@-]{0,40})$")
_DATA = re.compile(
    r"(?<![\w./-])(train(?:ing)?|val(?:id(?:ation)?)?|test|eval(?:uation)?|dev|held[ -]out)(?![\w/-]|\.\w)",
    re.IGNORECASE,
)
_BEFORE_LEAD = re.compile(
    r"(?:[\W\d]|\b(?:INFO|DEBUG|WARNING|epochs?|steps?|iter(?:ation)?s?|of|T|Z|AM|PM)\b){0,60}", re.IGNORECASE
)
"""What may stand before the word that begins a line: times, levels and counts."""
_SET = re.compile(r"\b(?:split|phase|mode|stage|subset|dataset|data|set)[\"']?\s?[:=]\s?[\"']?$", re.IGNORECASE)
_AFTER_DATA = re.compile(r"\s([A-Za-z][A-Za-z0-9]*)(?:\s([A-Za-z][A-Za-z0-9]*))?")
_COLON = re.compile(r"[\"')}\]]{0,2}\s{0,3}:(?!\s{0,3}[\"']?[\d.+-])")
_MAYBE = re.compile(r"\d|nan|inf", re.IGNORECASE)

_AT = re.compile(
    r"\b(?:global[ _])?(?:step|iter|iteration|it|batch|update|num_updates)s?\b[\"']?\s{0,3}[:=#\[(]{0,2}\s{0,3}[\"']?"
    r"(\d{1,12})(?!\d|\.\d|\s?%)",
    re.IGNORECASE,
)
_AT_EPOCH = re.compile(r"\bepochs?\b[\"']?\s{0,3}[:=#\[(]{0,2}\s{0,3}[\"']?(\d{1,9}(?:\.\d{1,9})?)", re.IGNORECASE)
_AT_BAR = re.compile(r"\|\s{0,3}(\d{1,12})/\d{1,12}\b")
_AT_COUNT = re.compile(r"(?<![\d/.])(\d{1,12})\s?/\s?\d{1,12}(?![\d/.])")
_AT_FRONT = re.compile(r"^\s{0,4}\[(\d{1,12})\]")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]")
_EDGES = re.compile(r"[ _/.-]+")


class Told(Struct, frozen=True):
    """What one line tells."""

    readings: tuple[tuple[str, float, str], ...]
    """(name, value, unit) of each number with a name; the unit is "%" or nothing, the value may be nan or inf."""
    step: int | None
    epoch: float | None


def told(line: str) -> Told | None:
    """What a line of a log tells, or None for one that tells nothing."""
    if len(line) > LINE or not _MAYBE.search(line):
        return None
    if "\x1b" in line:
        line = _ESCAPES.sub("", line)
    epoch = _AT_EPOCH.search(line)
    found = tuple(_readings(line))
    if not found and epoch is None:
        return None
    return Told(found, _step_of(line, epoch) if found else None, float(epoch[1]) if epoch else None)


def _readings(line: str) -> Iterator[tuple[str, float, str]]:
    """(name, value, unit) of each number with a name; the data that it is of stands in its name."""
    seen: set[str] = set()
    for at, name, number, percent in _given(line):
        seen.add(name := _with_data(name, at, line))
        yield name, number_of(number), "%" if percent else ""
    for match in _SEGMENT.finditer(line) if "|" in line else ():
        name = _with_data(match[1], match.start(), line)
        if match[1].lower() not in NO_MEASURE and name not in seen:
            seen.add(name)
            yield name, number_of(match[2]), "%" if match[3] else ""
    for match in _SAID.finditer(line):
        said = _name_before(line, match.end(1))
        name = _with_data(said, match.start(), line) if said is not None else None
        # Without a sign between name and number, words may stand beside a number by chance.
        if name is not None and name not in seen and not match[2].isdigit():
            yield name, number_of(match[2]), "%" if match[3] else ""
    for match in _SHARE.finditer(line) if "/" in line and "acc" in line.lower() else ():
        name = _name_before(line, match.start())
        part, whole = int(match[1]), int(match[2])
        if name is not None and key_of(name).endswith(("acc", "accuracy")) and 0 < whole >= part:
            yield _with_data(name, match.start(), line), 100 * part / whole, "%"


def _given(line: str) -> Iterator[tuple[int, str, str, str]]:
    """(place, name, number, percent sign) of each `name=number` and `name: number`."""
    for match in _GIVEN.finditer(line):
        name = _name_before(line, match.start())
        if name is not None and (is_measure(key_of(name)) or not _goes_on(line, match.end())):
            yield match.start(), name, match[1], match[2] or ""


@lru_cache(maxsize=1)
def _data_marks(line: str) -> list[tuple[int, int, str]]:
    """(from where, to where, word) of each part of the line that says which data its measures are of."""
    words = list(_DATA.finditer(line))
    marks: list[tuple[int, int, str]] = []
    for match in words:
        start, end = match.span()
        leads = _BEFORE_LEAD.fullmatch(line, 0, start) is not None
        after = _AFTER_DATA.match(line, end)
        to = len(line)
        if not _is_apart(line, start, end):
            named = after is not None and any(word and is_measure(key_of(word)) for word in after.groups())
            if not (named or leads):
                continue
            if named and (len(words) > 1 or re.search("[A-Za-z]", line[:start])):
                # `train loss 1, acc 2 | val loss 3, acc 4`: each name begins a part of the line.
                to = next((at for at in range(end, to) if line[at] in "|;"), to)
        marks.append((start, to, match[1].lower()))
    return marks


def _is_apart(line: str, start: int, end: int) -> bool:
    """Whether a word is set apart from the rest of its line: `[val]`, `| val |`, `val:`, `"split": "val"`."""
    before, after = line[:start].rstrip()[-1:], line[end:].lstrip()[:1]
    closed = before + after in ("||", "[]", "()", "{}", '""', "''")
    return closed or _COLON.match(line, end) is not None or _SET.search(line[max(0, start - 24) : start]) is not None


def _with_data(name: str, at: int, line: str) -> str:
    """The name with the data that the last mark before it tells, unless it tells its data itself."""
    data = next((word for start, end, word in reversed(_data_marks(line)) if start < at < end), None)
    return name if data is None or _tells_data(name) else f"{data} {spoken(name)}"


@lru_cache(maxsize=4096)
def _tells_data(name: str) -> bool:
    """Whether a name tells its data itself, or is of a kind that has none: there is one learning rate."""
    key = key_of(name)
    return key.endswith("learning_rate") or not DATA.isdisjoint(key.split("_"))


def _goes_on(line: str, end: int) -> bool:
    """Whether a list of numbers goes on after it, of which the first alone says little."""
    return re.match(r",\s?[+-]?[\d.]", line[end : end + 4]) is not None


def _name_before(line: str, end: int) -> str | None:
    found = _NAME.search(line[max(0, end - 96) : end])
    if found is None:
        return None
    return _name_of(found[1])


@lru_cache(maxsize=4096)
def _name_of(text: str) -> str | None:
    words = text.split(" ")
    name = words[-1]
    if name.lower() == "rate" and len(words) > 1 and words[-2].lower() == "learning":
        return " ".join(words[-3:] if len(words) > 2 and words[-3].lower() not in _NO_NAME else words[-2:])
    if name.lower() in _NO_NAME:
        return None
    kept = [name]
    for word in reversed(words[:-1]):
        if word.lower() in _NO_NAME or word.lower() in NO_MEASURE:
            break
        kept.insert(0, word)
    # Only a measure's name may be of several words: before others, the words are prose.
    return " ".join(kept) if is_measure(key_of(" ".join(kept))) else name


def number_of(text: str) -> float:
    """A number as logs write it: `1,234.5` in thousands, `0,803` with a decimal comma."""
    head, comma, tail = text.partition(",")
    if (
        comma
        and "," not in tail
        and "." not in tail
        and (head.lstrip("+-") == "0" or len(re.split("[eE]", tail)[0]) != 3)
    ):
        return float(f"{head}.{tail}")
    return float(text.replace(",", ""))


def _step_of(line: str, epoch: re.Match[str] | None) -> int | None:
    match = _AT.search(line) or _AT_BAR.search(line) or _AT_FRONT.search(line)
    if match is None:
        for match in _AT_COUNT.finditer(line):
            # `Epoch 3/10` counts epochs, and `Accuracy: 9/10` what was right.
            counts_epochs = epoch is not None and epoch.start() <= match.start() <= epoch.end()
            if not counts_epochs and line[: match.start()].rstrip()[-1:] not in (":", "="):
                break
        else:
            return None
    return int(match[1])


@lru_cache(maxsize=4096)
def key_of(name: str) -> str:
    """The same key for all spellings of a name: `Val loss`, `val/loss` and `val_loss` are one."""
    key = _EDGES.sub("_", name.strip()).strip("_").lower()
    if key == "lr" or key.endswith("_lr"):
        key = f"{key[:-2]}learning_rate"
    return key


@lru_cache(maxsize=4096)
def is_measure(key: str) -> bool:
    """Whether trainers call a measure so."""
    parts = key.split("_")
    last = parts[-1]
    return (
        last in _WORDS
        or last.rstrip("0123456789@") in _WORDS
        or (parts[0] == "loss" and len(parts) < 4)
        or key.endswith("learning_rate")
    )


def spoken(name: str) -> str:
    """A name for people, on one short line."""
    short = one_line(name, 40)
    return "learning rate" if short.lower() == "lr" else short.lower() if short.istitle() else short
