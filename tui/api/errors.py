"""What can go wrong with the API, as exceptions to act on. `str(error)` is a sentence for a person."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .text import clean, clean_line

if TYPE_CHECKING:
    from .types import Creation


class ApiError(Exception):
    """Whatever the API refused or did not answer.

    `status` is the HTTP status where there was one; `title` and `detail` are the problem body's, cleaned;
    `request_id` names the request to Replicate's support.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        title: str | None = None,
        detail: str | None = None,
        request_id: str | None = None,
    ) -> None:
        self.message = clean_line(message, 600)
        self.status = status
        self.title = None if title is None else clean_line(title)
        self.detail = None if detail is None else clean(detail)
        self.request_id = None if request_id is None else clean_line(request_id)
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


class Unauthorized(ApiError):
    """401 or 403: no token, a bad one, or one that may not do this."""


class PaymentRequired(ApiError):
    """402: the account's credit does not suffice."""


class NotFound(ApiError):
    """404: there is no such thing, or this token may not see it."""


class InvalidInput(ApiError):
    """400, 413 or 422: the request was refused for what is in it.

    `fields` maps the name of a form field to what is wrong with it; it is empty where the API names none.
    """

    def __init__(
        self,
        message: str,
        *,
        fields: Mapping[str, str] | None = None,
        status: int | None = None,
        title: str | None = None,
        detail: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, title=title, detail=detail, request_id=request_id)
        self.fields: dict[str, str] = {
            clean_line(name): clean_line(problem, 1000) for name, problem in (fields or {}).items()
        }


class RateLimited(ApiError):
    """429, after all the waiting that was allowed.

    `retry_after` is in seconds; `at` is the time.monotonic() from which the API will answer again.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float,
        status: int | None = 429,
        title: str | None = None,
        detail: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, title=title, detail=detail, request_id=request_id)
        self.retry_after = retry_after
        self.at = time.monotonic() + retry_after


class ServerError(ApiError):
    """5xx, after all tries."""


class NetworkError(ApiError):
    """The API was not reached, did not answer in time, or the connection broke.

    `sent` tells whether the request may have arrived all the same.
    """

    def __init__(self, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent


class BadAnswer(ApiError):
    """The answer cannot be read: not JSON, not what was asked for, too large, or a redirect elsewhere."""


class TooLarge(ApiError):
    """A file is larger than was allowed; it was not kept. `size` is its bytes in all, where the server tells them."""

    def __init__(self, limit: int, size: int | None) -> None:
        self.size = size
        super().__init__(f"The file is larger than {limit // 1_000_000} MB.")


class BadSetting(ApiError):
    """A variable of the environment that the connection needs cannot be used; nothing was sent."""

    def __init__(self, variable: str, value: str, problem: str) -> None:
        self.variable = variable
        super().__init__(f"{variable} is {clean_line(value, 150)!r}, which {problem}.")


class PrivateAddress(ApiError):
    """A file lies in a private network, where nothing is fetched without a person's word."""

    def __init__(self, host: str) -> None:
        super().__init__(f"The file lies at {host}, in a private network: it is not fetched by itself.")


class ReadOnly(ApiError):
    """The client is read-only and the request would have changed something; it was not sent."""

    def __init__(self, method: str) -> None:
        super().__init__(f"Refused: read-only is set, by --read-only or the config file. The {method} was not sent.")


class OutcomeUnknown(ApiError):
    """A creation was sent, and its answer lost. Sending it again may pay twice.

    `request` is what was sent. `sent` and `lost` are when it left, and when its answer was given up, as marks of
    `clock.steady`; `Client.look_for` tells what may be it.
    """

    def __init__(self, message: str, *, request: Creation, sent: float, lost: float, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.request = request
        self.sent = sent
        self.lost = lost


class ChangeUnknown(ApiError):
    """A model or a file was sent to be made, its answer lost, and it was not found. Nothing is sent again by itself.

    `what` names it for people.
    """

    def __init__(self, message: str, *, what: str, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.what = clean_line(what)
