"""Makes a batch: of what a model's form holds, or of predictions that are marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tui.navigation import Place
from tui.screens.command_host import NOT_CONNECTED

if TYPE_CHECKING:
    from tui.screens.base import ConsoleScreen
    from tui.screens.run.run_request import RunRequest
    from tui.services.batches.drafts import Draft
    from tui.services.services import Services
    from tui.store.batch import Batch
    from tui.store.records import Record


class FormBatch:
    """The command of a model's form."""

    def __init__(
        self,
        screen: ConsoleScreen,
        request: Callable[[], RunRequest | None],
        texts: Callable[[], Mapping[str, str]],
    ) -> None:
        """`texts` gives what was typed into the form."""
        self._screen = screen
        self._request = request
        self._texts = texts

    def why_not_make_batch(self) -> str | None:
        """Only with a schema: rows are judged by it."""
        if self._screen.services is None:
            return NOT_CONNECTED
        request = self._request()
        if request is None:
            return "The model's schema has not come yet."
        return "The model tells no schema, by which rows could be judged." if request.free else None

    async def do_make_batch(self) -> None:
        """Ask over what it is run, and begin."""
        from tui.screens.batches.new_batch import NewBatch

        request, services = self._request(), self._screen.services
        if request is None or services is None:
            return
        texts = {name: text for name, text in self._texts().items() if text != ""}
        draft = await self._screen.host.push_screen_wait(NewBatch(services, request.target, request.form, texts))
        if draft is not None:
            await begin(self._screen, services, draft)


class MarkedBatch:
    """The command of the list of predictions."""

    def __init__(self, screen: ConsoleScreen, marked: Callable[[], frozenset[str]]) -> None:
        self._screen = screen
        self._marked = marked

    def why_not_make_batch(self) -> str | None:
        """Only of what is marked."""
        if self._screen.services is None:
            return NOT_CONNECTED
        return None if self._marked() else "Nothing is marked. space marks the prediction under the cursor."

    async def do_make_batch(self) -> None:
        """Run the marked predictions once more, as one batch."""
        from tui.screens.dialogs.question import Ask, Option

        services = self._screen.services
        if services is None:
            return
        found = [await services.store.get(services.account, id_) for id_ in sorted(self._marked())]
        records = [one for one in found if one is not None and one.prediction.input and one.prediction.model]
        records.sort(key=lambda one: (one.row.created_at, one.id))
        gone = len(found) - len(records)
        if not records:
            self._screen.console.say("The inputs of the marked predictions are not kept any more.", severity="warning")
            return
        more = f" {gone:,} others have no input here any more." if gone else ""
        answer = await self._screen.host.push_screen_wait(
            Ask(
                "Run 1 prediction again?" if len(records) == 1 else f"Run {len(records):,} predictions again?",
                f"What is marked is run with the same inputs as one batch, and billed.{more}",
                [Option("run", "r", "Run again"), Option("stay", "s", "Stay")],
            )
        )
        if answer == "run":
            await self._begin(services, records)

    async def _begin(self, services: Services, records: Sequence[Record]) -> None:
        from tui.api.types import Target
        from tui.forms import Form
        from tui.services.batches.batches import Options
        from tui.services.batches.drafts import again
        from tui.services.models.endpoint import endpoint

        places: dict[str, int] = {}
        models: list[tuple[Target, Form]] = []
        which: list[int] = []
        for record in records:
            target = Target.of_prediction(record.prediction, services.username or "")
            if target is None:
                self._screen.console.say(f"The API does not tell what {record.id} ran on.", severity="error")
                return
            if str(target) not in places:
                sent_to, version = await endpoint(services.client, services.catalogue, target)
                places[str(target)] = len(models)
                models.append((sent_to, Form.parse(version.openapi_schema if version else None)))
            which.append(places[str(target)])
        options = Options(tuple(target for target, _ in models))
        named = ", ".join(dict.fromkeys(target.ref or str(target) for target, _ in models))
        runs = again(records, models, which)
        batch, wrong, refused = await services.batches.plan(named, "", options, runs, [form for _, form in models])
        if refused:
            told = "; ".join(str(one) for one in wrong[:3])
            self._screen.console.say(f"{refused:,} are refused, and nothing was sent: {told}", severity="error")
            return
        await _send(self._screen, services, batch, {})


async def begin(screen: ConsoleScreen, services: Services, draft: Draft) -> None:
    """Write all runs down, go on with them, and show that."""
    from tui.services.batches.drafts import BadGrid, BadRows, write_down

    screen.console.under_way("checking every row…")
    try:
        batch, wrong, refused = await write_down(services.batches, draft)
    except (BadGrid, BadRows, OSError) as error:
        screen.console.say(f"{error} Nothing was sent.", severity="error")
        return
    finally:
        screen.console.under_way("")
    if refused:
        told = "; ".join(str(one) for one in wrong[:3])
        screen.console.say(f"{refused:,} rows are refused, and nothing was sent: {told}", severity="error")
        return
    await _send(screen, services, batch, draft.hidden)


async def _send(screen: ConsoleScreen, services: Services, batch: Batch, hidden: Mapping[str, object]) -> None:
    """Begin with what is written down, and show it; what would pass the budget is asked about first."""
    from tui.screens.dialogs.over_budget import within_budget

    dollars = await services.costs.of_batch(await services.batches.parts(batch))
    if not await within_budget(screen.host, services, dollars, "This batch"):
        await services.batches.discard(batch.id)
        return
    services.batch_desk.go_on(batch.id, hidden)
    screen.console.visit(Place("batches", batch.id))
