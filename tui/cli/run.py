"""`run`: the values checked against the model's schema, then the console at the run, or the run itself."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from tui.api.types import Target, Version
from tui.cli import inputs
from tui.cli.api_command import BadWord, parse_target
from tui.cli.cost import agreed_to_budget
from tui.cli.earlier_outputs import resolved
from tui.cli.exit_codes import EXIT_DISK, EXIT_DONE, EXIT_USAGE
from tui.cli.follow_run import Follower
from tui.cli.forwarded_run import forwarded
from tui.cli.grammar import Call
from tui.cli.open_services import services_for
from tui.cli.printing import Speaker
from tui.cli.save_output import folder_of, names_a_file
from tui.cli.text_files import STDIN_NOT_READ, stdin_waits
from tui.connection import Connection
from tui.forms import Checked, Form
from tui.navigation import Place
from tui.services.models.endpoint import endpoint
from tui.services.runs.run import Run
from tui.services.services import Services
from tui.settings import Settings
from tui.store.database import StoreError


def run_model(call: Call, settings: Settings, connection: Connection, speaker: Speaker, *, in_console: bool) -> int:
    """Run the model; returns the exit code. Raises ApiError, BrokenPipeError and KeyboardInterrupt."""
    try:
        target = parse_target(call.words[0], bare=True)
    except BadWord as error:
        speaker.error(str(error))
        return EXIT_USAGE
    if not inputs.reads_stdin(call.inputs, call.input_file) and stdin_waits():
        speaker.error(STDIN_NOT_READ)
        return EXIT_USAGE
    try:
        outcome = asyncio.run(_run(call, settings, connection, speaker, target, in_console))
    except StoreError as error:
        speaker.error(str(error))
        return EXIT_DISK
    if isinstance(outcome, Place):
        from tui.entry import run_console

        # The lease is still held, so that the console finds the sandbox running.
        return run_console(settings, outcome)
    return outcome


class _Ready(Struct, frozen=True):
    """What can be run: the endpoint's target, the form, and the judged values."""

    target: Target
    form: Form
    given: inputs.Given
    checked: Checked


async def _run(
    call: Call,
    settings: Settings,
    connection: Connection,
    speaker: Speaker,
    target: Target,
    in_console: bool,
) -> int | Place:
    speaker.hint("Asking for the model's schema…")
    async with services_for(settings, connection) as services:
        try:
            ready = await _prepare(call, services, target)
        except BadWord as error:
            speaker.error(f"{error} Nothing was sent.")
            return EXIT_USAGE
        speaker.clear()
        if ready.checked.problems:
            return refuse(call.words[0], ready.form, ready.checked, speaker)
        # A version without its model has no form: it runs here.
        if target.owner and (in_console or (ready.checked.missing and _form_will_do(call, speaker))):
            missing = ", ".join(ready.checked.missing)
            message = f"Still to be filled in: {missing}" if missing else None
            return Place("run", call.words[0], ready.given.shown(ready.form), message, start=not missing)
        if ready.checked.missing:
            return refuse(call.words[0], ready.form, ready.checked, speaker)
        ref, through = ready.target.ref, ready.target.ref if call.deployment else None
        if call.dry_run:
            return await _dry_run(services, speaker, ready, through)
        dollars = await services.costs.dollars(ref, deployment=through, given=ready.checked.input)
        refused = await agreed_to_budget(services, speaker, dollars, "This run", yes=call.yes)
        if refused is not None:
            return refused
        if call.save is not None:
            # Absolute, because another console may take the saving over; made now, because later it would be paid for.
            target_path = absolute(call.save)
            call = replace(call, save=target_path)
            problem = await asyncio.to_thread(cannot_save, folder_of(target_path))
            if problem is not None:
                speaker.error(f"--save: {problem}; nothing was sent.")
                return EXIT_USAGE
        start = partial(
            services.runs.start,
            ready.target,
            ready.form,
            dict(ready.checked.input),
            # Under a name of its own an output is put when it is here: until then it has the usual place.
            save_dir=None if call.save is None or names_a_file(call.save) else call.save,
            cancel_after=call.cancel_after,
            webhook=call.text("webhook"),
            webhook_events=call.several("webhook_events_filter"),
        )
        async with forwarded(services, speaker, call.text("webhook_forward")) as hooks:

            async def begin() -> Run:
                run = await start()
                hooks.follow(run.id)
                return run

            code = await Follower(call, services, speaker, sandbox=settings.sandbox).run(begin, ready.form)
        return code or hooks.code


async def _dry_run(services: Services, speaker: Speaker, ready: _Ready, through: str | None) -> int:
    """Say what would be sent and what it may cost."""
    given = ready.checked.input
    cost = await services.costs.of_run(
        ready.target.ref, deployment=through, official=ready.target.official, given=given
    )
    dollars = await services.costs.dollars(ready.target.ref, deployment=through, given=given)
    shown = {
        "model": ready.target.ref,
        "version": ready.target.version or None,
        "input": ready.form.redact(dict(given)),
        "estimated_cost": None if dollars is None else {"usd": dollars},
    }
    speaker.object(shown)
    words = f"{cost.words}  {cost.more}".rstrip() if cost is not None else "What it costs is not known."
    speaker.say(f"Nothing was sent. {words}")
    return EXIT_DONE


def absolute(folder: Path) -> Path:
    """The folder whatever the working folder is, with its links."""
    return Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100


def cannot_save(folder: Path) -> str | None:
    """Why files cannot be saved in the folder, which is made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{folder} cannot be a folder: {error.strerror or error}"
    return None if os.access(folder, os.W_OK | os.X_OK) else f"{folder} cannot be written"


def _form_will_do(call: Call, speaker: Speaker) -> bool:
    """Whether the form can take over from here: on a terminal, where no option is given that the form lacks."""
    lacks = (
        call.json
        or call.deployment
        or call.fields
        or call.save
        or call.cancel_after
        or call.cancel_on_interrupt
        or call.wait is False
    )
    return speaker.interactive and not (lacks or call.cancel_on_interrupt or call.wait is False)


async def _prepare(call: Call, services: Services, target: Target) -> _Ready:
    """Ask for the schema and judge the values. Raises ApiError, and BadWord for an earlier output."""
    wanted = msgspec.structs.replace(target, deployment=call.deployment)
    found, version = await endpoint(services.client, services.catalogue, wanted)
    return await _judged(call, services, found, version)


async def _judged(call: Call, services: Services, target: Target, version: Version | None) -> _Ready:
    form = Form.parse(version.openapi_schema if version else None)
    given, checked = await read_and_judge(services, form, call)
    return _Ready(target, form, given, checked)


async def read_and_judge(services: Services, form: Form, call: Call) -> tuple[inputs.Given, Checked]:
    """What the call gives the form, and its judgement. Raises BadWord for an earlier output that cannot be had."""
    pairs = await resolved(services, form, call.inputs)
    given = await asyncio.to_thread(inputs.read, form, pairs, call.input_file)
    return given, await asyncio.to_thread(inputs.judge, form, given)


def refuse(what: str, form: Form, checked: Checked, speaker: Speaker) -> int:
    """Say why the values are no input of `what`; the exit code."""
    speaker.error(f"{what} does not take this input; nothing was sent.")
    for line in inputs.complaints(form, checked):
        speaker.say(f"  {line}")
    return EXIT_USAGE
