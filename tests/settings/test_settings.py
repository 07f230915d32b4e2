"""Which source wins, which token goes where, and what a wrong file says."""

from __future__ import annotations

import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.api.token import Token
from tui.settings import DEFAULT_BASE_URL, Options, Settings, SettingsError, TokenError, load, save_token, tokens
from tui.settings.keep import forget_token, write_private
from tui.settings.prices import Bounds

SECRET = "r8_planted0123456789"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "config").mkdir(parents=True)
    return tmp_path / "home"


class Machine:
    """A home, an environment and a working folder."""

    def __init__(self, home: Path, work: Path) -> None:
        self.home, self.work = home, work
        self.environ: dict[str, str] = {"REPLICATE_TUI_HOME": str(home)}
        work.mkdir(exist_ok=True)

    @property
    def config_file(self) -> Path:
        return self.home / "config" / "config.toml"

    def config(self, text: str) -> Machine:
        self.config_file.write_text(text)
        return self

    def dotenv(self, text: str) -> Machine:
        (self.work / ".env").write_text(text)
        return self

    def env(self, **values: str) -> Machine:
        self.environ.update(values)
        return self

    def load(self, **options: object) -> Settings:
        return load(Options(**options), environ=self.environ, folder=self.work)  # type: ignore[arg-type]

    def token(self, **options: object) -> str | None:
        token = self.load(**options).token
        return token.reveal() if token else None


@pytest.fixture
def machine(home: Path, tmp_path: Path) -> Machine:
    return Machine(home, tmp_path / "work")


def test_with_nothing_set_everything_is_the_default(machine: Machine) -> None:
    settings = machine.load()
    assert settings.base_url == DEFAULT_BASE_URL
    assert (settings.token, settings.profile, settings.sandbox, settings.read_only) == (None, "default", False, False)
    assert settings.theme is None
    assert settings.warnings == ()
    assert settings.paths.data == machine.home / "data"
    assert not settings.paths.data.exists(), "looking at the settings makes no folder"


def test_options_win_over_environment_over_dotenv_over_config(machine: Machine) -> None:
    machine.config('[profiles.default]\nbase_url = "https://config.example"\n')
    assert machine.load().base_url == "https://config.example/v1"
    machine.dotenv("REPLICATE_API_BASE_URL=https://dotenv.example/v1/\n")
    assert machine.load().base_url == "https://dotenv.example/v1"
    machine.env(REPLICATE_BASE_URL="https://env.example")
    assert machine.load().base_url == "https://env.example/v1"
    machine.env(REPLICATE_API_BASE_URL="https://env2.example")
    assert machine.load().base_url == "https://env2.example/v1"
    assert machine.load(base_url="http://127.0.0.1:9/v1").base_url == "http://127.0.0.1:9/v1"


def test_the_token_has_the_same_order(machine: Machine) -> None:
    machine.config('[profiles.default]\ntoken = "of-config"\n')
    assert machine.token() == "of-config"
    machine.dotenv("REPLICATE_API_TOKEN=of-dotenv")
    assert machine.token() == "of-dotenv"
    machine.env(REPLICATE_API_TOKEN="of-env")
    assert machine.token() == "of-env"
    assert machine.load().token_source == "REPLICATE_API_TOKEN"


def test_an_empty_variable_is_not_set(machine: Machine) -> None:
    machine.config('[profiles.default]\ntoken = "of-config"\n').env(REPLICATE_API_TOKEN="", REPLICATE_API_BASE_URL=" ")
    assert machine.token() == "of-config"


def test_a_profile_named_by_an_option_wins_over_the_environment(machine: Machine) -> None:
    machine.config('[profiles.work]\ntoken = "of-work"\ntheme = "nord"\nread_only = true\n')
    machine.env(REPLICATE_API_TOKEN="of-env", REPLICATE_API_BASE_URL="https://env.example")
    settings = machine.load(profile="work")
    assert settings.token == Token("of-work")
    assert settings.base_url == DEFAULT_BASE_URL, "the profile is whole: its token's address comes with it"
    assert (settings.theme, settings.read_only) == ("nord", True)


