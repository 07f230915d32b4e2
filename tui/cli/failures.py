"""How a command ends: which exit code a failure has, and the words that say what to do about it."""

from __future__ import annotations

from tui.api.errors import (
    ApiError,
    BadSetting,
    ChangeUnknown,
    InvalidInput,
    NetworkError,
    OutcomeUnknown,
    PaymentRequired,
    ReadOnly,
    Unauthorized,
)
from tui.cli.exit_codes import EXIT_API, EXIT_TOKEN, EXIT_USAGE
from tui.settings import Settings

_FORBIDDEN = 403
"""The token is good, but may not do this: deleting a public model, creating one for somebody else."""


def exit_code(error: ApiError) -> int:
    """The exit code of an error of the API (the last paragraph of the help)."""
    if isinstance(error, Unauthorized) and error.status != _FORBIDDEN:
        return EXIT_TOKEN
    if isinstance(error, BadSetting | InvalidInput | ReadOnly):
        return EXIT_USAGE
    return EXIT_API


def explain(error: ApiError, settings: Settings, base_url: str) -> list[str]:
    """What a person should read: what happened, and what to do."""
    lines = [str(error) or type(error).__name__]
    if isinstance(error, InvalidInput):
        lines += [f"  {field}: {problem}" for field, problem in error.fields.items()]
    elif isinstance(error, Unauthorized) and error.status != _FORBIDDEN:
        lines.append(settings.whose_token(base_url))
    elif isinstance(error, PaymentRequired):
        lines.append("See https://replicate.com/account/billing; a purchase takes a few minutes to count.")
    elif isinstance(error, OutcomeUnknown):
        lines.append(
            "It may have been created, and may be billed. Look before you send it again: replicate-tui predictions"
        )
    elif isinstance(error, ChangeUnknown):
        lines.append("It is not sent again by itself. Look before you send it again.")
    elif isinstance(error, NetworkError):
        lines.append(f"The address is {base_url} ({settings.base_url_source}).")
    return lines


def no_token(settings: Settings) -> list[str]:
    """Why nothing can be asked, and the ways to a token."""
    if settings.base_url_is_of_folder:
        return [
            settings.no_token or f"There is no API token for {settings.base_url}.",
            f"The address is the one of {settings.base_url_source}. --base-url https://api.replicate.com/v1 goes "
            "before it, and takes your own token.",
        ]
    return [
        settings.no_token or f"There is no API token for {settings.base_url} ({settings.base_url_source}).",
        "Make one at https://replicate.com/account/api-tokens and put it into REPLICATE_API_TOKEN, or keep it with "
        "replicate-tui auth login. Without one, --sandbox runs a local Replicate.",
    ]
