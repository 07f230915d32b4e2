"""`cog …`: a Cog model on this machine. None of it needs a token or a connection."""

from __future__ import annotations

from tui.cli.grammar import Call
from tui.cli.printing import Speaker


def cog(call: Call, speaker: Speaker) -> int:
    """Do what the call says; returns the exit code."""
    from tui.cli import cog_source

    if call.command == "cog init":
        return cog_source.init(call, speaker)
    if call.command == "cog schema":
        return cog_source.schema(call, speaker)
    return cog_source.check_model(call, speaker)