def test_a_profile_without_a_token_takes_the_one_of_the_environment(machine: Machine) -> None:
    machine.config('profile = "careful"\n[profiles.careful]\nread_only = true\n').env(REPLICATE_API_TOKEN="of-env")
    assert machine.token() == "of-env"
    assert machine.token(profile="careful") == "of-env"
    assert machine.load().read_only


def test_a_profile_that_is_not_there_is_an_error_that_names_those_that_are(machine: Machine) -> None:
    machine.config("[profiles.work]\n")
    with pytest.raises(SettingsError, match="default, work"):
        machine.load(profile="wrok")


def test_a_kept_token_is_not_sent_to_another_address(machine: Machine) -> None:
    machine.config(f'[profiles.default]\ntoken = "{SECRET}"\n')
    settings = machine.load(base_url="http://127.0.0.1:5000")
    assert settings.token is None
    assert "127.0.0.1:5000" in str(settings.no_token)
    assert SECRET not in repr(settings) + str(settings.no_token)


def test_a_dotenv_of_a_strange_folder_cannot_lead_the_token_away(machine: Machine) -> None:
    machine.env(REPLICATE_API_TOKEN=SECRET).dotenv("REPLICATE_API_BASE_URL=https://evil.example\n")
    settings = machine.load()
    assert settings.base_url == "https://evil.example/v1"
    assert settings.token is None
    machine.dotenv("REPLICATE_API_BASE_URL=https://evil.example\nREPLICATE_API_TOKEN=its-own\n")
    assert machine.token() == "its-own"


def test_a_dotenv_that_names_the_users_own_address_leads_nobody_away(machine: Machine) -> None:
    machine.env(REPLICATE_API_TOKEN=SECRET).dotenv("REPLICATE_API_BASE_URL=https://api.replicate.com/v1\n")
    assert machine.token() == SECRET
    assert not machine.load().base_url_is_of_folder
    machine.config('[profiles.default]\nbase_url = "http://127.0.0.1:7"\n').dotenv(
        "REPLICATE_BASE_URL=http://127.0.0.1:7"
    )
    assert machine.token() == SECRET
    machine.dotenv("REPLICATE_BASE_URL=http://127.0.0.1:8")
    assert machine.token() is None
    assert machine.load().base_url_is_of_folder


@pytest.mark.parametrize(
    ("own", "environ"),
    [
        ('[profiles.default]\ntoken = "mine"\n', {}),
        ('[profiles.default]\ntoken_command = "echo mine"\n', {}),
        ("[profiles.default]\nkeyring = true\n", {}),
    ],
)
def test_a_token_of_a_dotenv_takes_the_place_of_ones_own_only_with_a_word(
    machine: Machine, own: str, environ: dict[str, str]
) -> None:
    machine.dotenv(f"REPLICATE_API_TOKEN={SECRET}\n")
    (machine.work / ".env").chmod(0o600)
    assert machine.load().warnings == (), "nobody's place is taken"
    machine.config(own).env(**environ)
    (warning,) = machine.load().warnings
    assert str(machine.work / ".env") in warning and "takes the place of your own" in warning
    assert SECRET not in warning
    assert machine.env(REPLICATE_API_TOKEN="mine").load().warnings == (), "the environment's wins"


def test_a_dotenv_with_address_and_token_says_that_ones_own_is_not_used(machine: Machine) -> None:
    machine.env(REPLICATE_API_TOKEN="mine").dotenv(
        f"REPLICATE_BASE_URL=https://h.example\nREPLICATE_API_TOKEN={SECRET}\n"
    )
    (machine.work / ".env").chmod(0o600)
    settings = machine.load()
    assert settings.token == Token(SECRET)
    assert "the one of REPLICATE_API_TOKEN" in settings.warnings[0]


def test_settings_can_be_loaded_without_the_folders_dotenv(machine: Machine) -> None:
    machine.env(REPLICATE_API_TOKEN=SECRET).dotenv("REPLICATE_API_BASE_URL=https://evil.example\n")
    own = load(machine.load().options, environ=machine.environ, folder=machine.work, use_dotenv=False)
    assert (own.base_url, own.token) == (DEFAULT_BASE_URL, Token(SECRET))


