"""`/_sandbox/`: a fresh start, what was sent, faults and answers that are chosen, and whether it is well."""

from importlib.resources import files
from typing import cast

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.chaos import Chaos
from tui.sandbox.context import Sandbox, read_body, read_object
from tui.sandbox.control.answers import read_answer
from tui.sandbox.control.journal import FILTERS, Entry
from tui.sandbox.jsons import Json, Obj, loads
from tui.sandbox.problems import invalid
from tui.sandbox.routes.shapes import model_of

_MOST_ANSWERS = 64 * 1024 * 1024


async def requests(sandbox: Sandbox, request: Request) -> Response:
    """What was asked, the oldest first, with what was sent."""
    seen: list[Json] = [entry.show() for entry in _chosen(sandbox, request)]
    return sandbox.answer(request, seen)


async def forget_requests(sandbox: Sandbox, request: Request) -> Response:
    """Takes what was asked out of the list."""
    sandbox.journal.forget(_chosen(sandbox, request))
    return Response(status_code=204)


def _chosen(sandbox: Sandbox, request: Request) -> list[Entry]:
    wanted = dict(request.query_params)
    unknown = sorted(wanted.keys() - set(FILTERS))
    if unknown:
        raise invalid(f"There is no filter {unknown[0][:64]!r}: the filters are {', '.join(FILTERS)}")
    return sandbox.journal.find(wanted)


async def reset(sandbox: Sandbox, request: Request) -> Response:
    """Everything as it was at the start."""
    await sandbox.reset()
    return Response(status_code=204)


async def chaos(sandbox: Sandbox, request: Request) -> Response:
    """The faults that are made just now."""
    return sandbox.answer(request, {"plan": sandbox.chaos.plan})


async def put_chaos(sandbox: Sandbox, request: Request) -> Response:
    """Other faults from now on: `{"plan": "…"}`, in the words of --chaos."""
    plan = (await read_object(request)).get("plan")
    if not isinstance(plan, str):
        raise invalid('The body must be {"plan": "…"}, in the words of --chaos', "/plan")
    try:
        made = Chaos(plan)
        made.check(cast("frozenset[str]", request.scope["sandbox.operations"]))
    except ValueError as error:
        raise invalid(str(error), "/plan") from None
    sandbox.chaos = made
    return sandbox.answer(request, {"plan": made.plan})


async def answers(sandbox: Sandbox, request: Request) -> Response:
    """How many chosen answers wait, by model."""
    left: Obj = {**sandbox.answers.left()}
    return sandbox.answer(request, left)


async def put_answers(sandbox: Sandbox, request: Request) -> Response:
    """A model's next answers: a list, or one alone."""
    model = await model_of(sandbox, request)
    try:
        body = loads(await read_body(request, _MOST_ANSWERS))
        made = [read_answer(one) for one in (body if isinstance(body, list) else [body])]
    except ValueError as error:
        raise invalid(str(error)) from None
    sandbox.answers.put(model.full_name, made)
    return Response(status_code=204)


async def health(sandbox: Sandbox, request: Request) -> Response:
    """That it answers, and how many models it has. It needs no token."""
    return sandbox.answer(request, {"status": "ok", "models": len(sandbox.catalog.library.models)})


async def description(sandbox: Sandbox, request: Request) -> Response:
    """The OpenAPI description of what lies under /_sandbox/. It needs no token."""
    text = (files("tui.sandbox.control") / "openapi.json").read_text("utf-8")
    return Response(text, media_type="application/json")


async def processes(sandbox: Sandbox, request: Request) -> Response:
    """The process ids of the models' guards."""
    found: Obj = {name: [*pids] for name, pids in sandbox.engine.process_ids().items()}
    return sandbox.answer(request, found)


async def secrets(sandbox: Sandbox, request: Request) -> Response:
    """The secret that signs downloads of files, which Replicate's API does not give (docs/replicate.md, Operations)."""
    return sandbox.answer(request, {"files_signing_secret": sandbox.state.files_secret})
