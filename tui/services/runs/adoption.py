"""Which prediction is adopted after a lost answer: only one that cannot be anybody else's.

It was created after the send, by the server's clock, on the same target, with the same input, and belongs to no run
of this store. Other runs of this store may have sent the same, in any process: while the answer to one may still
come, it is waited for. Where several answers were lost, they are paired with what is listed only if each has one of
its own; rows of one batch also if some have none, since it is all the same which of them that is. In every other case
a person decides.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, cast

from msgspec import Struct
from msgspec.structs import replace

from tui.api.client import Client
from tui.api.clock import steady
from tui.api.creation import CLOCKS_DIFFER, Candidate, Sighting
from tui.api.decoding import is_object
from tui.api.downloads import data_uri
from tui.api.errors import ApiError, BadAnswer, OutcomeUnknown
from tui.api.recognition import files_of
from tui.api.secret_marks import is_mark
from tui.api.types import Creation, Prediction, Target
from tui.forms import REDACTED
from tui.store.batch import batch_of
from tui.store.records import Attempt, Record
from tui.store.store import Store

if TYPE_CHECKING:
    from tui.services.runs.run import Run

LATE = timedelta(seconds=60)
"""How long after its answer was lost a request may still be carried out."""
KILLED = timedelta(minutes=10)
"""How long after its send, where the console was killed and nobody knows when the connection broke."""
LOOKS = (0.5, 2.0, 5.0)
"""Seconds before each look: what was just created may take a moment to be listed."""
TWIN_PAUSES = (0.5, 1.0, 2.0, 4.0, *([5.0] * 60))
"""Seconds between two looks while the answer to another run with the same input may still come."""
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Verdict(Enum):
    """What a look says."""

    FOUND = "found"
    """It is the run's."""
    WAITS = "waits"
    """The answer to another run that sent the same may still come."""
    UNSURE = "unsure"
    """Something is there that may be it, or somebody else's."""
    ABSENT = "absent"
    """Nothing is listed that may be it."""
    TIMELESS = "timeless"
    """The server's clock was not known at the send, so that nothing tells what was created after it."""


class Look(Struct, frozen=True):
    """What came of a look: the record that was adopted, or why none was."""

    record: Record | None
    verdict: Verdict = Verdict.ABSENT
    candidates: tuple[Candidate, ...] = ()

    def words(self, lost: str) -> str:
        """`lost` and what is known beside it, for the person who decides."""
        if self.verdict is Verdict.TIMELESS:
            return f"{lost} The server did not tell its time, so that it cannot be told from others of its kind."
        if not self.candidates:
            listed = "" if self.verdict is Verdict.ABSENT else ", as far as that could be read"
            return f"{lost} The list does not show it so far{listed}: it may be running all the same."
        ids = ", ".join(one.prediction.id for one in self.candidates[:3])
        more = f" and {len(self.candidates) - 3} more" if len(self.candidates) > 3 else ""
        if any(one.prediction.data_removed for one in self.candidates):
            return f"{lost} One of that time is there, and Replicate has deleted its input: probably {ids}{more}."
        return f"{lost} {ids}{more} may be it, or may be what somebody else has sent."