def test_headers_of_a_profile_go_to_its_address_alone(machine: Machine) -> None:
    machine.config(
        '[profiles.default]\nbase_url = "https://gate.example/v1/me/replicate"\n'
        f'[profiles.default.headers]\ncf-aig-authorization = "Bearer {SECRET}"\n'
    )
    settings = machine.load()
    assert settings.base_url == "https://gate.example/v1/me/replicate"
    assert settings.headers == {"cf-aig-authorization": f"Bearer {SECRET}"}
    assert SECRET not in repr(settings)
    assert machine.load(base_url="https://elsewhere.example").headers == {}
    assert machine.load(sandbox=True).headers == {}
    assert machine.dotenv("REPLICATE_BASE_URL=https://evil.example").load().headers == {}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('Authorization = "x"', "set by the program itself"),
        ('host = "x"', "set by the program itself"),
        ("x-a = 3", "must be text"),
        ('x-a = "a\\nb"', "that a header can carry"),
        ('x-a = "ä"', "that a header can carry"),
        ('"x a" = "b"', "not the name of a header"),
    ],
)
def test_a_header_that_is_none_is_refused_without_its_value(machine: Machine, line: str, words: str) -> None:
    machine.config(f"[profiles.default.headers]\n{line}\n")
    with pytest.raises(SettingsError, match=words):
        machine.load()


def test_a_dotenv_cannot_choose_the_config_file(machine: Machine, tmp_path: Path) -> None:
    machine.dotenv(f"REPLICATE_TUI_HOME={tmp_path / 'evil'}\n")
    assert machine.load().paths.config == machine.home / "config"


def test_with_the_sandbox_no_token_is_looked_at(machine: Machine) -> None:
    machine.env(REPLICATE_API_TOKEN=SECRET)
    machine.config('[profiles.default]\ntoken_command = "exit 3"\ntheme = "nord"\n')
    settings = machine.load(sandbox=True)
    assert (settings.token, settings.base_url, settings.theme) == (None, "", "nord")


def test_a_profile_can_be_the_sandbox_but_an_address_wins(machine: Machine) -> None:
    machine.config("[profiles.default]\nsandbox = true\n")
    assert machine.load().sandbox
    assert not machine.load(base_url="http://localhost:1").sandbox


def test_an_unknown_key_is_a_warning_that_names_the_nearest(machine: Machine) -> None:
    machine.config('thme = "x"\nread_only = true\n[profiles.work]\nbase_ulr = "y"\nzzz = 1\n')
    settings = machine.load()
    assert settings.read_only
    assert any("'thme'" in warning and "'theme'" in warning for warning in settings.warnings)
    assert any("'base_ulr'" in warning and "'base_url'" in warning for warning in settings.warnings)
    assert any("'zzz'" in warning and "token_command" in warning for warning in settings.warnings)


def test_bad_toml_names_the_file_and_the_line(machine: Machine) -> None:
    machine.config('theme = "x"\nread_only = ture\n')
    with pytest.raises(SettingsError, match=r"config\.toml.*line 2"):
        machine.load()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('read_only = "yes"', "read_only must be true or false"),
        ("theme = 3", "theme must be text"),
        ("profiles = 3", "profiles must be a table"),
        ("[profiles]\nwork = 3", "work. must be a table"),
        ("[profiles.default]\ntoken = 12345", "token must be text"),
        ("[profiles.default]\ntoken_command = []", "token_command must be"),
        ("[keymap]\nquit = 3", "keymap.quit must be text"),
        ('attention = ["bell", "siren"]', "attention must be a list of some of bell, title, notice"),
        ("attention = 3", "attention must be a list of some of"),
        ('pictures = "sixel"', "pictures must be one of auto, kitty, sextants, quadrants, halves"),
        ("pictures = true", "pictures must be one of auto"),
        ('[attention]\nways = ["siren"]', r"\[attention\]: ways must be a list of some of bell, title, notice"),
        ("[attention]\ncommand = 3", r"\[attention\]: command must be a command line, or a list"),
        ('[attention]\ncommand = "say \'it"', r"\[attention\]: command is no command line"),
    ],
)
def test_a_value_of_the_wrong_kind_is_an_error_that_names_its_key(machine: Machine, text: str, words: str) -> None:
    machine.config(text)
    with pytest.raises(SettingsError, match=words) as caught:
        machine.load()
    assert "12345" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "ways", "command"),
    [
        ("", ("bell", "title", "notice"), ()),
        ("attention = []", (), ()),
        ('attention = ["notice", "bell"]', ("bell", "notice"), ()),
        ('[attention]\nways = ["title"]', ("title",), ()),
        ("[attention]\ncommand = \"notify-send 'a b' c\"", ("bell", "title", "notice"), ("notify-send", "a b", "c")),
        ('[attention]\nways = []\ncommand = ["say", "$(id); x"]', (), ("say", "$(id); x")),
    ],
)
def test_how_to_be_called_is_a_list_or_a_table_with_a_command(
    machine: Machine, text: str, ways: tuple[str, ...], command: tuple[str, ...]
) -> None:
    machine.config(text)
    settings = machine.load()
    assert (settings.attention, settings.attention_command) == (ways, command)


