"""A change whose answer was lost is looked for, and never sent again by itself; creations have `creation`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tui.api.core import Core
from tui.api.errors import ApiError, BadAnswer, ChangeUnknown, NetworkError, ServerError

T = TypeVar("T")

LOOKS = (0.5, 2.0, 5.0)
"""Seconds before each look: what was just created may take a moment to be listed."""


async def settled(
    core: Core, send: Callable[[], Awaitable[T]], look: Callable[[], Awaitable[T | None]], what: str
) -> T:
    """What `send` made, or what `look` finds of it after its answer was lost; `look` gives None where it is not.

    `what` names it for people: "the model ada/engine". Raises the refusal, or ChangeUnknown.
    """
    lost: ApiError
    try:
        return await send()
    except NetworkError as error:
        if not error.sent:
            raise
        lost = error
    except (ServerError, BadAnswer) as error:
        lost = error
    for delay in LOOKS:
        await core.wait(delay, "looking for what was sent, its answer was lost")
        try:
            found = await look()
        except NetworkError:
            break
        except ApiError:
            continue
        if found is not None:
            return found
    raise ChangeUnknown(
        f"The answer to the creation of {what} was lost, and it is not there: it may come to be all the same. ({lost})",
        what=what,
        status=lost.status,
    )
