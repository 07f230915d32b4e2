"""The names of keys, as the config file writes them: `ctrl+x`, `f5`, `?`, `question_mark`."""

from __future__ import annotations

from functools import cache

from textual.keys import REPLACED_KEYS, Keys, key_to_character

_HELD = ("alt", "ctrl", "hyper", "meta", "shift", "super")


@cache
def _named() -> tuple[str, ...]:
    """The keys that have a name of their own: `enter`, `pageup`, `f5`, `slash`."""
    return tuple(
        sorted({key.value.rpartition("+")[2] for key in Keys if not key.value.startswith("<")} | {*REPLACED_KEYS})
    )


def nearest_key(text: str) -> str | None:
    """None where each of the keys, separated by commas, exists; else the nearest to the first that does not, or ""."""
    for key in text.split(","):
        if (near := _nearest(key.strip())) is not None:
            return near
    return None


def _nearest(key: str) -> str | None:
    import difflib  # for a wrong name only: a start does without it

    if len(key) == 1:
        return None
    *held, name = key.split("+")
    good = len(name) == 1 or name in _named() or key_to_character(name) is not None
    if good and all(one in _HELD for one in held):
        return None
    mended: list[str] = []
    for one in held:
        mended += difflib.get_close_matches(one.lower(), _HELD, 1)
    # The letters with ctrl are keys without a name of their own.
    mended += [name] if good else difflib.get_close_matches(name.lower(), _named(), 1)
    return "+".join(mended) if len(mended) == len(held) + 1 else ""