@pytest.mark.parametrize(("text", "pictures"), [("", "auto"), ('pictures = "halves"', "halves")])
def test_how_pictures_are_shown_can_be_chosen(machine: Machine, text: str, pictures: str) -> None:
    machine.config(text)
    assert machine.load().pictures == pictures


def test_an_unknown_key_of_attention_is_a_warning(machine: Machine) -> None:
    machine.config('[attention]\ncomand = "x"')
    assert any("[attention]: 'comand' is not a setting; did you mean 'command'?" in w for w in machine.load().warnings)


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x", "http://", "https://user:pw@host", "http://host:99999", "http://a b", "x\x1b[31m", "http://h?q=1"],
)
def test_an_address_that_is_none_is_refused_with_its_source(machine: Machine, url: str) -> None:
    with pytest.raises(SettingsError, match="--base-url") as caught:
        machine.load(base_url=url)
    assert "\x1b" not in str(caught.value)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("token", ["two words", "r8_ünïcode", "a\x00b", "a\x1b[31mb"])
def test_a_token_that_is_none_is_refused_without_being_quoted(machine: Machine, token: str) -> None:
    machine.env(REPLICATE_API_TOKEN=token)
    with pytest.raises(TokenError, match="REPLICATE_API_TOKEN") as caught:
        machine.load()
    assert token not in str(caught.value)


def test_a_token_over_plain_http_to_another_machine_is_warned_about(machine: Machine) -> None:
    machine.env(REPLICATE_API_TOKEN="abc")
    assert any("not encrypted" in text for text in machine.load(base_url="http://box.example").warnings)
    assert machine.load(base_url="http://127.0.0.1:1").warnings == ()
    assert machine.load(base_url="http://localhost:1").warnings == ()


# ---- token_command


def test_a_token_command_gives_its_stdout(machine: Machine) -> None:
    machine.config("[profiles.default]\ntoken_command = \"printf ' abc\\\\n\\\\n' | cat\"\n")
    settings = machine.load()
    assert settings.token == Token("abc")
    assert settings.token_source == "token_command of profile 'default'"


def test_a_token_command_as_a_list_knows_no_shell(machine: Machine) -> None:
    machine.config('[profiles.default]\ntoken_command = ["echo", "$HOME;abc"]\n')
    assert machine.token() == "$HOME;abc"


def test_a_token_command_does_not_run_when_the_environment_has_a_token(machine: Machine) -> None:
    ran = machine.work / "ran"
    machine.config(f'[profiles.default]\ntoken_command = "touch {ran}; echo abc"\n')
    machine.env(REPLICATE_API_TOKEN="of-env")
    assert machine.token() == "of-env"
    assert not ran.exists()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("echo no vault >&2; exit 7", "exit code 7: no vault"),
        ("true", "printed nothing"),
        ("echo two words", "not a token"),
        ("printf '\\\\033[31mred' >&2; exit 1", "exit code 1: red$"),
    ],
)
def test_a_token_command_that_fails_says_why(machine: Machine, command: str, words: str) -> None:
    machine.config(f'[profiles.default]\ntoken_command = "{command}"\n')
    with pytest.raises(TokenError, match=words):
        machine.load()


