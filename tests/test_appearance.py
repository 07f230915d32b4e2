"""Themes of the user's own, and what is said of one that is hard to read."""

from __future__ import annotations

import pytest

from tui.appearance import DARK, LIGHT, own_themes, packaged_themes, pale_text
from tui.settings.themes import OwnTheme, read_theme

FILE = "config.toml"


def made(base: str = "", **colours: str):
    """The theme, and what is warned of."""
    themes, warnings = own_themes([OwnTheme("mine", base, colours)], packaged_themes(), FILE)
    return themes[0], warnings


def test_our_own_themes_have_no_pale_text() -> None:
    assert pale_text(DARK) == "" and pale_text(LIGHT) == ""


def test_an_own_theme_begins_from_the_one_of_its_background() -> None:
    dark, warnings = made(background="#101820", accent="#80c0ff")
    assert warnings == []
    assert (dark.name, dark.dark, dark.background, dark.accent, dark.primary) == (
        *("mine", True, "#101820"),
        *("#80c0ff", "#80c0ff"),
    )
    assert dark.foreground == DARK.foreground and dark.variables == DARK.variables
    light, warnings = made(background="#ffffff", muted="#505050")
    assert warnings == []
    assert not light.dark and light.foreground == LIGHT.foreground
    assert light.variables["text-muted"] == "#505050"
    assert light.variables["block-cursor-blurred-background"] == "#dde6f0"
    nord, _ = made("nord", accent="#ffffff")
    assert nord.background == "#2E3440" and nord.dark


def test_a_theme_to_begin_from_that_there_is_not_is_named() -> None:
    theme, warnings = made("nrod")
    assert warnings == ["config.toml: [themes.mine]: there is no theme 'nrod' to begin from."]
    assert theme.background == DARK.background


# #767676 on white has 4.54, #777777 has 4.48.
@pytest.mark.parametrize(("grey", "words"), [("#767676", ""), ("#777777", "muted on background has a contrast of 4.5")])
def test_pale_text_is_said_in_words_from_the_bound_on(grey: str, words: str) -> None:
    white = {"background": "#ffffff", "surface": "#ffffff", "panel": "#ffffff", "row": "#ffffff"}
    _, warnings = made(muted=grey, **white)
    assert len(warnings) == (1 if words else 0)
    if words:
        assert warnings[0].startswith(f"config.toml: [themes.mine]: {words}")
        assert warnings[0].endswith(", and 1 more; text wants 4.5.")


def test_the_worst_is_named_first() -> None:
    _, warnings = made(foreground="#101010", muted="#3a3f45")
    assert "[themes.mine]: foreground on background has a contrast of 1.0, " in warnings[0]


@pytest.mark.parametrize(
    ("name", "table", "words"),
    [
        ("a b", {}, "letters, digits and dashes"),
        ("x", {"accent": "red"}, "accent must be a colour"),
        ("x", {"accent": "#12345"}, "accent must be a colour"),
        ("x", {"row": 3}, "row must be a colour"),
        ("x", {"base": 3}, "base must be the name"),
    ],
)
def test_what_is_no_theme_is_said(name: str, table: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_theme(name, table, "config.toml: [themes.x]")
