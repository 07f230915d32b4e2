"""The names of a batch's files, by a template such as `{row}-{seed}-{index}`.

A name holds no path: whatever a value holds, its file lies in the folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tui.api.text import clean_line
from tui.store.batch import BatchRow

DEFAULT = "{row}-{index}"
_PART = re.compile(r"\{([^{}]*)\}")
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LONGEST = 150


class BadTemplate(ValueError):
    """A template that names nothing; the message is a sentence."""


def check_template(template: str, names: set[str]) -> None:
    """Raises BadTemplate for a part that is none of `names`."""
    known = names | {"row", "index", "id", "model"}
    for part in _PART.findall(template):
        if part not in known:
            some = ", ".join(sorted(known)[:12])
            raise BadTemplate(f"--name {template[:80]!r}: there is no {{{part[:60]}}}; there are {some}.")
    if not template.strip() or "/" in template:
        raise BadTemplate(f"--name {template[:80]!r}: must be a name for files, without a /.")


def name_of(template: str, row: BatchRow, model: str, prediction_id: str, index: int, many: bool) -> str:
    """The name of one output, without its ending. Where several have no {index}, it is put behind."""
    given: Mapping[str, object] = {
        **row.input,
        **row.columns,
        "row": row.number,
        "index": index,
        "id": prediction_id,
        "model": model.replace("/", "-").replace(":", "-"),
    }
    text = _PART.sub(lambda part: str(given.get(part[1], "")), template)
    if many and "{index}" not in template:
        text = f"{text}-{index}"
    safe = _UNSAFE.sub("_", clean_line(text, _LONGEST)).strip(" .")
    return safe or str(row.number)
