"""Predictions: created in three ways, read, listed, canceled."""

import asyncio
import contextlib
import re
from typing import Literal, cast

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.catalog import Version
from tui.sandbox.chaos import OF_JOBS, Strike
from tui.sandbox.context import Sandbox, origin_of, read_object
from tui.sandbox.control.answers import Answer
from tui.sandbox.jsons import Json, Obj, as_list, as_obj, as_str
from tui.sandbox.live import Live
from tui.sandbox.names import new_id, now_ns, parse_timestamp
from tui.sandbox.options import parse_duration
from tui.sandbox.predictions import Fate
from tui.sandbox.problems import Problem, invalid, not_found, refused_fields
from tui.sandbox.records import EVENTS, Job, Kind
from tui.sandbox.routes.deployments import deployed_version
from tui.sandbox.routes.shapes import JOB_PAGE, check, model_of, page_url
from tui.sandbox.state import Filter
from tui.sandbox.validation import faults

_LEAST_LIFETIME = 5.0
_MOST_LIFETIME = 30 * 24 * 3600.0
WEBHOOK_FIELDS: Obj = {
    "webhook": {"type": "string"},
    "webhook_events_filter": {"type": "array", "items": {"type": "string", "enum": [*EVENTS]}},
}
REQUEST: Obj = {
    "type": "object",
    "additionalProperties": False,
    "required": ["input"],
    "properties": {"input": {"type": "object"}, "stream": {"type": "boolean"}, **WEBHOOK_FIELDS},
}
VERSION_REQUEST: Obj = {
    **REQUEST,
    "required": ["version", "input"],
    "properties": {"version": {"type": "string"}, **as_obj(REQUEST["properties"])},
}


async def create(sandbox: Sandbox, request: Request) -> Response:
    """predictions.create: by version id, `owner/name:id`, or `owner/name` of an official model."""
    body = await read_object(request)
    check(body, VERSION_REQUEST)
    version, by_name = await _named_version(sandbox, as_str(body["version"]), as_obj(body["input"]))
    return await _create(sandbox, request, body, version, hidden=by_name)


async def create_on_model(sandbox: Sandbox, request: Request) -> Response:
    """models.predictions.create, for official models."""
    model = await model_of(sandbox, request)
    if not model.official:
        raise not_found()
    body = await read_object(request)
    check(body, REQUEST)
    versions = await sandbox.catalog.versions(model)
    return await _create(sandbox, request, body, versions[0], hidden=True)


async def create_on_deployment(sandbox: Sandbox, request: Request) -> Response:
    """deployments.predictions.create."""
    owner, name = request.path_params["owner"], request.path_params["name"]
    version = await deployed_version(sandbox, owner, name)
    body = await read_object(request)
    check(body, REQUEST)
    return await _create(sandbox, request, body, version, deployment=f"{owner}/{name}")


async def _named_version(sandbox: Sandbox, text: str, given: Obj) -> tuple[Version, bool]:
    """The version, and whether it was named by an official model alone."""
    problem = Problem(
        422,
        "The specified version does not exist (or perhaps you don't have permission to use it?)",
        "Invalid version or not permitted",
    )
    if match := re.fullmatch(r"(?:([^/:\s]+)/([^/:\s]+):)?([0-9a-f]{64})", text):
        version = await sandbox.catalog.version(match[3], f"{match[1]}/{match[2]}" if match[1] else "", given)
        if version is None or (match[1] and version.model != f"{match[1]}/{match[2]}"):
            raise problem
        return version, False
    owner, _, name = text.partition("/")
    model = await sandbox.catalog.model(owner, name)
    if model is None or not model.official:
        raise problem
    return (await sandbox.catalog.versions(model))[0], True


async def _create(
    sandbox: Sandbox,
    request: Request,
    body: Obj,
    version: Version,
    *,
    hidden: bool = False,
    deployment: str | None = None,
) -> Response:
    wait, deadline = wait_of(request), _lifetime(request)
    given = as_obj(body["input"])
    await check_input(sandbox, given, version, "Input")
    source = version.source
    answer = sandbox.answers.take(version.model)
    if answer is not None:
        await answer.refuse()
    job = Job(
        id=new_id(),
        kind="prediction",
        model=version.model,
        version=version.id,
        input=sandbox.inputs.inward(given, source.schema, "Input"),
        created_ns=now_ns(),
        hidden=hidden,
        deployment=deployment,
        streams=_streams(version),
    )
    if deadline is not None:
        job.deadline_ns = job.created_ns + int(deadline * 1e9)
    add_webhook(job, body)
    origin = origin_of(request)
    young = sandbox.shown(job, origin)
    live = await sandbox.engine.create(job, version, _fate(request, answer, version))
    headers = {"Location": f"{origin}/v1/predictions/{job.id}"}
    if wait is None:
        return sandbox.answer(request, young, 201, headers)
    headers["Preference-Applied"] = f"wait={wait:g}"
    return await _answer_in_time(sandbox, request, live, young, wait, headers)


def _fate(request: Request, answer: Answer | None, version: Version) -> Fate:
    """What was planned for this prediction: by its model's next answer, and by the faults of its creation."""
    struck = cast("Strike", request.scope["sandbox.strike"])
    wait = struck.amount if struck.fault in OF_JOBS else 0.0
    if struck.fault == "failed":
        answer = Answer(error="E1000 The prediction failed on purpose (--chaos)")
    updates = answer.updates(piecewise=version.source.yields) if answer is not None else None
    return Fate(wait, struck.fault == "aborted", updates)


