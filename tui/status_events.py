"""Keeps what the status line tells, from the events of the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tui.status import Standing
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from textual.app import App

    from tui.services.bus import Event
    from tui.services.runs.run import Run
    from tui.services.services import Services
    from tui.store.records import SavedOutput

SANDBOX_ENDED = "The sandbox has ended. R starts it again."
COUNTED = 0.25
"""Seconds between two counts of what ran today: as the list of predictions counts its days."""


class Say(Protocol):
    """Shows a notice."""

    def __call__(self, text: str, *, severity: str = "information", title: str = "") -> None: ...


class StatusEvents:
    """Hears the events of one connection after the other."""

    def __init__(self, app: App[Any], standing: Standing, say: Say, changed: Callable[[], object]) -> None:
        """`changed` is called when the status line tells something else; the app's timers and workers count."""
        self._app = app
        self._standing = standing
        self._say = say
        self._changed = changed
        self._services: Services | None = None
        self._undecided: set[str] = set()
        self._counting = self._counting_on = False

    def follow(self, services: Services | None) -> None:
        """From now on these are the services that are told of; None while there are none."""
        self._services = services

    def hear(self, event: Event, has_ended: Callable[[], bool]) -> None:
        """Keep what an event tells; `has_ended` says whether the connection's sandbox is gone."""
        from tui.services import bus

        standing = self._standing
        if isinstance(event, bus.Stale):
            standing.stale(event.since, SANDBOX_ENDED if event.error and has_ended() else event.error)
            self._tell_seconds()
        elif isinstance(event, bus.RateLimitChanged):
            standing.remaining = event.rate.remaining
            self._changed()
        elif isinstance(event, bus.Waiting):
            standing.wait(event.seconds, event.reason, datetime.now(UTC))
            self._tell_seconds()
        elif isinstance(event, bus.OutputSaved):
            self._saved(event.prediction_id, event.output)
        elif isinstance(event, bus.RunChanged):
            self._run_changed(event.run)
        counted = bus.Ended | bus.RecordsListed | bus.RunChanged | bus.AccountIdentified | bus.BudgetChanged
        if isinstance(event, counted):
            self.count_soon()
        live = len(self._services.watcher.live) if self._services is not None else 0
        if live != standing.live:
            standing.live = live
            self._changed()

    def _saved(self, prediction_id: str, output: SavedOutput) -> None:
        """Count an output that is not kept until it is, and say it once for each prediction."""
        unsaved = self._standing.unsaved
        before = len(unsaved)
        if output.state == "saved":
            unsaved.discard((prediction_id, output.index))
        else:
            if all(one != prediction_id for one, _ in unsaved):
                why = output.error or "the reason is not known"
                self._say(f"{prediction_id[:8]}: {why}", severity="error", title="An output is not saved")
            unsaved.add((prediction_id, output.index))
        if len(unsaved) != before:
            self._changed()

    def _run_changed(self, run: Run) -> None:
        """Count the runs that wait for a decision, and tell of each once: also of those from before the start."""
        runs = self._services.runs.active.values() if self._services is not None else ()
        waiting = [one for one in runs if one.needs_decision]
        undecided = {one.id for one in waiting}
        if run.id in undecided - self._undecided:
            words = f"The answer to a {run.kind} on {run.target.ref} was lost: it may run, or not. x decides, in "
            self._say(words + ("Trainings." if run.kind == "training" else "Predictions."), severity="warning")
        if undecided != self._undecided:
            self._undecided, self._standing.undecided = undecided, len(undecided)
            self._standing.undecided_in = "2" if any(one.kind == "prediction" for one in waiting) else "3"
            self._changed()

    def count_soon(self) -> None:
        """What ran today may be more: count it in a moment, once for all that happens until then."""
        if not self._counting:
            self._counting = True
            self._app.set_timer(COUNTED, partial(work, self._app, "Today", "today", self._count_today))

    async def _count_today(self) -> None:
        from tui.store.totals import start_of_day

        self._counting = False
        if (services := self._services) is None:
            return
        found = await services.store.totals(services.account, [(start_of_day(datetime.now(UTC)), None)])
        words = str(found[0]) if found[0].runs else ""
        budget = await services.budget.warning()
        if (words, budget) != (self._standing.today, self._standing.budget):
            self._standing.today, self._standing.budget = words, budget
            self._changed()

    def _tell_seconds(self) -> None:
        """Show how things stand, and while they are told in seconds, each second anew."""
        self._changed()
        if not self._counting_on and self._standing.counts(datetime.now(UTC)):
            self._counting_on = True
            self._app.set_timer(1.0, self._tell_next_second)

    def _tell_next_second(self) -> None:
        self._counting_on = False
        self._tell_seconds()
