"""The schema of the config file says the same as the reader: what it lets through is read, what it refuses is not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.support.paths import ROOT
from tui.settings import SettingsError
from tui.settings.config import read_config
from tui.settings.config_schema import config_schema, described

VALIDATOR = Draft7Validator(config_schema())
GOOD = [
    'profile = "work"\ntheme = "nord"\nread_only = true\npictures = "halves"',
    '[keymap]\nquit = "Q"',
    'attention = ["bell"]',
    '[attention]\nways = []\ncommand = ["notify-send", "x"]',
    '[attention]\ncommand = "notify-send x"',
    '[prices]\ndate = "2026-01-01"\n[prices.hardware]\ngpu-t4 = 0.0002',
    '[prices.models."a/b"]\nper_image = 0.1\nsource = "their page"',
    '[prices.models."a/b"]\nhardware = "gpu-t4"',
    "[budget]\nday = 5\nmonth = 50.5\nwarn = 1",
    '[profiles.x]\nbase_url = "https://a.example"\ntoken = "r8_x"\nread_only = true\nsandbox = false\ntheme = "nord"',
    '[profiles.x]\ntoken_command = ["pass", "replicate"]\nkeyring = true\n[profiles.x.headers]\nX-Key = "1"',
    '[commands.x]\nkey = "ctrl+g"\nrun = "gimp {file}"\nwhere = ["predictions"]\ntitle = "Gimp"\nbackground = true',
    '[commands.x]\nkey = "f9"\nrun = ["sh", "-c", "env"]\ntoken = true',
    '[archive]\nkeep = "1d"',
    '[themes.x]\nbase = "nord"\nmuted = "#A0a0a0"\nrow = "#202020"\naccent = "#80c0ff"',
    '[archive]\nkeep = "52w"',
    '[archive]\nkeep = "5GB"',
    '[archive]\nkeep = "90d, 500MB"',
]
BAD = [
    "theme = 1",
    'read_only = "yes"',
    'pictures = "big"',
    "[keymap]\nquit = 3",
    'attention = ["siren"]',
    "[attention]\ncommand = []",
    "[budget]\nday = -1",
    "[budget]\nwarn = 1.1",
    "profiles = 3",
    "profiles.x = 3",
    "[profiles.x]\ntoken = 3",
    "[profiles.x]\ntoken_command = [1]",
    "[profiles.x.headers]\nX-Key = 1",
    "[prices.hardware]\ngpu-t4 = -1",
    '[archive]\nkeep = "0d"',
    "[archive]\nkeep = 90",
    '[themes.x]\nmuted = "grey"',
    "[themes.x]\nbase = 3",
    "themes.x = 3",
    '[archive]\nkeep = "90"',
    '[archive]\nkeep = ""',
    '[archive]\nkeep = "0GB"',
    '[archive]\nkeep = "5gb"',
    '[archive]\nkeep = "90d5GB"',
    '[archive]\nkeep = ", 5GB"',
    '[archive]\nkeep = "5GB, 90d"',
    '[commands.x]\nkey = "f9"',
    '[commands.x]\nrun = "true"',
    '[commands.x]\nkey = "f9"\nrun = []',
    '[commands.x]\nkey = "f9"\nrun = "true"\nwhere = []',
    '[commands.x]\nkey = "f9"\nrun = "true"\nwhere = ["chat"]',
    '[commands.x]\nkey = "f9"\nrun = "true"\ntoken = "yes"',
]


def config(tmp_path: Path, text: str) -> Path:
    (tmp_path / "config.toml").write_text(text)
    return tmp_path / "config.toml"


@pytest.mark.parametrize("text", GOOD)
def test_what_the_schema_lets_through_is_read_without_a_word(tmp_path: Path, text: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))] == []
    assert read_config(config(tmp_path, text)).warnings == ()


@pytest.mark.parametrize("text", BAD)
def test_what_the_schema_refuses_the_reader_refuses_by_the_files_name_and_the_key(tmp_path: Path, text: str) -> None:
    assert list(VALIDATOR.iter_errors(tomllib.loads(text)))
    with pytest.raises(SettingsError) as refused:
        read_config(config(tmp_path, text))
    key = re.findall(r"^(?:\[.*\]\n)*([\w.-]+) =", text, re.MULTILINE)[-1].rpartition(".")[2]
    assert "config.toml" in str(refused.value)
    assert key in str(refused.value) or "run must be" in str(refused.value) or "key must be" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("them = 1", "theme"),
        ('[profiles.x]\ntokn = "x"', "token"),
        ('[commands.x]\nkey = "f9"\nrun = "true"\ntitel = "x"', "title"),
        ("[budget]\ndays = 1", "day"),
    ],
)
def test_a_setting_that_there_is_not_is_refused_by_the_schema_and_warned_of_with_the_nearest(
    tmp_path: Path, text: str, near: str
) -> None:
    assert list(VALIDATOR.iter_errors(tomllib.loads(text)))
    (warning,) = read_config(config(tmp_path, text)).warnings
    assert f"did you mean {near!r}?" in warning


def test_the_example_of_the_readme_is_right(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    assert found
    for text in found:
        assert [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))] == []
        assert read_config(config(tmp_path, text)).warnings == ()


def test_an_editor_is_told_the_names_of_themes_and_commands_where_they_are_known() -> None:
    schema: Any = config_schema(["nord"], ["quit"])
    validator = Draft7Validator(schema)
    assert not list(validator.iter_errors({"theme": "nord", "keymap": {"quit": "Q"}}))
    # One of the file's own may have any name: it is only completed.
    assert schema["properties"]["theme"]["anyOf"][0] == {"enum": ["nord"]}
    assert not list(validator.iter_errors({"theme": "mine"}))
    assert list(validator.iter_errors({"keymap": {"quti": "Q"}}))


def test_every_setting_says_what_it_is_for() -> None:
    found = dict(described())
    assert {"theme", "attention.ways", "profiles.NAME.headers", "commands.NAME.run", "prices.models.NAME.per_run"} <= (
        found.keys()
    )
    assert [path for path, words in found.items() if not words.endswith(".")] == []
