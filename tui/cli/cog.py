"""`cog …`: a Cog model on this machine. None of it needs a token or a connection."""

from __future__ import annotations

from tui.cli.exit_codes import EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.settings import Settings


def cog(call: Call, settings: Settings, speaker: Speaker) -> int:
    """Do what the call says; returns the exit code."""
    import gc

    from tui.cli import cog_source
    from tui.services.local.cog_server import address_of

    gc.enable()
    if call.command == "cog run":
        from tui.cli.cog_run import run_local

        return run_local(call, settings, speaker)
    if call.command == "cog serve":
        from tui.cli.cog_serve import serve

        return serve(call, speaker)
    if call.command == "cog init":
        return cog_source.init(call, speaker)
    if call.command == "cog" and call.words and address_of(call.words[0]) is not None:
        speaker.error("A Cog server is opened in the console, which needs a terminal; cog run HOST:PORT runs on it.")
        return EXIT_USAGE
    if call.command in ("cog schema", "cog"):
        return cog_source.schema(call, speaker)
    if call.command in ("cog build", "cog push"):
        from tui.cli.cog_build import build

        return build(call, speaker)
    return cog_source.check_model(call, speaker)