def test_a_token_command_that_is_not_there_says_so(machine: Machine) -> None:
    machine.config('[profiles.default]\ntoken_command = ["/nowhere/vault"]\n')
    with pytest.raises(TokenError, match="does not start"):
        machine.load()


def test_a_token_command_that_hangs_with_a_child_is_given_up(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "COMMAND_TIMEOUT", 0.3)
    machine.config('[profiles.default]\ntoken_command = "sleep 20 & sleep 20"\n')
    started = time.monotonic()
    with pytest.raises(TokenError, match=r"no answer within 0\.3 s"):
        machine.load()
    assert time.monotonic() - started < 15


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True


def test_a_token_command_that_hangs_leaves_no_process_behind(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "COMMAND_TIMEOUT", 1.0)
    kept = machine.work / "pids"
    machine.config(
        f'[profiles.default]\ntoken_command = \'(sh -c "sleep 60; true" & echo $! >> {kept}); sleep 61 & '
        f"echo $! >> {kept}; echo $$ >> {kept}; wait'\n"
    )
    with pytest.raises(TokenError, match="no answer"):
        machine.load()
    pids = [int(line) for line in kept.read_text().split()]
    assert len(pids) == 3
    until = time.monotonic() + 5
    while not all(gone(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.02)
    assert all(gone(pid) for pid in pids)


def test_a_token_command_that_starts_an_agent_is_not_waited_for(machine: Machine) -> None:
    kept = machine.work / "pid"
    machine.config(f"[profiles.default]\ntoken_command = 'sleep 60 & echo $! > {kept}; echo abc'\n")
    started = time.monotonic()
    assert machine.token() == "abc"
    assert time.monotonic() - started < 15
    agent = int(kept.read_text())
    assert not gone(agent), "an agent lives on"
    os.kill(agent, 9)


def test_a_token_command_that_prints_much_beside_is_read_to_its_end(machine: Machine) -> None:
    machine.config(
        "[profiles.default]\ntoken_command = 'head -c 300000 /dev/zero >&2; exec >&-; exec 2>&-; sleep 0.1'\n"
    )
    with pytest.raises(TokenError, match="printed nothing"):
        machine.load()
    machine.config(
        "[profiles.default]\ntoken_command = 'head -c 300000 /dev/zero >&2; echo abc; exec 2>&-; sleep 0.1'\n"
    )
    assert machine.token() == "abc"


@pytest.mark.parametrize(
    "quoted", [SECRET, "ghp_0123456789abcdefghijklmn", "Bearer short1", "eyJhbGciOi1234567890abcdef"]
)
def test_a_token_command_that_fails_is_not_quoted_where_it_shows_a_token(machine: Machine, quoted: str) -> None:
    machine.config(f"[profiles.default]\ntoken_command = 'echo no luck with {quoted} today >&2; exit 3'\n")
    with pytest.raises(TokenError, match=r"exit code 3: no luck with .* today") as caught:
        machine.load()
    assert quoted.removeprefix("Bearer ") not in str(caught.value)


# ---- keeping a token


def test_a_kept_token_is_found_again_for_its_address_only(machine: Machine) -> None:
    where = save_token(machine.load(), Token(SECRET))
    assert where == str(machine.home / "config" / "credentials.toml")
    assert stat.S_IMODE(Path(where).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(where).parent.stat().st_mode) == 0o700
    assert machine.token() == SECRET
    assert machine.load().token_source == where
    assert machine.token(base_url="http://127.0.0.1:1") is None
    save_token(machine.load(base_url="http://127.0.0.1:1"), Token("for-local"))
    assert machine.token(base_url="http://127.0.0.1:1") == "for-local"
    assert machine.token() == SECRET


def test_a_token_in_the_config_file_is_replaced_there_and_comments_stay(machine: Machine) -> None:
    text = '# mine\ntheme = "nord"  # dark\n\n[profiles.work]\n# the token\ntoken = "old"\n\n[keymap]\nquit = "x"\n'
    machine.config(text)
    machine.config_file.chmod(0o644)
    save_token(machine.load(profile="work"), Token(SECRET))
    assert machine.config_file.read_text() == text.replace("old", SECRET)
    assert stat.S_IMODE(machine.config_file.stat().st_mode) == 0o600


def test_a_config_file_that_is_a_link_stays_one(machine: Machine, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text('[profiles.default]\ntoken = "old"\n')
    machine.config_file.symlink_to(target)
    save_token(machine.load(), Token(SECRET))
    assert machine.config_file.is_symlink()
    assert SECRET in target.read_text()


def test_a_token_is_not_kept_where_a_command_would_win(machine: Machine) -> None:
    machine.config('[profiles.default]\ntoken_command = "echo abc"\n')
    with pytest.raises(SettingsError, match="token_command"):
        save_token(machine.load(), Token(SECRET))


def test_a_broken_file_is_not_overwritten(machine: Machine) -> None:
    settings = machine.load()
    broken = machine.home / "config" / "credentials.toml"
    broken.write_text("= broken")
    with pytest.raises(SettingsError, match=r"credentials\.toml"):
        save_token(settings, Token(SECRET))
    assert broken.read_text() == "= broken"


def test_a_place_that_cannot_be_written_is_an_error_without_the_token(machine: Machine) -> None:
    settings = machine.load()
    (machine.home / "config").rmdir()
    (machine.home / "config").write_text("a file where the folder should be")
    with pytest.raises(SettingsError) as caught:
        save_token(settings, Token(SECRET))
    assert SECRET not in str(caught.value)


def test_the_file_is_never_readable_by_others_not_even_for_an_instant(tmp_path: Path) -> None:
    folder = tmp_path / "keep"
    seen: set[int] = set()
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            for path in folder.glob("*") if folder.exists() else ():
                try:
                    seen.add(stat.S_IMODE(path.stat().st_mode))
                except FileNotFoundError:
                    continue

    before = os.umask(0)
    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for _ in range(100):
            write_private(folder / "credentials.toml", SECRET * 1000)
    finally:
        os.umask(before)
        stop.set()
        watcher.join()
    assert seen == {0o600}
    assert [path.name for path in folder.iterdir()] == ["credentials.toml"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can enter; pytest's own are private."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_token_file_that_others_can_read_is_warned_about(machine: Machine, open_folder: Path) -> None:
    dotenv = open_folder / ".env"
    dotenv.write_text(f"REPLICATE_API_TOKEN={SECRET}\n")
    dotenv.chmod(0o644)
    machine.work = open_folder
    assert [text for text in machine.load().warnings if "chmod 600" in text and SECRET not in text]
    dotenv.chmod(0o600)
    assert machine.load().warnings == ()
    dotenv.chmod(0o644)
    assert machine.env(REPLICATE_API_TOKEN="of-env").load().warnings == (), "a token that is not used is no matter"


def test_a_token_goes_into_the_keyring_when_it_is_asked_for(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[tuple[str, str], str] = {}

    class Ring:
        @staticmethod
        def get_password(service_name: str, username: str) -> str | None:
            return kept.get((service_name, username))

        @staticmethod
        def set_password(service_name: str, username: str, password: str) -> None:
            kept[service_name, username] = password

        @staticmethod
        def delete_password(service_name: str, username: str) -> None:
            del kept[service_name, username]

    monkeypatch.setattr(tokens, "keyring_module", lambda: Ring)
    assert save_token(machine.load(), Token(SECRET), "keyring") == "the keyring"
    assert machine.token() == SECRET
    assert machine.load().token_source == "keyring"
    assert machine.token(base_url="http://127.0.0.1:1") is None
    assert not [path for path in machine.home.rglob("*") if path.is_file() and SECRET in path.read_text()]
    assert forget_token(machine.load()) == ["the keyring"]
    assert kept == {} and machine.token() is None
    assert forget_token(machine.load()) == []


def test_a_token_of_the_config_file_is_forgotten_at_its_own_address_alone(machine: Machine) -> None:
    machine.config(f'[profiles.work]\n# mine\nbase_url = "https://other.example"\ntoken = "{SECRET}"\n')
    assert forget_token(machine.load(profile="work", base_url="http://127.0.0.1:1")) == []
    assert machine.token(profile="work") == SECRET
    assert forget_token(machine.load(profile="work")) == [str(machine.config_file)]
    assert machine.config_file.read_text() == '[profiles.work]\n# mine\nbase_url = "https://other.example"\n'


def test_without_the_keyring_extra_the_error_says_how_to_get_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(tokens, "import_module", missing)
    with pytest.raises(TokenError, match=r"install .*\[keyring\]"):
        save_token(machine.load(), Token(SECRET), "keyring")


def test_a_keyring_that_breaks_never_shows_the_token(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        @staticmethod
        def set_password(service_name: str, username: str, password: str) -> None:
            raise RuntimeError(f"locked: {password}")

    monkeypatch.setattr(tokens, "keyring_module", lambda: Broken)
    with pytest.raises(TokenError, match="RuntimeError") as caught:
        save_token(machine.load(), Token(SECRET), "keyring")
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__


def test_no_color_and_the_keymap_are_taken_over(machine: Machine) -> None:
    machine.config('[keymap]\ncancel-prediction = "x"\n').env(NO_COLOR="1")
    settings = machine.load()
    assert settings.no_color
    assert settings.keymap == {"cancel-prediction": "x"}


def test_prices_of_the_config_file_are_read_with_their_date(machine: Machine) -> None:
    machine.config(
        "[prices]\ndate = 2026-11-01\n[prices.hardware]\ngpu-t4 = 0.0003\n"
        '[prices.models."acme/paint"]\nhardware = "gpu-t4"\n[prices.models."acme/words"]\nper_run = 1\nper_rum = 2\n'
    )
    found = machine.load()
    assert (found.prices.date, found.prices.hardware) == ("2026-11-01", {"gpu-t4": 0.0003})
    assert found.prices.models["acme/paint"].hardware == "gpu-t4"
    assert found.prices.models["acme/words"].units == {"per_run": 1.0}
    assert [warning for warning in found.warnings if "per_rum" in warning and "per_run" in warning]


def test_a_price_may_have_tiers(machine: Machine) -> None:
    machine.config(
        '[prices.models."acme/clip"]\n'
        'tiers = [{ when = { resolution = "720P", duration = { max = 5 } }, per_video_second = 0.1 }]\n'
        "defaults = { duration = 5 }\n"
    )
    found = machine.load().prices.models["acme/clip"]
    assert [(tier.when, tier.units) for tier in found.tiers] == [
        ({"resolution": "720p", "duration": Bounds(most=5)}, {"per_video_second": 0.1})
    ]
    assert found.defaults == {"duration": "5"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prices = 3", "prices must be a table"),
        ('[prices.hardware]\ngpu-t4 = "cheap"', "prices.hardware.gpu-t4 must be a price in US dollars"),
        ("[prices.hardware]\ngpu-t4 = -1", "must be a price"),
        ("[prices.hardware]\ngpu-t4 = nan", "must be a price"),
        ("[prices.hardware]\ngpu-t4 = true", "must be a price"),
        ('[prices.models."acme/paint"]\n', "either hardware or some of per_run"),
        ('[prices.models."acme/paint"]\nhardware = 3', "hardware must be text"),
        ("[prices]\ndate = 3", "prices.date must be a date"),
        ('[prices.models."a/b"]\ntiers = 3', "tiers must be a list"),
        ('[prices.models."a/b"]\ntiers = [{ when = { colour = 1 }, per_run = 1 }]', "colour is nothing that a price"),
        ('[prices.models."a/b"]\ntiers = [{ when = { duration = { most = 5 } }, per_run = 1 }]', "a range has min"),
        ('[prices.models."a/b"]\ntiers = [{ when = { duration = 5 } }]', "tiers 1 must have some of per_run"),
    ],
)
def test_a_price_that_is_none_is_named_with_what_it_should_be(machine: Machine, text: str, words: str) -> None:
    machine.config(text)
    with pytest.raises(SettingsError, match=words):
        machine.load()
