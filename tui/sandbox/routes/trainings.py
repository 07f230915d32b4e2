"""Trainings: a version's `train` on the user's data, which gives a version of another model."""

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.context import Sandbox, origin_of, read_object
from tui.sandbox.jsons import Obj, as_obj, as_str
from tui.sandbox.library import OWNER
from tui.sandbox.names import new_id, now_ns
from tui.sandbox.problems import Problem
from tui.sandbox.records import Job
from tui.sandbox.routes.predictions import WEBHOOK_FIELDS, add_webhook, answer_page, check_input, find
from tui.sandbox.routes.shapes import check, version_of
from tui.sandbox.state import Filter

_REQUEST: Obj = {
    "type": "object",
    "required": ["destination", "input"],
    "properties": {"destination": {"type": "string"}, "input": {"type": "object"}, **WEBHOOK_FIELDS},
}


async def create(sandbox: Sandbox, request: Request) -> Response:
    """trainings.create. The destination is an existing model of one's own (docs/replicate.md, Trainings)."""
    model, version = await version_of(sandbox, request)
    body = await read_object(request)
    check(body, _REQUEST)
    destination = as_str(body["destination"])
    owner, _, name = destination.partition("/")
    target = await sandbox.catalog.model(owner, name)
    if target is None or owner != OWNER or target.library is not None:
        raise Problem(404, "The specified training destination does not exist")
    if not version.source.trains:
        raise Problem(422, f"{model.full_name} cannot be trained: it has no train()", "Input validation failed")
    given = as_obj(body["input"])
    await check_input(sandbox, given, version, "TrainingInput")
    job = Job(
        id=new_id(),
        kind="training",
        model=model.full_name,
        version=version.id,
        input=sandbox.inputs.inward(given, version.source.schema, "TrainingInput"),
        created_ns=now_ns(),
        destination=destination,
    )
    add_webhook(job, body)
    origin = origin_of(request)
    young = sandbox.shown(job, origin)
    await sandbox.engine.create(job, version)
    return sandbox.answer(request, young, 201, {"Location": f"{origin}/v1/trainings/{job.id}"})


async def get(sandbox: Sandbox, request: Request) -> Response:
    """trainings.get."""
    job = await find(sandbox, request, "training")
    return sandbox.answer(request, sandbox.shown(job, origin_of(request)))


async def cancel(sandbox: Sandbox, request: Request) -> Response:
    """trainings.cancel."""
    job = await find(sandbox, request, "training")
    sandbox.engine.cancel(job)
    return sandbox.answer(request, sandbox.shown(job, origin_of(request)))


async def list_page(sandbox: Sandbox, request: Request) -> Response:
    """trainings.list."""
    return await answer_page(sandbox, request, Filter("training"))
