"""`config`: where the config file is, whether it is right, an editor on it, and its schema for editors."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from tui.appearance import own_themes, packaged_themes, theme_names
from tui.cli.exit_codes import EXIT_DONE, EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.settings import Paths, Settings, SettingsError
from tui.settings.config_schema import config_schema
from tui.settings.environment import current, for_children
from tui.settings.keep import write_private
from tui.settings.model import default_paths

_NEW = """\
# The settings of replicate-tui: `replicate-tui config check` looks for mistakes, `replicate-tui config schema` has all
# that can be set, for an editor that completes TOML.

# theme = "replicate-light"

# [keymap]
# cancel-prediction = "ctrl+x"
"""


def config(call: Call, speaker: Speaker) -> int:
    """config path|check|edit|schema: none of them asks the API, and none needs the file to be right."""
    paths = default_paths(current())
    as_json = call.json or not speaker.out_is_terminal
    if call.command == "config schema":
        speaker.object(config_schema(theme_names(), _commands()))
        return EXIT_DONE
    if call.command == "config path":
        return _path(paths, speaker, as_json=call.json)
    if call.command == "config edit":
        return _edit(call, paths, speaker)
    return _check(call, paths, speaker, as_json=as_json)


def names_that_are_not(settings: Settings) -> list[str]:
    """The warnings of themes, commands and keys that do not exist, and of own themes that are hard to read."""
    from tui.key_names import nearest_key
    from tui.settings.known_names import unknown_names

    own, pale = own_themes(settings.themes, packaged_themes(), str(settings.paths.config_file))
    themes = [*theme_names(), *(theme.name for theme in own)]
    return [*unknown_names(settings, themes, _commands(), nearest_key), *pale]


def _commands() -> list[str]:
    from tui import commands

    return list(commands.REGISTRY)


def _path(paths: Paths, speaker: Speaker, *, as_json: bool) -> int:
    """The path alone, so that a script can use it; as JSON with the others."""
    if as_json:
        named = {"config": paths.config_file, "credentials": paths.credentials_file, "data": paths.data}
        named |= {"outputs": paths.outputs, "cache": paths.cache, "log": paths.log_file}
        speaker.object({name: str(path) for name, path in named.items()})
    else:
        speaker.line(str(paths.config_file))
    return EXIT_DONE


def _check(call: Call, paths: Paths, speaker: Speaker, *, as_json: bool) -> int:
    """What is wrong with the file; 0 where nothing is."""
    error, warnings = _mistakes(call)
    code = EXIT_USAGE if error or warnings else EXIT_DONE
    if as_json:
        speaker.object({"path": str(paths.config_file), "error": error, "warnings": warnings})
        return code
    for mistake in (*filter(None, [error]), *warnings):
        speaker.line(mistake)
    if code == EXIT_DONE:
        there = "is right" if paths.config_file.exists() else "is not there: everything is as it comes"
        speaker.line(f"{paths.config_file} {there}.")
    return code


def _mistakes(call: Call) -> tuple[str | None, list[str]]:
    """What makes the file unusable, and what of it is not used. No token is looked for, and no command run."""
    from tui.settings import load

    try:
        settings = load(call.options(), run_token_command=False)
    except SettingsError as error:
        return str(error), []
    file = str(settings.paths.config_file)
    return None, [one for one in (*settings.warnings, *names_that_are_not(settings)) if one.startswith(file)]


def _edit(call: Call, paths: Paths, speaker: Speaker) -> int:
    """The user's editor on the file, which is made where it is not there; then what is wrong with it."""
    if not speaker.interactive:
        speaker.error(f"An editor needs a terminal. The file is {paths.config_file}")
        return EXIT_USAGE
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or shutil.which("nano") or shutil.which("vi")
    try:
        words = shlex.split(editor or "")
    except ValueError as error:
        speaker.error(f"$EDITOR is no command line: {error}.")
        return EXIT_USAGE
    if not words:
        speaker.error(f"Set EDITOR to the editor to use. The file is {paths.config_file}")
        return EXIT_USAGE
    try:
        _make(paths.config_file)
        subprocess.run([*words, str(paths.config_file)], env=for_children(), check=False)
    except SettingsError as error:
        speaker.error(str(error))
        return EXIT_USAGE
    except OSError as error:
        speaker.error(f"{words[0]}: {error.strerror or error}.")
        return EXIT_USAGE
    return _check(call, paths, speaker, as_json=call.json)


def _make(path: Path) -> None:
    """The file with a few words on how to go on; one that is there stays."""
    if not path.exists():
        write_private(path, _NEW)
