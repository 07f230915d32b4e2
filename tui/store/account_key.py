"""Under which key a token's things are kept, as far as that is known without asking."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.api.token import Token


def note_key(base_url: str, token: Token | None) -> str:
    """Where it is noted whose token this is: by a digest, which tells nothing of the token."""
    secret = token.reveal() if token else ""
    return "account " + hashlib.sha256(f"{base_url}\n{secret}".encode()).hexdigest()[:32]
