"""All routes in one list: Replicate's 37 operations, and what a sandbox has beside them."""

from collections.abc import Awaitable, Callable
from typing import Literal

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.context import Sandbox
from tui.sandbox.routes import (
    account,
    collections,
    control,
    delivery,
    deployments,
    files,
    internal,
    models,
    predictions,
    trainings,
    versions,
)

Handler = Callable[[Sandbox, Request], Awaitable[Response]]
Access = Literal["token", "open"]


class Operation(Struct, frozen=True):
    """An operation's id, method, path and handler. `counted` ones count as creations for the rate limit."""

    id: str
    method: str
    path: str
    handler: Handler
    counted: bool = False
    access: Access = "token"


_MODEL = "/v1/models/{owner}/{name}"
_DEPLOYMENT = "/v1/deployments/{owner}/{name}"

OPERATIONS = [
    Operation("search", "GET", "/v1/search", collections.search),
    Operation("account.get", "GET", "/v1/account", account.get),
    Operation("collections.list", "GET", "/v1/collections", collections.list_all),
    Operation("collections.get", "GET", "/v1/collections/{slug}", collections.get),
    Operation("deployments.list", "GET", "/v1/deployments", deployments.list_page),
    Operation("deployments.create", "POST", "/v1/deployments", deployments.create),
    Operation("deployments.delete", "DELETE", _DEPLOYMENT, deployments.delete),
    Operation("deployments.get", "GET", _DEPLOYMENT, deployments.get),
    Operation("deployments.update", "PATCH", _DEPLOYMENT, deployments.update),
    Operation(
        "deployments.predictions.create", "POST", f"{_DEPLOYMENT}/predictions", predictions.create_on_deployment, True
    ),
    Operation("files.list", "GET", "/v1/files", files.list_all),
    Operation("files.create", "POST", "/v1/files", files.create),
    Operation("files.delete", "DELETE", "/v1/files/{file_id}", files.delete),
    Operation("stream", "GET", "/v1/files/stream-{key}", delivery.stream, access="open"),
    Operation("files.get", "GET", "/v1/files/{file_id}", files.get),
    Operation("files.download", "GET", "/v1/files/{file_id}/download", files.download, access="open"),
    Operation("hardware.list", "GET", "/v1/hardware", account.hardware),
    Operation("models.list", "GET", "/v1/models", models.list_page),
    Operation("models.create", "POST", "/v1/models", models.create),
    Operation("models.search", "QUERY", "/v1/models", collections.search_models),
    Operation("models.delete", "DELETE", _MODEL, models.delete),
    Operation("models.get", "GET", _MODEL, models.get),
    Operation("models.update", "PATCH", _MODEL, models.update),
    Operation("models.examples.list", "GET", f"{_MODEL}/examples", models.examples),
    Operation("models.predictions.create", "POST", f"{_MODEL}/predictions", predictions.create_on_model, True),
    Operation("models.readme.get", "GET", f"{_MODEL}/readme", models.readme),
    Operation("models.versions.list", "GET", f"{_MODEL}/versions", versions.list_page),
    Operation("models.versions.delete", "DELETE", f"{_MODEL}/versions/{{version_id}}", versions.delete),
    Operation("models.versions.get", "GET", f"{_MODEL}/versions/{{version_id}}", versions.get),
    Operation("predictions.list", "GET", "/v1/predictions", predictions.list_page),
    Operation("predictions.create", "POST", "/v1/predictions", predictions.create, True),
    Operation("predictions.get", "GET", "/v1/predictions/{job_id}", predictions.get),
    Operation("predictions.cancel", "POST", "/v1/predictions/{job_id}/cancel", predictions.cancel),
    Operation("trainings.create", "POST", f"{_MODEL}/versions/{{version_id}}/trainings", trainings.create),
    Operation("trainings.list", "GET", "/v1/trainings", trainings.list_page),
    Operation("trainings.get", "GET", "/v1/trainings/{job_id}", trainings.get),
    Operation("trainings.cancel", "POST", "/v1/trainings/{job_id}/cancel", trainings.cancel),
    Operation("webhooks.default.secret.get", "GET", "/v1/webhooks/default/secret", account.webhook_secret),
    # What follows is not under api.replicate.com: event streams, files and pages, which need no token there either.
    Operation("stream", "GET", "/v1/streams/{key}", delivery.stream, access="open"),
    Operation("delivery", "GET", "/delivery/{key}/{filename}", delivery.download, access="open"),
    Operation("delivery", "HEAD", "/delivery/{key}/{filename}", delivery.download, access="open"),
    # Files and streams of other hosts, in recordings alone.
    Operation("elsewhere", "GET", "/_elsewhere/{host}/{rest}", delivery.elsewhere, access="open"),
    Operation("page", "GET", "/", delivery.page, access="open"),
    Operation("page", "GET", "/p/{job_id}", delivery.page, access="open"),
    Operation("page", "GET", "/sandbox/{name}", delivery.page, access="open"),
    # For tests and tools.
    Operation("_sandbox", "POST", "/_sandbox/reset", control.reset),
    Operation("_sandbox", "GET", "/_sandbox/requests", control.requests),
    Operation("_sandbox", "DELETE", "/_sandbox/requests", control.forget_requests),
    Operation("_sandbox", "GET", "/_sandbox/chaos", control.chaos),
    Operation("_sandbox", "PUT", "/_sandbox/chaos", control.put_chaos),
    Operation("_sandbox", "GET", "/_sandbox/answers", control.answers),
    Operation("_sandbox", "PUT", "/_sandbox/answers/{owner}/{name}", control.put_answers),
    Operation("_sandbox", "GET", "/_sandbox/health", control.health, access="open"),
    Operation("_sandbox", "GET", "/_sandbox/openapi.json", control.description, access="open"),
    Operation("_sandbox", "GET", "/_sandbox/processes", control.processes),
    Operation("_sandbox", "GET", "/_sandbox/secrets", control.secrets),
    # For Cog's own processes: the key is in the path.
    Operation("_internal", "POST", "/_internal/{key}/hooks/{job_id}", internal.hook, access="open"),
    Operation("_internal", "GET", "/_internal/{key}/files/{file_id}/{filename}", internal.file, access="open"),
]

FAULTY = frozenset(one.id for one in OPERATIONS if one.path.startswith("/v1/") and one.access == "token")
"""The operations that faults may be planned for."""
