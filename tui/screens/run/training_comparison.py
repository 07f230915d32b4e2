"""One input for two: the version that a training gave, and the version that it began from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from tui import wording
from tui.screens.run.run_screen import RunScreen

if TYPE_CHECKING:
    from tui.api.types import Target
    from tui.services.bus import Event
    from tui.services.runs.run import Run
    from tui.services.services import Services


class CompareRunScreen(RunScreen):
    """The form of the trained model: its input runs on the new version and on the base, then both are compared."""

    HELP = "Fill the form; ctrl+r runs it on the new version and on its base, and shows both side by side."

    def __init__(
        self, trained: Target, base: Target, *, values: Mapping[str, object] | None = None, message: str | None = None
    ) -> None:
        super().__init__(trained.ref, version=trained.version, values=values, message=message)
        self._base = base
        self._base_run: Run | None = None
        self._compared = ""

    async def do_start_run(self) -> None:
        """Check, say what it costs, run both."""
        from tui.screens.dialogs.question import Ask, Option

        checked, services, request = self.checked_input(), self.services, self.request
        if checked is None or services is None or request is None:
            return
        values, chosen = checked
        left_out = await _unknown_to(self._base, services, values)
        without = f" The base does not know {', '.join(left_out)}: it runs without." if left_out else ""
        answer = await self.host.push_screen_wait(
            Ask(
                "Run both?",
                f"The new version {self.ref} and its base {self._base.ref} run on this input: two predictions are "
                f"billed.{without}",
                [Option("run", "r", "Run both"), Option("stay", "s", "Stay")],
            )
        )
        if answer != "run":
            return
        self._compared = ""
        self.show_run()
        start = partial(
            services.runs.start,
            cancel_after=chosen.cancel_after,
            webhook=chosen.webhook,
            webhook_events=chosen.events,
        )
        self.run = await start(request.target, request.form, values)
        base = {name: value for name, value in values.items() if name not in left_out}
        self._base_run = await start(self._base, request.form, base)
        self._draw_both()

    def why_not_start_run(self) -> str | None:
        """As for one run, and the base's too."""
        if self._base_run is not None and not self._base_run.ended and self._base_run.state != "unknown":
            return "Both are still running; they are compared when both have ended."
        return super().why_not_start_run()

    def bus_event(self, event: Event) -> None:
        """Follow both."""
        from tui.services import bus

        if isinstance(event, bus.RunChanged) and self._base_run is not None and event.run.id == self._base_run.id:
            self._base_run = event.run
        super().bus_event(event)
        if isinstance(event, bus.RunChanged):
            self.soon("both", self._draw_both)

    def _draw_both(self) -> None:
        new, base = self.run, self._base_run
        if new is None or base is None or not self.is_attached:
            return
        self.note(f"new: {_state(new)} · base: {_state(base)}")
        if new.ended and base.ended and new.record is not None and base.record is not None:
            key = f"{new.id} {base.id}"
            if self._compared != key and self.is_current:
                self._compared = key
                from tui.screens.records.compare_screen import CompareScreen

                self.host.push_screen(CompareScreen(base.record, new.record))


def _state(run: Run) -> str:
    if run.record is not None:
        return wording.mark(run.record.prediction.status).word
    return run.error or run.message or run.state


async def _unknown_to(base: Target, services: Services, values: Mapping[str, object]) -> list[str]:
    """The inputs that a version has no field for; none where its schema cannot be had."""
    from tui.api.errors import ApiError
    from tui.forms import Form

    try:
        version = await services.catalogue.version(base.ref, base.version or "")
    except ApiError:
        return []
    form = Form.parse(version.openapi_schema)
    return [name for name in values if form.field(name) is None] if form.known else []
