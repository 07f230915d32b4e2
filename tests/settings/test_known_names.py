"""A theme or a command that does not exist is named, with what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.key_names import nearest_key
from tui.settings import Options, Settings, load
from tui.settings.known_names import unknown_names

THEMES = ("replicate-dark", "replicate-light", "nord")
COMMANDS = ("quit", "cancel-prediction")


def settings(home: Path, text: str, options: Options | None = None) -> Settings:
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text(text)
    return load(options, environ={"REPLICATE_TUI_HOME": str(home)}, folder=home)


def test_what_exists_is_no_warning(tmp_path: Path) -> None:
    found = settings(tmp_path, 'theme = "nord"\n[keymap]\ncancel-prediction = "x"\n')
    assert unknown_names(found, THEMES, COMMANDS, nearest_key) == []
    assert (
        unknown_names(load(environ={"REPLICATE_TUI_HOME": "/nowhere"}, folder=tmp_path), THEMES, COMMANDS, nearest_key)
        == []
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('theme = "nrod"', "no theme 'nrod'; did you mean 'nord'?"),
        ('theme = "x"', "no theme 'x'; known are nord, replicate-dark, replicate-light."),
        ('[keymap]\ncancel_prediction = "x"', "no command 'cancel_prediction'; did you mean 'cancel-prediction'?"),
        ('[keymap]\nzzz = "x"', "no command 'zzz'; the help (?) names them."),
        ('[keymap]\nquit = "ctl+q"', "[keymap]: quit: there is no key 'ctl+q'; did you mean 'ctrl+q'?"),
        ('[keymap]\nquit = "qqqq"', "[keymap]: quit: there is no key 'qqqq'; keys are written as 'x', 'X', 'ctrl+x'"),
        ('[commands.g]\nkey = "ctl+g"\nrun = "x"', "[commands.g]: there is no key 'ctl+g'; did you mean 'ctrl+g'?"),
    ],
)
def test_what_does_not_exist_is_named_with_what_would_be_right(tmp_path: Path, text: str, words: str) -> None:
    (warning,) = unknown_names(settings(tmp_path, text), THEMES, COMMANDS, nearest_key)
    assert words in warning and "config.toml" in warning


def test_a_theme_of_the_command_line_is_named_as_such(tmp_path: Path) -> None:
    (warning,) = unknown_names(settings(tmp_path, "", Options(theme="zz")), THEMES, COMMANDS, nearest_key)
    assert warning.startswith("--theme: there is no theme 'zz'")
