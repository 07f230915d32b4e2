"""Which key of a Latin keyboard lies where a letter of another alphabet does."""

from __future__ import annotations

_PLACES = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_LAYOUTS = (
    "йцукенгшщзхъфывапролджэячсмитьбю",  # Russian
    "йцукенгшщзхїфівапролджєячсмитьбю",  # Ukrainian
    ";ςερτυθιοπ[]ασδφγηξκλ΄'ζχψωβνμ,.",  # Greek
    "/'קראטוןםפ][שדגכעיחלךף,זסבהנמצתץ",  # Hebrew
)
_KEYS = {
    letter: key
    for layout in reversed(_LAYOUTS)
    for letter, key in zip(layout, _PLACES, strict=False)
    if not letter.isascii()
}


def key_at(letter: int, base: int | None) -> int:
    """The code of the key that a letter lies on: what the terminal says (`base`), else by the usual layouts."""
    if base is not None and base < 128:
        return base
    return ord(_KEYS.get(chr(letter).lower(), chr(letter))) if letter < 0x110000 else letter
