"""`trainings create`: values and destination checked before anything is sent, then the training and its end."""

from __future__ import annotations

import asyncio
from functools import partial

from tui.api.types import Target
from tui.cli import inputs
from tui.cli.api_command import BadWord, parse_target
from tui.cli.cost import agreed_to_budget
from tui.cli.exit_codes import EXIT_DISK, EXIT_USAGE
from tui.cli.follow_run import Follower
from tui.cli.grammar import Call
from tui.cli.open_services import services_for
from tui.cli.printing import Speaker
from tui.cli.run import read_and_judge, refuse
from tui.cli.text_files import STDIN_NOT_READ, stdin_waits
from tui.connection import Connection
from tui.services.services import Services
from tui.settings import Settings
from tui.store.database import StoreError


def train(call: Call, settings: Settings, connection: Connection, speaker: Speaker) -> int:
    """Train; returns the exit code. Raises ApiError, BrokenPipeError and KeyboardInterrupt."""
    if not inputs.reads_stdin(call.inputs, call.input_file) and stdin_waits():
        speaker.error(STDIN_NOT_READ)
        return EXIT_USAGE
    try:
        target = parse_target(call.words[0])
        return asyncio.run(_train(call, settings, connection, speaker, target))
    except BadWord as error:
        speaker.error(str(error))
        return EXIT_USAGE
    except StoreError as error:
        speaker.error(str(error))
        return EXIT_DISK


async def _train(call: Call, settings: Settings, connection: Connection, speaker: Speaker, target: Target) -> int:
    speaker.hint("Asking what it trains on…")
    async with services_for(settings, connection) as services:
        trainer = await services.trainings.trainer(target.ref, target.version)
        _, checked = await read_and_judge(services, trainer.form, call)
        if checked.problems or checked.missing:
            return refuse(f"A training of {call.words[0]}", trainer.form, checked, speaker)
        dollars = await services.costs.dollars(trainer.model.ref, kind="training")
        refused = await agreed_to_budget(services, speaker, dollars, "This training", yes=call.yes)
        if refused is not None:
            return refused
        destination = await _destination(call, services)
        speaker.clear()
        start = partial(
            services.trainings.start,
            trainer,
            dict(checked.input),
            destination,
            webhook=call.text("webhook"),
            webhook_events=call.several("webhook_events_filter"),
        )
        follower = Follower(call, services, speaker, sandbox=settings.sandbox, kind="training")
        return await follower.run(start, trainer.form)


async def _destination(call: Call, services: Services) -> str:
    """The model that gets the version, made where it is to be. Raises BadWord, ApiError."""
    found = await services.trainings.destination(call.text("destination") or "")
    if found.problem:
        raise BadWord(f"argument --destination: {found.ref[:100]!r} {found.problem}; nothing was sent.")
    if found.model is not None:
        return found.ref
    if call.create_destination is None:
        raise BadWord(
            f"argument --destination: there is no model {found.ref} yet; nothing was sent. --create-destination SKU "
            "makes it, to run on that hardware (replicate-tui hardware lists what there is)."
        )
    visibility = "public" if call.text("visibility") == "public" else "private"
    made = await services.trainings.make_destination(found.ref, hardware=call.create_destination, visibility=visibility)
    return made.ref
