"""From a call to its end: settings, then the console at its place, or one command that prints."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, cast

from tui.cli.exit_codes import EXIT_API, EXIT_TOKEN, EXIT_USAGE
from tui.cli.printing import OutputFailed, Speaker
from tui.navigation import SECTIONS, Place, PlaceKind
from tui.settings import Options, Settings, SettingsError, TokenError, load

if TYPE_CHECKING:
    from tui.cli.grammar import Call
    from tui.connection import Connection

EXIT_BUG = 70
"""A fault of this program, as sysexits.h numbers it."""

_CHANGES = {
    "run": "Running a model",
    "chat": "Asking a model",
    "cancel": "Canceling a prediction",
    "models create": "Creating a model",
    "models update": "Changing a model",
    "models delete": "Deleting a model",
    "versions delete": "Deleting a version",
    "deployments create": "Creating a deployment",
    "deployments update": "Changing a deployment",
    "deployments delete": "Deleting a deployment",
    "batch": "Running a model",
    "batches resume": "Running a model",
    "batches retry": "Running a model",
    "batches cancel": "Canceling a batch",
    "trainings create": "Training a model",
    "trainings cancel": "Canceling a training",
    "files upload": "Uploading a file",
    "files delete": "Deleting a file",
    "webhooks forward": "Delivering webhooks",
    "webhooks send": "Delivering a webhook",
    "webhooks check": "Delivering a webhook",
    "cog push": "Pushing a model",
}
"""What --read-only refuses."""
_FOR_PEOPLE = {
    "account", "hardware", "cancel", "versions", "examples", "readme", "deployments", "trainings", "files", "batches",
    "webhooks secret", "webhooks verify", "webhooks listen", "files download", "usage", "usage sync", *_CHANGES,
}  # fmt: skip
"""Commands that print a few lines on a terminal, where they have no place in the console."""


def run(call: Call) -> int:
    """Do what the call says; returns the exit code. Raises KeyboardInterrupt and BrokenPipeError."""
    if call.command == "sandbox":
        return _serve(call)
    speaker = Speaker()
    if call.command == "doctor":
        from tui.cli.doctor import doctor

        return doctor(call, speaker)
    if call.command == "completion":
        from tui.cli.completion import completion

        return completion(call, speaker)
    if call.command.startswith("config "):
        from tui.cli.config_file import config

        return config(call, speaker)
    if call.command.startswith("auth "):
        from tui.cli.auth import auth

        return auth(call, speaker)
    settings = _settings(call.options(), speaker)
    if isinstance(settings, int):
        return settings
    if call.command == "prices":
        from tui.cli.prices import prices

        return prices(call, settings, speaker)
    if call.command == "webhooks verify" and call.text("secret_env"):
        from tui.cli.verify_webhook import verify_with_variable

        return verify_with_variable(call, speaker)
    if call.command == "mcp":
        return _serve_agents(call, settings, speaker)
    if call.command == "serve":
        from tui.cli.serve import serve_browsers

        return serve_browsers(call, settings, speaker)
    if call.local:
        from tui.cli.archive import archive

        return archive(call, settings, speaker)
    place = _place(call, speaker)
    # The console refuses by itself what costs, and conversations may be read in it; a dry run sends nothing.
    reads = (place is not None and call.command == "chat") or call.dry_run
    if settings.read_only and call.command in _CHANGES and not reads:
        speaker.error(f"{_CHANGES[call.command]} is refused: read-only is set, by --read-only or the config file.")
        return EXIT_USAGE
    if call.command.startswith("cog ") or (call.command == "cog" and place is None):
        from tui.cli.cog import cog

        return cog(call, settings, speaker)
    if place is not None:
        from tui.entry import run_console

        return run_console(settings, place)
    if not call.command:
        return _needs_terminal(speaker)
    return _print(call, settings, speaker)


def open_console(options: Options) -> int:
    """Open the console on the models; returns the exit code. For this, the grammar is not even imported."""
    speaker = Speaker()
    settings = _settings(options, speaker)
    if isinstance(settings, int):
        return settings
    if not speaker.interactive:
        return _needs_terminal(speaker)
    from tui.entry import run_console

    return run_console(settings, Place())


def _settings(options: Options, speaker: Speaker) -> Settings | int:
    """The settings, or the exit code where they cannot be used, with the reason said."""
    try:
        settings = load(options)
    except SettingsError as error:
        speaker.error(str(error))
        return EXIT_TOKEN if isinstance(error, TokenError) else EXIT_USAGE
    for warning in settings.warnings:
        speaker.error(f"warning: {warning}")
    return settings


def _needs_terminal(speaker: Speaker) -> int:
    speaker.error("The console needs a terminal. Each command prints JSON without one; see replicate-tui --help.")
    return EXIT_USAGE


def _place(call: Call, speaker: Speaker) -> Place | None:
    """Where the console opens; None when the command prints."""
    if call.json or not speaker.interactive or call.fields:
        # A field of the API's, such as created_after, is no place of the console.
        return None
    word = call.words[0] if call.words else None
    if call.command in ("", "models", "search"):
        return Place("models", " ".join(call.words) or None)
    if call.command in ("model", "collections", "predictions", "trainings", "deployments", "batches", "files"):
        # What the console has no section for is printed.
        built = any(call.command in section.places for section in SECTIONS)
        return Place(cast("PlaceKind", call.command), word) if built else None
    if call.command == "usage":
        return Place("usage")
    if call.command == "cog":
        return Place("local", word)
    if call.command == "chat" and not (call.inputs or call.input_file or call.lines or call.system is not None):
        return Place("chat", call.conversation or word)
    if call.command == "run" and not (call.inputs or call.input_file) and not _stays_in_shell(call):
        return Place("run", word)
    return None


def _stays_in_shell(call: Call) -> bool:
    """Whether an option of `run` asks for something that only the shell has."""
    waits = call.wait is not None or call.cancel_on_interrupt or call.cancel_after
    return bool(call.stream or call.save or call.dry_run or waits or call.deployment or call.fields)


def _print(call: Call, settings: Settings, speaker: Speaker) -> int:
    from tui.api.errors import ApiError
    from tui.cli.failures import exit_code, explain, no_token
    from tui.connection import CannotConnect, connect

    if settings.token is None and not settings.sandbox:
        for number, line in enumerate(no_token(settings)):
            (speaker.say if number else speaker.error)(line)
        return EXIT_TOKEN
    if settings.sandbox:
        speaker.hint("Starting the sandbox…")
    base_url = settings.base_url
    try:
        with connect(settings) as connection:
            speaker.clear()
            gc.enable()
            base_url = connection.base_url
            return _ask(call, settings, connection, speaker)
    except CannotConnect as error:
        speaker.error(str(error))
        return EXIT_API
    except ApiError as error:
        for number, line in enumerate(explain(error, settings, base_url)):
            (speaker.say if number else speaker.error)(line)
        return exit_code(error)
    except (KeyboardInterrupt, BrokenPipeError, OutputFailed):
        speaker.clear()
        raise
    except Exception as error:  # noqa: BLE001  (the edge: a traceback on stderr helps nobody who uses this)
        from tui import logs

        path = logs.start(settings.paths.log)
        logs.failure(f"command {call.command}", error)
        kept = f"The details are in {path}" if path else f"No details were kept: {settings.paths.log} cannot be written"
        speaker.error(f"This is a fault of replicate-tui: {type(error).__name__}. {kept}")
        return EXIT_BUG


def _ask(call: Call, settings: Settings, connection: Connection, speaker: Speaker) -> int:
    if call.command == "run":
        from tui.cli.run import run_model

        return run_model(call, settings, connection, speaker, in_console=speaker.interactive and not _prints(call))
    if call.command == "trainings create":
        from tui.cli.train import train

        return train(call, settings, connection, speaker)
    if call.command == "batch" or call.command in ("batches resume", "batches retry", "batches cancel"):
        from tui.cli.batch import batch

        return batch(call, settings, connection, speaker)
    if call.command == "chat":
        from tui.cli.chat import chat

        return chat(call, settings, connection, speaker)
    import asyncio

    from tui.cli.api_commands import look

    as_json = call.json or not speaker.out_is_terminal or call.command not in _FOR_PEOPLE
    return asyncio.run(look(call, settings, connection, speaker, as_json=as_json))


def _prints(call: Call) -> bool:
    return call.json or _stays_in_shell(call)


def _serve_agents(call: Call, settings: Settings, speaker: Speaker) -> int:
    """The tools for agents, where the extra is installed."""
    from importlib.util import find_spec

    from tui.connection import CannotConnect, connect

    if find_spec("mcp") is None:
        from tui.extras import how_to_install

        speaker.error(f"It needs the extra `mcp`: {how_to_install('mcp')}")
        return EXIT_USAGE
    from tui.cli.agents import serve

    gc.enable()
    try:
        return serve(call, connect(settings))
    except CannotConnect as error:
        speaker.error(str(error))
        return EXIT_API


def _serve(call: Call) -> int:
    """The sandbox as a server of its own; it has its own options and prints its own help."""
    from tui.extras import how_to_install
    from tui.sandbox.command import serve

    try:
        return serve(call.rest, lambda: how_to_install("sandbox"))
    except SystemExit as end:  # argparse leaves by itself, after its help or its complaint
        return end.code if isinstance(end.code, int) else EXIT_USAGE
