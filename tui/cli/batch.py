"""`batch` and `batches resume|retry|cancel`: many runs, checked, sent and followed, each said in one line."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from tui.api.text import to_json
from tui.api.types import Target
from tui.cli import inputs
from tui.cli.agreement import agreed
from tui.cli.api_command import BadWord, parse_target
from tui.cli.batch_words import as_object, ended_words, progress_words
from tui.cli.earlier_outputs import resolved
from tui.cli.exit_codes import EXIT_DISK, EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from tui.cli.grammar import BatchCall, Call
from tui.cli.open_services import services_for
from tui.cli.printing import Speaker
from tui.cli.run import absolute, cannot_save
from tui.cli.text_files import STDIN_NOT_READ, stdin_waits
from tui.connection import Connection
from tui.forms import REDACTED, Form
from tui.services.batches.batches import BatchError, Limits, Options, targets_of
from tui.services.batches.file_names import DEFAULT, BadTemplate, check_template
from tui.services.batches.grid import BadGrid, parse_grid
from tui.services.batches.plan import Plan, Planned, Runnable, Wrong
from tui.services.batches.row_reader import BadRows, SourceRow, read_rows
from tui.services.models.endpoint import endpoint
from tui.services.runs.input_check import check_input
from tui.services.services import Services
from tui.services.usage.prices import Prices
from tui.settings import Settings
from tui.store.batch import Batch
from tui.store.database import StoreError
from tui.wording import money

_EACH = 10.0
"""Seconds between two lines of progress, where a line cannot be rewritten."""
_SHOWN = 3
"""Rows that --dry-run shows."""


def batch(call: Call, settings: Settings, connection: Connection, speaker: Speaker) -> int:
    """Do the command; returns the exit code. Raises ApiError, BrokenPipeError and KeyboardInterrupt."""
    do = _run if call.command == "batch" else _cancel if call.command == "batches cancel" else _resume
    try:
        return asyncio.run(do(call, settings, connection, speaker))
    except (BadWord, BadGrid, BadRows, BatchError) as error:
        speaker.error(f"{error} Nothing was sent." if call.command == "batch" else str(error))
        return EXIT_USAGE
    except StoreError as error:
        speaker.error(str(error))
        return EXIT_DISK


async def _run(call: Call, settings: Settings, connection: Connection, speaker: Speaker) -> int:
    targets, file = _words(call)
    _check_stdin(call, file)
    given = call.batch
    assert given is not None
    async with services_for(settings, connection) as services:
        speaker.hint("Asking for the schemas…")
        runnables, plan = await _plan(call, services, targets)
        if given.max_cost is not None:
            _check_prices(services.prices, runnables)
        save = await _folder(call)
        with contextlib.ExitStack() as stack:
            rows = None if file is None else _rows(stack, file, plan)
            if given.dry_run:
                counters = [await services.costs.counter(one.target) for one in runnables]
                return await asyncio.to_thread(_dry_run, given, plan, rows, speaker, counters)
            speaker.hint("Checking every row…")
            options = Options(
                tuple(one.target for one in runnables), _limits(call), save, given.name or DEFAULT, given.skip_invalid,
                call.text("webhook"), call.several("webhook_events_filter"),
            )  # fmt: skip
            model = ", ".join(str(one.target.ref or one.target) for one in runnables)
            runs = plan.runs(rows)
            batch, wrong, refused = await services.batches.plan(
                model, given.label or "", options, runs, [one.form for one in runnables]
            )
        speaker.clear()
        _warn(plan, speaker)
        said = _refused(speaker, batch, wrong, refused)
        if said is None and not batch.counts:
            raise BadRows(f"{file}: holds no row.")
        if said is None:
            left = batch.counts.get("left", 0)
            dollars = await services.costs.of_batch(await services.batches.parts(batch))
            why = await services.budget.passed_by(dollars, "This batch")
            about = "" if dollars is None else f" for about {money(dollars)}"
            question = f"{why} Run {left:,} times {model}{about}?".strip()
            said = _bad_name(given.name, speaker, plan) or agreed(speaker, question, yes=call.yes)
        if said is not None:
            await services.batches.discard(batch.id)
            return said
        return await _work(call, services, speaker, batch, [(one.target, one.form) for one in runnables], _hidden(plan))


def _refused(speaker: Speaker, batch: Batch, wrong: list[Wrong], refused: int) -> int | None:
    """Say which values are refused; the exit code where nothing is sent for that."""
    if not refused:
        return None
    for one in wrong:
        speaker.say(f"  {one}")
    more = f", of which the first {len(wrong)} values are shown" if refused > len(wrong) else ""
    speaker.error(f"{refused:,} of the rows are refused{more}.")
    if batch.counts.get("left"):
        return None
    speaker.say("Nothing was sent. --skip-invalid goes on with the others.")
    return EXIT_USAGE


def _bad_name(name: str | None, speaker: Speaker, plan: Plan) -> int | None:
    """Say what is wrong with --name, now that the columns are known; the exit code for it."""
    try:
        check_template(name or DEFAULT, plan.names() | set(plan.grid) | set(plan.columns))
    except BadTemplate as error:
        speaker.error(f"{error} Nothing was sent.")
        return EXIT_USAGE
    return None


def _words(call: Call) -> tuple[list[Target], str | None]:
    """What the rows run on, and the file that holds them. Raises BadWord."""
    given = call.batch
    assert given is not None
    words = list(call.words)
    targets: list[Target] = []
    named = bool(given.models or given.deployments)
    if words and not (named and len(words) == 1 and (words[0] == "-" or Path(words[0]).is_file())):
        targets.append(parse_target(words.pop(0)))
    targets += [parse_target(word) for word in given.models]
    for word in given.deployments:
        found = parse_target(word)
        targets.append(Target.of_deployment(found.ref))
    if not targets:
        raise BadWord("batch: say what to run: OWNER/NAME, --model or --deployment.")
    if len(words) > 1:
        raise BadWord(f"batch: takes one file; {words[1][:60]!r} is one too many.")
    return targets, words[0] if words else None


def _check_stdin(call: Call, file: str | None) -> None:
    """Raises BadWord where stdin is read twice, or not at all though it holds something."""
    takes = inputs.reads_stdin(call.inputs, call.input_file)
    if takes and file == "-":
        raise BadWord("stdin holds the rows: give --input and -i a file, NAME=@FILE or NAME=VALUE.")
    if not takes and file != "-" and stdin_waits():
        raise BadWord(STDIN_NOT_READ)


async def _plan(call: Call, services: Services, targets: list[Target]) -> tuple[list[Runnable], Plan]:
    given = call.batch
    assert given is not None
    runnables: list[Runnable] = []
    plan = Plan(runnables, grid=parse_grid(given.sets), repeat=given.repeat)
    for target in targets:
        found, version = await endpoint(services.client, services.catalogue, target)
        form = Form.parse(version.openapi_schema if version else None)
        runnables.append(Runnable(found, form, partial(check_input, form)))
    form = runnables[0].form
    pairs = await resolved(services, form, call.inputs)
    read = await asyncio.to_thread(inputs.read, form, pairs, call.input_file)
    if read.problems:
        raise BadWord("; ".join(f"{one.field or 'input'}: {one.message}" for one in read.problems) + ".")
    plan.texts, plan.values = read.texts, read.values
    plan.fields_of = {column.strip(): field.strip() for field, _, column in (one.partition("=") for one in given.maps)}
    return runnables, plan


def _rows(stack: contextlib.ExitStack, file: str, plan: Plan) -> Iterator[SourceRow]:
    try:
        source: BinaryIO = sys.stdin.buffer if file == "-" else stack.enter_context(Path(file).expanduser().open("rb"))
    except OSError as error:
        raise BadRows(f"{file[:200]!r} cannot be read: {error.strerror or error}.") from None
    return read_rows(source, "stdin" if file == "-" else file, plan.names(), plan.line_name())


def _check_prices(prices: Prices, runnables: list[Runnable]) -> None:
    """Raises BadWord where --max-cost could never be reached, because nobody knows what a run costs."""
    for one in runnables:
        ref = one.target.ref
        deployment = ref if one.target.deployment else None
        if not prices.knows(ref, deployment):
            raise BadWord(
                f"--max-cost: what a run of {ref} costs is not known; [prices] in the config file can tell it, and "
                "--max-seconds limits the billed seconds."
            )


def _limits(call: Call) -> Limits:
    given = call.batch
    assert given is not None
    return Limits(
        given.concurrency, given.rate, given.retries, given.retry_paid, call.cancel_after, given.stop_after_failures,
        given.max_seconds, given.max_cost,
    )  # fmt: skip


async def _folder(call: Call) -> Path | None:
    if call.save is None:
        return None
    folder = absolute(call.save)
    problem = await asyncio.to_thread(cannot_save, folder)
    if problem is not None:
        raise BadWord(f"--save: {problem}.")
    return folder


def _dry_run(
    given: BatchCall,
    plan: Plan,
    rows: Iterator[SourceRow] | None,
    speaker: Speaker,
    counters: Sequence[Callable[[Mapping[str, object]], float | None]],
) -> int:
    """Say what would be sent; `counters` tell of each model what a run costs."""
    count = refused = 0
    cost: float | None = 0.0
    first: list[tuple[int, Planned]] = []
    for number, one in enumerate(plan.runs(rows), 1):
        if one.wrong:
            refused += 1
            if refused <= _SHOWN:
                for wrong in one.wrong:
                    speaker.say(f"  {wrong}")
            continue
        count += 1
        price = None if cost is None else counters[one.target](one.input)
        cost = None if cost is None or price is None else cost + price
        if len(first) < _SHOWN:
            first.append((number, one))
    _warn(plan, speaker)
    bad = _bad_name(given.name, speaker, plan)
    for number, one in first:
        runnable = plan.runnables[one.target]
        shown = {"row": number, "model": runnable.target.ref, "input": runnable.form.redact(one.input)}
        speaker.json_line(to_json(shown))
    about = "" if cost is None or not count else f", for about {money(cost)}"
    speaker.say(f"{count:,} runs would be sent{about}" + (f"; {refused:,} are refused." if refused else "."))
    return EXIT_USAGE if (refused and not given.skip_invalid) or not count or bad else EXIT_DONE


def _warn(plan: Plan, speaker: Speaker) -> None:
    for column in plan.unknown:
        speaker.error(
            f"warning: the column {column[:100]!r} fills no input; --map FIELD={column[:60]} would say which."
        )


def _hidden(plan: Plan) -> dict[str, object]:
    """The secrets that every row gets, which are kept nowhere."""
    runnable = plan.runnables[0]
    checked = runnable.judge(plan.texts, plan.values)
    shown = runnable.form.redact(checked.input)
    return {name: value for name, value in checked.input.items() if shown[name] == REDACTED}


# ---- going on with a batch


async def _resume(call: Call, settings: Settings, connection: Connection, speaker: Speaker) -> int:
    async with services_for(settings, connection) as services:
        batch = await services.batches.get(call.words[0])
        if call.command == "batches retry" and not await services.batches.retry(batch.id):
            speaker.say("Nothing failed or was canceled in it.")
        runnables: list[tuple[Target, Form]] = []
        for target in targets_of(batch):
            found, version = await endpoint(services.client, services.catalogue, target)
            runnables.append((found, Form.parse(version.openapi_schema if version else None)))
        form = runnables[0][1]
        read = await asyncio.to_thread(inputs.read, form, call.inputs, call.input_file)
        hidden = form.from_text(read.texts, read.values).input
        unknown = batch.counts.get("unknown", 0)
        if unknown and call.batch is not None and call.batch.send_unknown:
            question = (
                f"Send {unknown:,} rows once more whose answers were lost? What was created of them all the same, and "
                "is not found now, is paid twice."
            )
            said = agreed(speaker, question, yes=call.yes)
            if said is not None:
                return said
        return await _work(call, services, speaker, batch, runnables, hidden)


async def _cancel(call: Call, settings: Settings, connection: Connection, speaker: Speaker) -> int:
    async with services_for(settings, connection) as services:
        batch, ended = await services.batches.cancel(call.words[0])
        if not ended:
            targets = [(target, Form.parse(None)) for target in targets_of(batch)]
            batch = await services.batches.work(batch.id, targets, hidden={}, tell=lambda _: None)
        speaker.say(f"Batch {batch.id} is {batch.state}: {progress_words(batch)}.")
        if call.json or not speaker.out_is_terminal:
            speaker.object(as_object(batch, batch.state))
        return EXIT_DONE if batch.state == "canceled" else EXIT_FAILED


async def _work(
    call: Call,
    services: Services,
    speaker: Speaker,
    batch: Batch,
    runnables: list[tuple[Target, Form]],
    hidden: Mapping[str, object],
) -> int:
    begun, before = time.monotonic(), _over(batch)

    told = float("-inf")

    def tell(now: Batch) -> None:
        nonlocal told
        if not speaker.rewrites and time.monotonic() < told + _EACH:
            return
        told = time.monotonic()
        speaker.status(progress_words(now, _over(now) - before, time.monotonic() - begun))

    try:
        batch = await services.batches.work(
            batch.id,
            runnables,
            hidden=hidden,
            tell=tell,
            wait=call.wait is not False,
            send_unknown=bool(call.batch and call.batch.send_unknown),
        )
    except asyncio.CancelledError:
        speaker.say(f"Stopped. What was sent runs on; go on with: replicate-tui batches resume {batch.id}")
        raise
    finally:
        speaker.clear()
    code = await _table(call, services, speaker, batch)
    for line in ended_words(batch):
        speaker.say(line)
    if call.json or not speaker.out_is_terminal:
        speaker.object(as_object(batch, await services.batches.state(batch)))
    else:
        speaker.line(batch.id)
    if batch.error:
        speaker.error(f"{batch.error[:1].upper()}{batch.error[1:]}".rstrip(".") + ".")
    total, done = sum(batch.counts.values()), batch.counts.get("done", 0)
    if call.wait is False:
        return code or (EXIT_FAILED if batch.counts.get("left") else EXIT_DONE)
    return code or (EXIT_DONE if done == total else EXIT_FAILED)


def _over(batch: Batch) -> int:
    return sum(count for state, count in batch.counts.items() if state not in ("left", "live"))


async def _table(call: Call, services: Services, speaker: Speaker, batch: Batch) -> int:
    out = call.batch.out if call.batch else None
    if out is None:
        return EXIT_DONE
    try:
        count = await services.batches.export(batch.id, out)
    except OSError as error:
        speaker.error(
            f"{out} cannot be written: {error.strerror or error}. replicate-tui batches export writes it again."
        )
        return EXIT_DISK
    speaker.say(f"{count:,} rows are in {out}.")
    return EXIT_DONE
