"""Tells whoever listens what has changed, as frozen events. Nothing here waits: callbacks return at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from tui.api.types import Deployment, RateLimit
    from tui.services.runs.run import Run
    from tui.store.batch import Batch
    from tui.store.conversations import Turn
    from tui.store.deliveries import Delivery
    from tui.store.records import Kind, Record, SavedOutput

_log = logging.getLogger(__name__)


class RecordChanged(Struct, frozen=True):
    """One record is different from before."""

    record: Record


class RecordsListed(Struct, frozen=True):
    """A page of the API's list was read; these records are new or different."""

    records: tuple[Record, ...]


class Ended(Struct, frozen=True):
    """Something that this console saw live has ended; told once. `seconds` is from its creation to its end."""

    record: Record
    seconds: float


class RunChanged(Struct, frozen=True):
    """A run went on. `run` is a snapshot that never changes."""

    run: Run


class BatchChanged(Struct, frozen=True):
    """A batch that this console works on went on, or its work has ended."""

    batch: Batch


class UnknownRuns(Struct, frozen=True):
    """The runs whose outcome is unknown are others than before, or one of them needs a decision now."""

    runs: tuple[Run, ...]
    """All of them, the oldest first."""


class OutputText(Struct, frozen=True):
    """The text that a prediction streams.

    `text` is all of it so far. `delta` is what came since the event before; it is the whole text again where the
    one before turned out to be no beginning of it (`restarted`). The last event has `done`.

    `run_id` is the run that it belongs to, where this console runs it; an answer of a chat is the turn of that id.
    """

    prediction_id: str
    text: str
    delta: str
    done: bool
    restarted: bool = False
    run_id: str | None = None


class OutputSaved(Struct, frozen=True):
    """What became of one output file: saved, failed, or still wanted with the error that kept it back."""

    prediction_id: str
    output: SavedOutput


class Gone(Struct, frozen=True):
    """The API does not know the prediction or training any more. What is kept of it stays."""

    prediction_id: str
    kind: Kind = "prediction"


class DeploymentsChanged(Struct, frozen=True):
    """The account's deployments, all that are known, after one was asked for, made, changed or deleted."""

    deployments: tuple[Deployment, ...]


class RateLimitChanged(Struct, frozen=True):
    """What the API says is left."""

    rate: RateLimit


class Stale(Struct, frozen=True):
    """The API does not answer: what is shown is from `since` (None: never asked yet) and `error` says why; "" while
    an answer is waited for.

    Both are None once it answers again.
    """

    since: datetime | None
    error: str | None


class Waiting(Struct, frozen=True):
    """A request is held back for `seconds`, because of `reason`."""

    seconds: float
    reason: str


class AccountIdentified(Struct, frozen=True):
    """The user's name is known now, and everything is kept under `account`: read again what was read before."""

    account: str


class ChatChanged(Struct, frozen=True):
    """A turn is new or different, and kept; or, without one, the conversation itself: its title, model, branch, or
    that it was made or deleted."""

    conversation_id: str
    turn: Turn | None = None


class DeliveryChanged(Struct, frozen=True):
    """A webhook was delivered from here, or was not taken."""

    delivery: Delivery


class FilesChanged(Struct, frozen=True):
    """The account's files are others than before, or an upload went on."""


class BudgetChanged(Struct, frozen=True):
    """What may be spent is another amount than before."""


Event: TypeAlias = (
    RecordChanged
    | RecordsListed
    | Ended
    | DeploymentsChanged
    | RunChanged
    | UnknownRuns
    | OutputText
    | OutputSaved
    | Gone
    | RateLimitChanged
    | Stale
    | Waiting
    | AccountIdentified
    | ChatChanged
    | BatchChanged
    | DeliveryChanged
    | FilesChanged
    | BudgetChanged
)


class Bus:
    """Events for all who subscribed, in the order of their subscription, on the event loop's thread."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[Event], None]] = []

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Have `callback` called with every event. Returns what ends that; it may be called twice."""
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Tell everybody. A callback that fails is logged, and the others are told all the same."""
        for callback in tuple(self._callbacks):
            try:
                callback(event)
            except Exception:  # noqa: BLE001 - the edge between those who tell and those who listen
                _log.exception("a listener failed on %s", type(event).__name__)
