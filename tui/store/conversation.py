"""Conversations and their turns as the store keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from msgspec import Struct

Role: TypeAlias = Literal["user", "assistant"]
TurnState: TypeAlias = Literal["done", "sending", "starting", "streaming", "failed", "canceled", "unknown"]

LIVE: frozenset[str] = frozenset({"sending", "starting", "streaming", "unknown"})
"""The states of a turn that may still change."""


class Conversation(Struct, frozen=True):
    """A conversation without its turns."""

    id: str
    title: str
    """One line: the user's, or the beginning of the first question; "" before there is one."""
    model: str
    """"owner/name": whom the next question is sent to."""
    version: str | None
    """The version that was asked for; None for "the latest" and for an official model."""
    deployment: str | None
    """"owner/name" of the deployment that the questions are sent to, in place of the model itself."""
    parameters: Mapping[str, object]
    """Values of the model's inputs; secrets read REDACTED."""
    system: str
    created_at: datetime
    updated_at: datetime
    leaf: str | None = None
    """The turn that ends the branch shown; None while there is none."""
    draft: str = ""
    """What is typed and not sent."""
    turns: int = 0
    """How many turns it has, on all branches."""
    attachments: tuple[str, ...] = ()
    """What is attached to the draft."""
    titled: bool = False
    """Whether the user gave the title."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question or an answer. Times are aware UTC."""

    id: str
    conversation_id: str
    parent: str | None
    """The turn that it follows; None for a first question."""
    role: Role
    text: str = field(repr=False)
    created_at: datetime
    attachments: tuple[str, ...] = ()
    """Paths or URLs as they were given."""
    prediction_id: str | None = None
    model: str = ""
    version: str = ""
    """Of an answer: the version that the API named, or the one that was asked for."""
    state: TurnState = "done"
    error: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    """input_tokens, output_tokens, seconds_to_first, tokens_per_second, predict_time (seconds), total_time
    (seconds); `estimated_input` and `estimated_output` are 1 where the API did not tell the tokens."""
    left_out: int = 0
    """How many earlier turns did not fit into what was sent for this answer."""
    why_left_out: str = ""
    note: str = ""
    """What happens just now, in words: an upload, a wait, a cold start; of one that is "unknown", that it is being
    looked for, and without a note a person has to decide (`Chats.resolve`). Not kept."""
    waits_until: datetime | None = None
    """When a wait ends, while the API holds the creation back. Not kept."""

    @property
    def live(self) -> bool:
        """Whether it may still change."""
        return self.state in LIVE
