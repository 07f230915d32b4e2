"""The commands for the records that are marked, or for the one under the cursor where none is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.screens.base import ConsoleScreen
from tui.screens.dialogs.cancel import ask_to_cancel
from tui.screens.dialogs.outcomes import Outcomes
from tui.screens.dialogs.sort_by import ask_column
from tui.screens.records.comparing import MOST, compare
from tui.screens.records.record_commands import RecordCommands, folder_of
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.screens.records.record_list import RecordList
    from tui.services.services import Services
    from tui.store.records import Record, RecordRow


class MarkedCommands:
    """Answers for a screen with a list whose records can be marked: put it before the `RecordCommands` of that screen.

    Marks count wherever their records are by now, in sight or not.
    """

    def __init__(
        self, screen: ConsoleScreen, records: RecordList, record: Callable[[], Record | None], one: RecordCommands
    ) -> None:
        """`record` gives the record under the cursor, `one` has its commands."""
        self._screen = screen
        self._list = records
        self._record = record
        self._one = one

    @property
    def _marked(self) -> frozenset[str]:
        return self._list.table.marked

    async def _marked_rows(self, services: Services) -> list[RecordRow]:
        """The marked ones as they are now, newest first, whether the list shows them or not."""
        rows = await services.store.some_rows(services.account, sorted(self._marked))
        return sorted(rows, key=lambda row: (row.created_at, row.id), reverse=True)

    # ---- marks and order

    async def do_mark_all(self) -> None:
        """Mark everything that the filter finds, the rows out of sight too."""
        if (services := self._screen.services) is not None:
            ids = await services.store.ids(services.account, self._list.query_now(), self._list.order_now())
            self._list.table.mark(self._marked | set(ids))

    def why_not_unmark_all(self) -> str | None:
        """Only where something is marked."""
        return None if self._marked else "Nothing is marked. space marks the row under the cursor."

    def do_unmark_all(self) -> None:
        """Take all marks away, those out of sight too."""
        self._list.table.mark(())

    async def do_sort_list(self) -> None:
        """Choose the column to sort by."""
        chosen = await ask_column(self._screen.host, self._list.table.columns, "newest first")
        if chosen is not None:
            self._list.sort_by(chosen)

    # ---- compare

    def why_not_compare_marked(self) -> str | None:
        """Several that are marked, or one and the one under the cursor."""
        marked = len(self._marked)
        here = self._record()
        if marked > MOST:
            return f"Up to {MOST} can be compared; {marked:,} are marked."
        if marked > 1 or (marked == 1 and here is not None and here.id not in self._marked):
            return None
        return f"Mark some with space to compare them; {marked} {'is' if marked == 1 else 'are'} marked."

    async def do_compare_marked(self) -> None:
        """The older ones first."""
        services = self._screen.services
        if services is None:
            return
        ids = set(self._marked)
        if len(ids) == 1 and (record := self._record()) is not None:
            ids.add(record.id)
        found = [await services.store.get(services.account, id_) for id_ in sorted(ids)]
        records = sorted((record for record in found if record is not None), key=lambda r: (r.row.created_at, r.id))
        compare(self._screen, records)

    # ---- cancel

    def why_not_cancel_prediction(self) -> str | None:
        """Marked ones, or the one under the cursor if it runs."""
        return None if self._marked else self._one.why_not_cancel_prediction()

    async def do_cancel_prediction(self) -> None:
        """Cancel the marked ones that run, or the one under the cursor."""
        services = self._screen.services
        if services is None:
            return
        if not self._marked:
            await self._one.do_cancel_prediction()
            return
        rows = await self._marked_rows(services)
        live = [row for row in rows if row.live]
        if not live:
            self._screen.console.say("None of the marked ones is running.", severity="warning")
            return
        ended = len(rows) - len(live)
        one = len(live) == 1
        what = f"{live[0].model or live[0].kind} {live[0].id[:8]}" if one else f"{len(live)} {self._list.noun}s"
        more = f"{ended} of the marked ended already: nothing is done to {'it' if ended == 1 else 'them'}."
        if await ask_to_cancel(self._screen.host, what, count=len(live), more=more if ended else ""):
            await self._cancel(services, live)

    async def _cancel(self, services: Services, rows: list[RecordRow]) -> None:
        dialog = Outcomes("Canceling", [(row.id, f"{row.model} {row.summary}") for row in rows])
        self._screen.host.push_screen(dialog)
        done, failed = list[str](), 0
        async for id_, outcome in services.runs.cancel_many([(row.id, row.kind) for row in rows]):
            if isinstance(outcome, Exception):
                failed += 1
                dialog.tell(id_, "✗", str(outcome), "error")
                continue
            done.append(id_)
            if outcome.prediction.status == "canceled":
                dialog.tell(id_, "✓", "canceled", "success")
            else:
                words = "asked to cancel" if outcome.live else f"had ended before: {outcome.prediction.status}"
                dialog.tell(id_, "·", words, "warning")
        # Those that could not be canceled keep their marks, to be tried again.
        self._list.table.mark(self._marked - set(done))
        words = f"Canceled {len(done)} of {len(rows)}" + (
            f"; {failed} could not be: they stay marked" if failed else ""
        )
        self._told(dialog, words, bad=failed > 0)

    def _told(self, dialog: Outcomes, words: str, *, bad: bool) -> None:
        """Say how it ended in the dialog, or in a notice where that was closed."""
        dialog.sum_up(words)
        if not dialog.is_attached:
            self._screen.console.say(f"{words}.", severity="error" if bad else "information")

    # ---- outputs and ids

    def why_not_save_outputs(self) -> str | None:
        """Marked ones, or one with an output."""
        return None if self._marked else self._one.why_not_save_outputs()

    async def do_save_outputs(self) -> None:
        """Save the outputs of the marked ones, or of the one under the cursor, into a folder."""
        from tui.screens.dialogs.prompt import Prompt

        services = self._screen.services
        if services is None:
            return
        if not self._marked:
            await self._one.do_save_outputs()
            return
        rows = [row for row in await self._marked_rows(services) if row.has_outputs]
        if not rows:
            self._screen.console.say("None of the marked ones has an output.", severity="warning")
            return
        folder = await self._screen.host.push_screen_wait(
            Prompt(
                f"Save the outputs of {len(rows)} {self._list.noun}s",
                "Into which folder? Each gets a folder of its own in it, named by its id.",
                str(Path.cwd() / "outputs"),
            )
        )
        if folder:
            await self._save(services, rows, folder_of(folder))

    async def _save(self, services: Services, rows: list[RecordRow], folder: Path) -> None:
        dialog = Outcomes("Saving", [(row.id, f"{row.model} {row.summary}") for row in rows])
        self._screen.host.push_screen(dialog)
        files = bad = 0
        for row in rows:
            record = await services.store.get(services.account, row.id)
            if record is None:
                dialog.tell(row.id, "✗", "it is not kept here any more", "error")
                continue
            dialog.tell(row.id, "", "saving…", "accent", ended=False)
            saved = await services.downloads.save(record.prediction, folder / row.id)
            good = [one for one in saved if one.state == "saved"]
            files += len(good)
            if len(good) < len(saved):
                bad += 1
                why = next((one.error for one in saved if one.state != "saved" and one.error), "no reason given")
                dialog.tell(row.id, "✗", f"{len(good)} of {len(saved)} files saved: {why}", "error")
            elif saved:
                dialog.tell(row.id, "✓", f"{len(good)} file{'s' if len(good) > 1 else ''} saved", "success")
            else:
                dialog.tell(row.id, "·", "its output holds no file", "text-muted")
        words = f"{files} file{'' if files == 1 else 's'} saved into {folder}"
        self._told(dialog, words + (f"; {bad} of {len(rows)} not whole" if bad else ""), bad=bad > 0)

    def why_not_copy_id(self) -> str | None:
        """Marked ones, or one under the cursor."""
        return None if self._marked else self._one.why_not_copy_id()

    def do_copy_id(self) -> None:
        """The ids of the marked ones, or of the one under the cursor."""
        if not self._marked or self._screen.services is None:
            self._one.do_copy_id()
        else:
            work(self._screen, "Copy", "copy-ids", self._copy_ids, self._screen.services)

    async def _copy_ids(self, services: Services) -> None:
        ids = [row.id for row in await self._marked_rows(services)]
        self._screen.console.copy_text("\n".join(ids), f"{len(ids)} ids")