class Adoption:
    """Keeps account of what the runs of a store have sent, and looks for what was lost. One for all runs."""

    def __init__(
        self,
        client: Client,
        store: Store,
        alive: Callable[[str | None], bool],
        owner: str,
        account: Callable[[], str],
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        """`alive` tells whether the console of a name still lives; `owner` is this one's."""
        self._client = client
        self._store = store
        self._alive = alive
        self._owner = owner
        self._account = account
        self._now = now
        self._sleep = sleep
        self._sent: dict[str, float] = {}
        """The mark of each run's last send, for those that this console has sent."""

    async def begin(self, run: Run, shown: Mapping[str, object]) -> None:
        """Note that a run is about to be sent, with the input `shown`, which holds no secret. Raises StoreError."""
        with contextlib.suppress(ApiError):
            # Where the clock stays unknown, the creation may go through all the same; a loss is for a person then.
            await self._client.learn_clock()
        since = self._client.clock.earliest(steady())
        attempt = Attempt(
            run_id=run.id,
            fingerprint=fingerprint(self._client.base_url, run.kind, shown),
            target=run.target,
            files=tuple(_digest(file) for file in files_of(shown)),
            since=since,
            owner=self._owner,
        )
        await self._store.begin_creation(self._account(), attempt, input=dict(shown), sent_at=since, error=None)

    async def lost(self, run: Run, error: OutcomeUnknown | None) -> None:
        """The answer will not come. Without the error it is only known that the console which sent it is gone."""
        since = until = None
        if error is not None:
            self._sent[run.id] = error.sent
            since, until = self._client.clock.earliest(error.sent), self._client.clock.latest(error.lost)
            if until is not None:
                until += LATE
        await self._store.lose_creation(run.id, since, until)

    async def find(self, run: Run) -> Look:
        """Look a few times, since what was just created may be listed late. Raises an ApiError."""
        look = Look(None)
        for delay in LOOKS:
            await self._sleep(delay)
            look = await self.look(run)
            if look.record is not None or look.verdict is Verdict.TIMELESS:
                break
        return look

    async def look(self, run: Run) -> Look:
        """Look once, as soon as no other run's answer can be mistaken for this one's. Raises an ApiError."""
        look = await self._look(run)
        for pause in TWIN_PAUSES:
            if look.verdict is not Verdict.WAITS:
                break
            await self._sleep(pause)
            look = await self._look(run)
        return look

    async def claim(self, run: Run, prediction: Prediction) -> Record | None:
        """Bind a run to what a person says is its own. None where it belongs to another run."""
        return await self._store.adopt_run(
            self._account(), run.id, [prediction.id], lambda _, __: prediction, self._now(), run.kind
        )

    async def _look(self, run: Run) -> Look:
        attempts = self._known(await self._store.attempts(run.id), run.id)
        mine = _mine(attempts, run.id)
        if mine is None or mine.since is None:
            return Look(None, Verdict.TIMELESS)
        since, until = _reach(mine, attempts)
        creation = Creation(kind=run.kind, target=run.target, input=dict(run.input), destination=run.destination)
        sighting = await self._client.look_for(creation, since, until, sent=self._sent.get(run.id))
        choice: Candidate | Verdict = Verdict.ABSENT

        def choose(attempts: list[Attempt], taken: set[str]) -> Prediction | None:
            nonlocal choice
            choice = choose_for(run.id, self._known(attempts, run.id), sighting, taken)
            return choice.prediction if isinstance(choice, Candidate) else None

        ids = [one.prediction.id for one in sighting.candidates]
        record = await self._store.adopt_run(self._account(), run.id, ids, choose, self._now(), run.kind)
        if isinstance(choice, Candidate):
            return Look(record, Verdict.FOUND)
        return Look(None, choice, sighting.candidates)

    def _known(self, attempts: Sequence[Attempt], run_id: str) -> list[Attempt]:
        """The attempts with what only this console knows: who lives, and what later answers told of the clock."""
        return [
            self._tightened(one) if one.run_id == run_id else one
            for one in (
                replace(one, state="lost") if one.state == "sent" and not self._alive(one.owner) else one
                for one in attempts
            )
        ]

    def _tightened(self, attempt: Attempt) -> Attempt:
        sent = self._sent.get(attempt.run_id)
        since = self._client.clock.earliest(sent) if sent is not None else None
        if since is None or attempt.since is None or attempt.until is None or not attempt.since < since < attempt.until:
            return attempt
        return replace(attempt, since=since)


def choose_for(
    run_id: str, attempts: Sequence[Attempt], sighting: Sighting, taken: Container[str]
) -> Candidate | Verdict:
    """Which of the candidates is surely the run's own.

    `attempts` are all that are open with its fingerprint, those of consoles that are gone as "lost"; `taken` are the
    ids that belong to other runs.
    """
    mine = _mine(attempts, run_id)
    if mine is None or mine.since is None:
        return Verdict.TIMELESS
    free = [one for one in sighting.candidates if one.prediction.id not in taken]
    senders, found = _connected(mine, [one for one in attempts if may_be_taken_for(one, mine)], free)
    if not found:
        return Verdict.ABSENT if sighting.complete else Verdict.UNSURE
    if any(one is not mine and one.state == "sent" for one in senders):
        return Verdict.WAITS
    if not sighting.complete or not all(one.sure for one in found):
        return Verdict.UNSURE
    if all(one.run_id == run_id for one in senders) and len(found) <= len(senders):
        # A person has sent it once more: whichever was made is the run's own.
        return found[-1]
    pairs = _paired(senders, found)
    if len(found) == len(senders):
        return pairs.get(mine.number, Verdict.UNSURE)
    if pairs and len(found) < len(senders) and _of_one_batch(senders):
        # They are asked for alike in everything, and told from nobody else: whichever has none was not created so far.
        return pairs.get(mine.number, Verdict.ABSENT)
    return Verdict.UNSURE


def _connected(
    mine: Attempt, attempts: Sequence[Attempt], candidates: Sequence[Candidate]
) -> tuple[list[Attempt], list[Candidate]]:
    """All that must be told apart at once: what may be mine, who else may own that, what else those may own, …"""
    senders = [mine]
    found: list[Candidate] = []
    for sender in senders:
        for candidate in candidates:
            if candidate not in found and _within(sender, candidate):
                found.append(candidate)
                senders += [one for one in attempts if one not in senders and _within(one, candidate)]
    return senders, sorted(found, key=lambda one: (one.created_at, one.prediction.id))


def _paired(senders: Sequence[Attempt], candidates: Sequence[Candidate]) -> dict[int, Candidate]:
    """One candidate for each sender, by number; empty where that cannot be."""
    left = sorted(senders, key=lambda one: (_window(one)[1], one.number))
    pairs: dict[int, Candidate] = {}
    for candidate in candidates:
        # Who can wait least is served first: that finds a pairing wherever there is one.
        sender = next((one for one in left if _within(one, candidate)), None)
        if sender is None:
            return {}
        left.remove(sender)
        pairs[sender.number] = candidate
    return pairs


def _of_one_batch(senders: Sequence[Attempt]) -> bool:
    """Whether all of them are rows of one batch, each sent once, by consoles that wait for no answer any more."""
    batches = {batch_of(one.run_id) for one in senders}
    return len(batches) == 1 and None not in batches and len({one.run_id for one in senders}) == len(senders)


def _window(attempt: Attempt) -> tuple[datetime, datetime]:
    since = attempt.since or _FIRST
    if attempt.until is not None:
        return since, attempt.until
    # One whose console lives may still be waiting for a rate limit.
    return since, _LAST if attempt.since is None or attempt.state == "sent" else since + KILLED


def _within(attempt: Attempt, candidate: Candidate) -> bool:
    since, until = _window(attempt)
    return since - timedelta(seconds=CLOCKS_DIFFER) <= candidate.created_at <= until


def _mine(attempts: Sequence[Attempt], run_id: str) -> Attempt | None:
    return next((one for one in reversed(attempts) if one.run_id == run_id), None)


def _reach(mine: Attempt, attempts: Sequence[Attempt]) -> tuple[datetime, datetime]:
    """The time in which all that must be told apart at once may have been created."""
    since, until = _window(mine)
    overlapping = [_window(one) for one in attempts if one.since is not None and may_be_taken_for(one, mine)]
    while True:
        wider = [one for one in overlapping if one[0] <= until and one[1] >= since]
        reach = min([since, *(one[0] for one in wider)]), max([until, *(one[1] for one in wider)])
        if reach == (since, until):
            return reach
        since, until = reach


def may_be_taken_for(one: Attempt, other: Attempt) -> bool:
    """Whether what one attempt made could look like what the other made; their inputs are the same but for files."""
    return _targets_meet(one.target, other.target) and all(
        a == b or a.partition(" ")[0] != b.partition(" ")[0] for a, b in zip(one.files, other.files, strict=False)
    )


def _targets_meet(one: Target, other: Target) -> bool:
    if one.deployment != other.deployment:
        return False
    if one.ref and other.ref and one.ref.lower() != other.ref.lower():
        return False
    return not (one.runs_version and other.runs_version) or one.runs_version == other.runs_version


def fingerprint(base_url: str, kind: str, input: Mapping[str, object]) -> str:
    """The same for two inputs that could be taken for each other, files apart, at one API."""
    text = json.dumps([base_url, kind, _plain(input)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _plain(value: object) -> object:
    """A value with its files and secrets made alike, and 1.0 made 1."""
    if is_mark(value):
        return REDACTED
    if isinstance(value, str):
        return "file" if files_of(value) else str(value)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if is_object(value):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[object]", value)]
    return value


def _digest(file: str) -> str:
    """A file of an input without its content: "data …" or "link …"."""
    if file[:5].lower() != "data:":
        return f"link {hashlib.sha256(file.encode('utf-8', 'replace')).hexdigest()}"
    try:
        content = data_uri(file)[1]
    except BadAnswer:
        content = file.encode("utf-8", "replace")
    return f"data {hashlib.sha256(content).hexdigest()}"
