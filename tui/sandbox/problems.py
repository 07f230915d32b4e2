"""Refusals: what a handler raises, and the problem body that the client sees.

Source: docs/replicate.md, Rate limits and errors.
"""

from starlette.responses import Response

from tui.sandbox.jsons import Json, Obj, dumps

NOT_FOUND = "The requested resource could not be found."


class Problem(Exception):
    """An answer of 4xx or 5xx. Its body is `application/problem+json`: detail, status, and what `extra` adds."""

    def __init__(
        self, status: int, detail: str, title: str | None = None, *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.title = title
        self.headers = headers or {}
        self.extra: Obj = {}

    def body(self) -> Obj:
        """The problem as the client gets it."""
        body: Obj = {} if self.title is None else {"title": self.title}
        return {**body, "detail": self.detail, "status": self.status, **self.extra}

    def response(self) -> Response:
        """The whole answer."""
        return Response(
            dumps(self.body()) + "\n", self.status, headers=self.headers, media_type="application/problem+json"
        )


_USUAL = {
    401: ("Unauthenticated", "You did not pass a valid authentication token"),
    402: (
        "Insufficient credit",
        "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to"
        " purchase credit. Once you purchase credit, please wait a few minutes before trying again.",
    ),
    404: ("Not found", NOT_FOUND),
    409: ("Conflict", "The request conflicts with what is there"),
    413: ("Content too large", "The body must be less than 100MB in size"),
    422: ("Input validation failed", "- input: The sandbox was told to refuse it (--chaos)\n"),
}


def planned(status: int) -> Problem:
    """A refusal that a test planned, in the words that are usual for its status."""
    failed = "Internal server error" if status >= 500 else "Bad request"
    title, detail = _USUAL.get(status, (failed, "The sandbox was told to fail (--chaos)"))
    problem = Problem(status, detail, title)
    if status == 422:
        fields: Obj = {
            "type": "invalid",
            "field": "input",
            "description": "The sandbox was told to refuse it (--chaos)",
        }
        problem.extra["invalid_fields"] = [fields]
    return problem


def not_found(detail: str = NOT_FOUND) -> Problem:
    """404."""
    return Problem(404, detail, "Not found")


def invalid(detail: str, pointer: str | None = None) -> Problem:
    """400 with `errors`, as creations of models and deployments give for a bad field.

    Source: docs/replicate.md, Rate limits and errors.
    """
    problem = Problem(400, detail, "Validation failed")
    if pointer is not None:
        problem.extra["errors"] = [{"detail": detail, "pointer": pointer}]
    return problem


def refused_fields(fields: list[tuple[str, str, str]]) -> Problem:
    """422 with `invalid_fields`; each is (type, field, description), the field as `input.width`."""
    lines = [f"- {field}: {text}\n" if field else f"- {text}\n" for _, field, text in fields]
    problem = Problem(422, "".join(lines), "Input validation failed")
    entries: list[Json] = [{"type": kind, "field": field, "description": text} for kind, field, text in fields]
    problem.extra["invalid_fields"] = entries
    return problem
