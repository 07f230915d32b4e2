"""Whose fault it is that a row failed, and whether it can pass when it is tried again."""

from __future__ import annotations

from msgspec import Struct

from tui.api.error_codes import may_pass
from tui.api.errors import (
    ApiError,
    InvalidInput,
    NetworkError,
    NotFound,
    PaymentRequired,
    RateLimited,
    ReadOnly,
    ServerError,
    Unauthorized,
)


class Failure(Struct, frozen=True):
    """Why a row failed."""

    reason: str
    """ "model", "input", "credit", "token", "network", "file" or "api"."""
    words: str
    again: bool = False
    """Whether it can pass when it is tried again."""
    paid: bool = False
    """Whether it was billed."""
    stops: bool = False
    """Whether every other row would fail of it too."""


def of_refusal(error: ApiError) -> Failure:
    """Nothing was created."""
    words = str(error)
    if isinstance(error, PaymentRequired):
        return Failure("credit", words, stops=True)
    if isinstance(error, Unauthorized | ReadOnly):
        return Failure("token", words, stops=True)
    if isinstance(error, InvalidInput | NotFound):
        return Failure("input", words)
    if isinstance(error, NetworkError | RateLimited | ServerError):
        return Failure("network", words, again=True)
    return Failure("api", words)


def of_model(error: str, predict_time: float | None) -> Failure:
    """The prediction failed. What has run for a time is billed for it."""
    return Failure("model", error, again=may_pass(error), paid=predict_time is not None)
