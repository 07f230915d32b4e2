"""A `.env` as people write it: quotes, comments, references, encodings, values of several lines."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tui.settings import SettingsError, load
from tui.settings.dotenv import parse

SECRET = "r8_planted0123456789"


def token_of(folder: Path, data: str | bytes) -> str | None:
    folder.mkdir(exist_ok=True)
    (folder / ".env").write_bytes(data.encode() if isinstance(data, str) else data)
    (folder / ".env").chmod(0o600)
    token = load(environ={"REPLICATE_TUI_HOME": str(folder / "home")}, folder=folder).token
    return token.reveal() if token else None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("REPLICATE_API_TOKEN=abc", "abc"),
        ("export REPLICATE_API_TOKEN = abc   # comment", "abc"),
        ("export\tREPLICATE_API_TOKEN=abc", "abc"),
        ("REPLICATE_API_TOKEN: abc", "abc"),
        ("  REPLICATE_API_TOKEN='ab#c'", "ab#c"),
        ('REPLICATE_API_TOKEN="abc" # comment', "abc"),
        ("REPLICATE_API_TOKEN=`abc`", "abc"),
        ('REPLICATE_API_TOKEN="a\\"b"', 'a"b'),
        ('REPLICATE_API_TOKEN="abc\\n"', "abc"),
        ("\ufeffREPLICATE_API_TOKEN=abc\r\nOTHER=x\r\n", "abc"),
        ("A=1\rREPLICATE_API_TOKEN=abc\rB=2", "abc"),
        ("REPLICATE_API_TOKEN=one\nREPLICATE_API_TOKEN=two", "two"),
        ("OTHER='never closed\nREPLICATE_API_TOKEN=abc", "abc"),
        ("OTHER='never closed\nREPLICATE_API_TOKEN='abc'", "abc"),
        ("it's no setting\nREPLICATE_API_TOKEN=abc", "abc"),
        ("A='x'\n\n\n   # it's a comment\nREPLICATE_API_TOKEN='abc'\nB='y'", "abc"),
        ("#REPLICATE_API_TOKEN=abc", None),
        ("REPLICATE_API_TOKEN=", None),
        ("REPLICATE_API_TOKEN=\nOTHER=abc", None),
        ("REPLICATE_API_TOKEN=''", None),
        ("REPLICATE_API_TOKEN=   # later", None),
        ("XREPLICATE_API_TOKEN=abc\nREPLICATE_API_TOKEN_X=abc", None),
    ],
)
def test_a_dotenv_is_read_as_people_write_it(tmp_path: Path, text: str, value: str | None) -> None:
    before = dict(os.environ)
    assert token_of(tmp_path, text) == value
    assert dict(os.environ) == before


@pytest.mark.parametrize("quote", ["'", '"', "`"])
def test_lines_within_a_quoted_value_are_no_settings(tmp_path: Path, quote: str) -> None:
    note = f"NOTE={quote}first\nREPLICATE_API_TOKEN=not-this\nlast{quote}\n"
    assert token_of(tmp_path, note) is None
    assert token_of(tmp_path, f"{note}REPLICATE_API_TOKEN=this\n") == "this"
    assert token_of(tmp_path, f"REPLICATE_API_TOKEN=this\n{note}") == "this"


def test_an_escaped_quote_does_not_end_a_value_of_several_lines(tmp_path: Path) -> None:
    assert token_of(tmp_path, 'NOTE="a \\"\nREPLICATE_API_TOKEN=not-this\n"\nREPLICATE_API_TOKEN=this') == "this"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("MY=abc\nREPLICATE_API_TOKEN=${MY}", "abc"),
        ('MY=abc\nREPLICATE_API_TOKEN="r8_${MY}x"', "r8_abcx"),
        ("MY=abc\nREPLICATE_API_TOKEN='${MY}'", "${MY}"),
        ('MY=abc\nREPLICATE_API_TOKEN="\\${MY}"', "${MY}"),
        ("REPLICATE_API_TOKEN=${MY:-abc}", "abc"),
        ("MY=x\nREPLICATE_API_TOKEN=${MY:-abc}", "x"),
        ("MY=\nREPLICATE_API_TOKEN=${MY:-abc}", "abc"),
        ("REPLICATE_API_TOKEN=a$b", "a$b"),
    ],
)
def test_a_reference_gives_what_the_file_set_before(tmp_path: Path, text: str, value: str) -> None:
    assert token_of(tmp_path, text) == value


def test_a_reference_never_reaches_the_users_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_SECRET", SECRET)
    with pytest.raises(SettingsError, match=r"line 2: REPLICATE_API_TOKEN refers to \$\{CLOUD_SECRET\}") as caught:
        parse("REPLICATE_BASE_URL=https://evil.example\nREPLICATE_API_TOKEN=${CLOUD_SECRET}")
    assert SECRET not in str(caught.value)
    assert parse("OTHER=${CLOUD_SECRET}\nREPLICATE_API_TOKEN=abc") == {"REPLICATE_API_TOKEN": "abc"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_dotenv_of_any_editor_is_read(tmp_path: Path, encoding: str) -> None:
    assert token_of(tmp_path, "REPLICATE_API_TOKEN=abc\r\n# für später\r\n".encode(encoding)) == "abc"


def test_a_dotenv_in_an_old_encoding_is_read_for_what_is_ascii(tmp_path: Path) -> None:
    assert token_of(tmp_path, "# für später\nREPLICATE_API_TOKEN=abc\n".encode("latin-1")) == "abc"


def test_a_quote_that_is_not_closed_names_file_and_line_but_not_the_value(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\.env, line 2") as caught:
        token_of(tmp_path, f"A=1\nREPLICATE_API_TOKEN='{SECRET}\n")
    assert SECRET not in str(caught.value)


def test_a_line_number_counts_the_lines_of_quoted_values(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\.env, line 4"):
        token_of(tmp_path, f"A='1\n2\n3'\nREPLICATE_API_TOKEN='{SECRET}\n")


def test_a_dotenv_that_is_a_folder_or_binary_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "a" / ".env").mkdir(parents=True)
    assert load(environ={"REPLICATE_TUI_HOME": str(tmp_path)}, folder=tmp_path / "a").token is None
    assert token_of(tmp_path, b"\xff\xfe\x00REPLICATE" + bytes(range(256))) is None
    assert token_of(tmp_path, bytes(range(256)) * 20) is None


def test_a_long_file_of_open_quotes_is_read_in_a_moment() -> None:
    assert parse("A='\n" * 20_000 + "REPLICATE_API_TOKEN=abc\n") == {"REPLICATE_API_TOKEN": "abc"}


@pytest.mark.parametrize("quotes", ["'{}'", '"{}"', "`{}`", " '{} ' "])
def test_quotes_around_a_token_of_the_environment_go(tmp_path: Path, quotes: str) -> None:
    environ = {"REPLICATE_TUI_HOME": str(tmp_path), "REPLICATE_API_TOKEN": quotes.format(SECRET)}
    environ["REPLICATE_API_BASE_URL"] = quotes.format("http://127.0.0.1:9")
    settings = load(environ=environ, folder=tmp_path)
    assert settings.token is not None and settings.token.reveal() == SECRET
    assert settings.base_url == "http://127.0.0.1:9/v1"
