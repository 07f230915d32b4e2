"""The words of Replicate's own command line and documentation, as commands of this one.

`models list`, `prediction create`, `account current` … do here what they do there, or are refused with the right words.
Source: the `replicate` command line of 2024.
"""

from __future__ import annotations

from collections.abc import Sequence

from .call import PROGRAM, Usage

_GROUPS = {
    "models": "model",
    "predictions": "prediction",
    "trainings": "training",
    "deployments": "deployment",
    "collections": "collection",
    "files": "file",
}
"""This command line's name of a section → the one that the other command line also takes."""
_LISTED = ("models", "predictions", "trainings", "deployments", "collections", "files")
_SHOWN_BY = {"models": "model"} | {name: name for name in _LISTED[1:]}
"""What shows one thing of a section."""
_SAME: dict[tuple[str, str | None], tuple[str, ...]] = {
    ("account", "current"): ("account",),
    ("accounts", "current"): ("account",),
    ("accounts", None): ("account",),
    ("hardware", "list"): ("hardware",),
    ("hw", "list"): ("hardware",),
    ("hw", None): ("hardware",),
    ("predict", None): ("run",),
    ("stream", None): ("run", "--stream"),
    ("train", None): ("trainings", "create"),
    ("models", "run"): ("run",),
    ("predictions", "create"): ("run",),
    ("predictions", "new"): ("run",),
    ("predictions", "run"): ("run",),
    ("trainings", "new"): ("trainings", "create"),
    ("trainings", "train"): ("trainings", "create"),
}
_SCHEMA = f"{PROGRAM} model OWNER/NAME --json has the schema, as latest_version.openapi_schema."
_DEPLOYED = f"{PROGRAM} deployments OWNER/NAME says which model and version it runs; {_SCHEMA}"
_CODE = "open the prediction in the console: its Code tab has the request in Python, Node and cURL."
_REFUSED: dict[tuple[str, str | None], str] = {
    ("models", "schema"): _SCHEMA,
    ("deployments", "schema"): _DEPLOYED,
    ("scaffold", None): _CODE,
}


def translated(word: str, action: str | None, more: Sequence[str]) -> tuple[tuple[str, ...], int] | None:
    """What `word` and `action`, the first two words, are here, and how many of the two it stands for; else None.

    `more` are the words behind them: "models list cats" is a search, as the other command line's list takes none.
    Raises Usage for what has no counterpart, with what would be right.
    """
    group = next((plural for plural, singular in _GROUPS.items() if word in (plural, singular)), word)
    for key in ((group, action), (group, None)):
        if key in _REFUSED:
            raise Usage(f"{PROGRAM}: {' '.join(filter(None, (word, key[1])))}: {_REFUSED[key]}", 2)
        if key in _SAME and (key[1] is not None or group not in _LISTED):
            return _SAME[key], 1 if key[1] is None else 2
    if action == "list" and not more and group in _LISTED:
        return (group,), 2
    if action in ("show", "view", "get") and len(more) == 1 and group in _LISTED:
        return (_SHOWN_BY[group],), 2
    if word != group and word != "model":
        return (group,), 1
    if word == "model" and action in ("create", "update", "delete"):
        return ("models", action), 2
    return None
