"""The API's address as people write it, and as requests are built upon it."""

from __future__ import annotations

from urllib.parse import urlsplit

_WANTED = "https://HOST/v1 would be one"


def normal_base_url(text: str) -> str:
    """The address without a slash at its end. A bare host gets /v1; a path of its own is taken as it stands.

    Raises ValueError, with a sentence for a person, where it is no API's address. A password in it is not quoted.
    """
    text = text.strip().rstrip("/")
    if not text.isprintable() or " " in text:
        raise ValueError(f"The API's address holds spaces or control characters: {_WANTED}.")
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        raise ValueError(f"{text[:100]!r} is not the address of an API: {_WANTED}.") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"The address of an API must not hold a user name or a password: {_WANTED}.")
    if not fine or parts.query or parts.fragment:
        raise ValueError(f"{text[:100]!r} is not the address of an API: {_WANTED}.")
    return text if parts.path else f"{text}/v1"
