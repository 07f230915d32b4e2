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
