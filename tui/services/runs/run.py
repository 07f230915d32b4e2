"""A run as others see it: an immutable snapshot of one creation on its way to its outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from tui.api.types import Prediction, Target

if TYPE_CHECKING:
    from tui.api.creation import Candidate
    from tui.api.errors import ApiError
    from tui.forms.progress import Progress
    from tui.store.records import Kind, Record

State: TypeAlias = Literal[
    "draft", "uploading", "waiting", "creating", "unknown", "following", "done", "failed", "canceled"
]

LOOKING = "looking for what was created"
"""The message of a run while it is being found out what became of it."""
ENDED: frozenset[str] = frozenset({"done", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `input` holds no secret, and local files as their paths until they are uploaded."""

    id: str
    target: Target
    input: Mapping[str, object] = field(repr=False)
    state: State = "draft"
    """`unknown`: the creation's answer was lost, and nothing is surely the run's own (see `needs_decision`)."""
    record: Record | None = None
    text: str = field(default="", repr=False)
    """The streamed text so far."""
    progress: Progress | None = None
    message: str | None = None
    """What happens just now, in words: an upload's progress, a wait."""
    waits_until: datetime | None = None
    """While it is "waiting": when the API is asked again."""
    error: str | None = None
    """Why it failed, in a sentence."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the API found wrong with which input."""
    refusal: ApiError | None = None
    """The API's or the network's error, where one is why nothing was created."""
    candidates: tuple[Candidate, ...] = ()
    """While it is unknown: the predictions that may be it, or somebody else's."""
    destination: str = ""
    """"owner/name" of the model that gets the version, of a training; empty for a prediction."""

    @property
    def kind(self) -> Kind:
        """What is created."""
        return "training" if self.destination else "prediction"

    @property
    def needs_decision(self) -> bool:
        """Whether a person has to say what becomes of it (`Runs.resolve`): it is unknown, and nobody looks for it."""
        return self.state == "unknown" and self.message is None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in ENDED


def draft_key(ref: str, version: str | None = None, kind: Kind = "prediction") -> str:
    """The key in the store of the form of "owner/name", as it was left."""
    key = f"{ref}:{version}" if version else ref
    return f"train {key}" if kind == "training" else key


def why(prediction: Prediction) -> str:
    """Why a prediction did not succeed, in a sentence."""
    if prediction.error:
        return prediction.error
    if prediction.status == "aborted":
        return "It was aborted: its deadline passed before it started."
    return f"It ended as {prediction.status or 'unknown'}."