async def _answer_in_time(
    sandbox: Sandbox, request: Request, live: Live, young: Obj, wait: float, headers: dict[str, str]
) -> Response:
    """201 with all output if it is done in time, else 202 as it was when created.

    Source: docs/replicate.md, Polling and sync mode.
    """
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(live.until_done(), wait)
    if not live.job.done:
        return sandbox.answer(request, young, 202, headers)
    shown = sandbox.shown(live.job, origin_of(request))
    if sandbox.options.outputs == "auto":
        # Recorded so: who waits gets the files themselves (docs/replicate.md, Polling and sync mode).
        shown["output"] = await sandbox.engine.outputs.as_data(live.job.output)
    if live.job.status == "succeeded":
        # Recorded so: the whole output under a status that is still `processing`.
        shown["status"] = "processing"
        for later in ("completed_at", "metrics"):
            shown.pop(later, None)
    return sandbox.answer(request, shown, 201, headers)


def _streams(version: Version) -> Literal["", "text", "files"]:
    source = version.source
    if source.yields_files:
        return "files"
    return "text" if source.streams or source.yields else ""


def wait_of(request: Request) -> float | None:
    """The seconds of `Prefer: wait[=n]`. Other preferences are ignored, as RFC 7240 wants."""
    for preference in request.headers.get("prefer", "").split(","):
        name, _, value = preference.strip().partition("=")
        if name.strip().lower() == "wait":
            if not value:
                return 60.0
            if not re.fullmatch(r"[0-9]{1,2}", value) or not 1 <= int(value) <= 60:
                raise invalid(f"Prefer: wait must be between 1 and 60 seconds, not {value[:32]!r}")
            return float(value)
    return None


def _lifetime(request: Request) -> float | None:
    """The seconds of `Cancel-After`, at least five."""
    text = request.headers.get("cancel-after")
    if text is None:
        return None
    try:
        seconds = parse_duration(text)
    except ValueError:
        raise invalid(f"Cancel-After must be a duration such as 30s, 5m or 1h30m45s, not {text[:32]!r}") from None
    if not _LEAST_LIFETIME <= seconds <= _MOST_LIFETIME:
        raise invalid("Cancel-After must be at least 5 seconds and at most 30 days")
    return seconds


async def check_input(sandbox: Sandbox, given: Obj, version: Version, part: str) -> None:
    """Problem 422 when the model's schema or the rules for files refuse the input."""
    schema = version.source.schema
    found = faults(given, version.source.part(part), schema, "input")
    found += await sandbox.inputs.faults(given, schema, part)
    if found:
        raise refused_fields(found)


def add_webhook(job: Job, body: Obj) -> None:
    """Takes the webhook over from the request. Plain http is allowed here: tests listen on this machine."""
    url = as_str(body.get("webhook"))
    if url:
        if not re.fullmatch(r"https?://[^\s/?#@\\]+([/?#]\S*)?", url):
            raise refused_fields([("format", "webhook", "Must be an HTTP(S) URL")])
        job.webhook = url
        wanted = as_list(body.get("webhook_events_filter"))
        job.webhook_events = [as_str(event) for event in wanted] or ["output", "completed"]


async def get(sandbox: Sandbox, request: Request) -> Response:
    """predictions.get."""
    job = await find(sandbox, request, "prediction")
    return sandbox.answer(request, sandbox.shown(job, origin_of(request)))


async def cancel(sandbox: Sandbox, request: Request) -> Response:
    """predictions.cancel: canceled at once; one that is done stays as it is (docs/replicate.md, Cancel)."""
    job = await find(sandbox, request, "prediction")
    sandbox.engine.cancel(job)
    return sandbox.answer(request, sandbox.shown(job, origin_of(request)))


async def list_page(sandbox: Sandbox, request: Request) -> Response:
    """predictions.list."""
    query = request.query_params
    source = query.get("source")
    if source is not None and source != "web":
        raise invalid(f"source must be web, not {source[:32]!r}")
    chosen = Filter("prediction", _moment(request, "created_after"), _moment(request, "created_before"), source)
    return await answer_page(sandbox, request, chosen)


async def find(sandbox: Sandbox, request: Request, kind: Kind) -> Job:
    """The job that the path names; Problem 404 when there is none."""
    job_id = request.path_params["job_id"]
    job = await sandbox.state.job(kind, job_id)
    if job is None and kind == "prediction":
        job = sandbox.examples.get(job_id)
    if job is None:
        raise not_found()
    return job


async def answer_page(sandbox: Sandbox, request: Request, chosen: Filter) -> Response:
    """A page of predictions or trainings, without their logs."""
    try:
        page = await sandbox.state.page(chosen, request.query_params.get("cursor"), JOB_PAGE)
    except ValueError:
        raise Problem(400, "Invalid cursor", "Bad request") from None
    origin = origin_of(request)
    results: list[Json] = [sandbox.shown(job, origin, with_logs=False) for job in page.jobs]
    following, previous = page_url(request, page.following), page_url(request, page.previous)
    return sandbox.answer(request, {"next": following, "previous": previous, "results": results})


def _moment(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return parse_timestamp(text)
    except ValueError:
        raise invalid(f"{name} must be an ISO 8601 date and time, not {text[:64]!r}") from None
